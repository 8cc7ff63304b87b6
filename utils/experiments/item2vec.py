"""The results of unit 12: vectors of films from sequences and graphs, and what they are good for.

Four studies. "validation": what pairs and negatives suit films, judged on the last but one like of
each user. "test": the next like, as in unit 10, for the settings chosen there. "cold": films that
no training row holds, ranked among themselves. "transfer": drama or not, from a few labeled films.
"""

from functools import cache, partial

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

from utils import baselines, evaluation, movielens
from utils.likes import LIKED_FROM, auc
from utils.units.item2vec import (
    graph,
    models,
    reading,
    sequences,
    settings,
    side_info,
    skip_gram,
    transfer,
)


def experiments():
    """Yield (settings, run) for every model of the four studies."""
    data = movielens.load("100k")
    likes = data.ratings[data.ratings["rating"] >= LIKED_FROM]
    train, test = evaluation.split_leave_one_out(likes)
    fit_part, validation = evaluation.split_leave_one_out(train)
    for name, change in VARIANTS.items():
        yield (
            {"study": "validation", "model": name},
            partial(try_variant, data, fit_part, validation, change),
        )
    for name, score in MODELS.items():
        yield {"study": "test", "model": name}, partial(measure, data, train, test, score)
    for name, score in COLD_MODELS.items():
        yield {"study": "cold", "model": name}, partial(measure_cold, data, train, score)
    for name, predict in CLASSIFIERS.items():
        yield {"study": "transfer", "model": name}, partial(measure_labels, data, train, predict)


def count_near(likes, num_items, window=settings.WINDOW, threshold=None, seed=0):
    """Return counts of pairs within a window, frequent films thinned out if there is a threshold.

    Args:
        likes: DataFrame of likes.
        num_items, window: ints.
        threshold: float or None.
        seed: int, of the thinning, which is done five times over.
    """
    walks = sequences.make_sequences(likes)
    if threshold is None:
        return sequences.count_pairs(walks, num_items, window)
    generator = np.random.default_rng(seed)
    thinned = (sequences.thin_out(walks, threshold, generator) for _ in range(5))
    return sum(sequences.count_pairs(walks, num_items, window) for walks in thinned)


def chances_of(likes, num_items, exponent):
    """Return the probability of each film as a negative."""
    counts = np.bincount(likes["item_index"], minlength=num_items)
    return skip_gram.negative_chances(counts, exponent)


def train_tables(pair_counts, chances, num_negatives):
    """Return (input vectors, output vectors) of a skip-gram trained on counts."""
    model = models.build_full_skip_gram(len(pair_counts), settings.DIM)
    targets = skip_gram.make_targets(pair_counts, chances, num_negatives)
    models.fit_expected(model, targets, settings.EPOCHS)
    return models.tables_of(model)


def try_variant(data, fit_part, validation, change, seed):
    """Return how well one choice of pairs and negatives finds the validation likes.

    Args:
        data: MovieLens.
        fit_part, validation: DataFrames of likes.
        change: dict, what differs from the settings for films.
        seed: int.

    Returns:
        dict of floats: "ndcg", "auc" and "recall" of contexts, "cosine_ndcg" and "cosine_auc".
    """
    setting = {**settings.FILMS, "window": settings.WINDOW, "threshold": None, **change}
    counts = count_near(fit_part, data.num_items, setting["window"], setting["threshold"], seed)
    chances = chances_of(fit_part, data.num_items, setting["exponent"])
    tables = train_tables(counts, chances, setting["num_negatives"])
    return read_out(data, fit_part, validation, *tables)


def read_out(data, train, test, inputs, outputs):
    """Return the quality of two ways to read vectors, means over users."""
    weights = reading.weigh_recent(
        train, data.num_users, data.num_items, settings.NUM_LAST, settings.HALF_LIFE
    )
    contexts = reading.score_contexts(weights, inputs, outputs)
    found = evaluation.ranking_metrics(contexts, train, test)
    cosines = evaluation.ranking_metrics(reading.score_cosines(weights, inputs), train, test)
    return {
        **found[["ndcg", "auc", "recall"]].mean(),
        "ndcg_error": found["ndcg"].sem(),
        "cosine_ndcg": cosines["ndcg"].mean(),
        "cosine_auc": cosines["auc"].mean(),
    }


def measure(data, train, test, score, seed):
    """Return the quality of a model on the test likes.

    Args:
        data: MovieLens.
        train, test: DataFrames of likes.
        score: function of (data, train, seed) that returns scores (num_users, num_items) or, of
            a model with vectors, (inputs, outputs).
        seed: int.

    Returns:
        dict of floats, as `try_variant`; without cosines for a model without vectors.
    """
    scores = score(data, train, seed)
    if isinstance(scores, tuple):
        return read_out(data, train, test, *scores)
    found = evaluation.ranking_metrics(scores, train, test)
    return {**found[["ndcg", "auc", "recall"]].mean(), "ndcg_error": found["ndcg"].sem()}


def _popularity(data, train, seed):
    return baselines.popularity(
        evaluation.interaction_matrix(train, data.num_users, data.num_items)
    )


def _als(data, train, seed):
    """Alternating least squares on likes, read out like the skip-gram: the films' vectors alone.

    Source: Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback Datasets" (2008).
    """
    liked = evaluation.interaction_matrix(train, data.num_users, data.num_items).astype(float)
    generator, dim = np.random.default_rng(seed), settings.ALS["dim"]
    films = generator.normal(0, 0.1, (data.num_items, dim))

    def solve(liked, others):
        base = others.T @ others + settings.ALS["l2"] * np.eye(dim)
        weight = settings.ALS["confidence"]
        return np.array(
            [
                np.linalg.solve(
                    base + weight * others[row].T @ others[row], (1 + weight) * others[row].sum(0)
                )
                for row in liked.astype(bool)
            ]
        )

    for _ in range(settings.ALS["num_sweeps"]):
        users = solve(liked, films)
        films = solve(liked.T, users)
    weights = reading.weigh_recent(
        train, data.num_users, data.num_items, settings.NUM_LAST, settings.HALF_LIFE
    )
    return reading.score_contexts(weights, films, films)


def _skip_gram(exponent, num_negatives, threshold=None):
    def score(data, train, seed):
        counts = count_near(train, data.num_items, threshold=threshold, seed=seed)
        return train_tables(counts, chances_of(train, data.num_items, exponent), num_negatives)

    return score


def _films(data, train, seed):
    return _skip_gram(**settings.FILMS)(data, train, seed)


def _sessions(data, train, seed, with_global=False):
    sessions = sequences.cut_sessions(train)
    walks = [session["item_index"].to_numpy() for session in sessions]
    counts = sequences.count_pairs(walks, data.num_items, settings.WINDOW)
    if with_global:
        counts = counts + sequences.count_global(sessions, data.num_items)
    chances = chances_of(train, data.num_items, settings.FILMS["exponent"])
    return train_tables(counts, chances, settings.FILMS["num_negatives"])


def _market(data, train, seed):
    counts = np.bincount(train["item_index"], minlength=data.num_items)
    exponent = settings.FILMS["exponent"]
    inside = skip_gram.market_chances(counts, side_info.find_markets(data.items), exponent)
    mixed = 0.5 * (inside + skip_gram.negative_chances(counts, exponent))
    return train_tables(count_near(train, data.num_items), mixed, 2)


def count_walks(data, train, seed):
    """Return counts of pairs within a window of random walks on the graph of consecutive likes."""
    weights = graph.count_steps(sequences.make_sequences(train), data.num_items)
    generator = np.random.default_rng(seed)
    walks = graph.walk_from_all(weights, settings.WALKS_PER_FILM, settings.NUM_STEPS, generator)
    return sequences.count_pairs(walks, data.num_items, settings.WINDOW)


def train_side_model(data, train, combine, seed):
    """Return a trained model of walks with what is known of films, GES or EGES."""
    fields = side_info.describe_fields(data.items)
    model = side_info.build_side_model(fields, settings.DIM, combine)
    chances = chances_of(train, data.num_items, settings.FILMS["exponent"])
    targets = skip_gram.make_targets(
        count_walks(data, train, seed), chances, settings.FILMS["num_negatives"]
    )
    models.fit_expected(model, targets, settings.EPOCHS)
    return model


def _bge(data, train, seed):
    chances = chances_of(train, data.num_items, settings.FILMS["exponent"])
    return train_tables(count_walks(data, train, seed), chances, settings.FILMS["num_negatives"])


def _side(combine_for):
    def score(data, train, seed):
        model = train_side_model(data, train, combine_for(data.num_items), seed)
        outputs = model.get_layer("output_vectors").get_weights()[0].T
        return side_info.hidden_vectors(model, data.num_items), outputs

    return score


def _mean(num_items):
    return side_info.FieldMean()


def split_films(data, train, seed):
    """Hide all likes of a tenth of the films that have a few.

    Returns:
        (cold, warm_rows, hidden_rows): int array of item_index; DataFrames of likes, those of the
        hidden films with `item_index` counted within `cold`.
    """
    counts = np.bincount(train["item_index"], minlength=data.num_items)
    frequent = np.flatnonzero(counts >= settings.MIN_LIKES)
    generator = np.random.default_rng(seed)
    cold = np.sort(generator.choice(frequent, len(frequent) // 10, replace=False))
    is_cold = train["item_index"].isin(cold)
    hidden = train[is_cold]
    places = np.searchsorted(cold, hidden["item_index"])
    return cold, train[~is_cold], hidden.assign(item_index=places)


def measure_cold(data, train, score, seed):
    """Return how well a model ranks films without a training row among themselves.

    Args:
        data: MovieLens.
        train: DataFrame of likes, from which the films are taken out.
        score: function of (data, cold, warm_rows, hidden_rows, seed) that returns scores
            (num_users, num_cold).
        seed: int; it also says which films are cold.

    Returns:
        dict of floats, "auc" and "ndcg", means over users who like a cold film.
    """
    cold, warm_rows, hidden_rows = split_films(data, train, seed)
    scores = score(data, cold, warm_rows, hidden_rows, seed)
    found = evaluation.ranking_metrics(scores, hidden_rows[:0], hidden_rows)
    return {**found[["auc", "ndcg"]].mean(), "num_cold": float(len(cold))}


def _cold_by_side(combine_for):
    def score(data, cold, warm_rows, hidden_rows, seed):
        model = train_side_model(data, warm_rows, combine_for(data.num_items), seed)
        fields = side_info.describe_fields(data.items)
        vectors = side_info.cold_vectors(model, {key: rows[cold] for key, rows in fields.items()})
        weights = reading.weigh_recent(warm_rows, data.num_users, data.num_items)
        outputs = model.get_layer("output_vectors").get_weights()[0].T
        # The film is the center, what the user liked its context.
        return weights @ outputs @ vectors.T

    return score


def _cold_by_kind(data, cold, warm_rows, hidden_rows, seed):
    """How popular films of such genres and years are, by a ridge regression on warm films."""
    features = np.hstack(list(side_info.describe_fields(data.items).values()))
    counts = np.log1p(np.bincount(warm_rows["item_index"], minlength=data.num_items))
    warm = np.setdiff1d(np.arange(data.num_items), cold)
    model = Ridge(1.0).fit(features[warm], counts[warm])
    return np.tile(model.predict(features[cold]), (data.num_users, 1))


def _cold_truth(data, cold, warm_rows, hidden_rows, seed):
    counts = np.bincount(hidden_rows["item_index"], minlength=len(cold)).astype(float)
    return np.tile(counts, (data.num_users, 1))


def _cold_random(data, cold, warm_rows, hidden_rows, seed):
    return np.random.default_rng(seed).random((data.num_users, len(cold)))


def measure_labels(data, train, predict, seed):
    """Return the AUC of "drama or not" for some numbers of labeled films.

    Args:
        data: MovieLens.
        train: DataFrame of likes.
        predict: function of (shares, labels, others, vectors, seed) that returns numbers, higher
            for dramas, for the films in `others`.
        seed: int; it also says which films are labeled and which are judged.

    Returns:
        dict of floats, "auc_010", "auc_030" and so on.
    """
    counts = count_near(train, data.num_items)
    shares = transfer.describe_by_neighbors(counts)
    is_drama = np.array(["Drama" in genres for genres in data.items["genres"]], dtype=float)
    likes_of = np.bincount(train["item_index"], minlength=data.num_items)
    films = np.flatnonzero(likes_of >= settings.MIN_LIKES)
    order = np.random.default_rng(seed).permutation(films)
    judged = order[-settings.NUM_JUDGED :]
    vectors = transfer.scale_for(shares[films], _pretrained(seed))
    found = {}
    for number in settings.LABELED:
        labeled = order[:number]
        scores = predict(shares[labeled], is_drama[labeled], shares[judged], vectors, seed)
        found[f"auc_{number:03}"] = auc(is_drama[judged], scores)
    return found


@cache
def _pretrained(seed):
    """Return input vectors of films, trained once for all classifiers of a seed."""
    data = movielens.load("100k")
    likes = data.ratings[data.ratings["rating"] >= LIKED_FROM]
    train, _ = evaluation.split_leave_one_out(likes)
    return _films(data, train, seed)[0]


def _classifier(start):
    def predict(shares, labels, others, vectors, seed):
        if start == "random start":
            drawn = np.random.default_rng(seed).normal(size=vectors.shape)
            vectors = transfer.scale_for(others, drawn)
        model = transfer.build_classifier(vectors, learns=start != "frozen")
        rate = settings.RATES[start]
        transfer.fit_labels(model, shares, labels, settings.LABEL_EPOCHS, rate)
        return model.predict(others, batch_size=512, verbose=0).ravel()

    return predict


def _logistic(shares, labels, others, vectors, seed):
    """A logistic regression on the neighbors themselves, without vectors."""
    model = LogisticRegression(max_iter=300).fit(30 * shares, labels)
    return model.decision_function(30 * others)


VARIANTS = {
    **{
        f"exponent {exponent}, {number} negative{'s' * (number > 1)}": {
            "exponent": exponent,
            "num_negatives": number,
        }
        for number in (5, 1)
        for exponent in (0.75, 0.25, -0.5)
    },
    "window 2": {"window": 2},
    "window 20": {"window": 20},
    "frequent films thinned out": {"threshold": settings.THRESHOLD},
}
MODELS = {
    "popularity": _popularity,
    "ALS, last likes": _als,
    "skip-gram, for text": _skip_gram(**settings.TEXT, threshold=settings.THRESHOLD),
    "skip-gram, for films": _films,
    "+ sessions": _sessions,
    "+ sessions, global context": partial(_sessions, with_global=True),
    "+ negatives of the market": _market,
    "graph, BGE": _bge,
    "graph, GES": _side(_mean),
    "graph, EGES": _side(side_info.FieldAttention),
}
COLD_MODELS = {
    "random": _cold_random,
    "popularity of its kind": _cold_by_kind,
    "GES": _cold_by_side(_mean),
    "EGES": _cold_by_side(side_info.FieldAttention),
    "true popularity": _cold_truth,
}
CLASSIFIERS = {
    **{start: _classifier(start) for start in settings.RATES},
    "logistic regression": _logistic,
}
