"""What the checks of lab 05 say to right, wrong and odd answers."""

import pytest
from attempts import changed, judge, table, with_stub_and_solution

from utils.checks import neighborhood as check

SIMILARITY = """
def shrunk_similarity(residuals, met, shrinkage):
    n = met.T @ met
    squares = (residuals**2).T @ met
    scale = np.sqrt(squares * squares.T)
    rho = np.divide(residuals.T @ residuals, scale, out=np.zeros_like(scale), where=scale > 0)
    return n / (n + shrinkage) * rho
"""
PREDICT = """
def predict_rating(item, similarities, residuals, met, baseline, num_neighbors):
    films = [j for j in range(len(met)) if met[j] and similarities[j] > 0 and j != item]
    films = sorted(films, key=lambda j: -similarities[j])[:num_neighbors]
    total = sum(similarities[j] for j in films)
    if total == 0:
        return baseline
    return baseline + sum(similarities[j] * residuals[j] for j in films) / total
"""
STEP = """
def weight_step(weights, offsets, residuals, error, rate, pair_l2):
    root = np.sqrt(len(weights))
    w = weights + rate * (error * residuals / root - pair_l2 * weights)
    c = offsets + rate * (error / root - pair_l2 * offsets)
    return w, c
"""
PARTS = """
def contributions(films, weights, offsets, residuals, met):
    rated = met[films] > 0
    n = max(rated.sum(), 1)
    return np.where(rated, residuals[films] * weights + offsets, 0) / np.sqrt(n)
"""
PAIRS = """
def predict_pairs(stars, met, baseline, users, items, num_neighbors):
    residuals = (stars - baseline) * met
    compared = residuals
    n, squares = met.T @ met, (compared**2).T @ met
    similarities = compared.T @ compared / np.sqrt(squares * squares.T + 1e-12) * n / (n + 20)
    predictions = []
    for user, item in zip(users, items, strict=True):
        films = np.flatnonzero(met[user])
        films = films[films != item]
        order = np.argsort(-similarities[item, films])[:num_neighbors]
        weights = np.maximum(similarities[item, films[order]], 0)
        said = residuals[user, films[order]]
        added = weights @ said / weights.sum() if weights.sum() > 0 else 0
        predictions.append(baseline[user, item] + added)
    return np.array(predictions)
"""
STARS = ("compared = residuals", "compared = stars")
OWN = ("        films = films[films != item]\n", "")
POSITIONS = ("residuals[user, films[order]]", "residuals[user, order]")

ATTEMPTS = [
    *table(
        "shrunk_similarity",
        [
            ("matrix products", "right", SIMILARITY),
            (
                "a loop over pairs",
                "right",
                """
def shrunk_similarity(residuals, met, shrinkage):
    size = met.shape[1]
    found = np.zeros((size, size))
    for i in range(size):
        for j in range(size):
            both = (met[:, i] == 1) & (met[:, j] == 1)
            x, y = residuals[both, i], residuals[both, j]
            below = np.sqrt(np.sum(x**2) * np.sum(y**2))
            if below > 0:
                found[i, j] = both.sum() / (both.sum() + shrinkage) * np.sum(x * y) / below
    return found
""",
            ),
            (
                "nan to zero, as a table",
                "right",
                """
def shrunk_similarity(residuals, met, shrinkage):
    with np.errstate(all="ignore"):
        n = met.T @ met
        a = (residuals**2).T @ met
        rho = (residuals.T @ residuals) / (np.sqrt(a) * np.sqrt(a.T))
    return pd.DataFrame(np.nan_to_num(rho * n / (n + shrinkage)))
""",
            ),
            (
                "keras",
                "right",
                """
def shrunk_similarity(residuals, met, shrinkage):
    r, m = keras.ops.convert_to_tensor(residuals), keras.ops.convert_to_tensor(met)
    n = keras.ops.transpose(m) @ m
    a = keras.ops.transpose(r**2) @ m
    below = keras.ops.sqrt(a * keras.ops.transpose(a))
    rho = keras.ops.divide_no_nan(keras.ops.transpose(r) @ r, below)
    return rho * n / (n + shrinkage)
""",
            ),
            (
                "no shrinkage",
                "not yet",
                changed(SIMILARITY, "n / (n + shrinkage) * rho", "rho"),
                ("The shrinkage is missing",),
            ),
            (
                "0 / 0 stays",
                "not yet",
                changed(
                    SIMILARITY,
                    "np.divide(residuals.T @ residuals, scale, out=np.zeros_like(scale), "
                    "where=scale > 0)",
                    "residuals.T @ residuals / scale",
                ),
                ("0 / 0", "nan_to_num"),
            ),
            (
                "norms of whole columns",
                "not yet",
                changed(
                    SIMILARITY,
                    "np.sqrt(squares * squares.T)",
                    "np.outer(np.linalg.norm(residuals, axis=0), "
                    "np.linalg.norm(residuals, axis=0))",
                ),
                ("users who rated both films", "all who rated one of them"),
            ),
            (
                "no root",
                "not yet",
                changed(SIMILARITY, "np.sqrt(squares * squares.T)", "squares * squares.T"),
                ("The roots below the line",),
            ),
            (
                "the product alone",
                "not yet",
                changed(SIMILARITY, "* rho", "* (residuals.T @ residuals)"),
                ("The division by both roots is missing",),
            ),
            (
                "one less",
                "not yet",
                changed(SIMILARITY, "n / (n + shrinkage)", "(n - 1) / (n - 1 + shrinkage)"),
                ("you took n - 1",),
            ),
            (
                "turned around",
                "not yet",
                changed(SIMILARITY, "n / (n + shrinkage)", "shrinkage / (n + shrinkage)"),
                ("n belongs on top",),
            ),
            (
                "no n on top",
                "not yet",
                changed(SIMILARITY, "n / (n + shrinkage)", "1 / (n + shrinkage)"),
                ("n is missing above the line",),
            ),
            (
                "all raters counted",
                "not yet",
                changed(SIMILARITY, "n = met.T @ met", "n = met.sum(axis=0)"),
                ("n counts the users who rated both",),
            ),
            (
                "users compared",
                "not yet",
                changed(
                    SIMILARITY,
                    "    n = met.T",
                    "    residuals, met = residuals.T, met.T\n    n = met.T",
                ),
                ("similarities of users",),
            ),
            (
                "zeros on the diagonal",
                "not yet",
                changed(
                    SIMILARITY,
                    "    return n / (n + shrinkage) * rho",
                    "    np.fill_diagonal(rho, 0)\n    return n / (n + shrinkage) * rho",
                ),
                ("diagonal is a pair like any other",),
            ),
            (
                "negative ones cut off",
                "not yet",
                changed(SIMILARITY, "* rho", "* np.maximum(rho, 0)"),
                ("Keep what is negative",),
            ),
            (
                "numpy's correlation, all rows",
                "not yet",
                """
def shrunk_similarity(residuals, met, shrinkage):
    n = met.T @ met
    return n / (n + shrinkage) * np.corrcoef(residuals, rowvar=False)
""",
                ("common raters: residuals",),
            ),
            (
                "pandas' correlation of what both rated",
                "not yet",
                """
def shrunk_similarity(residuals, met, shrinkage):
    n = met.T @ met
    rho = pd.DataFrame(np.where(met > 0, residuals, np.nan)).corr().fillna(0).to_numpy()
    return n / (n + shrinkage) * rho
""",
                ("You subtracted means once more",),
            ),
            (
                "two mistakes",
                "not yet",
                changed(
                    SIMILARITY,
                    "n / (n + shrinkage) * rho",
                    "np.maximum(rho, 0)",
                ),
                ("The shrinkage is missing. Keep what is negative",),
            ),
            (
                "elementwise product",
                "raised",
                changed(SIMILARITY, "n = met.T @ met", "n = met.T * met"),
                ("ValueError", "met = "),
            ),
        ],
    ),
    *table(
        "predict_rating",
        [
            ("a loop", "right", PREDICT),
            (
                "a mask and a partition",
                "right",
                """
def predict_rating(item, similarities, residuals, met, baseline, num_neighbors):
    weights = np.where(met > 0, np.maximum(similarities, 0), 0).astype(float)
    weights[item] = 0
    if num_neighbors < len(weights):
        weights[np.argsort(-weights)[num_neighbors:]] = 0
    return baseline if weights.sum() == 0 else baseline + np.average(residuals, weights=weights)
""",
            ),
            (
                "pandas, as an array",
                "right",
                """
def predict_rating(item, similarities, residuals, met, baseline, num_neighbors):
    t = pd.DataFrame({"s": similarities, "e": residuals, "met": met}).drop(index=item)
    t = t[(t.met == 1) & (t.s > 0)].nlargest(num_neighbors, "s")
    added = (t.s * t.e).sum() / t.s.sum() if len(t) else 0.0
    return np.array(baseline + added)
""",
            ),
            (
                "the film itself",
                "not yet",
                changed(PREDICT, " and j != item", ""),
                ("its own neighbor", "item = 1"),
            ),
            (
                "unknown ratings",
                "not yet",
                changed(PREDICT, "met[j] and ", ""),
                ("Films that the user has not rated", "residual of 0"),
            ),
            (
                "rated where the residual is not 0",
                "not yet",
                changed(PREDICT, "met[j] and", "residuals[j] != 0 and"),
                ("stands in `met`",),
            ),
            (
                "negative ones",
                "not yet",
                changed(PREDICT, " and similarities[j] > 0", ""),
                ("negative similarity came in",),
            ),
            (
                "absolute values",
                "not yet",
                changed(
                    PREDICT,
                    "    films = [j",
                    "    similarities = np.abs(similarities)\n    films = [j",
                ),
                ("by their size",),
            ),
            (
                "all of the user's films",
                "not yet",
                changed(PREDICT, "[:num_neighbors]", ""),
                ("take the `num_neighbors` most similar",),
            ),
            (
                "the least similar",
                "not yet",
                changed(PREDICT, "-similarities[j])[", "similarities[j])["),
                ("least similar films",),
            ),
            (
                "unsorted",
                "not yet",
                changed(
                    PREDICT,
                    "sorted(films, key=lambda j: -similarities[j])[",
                    "films[",
                ),
                ("the first films",),
            ),
            (
                "nearest of all, then rated",
                "not yet",
                changed(
                    PREDICT,
                    "met[j] and ",
                    "",
                    "[:num_neighbors]",
                    "[:num_neighbors]\n    films = [j for j in films if met[j]]",
                ),
                ("Choose the nearest among the films the user rated",),
            ),
            (
                "divided by the number",
                "not yet",
                changed(PREDICT, "/ total", "/ len(films)"),
                ("not by the number of neighbors",),
            ),
            (
                "divided by k",
                "not yet",
                changed(PREDICT, "/ total", "/ num_neighbors"),
                ("not by `num_neighbors`",),
            ),
            (
                "no division",
                "not yet",
                changed(PREDICT, " / total", ""),
                ("The division by the sum of the weights is missing",),
            ),
            (
                "no baseline",
                "not yet",
                changed(PREDICT, "return baseline + sum", "return sum"),
                ("The baseline is missing",),
            ),
            (
                "nan without neighbors",
                "not yet",
                changed(PREDICT, "return baseline\n", "return np.nan\n"),
                ("The answer is the baseline", "No neighbor is left"),
            ),
            (
                "zero without neighbors",
                "not yet",
                changed(PREDICT, "return baseline\n", "return 0.0\n"),
                ("the baseline, not 0",),
            ),
            (
                "no guard at all",
                "not yet",
                changed(PREDICT, "met[j] and similarities[j] > 0 and j != item", "met[j]"),
                ("its own neighbor", "negative similarity"),
            ),
            (
                "None without neighbors",
                "not yet",
                changed(PREDICT, "return baseline\n", "return None\n"),
                ("returned None", "met = "),
            ),
            (
                "division by nothing",
                "raised",
                changed(PREDICT, "    if total == 0:\n        return baseline\n", ""),
                ("ZeroDivisionError", "met = "),
            ),
            (
                "the baseline alone",
                "not yet",
                "def predict_rating(item, s, e, met, baseline, k):\n    return baseline",
                ("Neighbors: films 0, 4.", "3.4 + ("),
            ),
        ],
    ),
    *table(
        "weight_step",
        [
            ("both lines", "right", STEP),
            (
                "in keras",
                "right",
                """
def weight_step(w, c, e, error, rate, l2):
    root = keras.ops.sqrt(float(len(w)))
    return w + rate * (error / root * e - l2 * w), c + rate * (error / root - l2 * c)
""",
            ),
            (
                "decay first, as a list",
                "right",
                """
def weight_step(w, c, e, error, rate, l2):
    share = rate * error * len(w) ** -0.5
    return [(1 - rate * l2) * w + share * e, (1 - rate * l2) * c + share]
""",
            ),
            (
                "one array of two rows",
                "right",
                changed(STEP, "return w, c", "return np.array([w, c])"),
            ),
            (
                "no root",
                "not yet",
                changed(STEP, "root = np.sqrt(len(weights))", "root = 1"),
                ("divides by the root of the number",),
            ),
            (
                "the number",
                "not yet",
                changed(STEP, "np.sqrt(len(weights))", "len(weights)"),
                ("by the root of the number of neighbors, not by their number",),
            ),
            (
                "no residual",
                "not yet",
                changed(STEP, "error * residuals / root", "error / root"),
                ("holds the residual of film j",),
            ),
            (
                "residuals for the offsets",
                "not yet",
                changed(STEP, "(error / root", "(error * residuals / root"),
                ("c_ij stands alone",),
            ),
            (
                "no penalty",
                "not yet",
                changed(STEP, " - pair_l2 * weights", "", " - pair_l2 * offsets", ""),
                ("The penalty is missing",),
            ),
            (
                "penalty added",
                "not yet",
                changed(STEP, "- pair_l2 * w", "+ pair_l2 * w", "- pair_l2 * o", "+ pair_l2 * o"),
                ("it pulls toward 0",),
            ),
            (
                "penalty without the rate",
                "not yet",
                """
def weight_step(w, c, e, error, rate, l2):
    root = np.sqrt(len(w))
    return w + rate * error * e / root - l2 * w, c + rate * error / root - l2 * c
""",
                ("belongs to the whole step, the penalty too",),
            ),
            (
                "a constant penalty",
                "not yet",
                changed(STEP, "pair_l2 * weights", "pair_l2", "pair_l2 * offsets", "pair_l2"),
                ("pair_l2 times w_ij",),
            ),
            (
                "up the slope",
                "not yet",
                changed(STEP, "(error", "(-error"),
                ("turn the sign",),
            ),
            (
                "twice the error",
                "not yet",
                changed(STEP, "(error", "(2 * error"),
                ("The error counts twice",),
            ),
            (
                "the change alone",
                "not yet",
                changed(STEP, "weights + rate", "rate", "offsets + rate", "rate"),
                ("This is the change alone",),
            ),
            (
                "turned around",
                "not yet",
                changed(STEP, "return w, c", "return c, w"),
                ("the new w_ij come first",),
            ),
            (
                "the offsets stay",
                "not yet",
                changed(STEP, "return w, c", "return w, offsets"),
                ("The c_ij did not move",),
            ),
            (
                "one number for all offsets",
                "not yet",
                changed(STEP, "return w, c", "return w, c[0]"),
                ("should be numbers",),
            ),
            (
                "the sum of the residuals",
                "not yet",
                changed(STEP, "error * residuals / root", "error * np.sum(residuals) / root"),
                ("divided by the root of 2",),
            ),
            (
                "the gradient",
                "not yet",
                changed(STEP, "weights + rate * (", "-(", "offsets + rate * (", "-("),
                ("divided by the root of 1",),
            ),
            (
                "the weights alone",
                "not yet",
                changed(STEP, "return w, c", "return w"),
                ("Return two arrays",),
            ),
            (
                "written into the inputs",
                "not yet",
                """
def weight_step(w, c, e, error, rate, l2):
    root = np.sqrt(len(w))
    w += rate * (error / root * e - l2 * w)
    c += rate * (error / root - l2 * c)
    return w, c
""",
                ("changed its input",),
            ),
            (
                "a misspelled name",
                "raised",
                changed(STEP, "error * residuals", "eror * residuals"),
                ("NameError", "rate = 0.1"),
            ),
        ],
    ),
    *table(
        "contributions",
        [
            ("where", "right", PARTS),
            (
                "a loop, as a list",
                "right",
                """
def contributions(films, weights, offsets, residuals, met):
    n = sum(met[j] for j in films)
    return [
        (residuals[j] * w + c) / n**0.5 if met[j] else 0
        for j, w, c in zip(films, weights, offsets)
    ]
""",
            ),
            (
                "filled in",
                "right",
                """
def contributions(films, weights, offsets, residuals, met):
    found = np.zeros(len(films))
    rated = met[films] == 1
    found[rated] = (residuals[films] * weights + offsets)[rated] / np.sqrt(rated.sum())
    return found
""",
            ),
            (
                "root of all",
                "not yet",
                changed(PARTS, "np.sqrt(n)", "np.sqrt(len(films))"),
                ("neighbors that the user rated, not of all",),
            ),
            (
                "the number",
                "not yet",
                changed(PARTS, "np.sqrt(n)", "n"),
                ("Divide by the root",),
            ),
            (
                "no division",
                "not yet",
                changed(PARTS, " / np.sqrt(n)", ""),
                ("division by the root of the number of rated neighbors is missing",),
            ),
            (
                "the user's films",
                "not yet",
                changed(PARTS, "rated.sum()", "met.sum()"),
                ("not all films of the user",),
            ),
            (
                "no offsets",
                "not yet",
                changed(PARTS, " + offsets", ""),
                ("The offsets c_ij are missing",),
            ),
            (
                "offsets alone",
                "not yet",
                changed(PARTS, "residuals[films] * weights + offsets", "offsets"),
                ("The residuals times the weights are missing",),
            ),
            (
                "offsets of films not rated",
                "not yet",
                changed(
                    PARTS,
                    "np.where(rated, residuals[films] * weights + offsets, 0)",
                    "(residuals[films] * weights + offsets)",
                ),
                ("adds nothing, no offset either",),
            ),
            (
                "the first residuals",
                "not yet",
                changed(PARTS, "residuals[films]", "residuals[: len(films)]"),
                ("whose they have to be",),
            ),
            (
                "rated where the residual is not 0",
                "not yet",
                changed(PARTS, "met[films] > 0", "residuals[films] != 0"),
                ("stands in `met`",),
            ),
            (
                "one step aside",
                "not yet",
                changed(PARTS, "offsets, 0) / np.sqrt(n)", "0, 0) / np.sqrt(n) + rated * offsets"),
                ("root of 3",),
            ),
            (
                "their sum",
                "not yet",
                changed(PARTS, "return np.where", "return np.sum(np.where", "sqrt(n)", "sqrt(n))"),
                ("This is their sum",),
            ),
            (
                "those rated alone",
                "not yet",
                changed(PARTS, "/ np.sqrt(n)", "/ np.sqrt(n)", "return ", "found = ")
                + "    return found[rated]\n",
                ("those not rated get 0",),
            ),
            (
                "0 / 0",
                "not yet",
                changed(PARTS, "max(rated.sum(), 1)", "rated.sum()"),
                ("0 / 0", "rated none of the neighbors"),
            ),
            (
                "a number for every film",
                "not yet",
                changed(PARTS, "return ", "found = ")
                + "    every = np.zeros(len(met))\n    every[films] = found\n    return every\n",
                ("in their order, not for every film",),
            ),
            (
                "the wrong sign",
                "not yet",
                changed(PARTS, "return np", "return -np"),
                ("The sign is wrong",),
            ),
            (
                "films as a mask",
                "raised",
                changed(PARTS, "met[films]", "met[films > 0]"),
                ("Error", "films = "),
            ),
        ],
    ),
    *table(
        "predict_pairs",
        [
            ("mended line by line", "right", PAIRS),
            (
                "own film by a diagonal of zeros",
                "right",
                changed(
                    PAIRS,
                    *OWN,
                    "(n + 20)\n",
                    "(n + 20)\n    similarities -= np.diag(np.diag(similarities))\n",
                ).replace(
                    "[:num_neighbors]",
                    "\n        order = order[films[order] != item][:num_neighbors]",
                ),
            ),
            (
                "sorted lists",
                "right",
                """
from utils.checks.neighborhood import course_shrunk_similarity
def predict_pairs(stars, met, baseline, users, items, num_neighbors):
    e = np.where(met > 0, stars - baseline, 0)
    s = course_shrunk_similarity(e, met, 20)
    found = []
    for u, i in zip(users, items):
        films = [j for j in range(met.shape[1]) if met[u, j] and j != i]
        films = sorted(films, key=lambda j: -s[i, j])[:num_neighbors]
        films = [j for j in films if s[i, j] > 0]
        total = sum(s[i, j] for j in films)
        added = sum(s[i, j] * e[u, j] for j in films)
        found.append(baseline[u, i] + (added / total if total else 0))
    return found
""",
            ),
            (
                "unchanged",
                "not yet",
                changed(PAIRS, *STARS, *OWN, *POSITIONS),
                ("raw stars", "its own neighbors", "position in the sorted list"),
            ),
            (
                "stars compared",
                "not yet",
                changed(PAIRS, *STARS),
                ("raw stars",),
            ),
            ("own film", "not yet", changed(PAIRS, *OWN), ("among its own neighbors",)),
            ("positions", "not yet", changed(PAIRS, *POSITIONS), ("not the index of a film",)),
            (
                "stars and own film",
                "not yet",
                changed(PAIRS, *STARS, *OWN),
                ("raw stars", "its own neighbors"),
            ),
            (
                "own film and positions",
                "not yet",
                changed(PAIRS, *OWN, *POSITIONS),
                ("its own neighbors", "position in the sorted list"),
            ),
            (
                "the film to predict",
                "not yet",
                changed(
                    PAIRS, "residuals[user, films[order]]", "residuals[user, [item] * len(order)]"
                ),
                ("film to predict was taken",),
            ),
            (
                "residuals of unknown ratings",
                "not yet",
                changed(PAIRS, "(stars - baseline) * met", "stars - baseline"),
                ("multiply by `met`",),
            ),
            (
                "no baseline",
                "not yet",
                changed(PAIRS, "baseline[user, item] + added", "added"),
                ("The baseline is missing",),
            ),
            (
                "another shrinkage",
                "not yet",
                changed(PAIRS, "n + 20", "n + 60"),
                ("the nearest films are",),
            ),
            (
                "all pairs",
                "not yet",
                changed(PAIRS, "return np.array(predictions)", "return baseline"),
                ("should have the shape (6,)",),
            ),
            (
                "a misspelled name",
                "raised",
                changed(PAIRS, "predictions = []", "prediction = []"),
                ("NameError", "num_neighbors = 2"),
            ),
        ],
    ),
]


@pytest.mark.parametrize("attempt", with_stub_and_solution("05_neighborhood", ATTEMPTS), ids=str)
def test_attempt(attempt):
    judge(check, attempt)


def test_each_set_of_the_three_bugs_gives_predictions_of_its_own():
    """So that what is named is what was done."""
    ways = [
        (compared, own, said, "added")
        for compared in ("residuals", "stars")
        for own in ("left out", "kept")
        for said in ("films", "positions")
    ]
    for seed in (1, 2, 3):
        case = check._pair_case(seed)
        assert len(case[3]) == 6
        found = {tuple(check._predict_pairs(*case, *way).round(6)) for way in ways}
        assert len(found) == len(ways)
