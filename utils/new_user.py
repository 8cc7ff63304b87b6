"""A new user rates a few films: the list of films before and after, and sliders to play with."""

import ipywidgets
import pandas as pd
from IPython.display import display

from utils.fold_in import predict_new_user
from utils.recommendation import recommend


def rate_and_recommend(tables, ratings, items, metadata, k=10):
    """Return the k films to recommend to a new user, and what the ratings changed.

    Args:
        tables: Tables.
        ratings: dict from title to stars (1 to 5); may be empty.
        items: DataFrame with `item_index`, `item_id` and `title`, row i has index i.
        metadata: float array, as in `predict_new_user`.
        k: int >= 1.

    Returns:
        DataFrame with `title`, `before` and `after` (predicted stars without and with the
        ratings), best after first. A film that was rated is not in it.

    Raises:
        ValueError: if a title is not in `items`, or stars are not in 1..5.
    """
    unknown = [title for title in ratings if title not in set(items["title"])]
    if unknown:
        raise ValueError(f"ratings must have titles of items, received {unknown[0]!r}.")
    outside = [stars for stars in ratings.values() if not 1 <= stars <= 5]
    if outside:
        raise ValueError(f"ratings must be from 1 to 5 stars, received {outside[0]}.")
    by_title = items.drop_duplicates("title").set_index("title")["item_index"]
    rated = by_title.loc[list(ratings)].to_numpy(dtype=int)
    before = predict_new_user(tables, [], [], metadata)
    after = predict_new_user(tables, rated, list(ratings.values()), metadata)
    seen = items["title"].isin(list(ratings)).to_numpy()
    best = recommend(after, seen, items, k)
    places = items.set_index("item_id").loc[best["item_id"], "item_index"]
    return pd.DataFrame({"title": best["title"], "before": before[places], "after": after[places]})


def show_sliders(titles, answer):
    """Show one slider per film and a table that follows them.

    Args:
        titles: list of str.
        answer: function from a dict (title to stars) to a DataFrame; called at each move.
    """
    sliders = {
        title: ipywidgets.IntSlider(
            value=0,
            min=0,
            max=5,
            description=title,
            style={"description_width": "14em"},
            layout={"width": "32em"},  # titles are long; the slider needs room beside them
        )
        for title in titles
    }
    table = ipywidgets.HTML()

    def update(_):
        ratings = {title: slider.value for title, slider in sliders.items() if slider.value}
        table.value = answer(ratings).to_html(index=False, float_format="{:.2f}".format)

    for slider in sliders.values():
        slider.observe(update, names="value")
    update(None)
    bundle = ipywidgets.VBox([*sliders.values(), table])._repr_mimebundle_()
    # A page without a running notebook shows this text in place of the sliders.
    bundle["text/plain"] = "Run this cell in Jupyter to get one slider per film (0 = not seen)."
    display(bundle, raw=True)
