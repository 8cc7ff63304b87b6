"""Write the parts of README.md that follow from the files: the map of units and the results.

A part stands between two comment lines, `<!-- begin NAME -->` and `<!-- end NAME -->`, and is
replaced as a whole by `make build`.
"""

import base64
import os

import pandas as pd

from utils import results
from utils.tools.build import find_sources, read_notebook
from utils.tools.compare import stored
from utils.tools.compare.tasks import TASKS
from utils.tools.course import ROOT, find_units

README = ROOT / "README.md"
PICTURE = ROOT / "data" / "results" / "readme.png"
LABELS = {
    "rmse": "RMSE",
    "mae": "MAE",
    "warm": "RMSE, warm rows",
    "log_loss": "log loss",
    "auc": "AUC",
    "user_auc": "AUC within users",
    "ndcg": "NDCG@10",
    "recall": "recall@10",
}


def main():
    """Rewrite the generated parts of README.md and its picture."""
    _replace(README, render(README.read_text(encoding="utf-8")).encode("utf-8"))
    _replace(PICTURE, picture())


def render(text):
    """Return the text of a README with its generated parts made anew.

    Args:
        text: str, with the markers "units", "ratings", "folds", "liked", "likes" and "peers".

    Raises:
        ValueError: if a marker is missing.
    """
    parts = {
        "units": units_table(),
        "ratings": ratings_table(),
        "folds": folds_table(),
        "liked": liked_table(),
        "likes": likes_table(),
        "peers": peers_tables(),
    }
    for name, content in parts.items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        if begin not in text or end not in text:
            raise ValueError(f"README.md must hold the lines {begin} and {end}.")
        before, rest = text.split(begin)
        text = f"{before}{begin}\n\n{content}\n\n{end}{rest.split(end)[1]}"
    return text


def units_table():
    """Return the map of the units that exist, in Markdown: one row per lecture."""
    rows = [
        "| unit | lecture | lab | solution | slides | first | hours | exercises |",
        f"|{'---|' * 8}",
    ]
    for unit in find_units():
        links = " | ".join(
            f"[{label}]({place})"
            for label, place in (
                ("read", f"notebooks/{unit.name}.ipynb"),
                ("try", f"labs/{unit.name}.ipynb"),
                ("compare", f"solutions/{unit.name}.ipynb"),
                ("show", f"slides/{unit.name}.md"),
            )
        )
        first = ", ".join(unit.needs) or "-"
        hours = f"{unit.hours:g}" if unit.hours else "-"
        listed = ", ".join(f"`{exercise}`" for exercise in unit.exercises)
        rows.append(f"| {unit.number} {unit.title} | {links} | {first} | {hours} | {listed} |")
    return "\n".join(rows)


def ratings_table():
    """Return the results of units 05, 06 and 08 in Markdown: means and spread over the seeds."""
    units = ["06_matrix_factorization", "05_neighborhood", "08_deep_recsys"]
    runs = pd.concat(map(results.load, units), keys=units, names=["unit", None]).reset_index("unit")
    left_out = ["dot product (unit 06)", "without dropout", "with 64 factors", "classes"]
    left_out += ["item-kNN, plain", "factors alone"]
    runs = runs[~runs["model"].isin(left_out)].drop_duplicates(["split", "model", "seed"])
    random, temporal = (runs[runs["split"] == split] for split in ("random", "temporal"))
    errors = results.mean_and_spread(random, ["model"], ["rmse", "mae"])
    on_temporal = results.mean_and_spread(temporal, ["model"], ["warm", "rmse"])
    on_idle_machine = random[random["unit"] != "05_neighborhood"]
    seconds = results.mean_and_spread(on_idle_machine, ["model"], ["seconds"], digits=0)
    table = pd.concat([errors, on_temporal, seconds], axis=1).fillna("-")
    head = ["| | random split | | temporal split | | |", "|---|---|---|---|---|---|"]
    names = ["RMSE", "MAE", "RMSE, warm rows", "RMSE, all rows", "seconds"]
    return "\n".join([*head, *_rows(table.set_axis(names, axis=1))])


def folds_table():
    """Return the results of unit 08 on the five official folds in Markdown, in stars."""
    runs = results.load("08_deep_recsys_folds")
    last = runs["seed"].max()
    of_one = runs.pivot_table("rmse", "model", "fold", sort=False)
    of_mean = runs[runs["seed"] == last].pivot_table("rmse_of_mean", "model", "fold", sort=False)
    table = pd.concat([of_one, of_mean.rename(lambda name: f"mean of {last + 1} of it")])
    table["mean"] = table.mean(axis=1)
    cells = table.map("{:.3f}".format)
    return "\n".join([f"|{' |' * 7}", f"|{'---|' * 7}", *_rows(cells)])


def liked_table():
    """Return the probabilities of units 07 and 09 in Markdown: means and spread over the seeds."""
    machines, networks = results.load("07_factorization_machines"), results.load("09_wide_and_deep")
    left_out = ["biases", "FM, learned from likes", "FFM, all fields"]
    machines = machines[(machines["split"] == "random") & ~machines["model"].isin(left_out)]
    runs = pd.concat([machines, networks[networks["study"] == "likes"]])
    metrics = {name: LABELS[name] for name in ("auc", "user_auc", "log_loss")}
    table = results.mean_and_spread(runs, ["model"], list(metrics)).rename(columns=metrics)
    return "\n".join(["| | | | |", "|---|---|---|---|", *_rows(table)])


def likes_table():
    """Return the results of units 10 and 12 in Markdown: means and spread over the seeds."""
    runs = pd.concat([results.load("10_triplet_loss"), results.load("12_item2vec")])
    metrics = {name: LABELS[name] for name in ("auc", "ndcg", "recall")}
    runs = runs[runs["study"] == "test"].drop_duplicates(["model", "seed"])
    variants = runs["model"].str.startswith(("+ sessions", "+ negatives of the market", "graph"))
    runs = runs[~variants]
    table = results.mean_and_spread(runs, ["model"], list(metrics)).rename(columns=metrics)
    errors = runs.groupby("model", sort=False)["ndcg_error"].mean()
    table["standard error of NDCG over users"] = [f"{error:.3f}" for error in errors]
    return "\n".join(["| | | | | |", "|---|---|---|---|---|", *_rows(table)])


def peers_tables():
    """Return one table per task of `make compare` in Markdown, the best row first."""
    parts = []
    for name, task in TASKS.items():
        table = stored.table(name)
        metrics = [task.chosen_by, *task.also]
        titles = [LABELS[metric] for metric in metrics]
        parts += [f"{name}: {task.title}", ""]
        parts += [f"| library | model | {' | '.join(titles)} | seconds | ratio |"]
        parts += [f"|{'---|' * (len(metrics) + 4)}"]
        for row in table.to_dict("records"):
            model = row["model"] + ("" if row["is_chosen"] else ", defaults")
            numbers = " | ".join(f"{row[metric]:.3f}" for metric in metrics)
            cost = f"{row['seconds']:.1f} | {row['ratio']:.1f}"
            parts += [f"| {row['library']} | {model} | {numbers} | {cost} |"]
        parts += [""]
    return "\n".join(parts).strip()


def _rows(table):
    """Return the lines of a table in Markdown below its head: the names of the columns first."""
    yield f"| **model** | {' | '.join(f'**{column}**' for column in table)} |"
    for model, cells in table.iterrows():
        yield f"| {model} | {' | '.join(cells)} |"


def picture():
    """Return the picture of the README as PNG bytes: the figure of the cell tagged `readme`.

    Raises:
        ValueError: unless exactly one cell of the lectures has that tag.
    """
    paths = [source.with_suffix(".ipynb") for source in find_sources()]
    cells = [
        cell
        for path in paths
        for cell in read_notebook(path).cells
        if "readme" in cell.metadata.get("tags", [])
    ]
    if len(cells) != 1:
        raise ValueError(f"One cell must have the tag readme, received {len(cells)}.")
    return base64.b64decode(cells[0].outputs[0].data["image/png"])


def _replace(path, content):
    partial = path.with_name(f"{path.name}.partial")
    partial.write_bytes(content)
    os.replace(partial, path)


if __name__ == "__main__":
    main()
