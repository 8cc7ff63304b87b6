"""Checks of lab 01: `from utils.checks import embeddings as check`."""

import keras
import numpy as np

from utils.checks.compare import NotYet, as_array, describe, expect_function, show
from utils.checks.framework import Lab
from utils.units.embeddings import models, symbols

lab = Lab()
hint, summary, to_numpy = lab.hint, lab.summary, lab.to_numpy


def _fit(indices, length):
    """Pad a list of indices with 0 and cut it."""
    return (indices + [0] * length)[:length]


def _known(symbols, vocabulary):
    return [vocabulary.get(symbol, 1) for symbol in symbols]


def _grown(symbols, vocabulary):
    grown = dict(vocabulary)
    return [grown.setdefault(symbol, 2 + len(grown)) for symbol in symbols]


def _until_unknown(symbols, vocabulary):
    indices = _known(symbols, vocabulary)
    return indices[: indices.index(1) + 1] if 1 in indices else indices


GENRES = {"Comedy": 2, "Drama": 3, "War": 7}
ENCODE_CASES = [
    (["Drama", "Sci-Fi"], {"Comedy": 2, "Drama": 3}, 4),
    (["Sci-Fi", "Drama", "Horror", "Drama"], GENRES, 6),
    (["War", "Sci-Fi", "Drama", "Comedy"], GENRES, 3),
    (["War", "Comedy", "War", "Drama", "Sci-Fi"], GENRES, 4),
    (["War", "Drama"], GENRES, 2),
    ([], GENRES, 3),
]
# s: symbols, v: vocabulary, n: length
ENCODE_MISTAKES = [
    (
        lambda s, v, n: [0] * (n - len(s[:n])) + _known(s[:n], v),
        "The padding belongs at the end, after the symbols.",
    ),
    (
        lambda s, v, n: ([0] * n + _known(s, v))[-n:],
        "Padding and cutting belong at the end, not in front; pad_sequences of Keras does both in "
        'front unless told padding="post", truncating="post".',
    ),
    (
        lambda s, v, n: _fit(_known(s, v)[-n:], n),
        "A list that is too long keeps its first symbols; yours keeps the last.",
    ),
    (
        lambda s, v, n: _fit([v.get(symbol, 0) for symbol in s], n),
        "The unknown symbol is lost: it gets 1, and 0 is for padding alone.",
    ),
    (
        lambda s, v, n: _fit([v[symbol] for symbol in s if symbol in v], n),
        "The unknown symbol is left out: it keeps its place, with the index 1.",
    ),
    (
        lambda s, v, n: (_known(s, v) + [1] * n)[:n],
        "Padding is 0; 1 means a symbol that is there but unknown.",
    ),
    (
        lambda s, v, n: ([v.get(symbol, 0) for symbol in s] + [1] * n)[:n],
        "Padding and unknown are swapped: unknown is 1, padding is 0.",
    ),
    (
        lambda s, v, n: _fit(_grown(s, v), n),
        "A vocabulary does not grow: an unknown symbol gets 1.",
    ),
    (
        lambda s, v, n: _fit([v.get(symbol, len(v)) for symbol in s], n),
        "An unknown symbol gets 1, not the size of the vocabulary.",
    ),
    (
        lambda s, v, n: _fit([v[symbol] + 2 if symbol in v else 1 for symbol in s], n),
        "The vocabulary holds the index itself, from 2 on: nothing is to be added.",
    ),
    (
        lambda s, v, n: _known(s, v),
        "The padding is missing: the result has `length` places, and a longer list is cut.",
    ),
    (lambda s, v, n: _known(s, v)[:n], "The padding is missing: the result has `length` places."),
    (lambda s, v, n: _known(s, v) + [0] * (n - len(s)), "A list longer than `length` must be cut."),
    (
        lambda s, v, n: _fit(_known(dict.fromkeys(s), v), n),
        "A symbol that comes twice must stay twice.",
    ),
    (
        lambda s, v, n: _fit(list(dict.fromkeys(_known(s, v))), n),
        "An index that comes twice must stay twice, the 1 of unknown symbols too.",
    ),
    (lambda s, v, n: _fit(_until_unknown(s, v), n), "What comes after an unknown symbol is lost."),
    (
        lambda s, v, n: _fit([index for symbol, index in v.items() if symbol in s], n),
        "Go through the symbols, not through the vocabulary: their order and repeats count.",
    ),
    (
        lambda s, v, n: [int(symbol in s) for symbol in v],
        "This marks which symbols are there; return the index of each.",
    ),
    (
        lambda s, v, n: _fit(_known(s[:1], v), n),
        "Only the first symbol came through. Does a `return` stand inside the loop?",
    ),
    (
        lambda s, v, n: _fit(_known(s[::-1], v), n),
        "The symbols came in reverse; their order must stay.",
    ),
    (
        lambda s, v, n: _fit([v.get(symbol, -1) for symbol in s], n),
        "An unknown symbol gets 1: a negative index picks a row from the end of a table.",
    ),
]


def _encode_steps(symbols, vocabulary, length):
    lines = []
    for place in range(length):
        if place >= len(symbols):
            lines.append(f"  place {place}: no symbol is left: 0")
        elif symbols[place] in vocabulary:
            lines.append(f"  place {place}: {symbols[place]!r} is {vocabulary[symbols[place]]}")
        else:
            lines.append(f"  place {place}: {symbols[place]!r} is not in the vocabulary: 1")
    return "\n".join(lines)


@lab.exercise(
    symbols.encode,
    takeaway="Every list now has the same length, and nothing is lost silently: unknown is 1, "
    "padding is 0.",
    hints=[
        "Three things can happen to a place of the result: a known symbol, an unknown one, or no "
        "symbol at all. Write down the number for each.",
        "`vocabulary.get(symbol, 1)` gives the index of a symbol, or 1 if it is unknown.",
        "Make the list of indices, cut it with `[:length]`, and add "
        "`[0] * (length - len(indices))`.",
    ],
    seconds=10,
)
def encode(answer):
    expect_function(
        answer,
        symbols.encode,
        ENCODE_CASES,
        what="the list",
        mistakes=ENCODE_MISTAKES,
        steps=_encode_steps,
    )
    for case in ENCODE_CASES:
        kind = np.asarray(answer(*case)).dtype
        if kind.kind not in "iu":
            raise NotYet(
                f"With\n{answer.named(case)}\nthe numbers are right, but of the type {kind}; an "
                "index must be an int, or it cannot pick a row of a table. A new array of numpy "
                "holds floats unless told dtype=int."
            )


# No index reaches the number of rows, so that a mixed-up axis gives a wrong array, not an error.
ONE_HOT_CASES = [
    (np.array([2, 0, 2]), 4),
    (np.array([1, 1]), 3),
    (np.array([0, 1, 2, 1, 0]), 3),
]


def _marked(indices, num_symbols):
    """Return one row with ones for all indices."""
    return np.isin(np.arange(num_symbols), indices)


# i: indices, n: num_symbols
ONE_HOT_MISTAKES = [
    (lambda i, n: np.eye(n)[i].T, "Rows and columns are swapped: one row per index."),
    (
        lambda i, n: np.tile(_marked(i, n), (len(i), 1)),
        "Every row got the ones of all indices, not only its own.",
    ),
    (_marked, "All indices share one row here; each index needs a row of its own."),
    (
        lambda i, n: np.eye(n)[i].sum(axis=0),
        "The rows were added up to counts; return one row per index.",
    ),
    (
        lambda i, n: np.isin(np.arange(len(i)), i)[:, np.newaxis] * np.ones(n),
        "`vectors[index] = 1` fills a whole row; a one needs a row and a column.",
    ),
    (
        lambda i, n: np.roll(np.eye(n), -1, axis=1)[i],
        "The ones are one column off: index 0 is the first column.",
    ),
    (
        lambda i, n: np.eye(n + 1)[i + 1][:, :n],
        "The ones are one column off: index 0 is the first column.",
    ),
    (lambda i, n: np.eye(n + 1)[i], "There is a column too many: the indices end at n - 1."),
    (
        lambda i, n: np.eye(i.max() + 1)[i],
        "There are num_symbols columns, whatever the largest index is.",
    ),
    (
        lambda i, n: np.eye(n)[i][:, np.unique(i)],
        "Only the symbols that occur got a column; there are num_symbols.",
    ),
    (lambda i, n: np.eye(n)[np.unique(i)], "An index that comes twice gives two rows."),
    (lambda i, n: np.eye(n)[np.sort(i)], "The rows must come in the order of the indices."),
    (
        lambda i, n: np.eye(n)[i] * i[:, np.newaxis],
        "The column of an index gets a 1, not the index itself.",
    ),
    (
        lambda i, n: np.eye(n)[i] * (i != 0)[:, np.newaxis],
        "The index 0 is a symbol like any other here: its row has a one, too.",
    ),
    (lambda i, n: 1 - np.eye(n)[i], "Ones and zeros are swapped."),
    (lambda i, n: np.arange(n) <= i[:, np.newaxis], "A row has one 1 only, not all up to it."),
    (
        lambda i, n: np.eye(len(i), n),
        "Row 0 got column 0, row 1 column 1: take the index, not its place in the list.",
    ),
    (lambda i, n: np.eye(n), "This is one row per symbol; pick the rows of the indices from it."),
    (
        lambda i, n: np.eye(n)[i] * (np.arange(len(i)) == 0)[:, np.newaxis],
        "Only the first row was filled. Does a `return` stand inside the loop?",
    ),
    (lambda i, n: np.zeros((len(i), n)), "The rows are still zeros: `==` compares, `=` writes."),
    (
        lambda i, n: np.eye(n)[i] * (np.arange(len(i)) == len(i) - 1)[:, np.newaxis],
        "Only the last row was filled. Is the array made anew inside the loop?",
    ),
    (lambda i, n: np.eye(n)[i[-1]], "This is the last row alone; return one row per index."),
    (lambda i, n: np.eye(n)[i].ravel(), "The rows stand one behind the other; return a table."),
    (lambda i, n: np.eye(n)[i][:, ::-1], "The columns are reversed: index 0 is the first."),
]


def _one_hot_steps(indices, num_symbols):
    return f"  The columns have the numbers 0 to {num_symbols - 1}.\n" + "\n".join(
        f"  row {row}: the index is {index}, so the one stands in column {index}"
        for row, index in enumerate(indices)
    )


@lab.exercise(
    symbols.one_hot,
    takeaway="Each row says which symbol it is and nothing else; any two different rows are "
    "sqrt(2) apart.",
    hints=[
        "How many rows and how many columns does the result have? Which columns get a one?",
        "Compare each index with all the column numbers 0, 1, ..., num_symbols - 1.",
        "Row i of the identity matrix `np.eye(num_symbols)` is the one-hot vector of i.",
    ],
    seconds=10,
)
def one_hot(answer):
    expect_function(
        answer,
        symbols.one_hot,
        ONE_HOT_CASES,
        what="the rows",
        mistakes=ONE_HOT_MISTAKES,
        steps=_one_hot_steps,
    )


TABLE = np.array([[9.0, 8.0], [1.0, 3.0], [2.5, 4.0], [6.0, -1.0], [0.0, 0.0]])
MEAN_CASES = [
    (np.array(indices), TABLE)
    for indices in (
        [[2, 3, 0], [3, 0, 0]],
        [[0, 1, 3], [3, 0, 2]],
        [[2, 2, 3, 1]],
        [[0, 0], [2, 0]],
        [[4, 0, 2, 2, 2], [0, 0, 0, 0, 0]],
        [[4, 3], [0, 1]],
    )
]


def _counted(indices):
    return (indices != 0)[:, :, np.newaxis]


def _sum(indices, table):
    return (table[indices] * _counted(indices)).sum(axis=1)


def _number(indices):
    return np.maximum(_counted(indices).sum(axis=1), 1)


def _mean_of_rows(choose, empty=0.0):
    """Return the mean over the indices that a function chooses from each list."""

    def mean(indices, table):
        chosen = [choose(row) for row in indices]
        return [table[c].mean(axis=0) if len(c) else empty + 0 * table[0] for c in chosen]

    return mean


def _before_padding(row):
    return row[: np.flatnonzero(row == 0)[0]] if 0 in row else row


# i: indices, t: table
MEAN_MISTAKES = [
    (lambda i, t: t[i].mean(axis=1), "Row 0 came into the mean: padding must not count."),
    (
        lambda i, t: t[i].sum(axis=1) / _number(i),
        "The number of symbols is right, but row 0 came into the sum: padding must not count.",
    ),
    (
        lambda i, t: _sum(i, t) / i.shape[1],
        "Divide by the number of symbols, not by the length of the list.",
    ),
    (
        lambda i, t: _sum(i, t) / max(_counted(i).sum(), 1),
        "Divided by the number of symbols in the whole batch; each list has its own.",
    ),
    (
        lambda i, t: _sum(i, t) / _number(i)[:, 0],
        "Divided along the wrong axis: the counts need the shape (batch, 1).",
    ),
    (
        lambda i, t: _sum(i, t) / _counted(i).sum(axis=(1, 2)),
        "Divided along the wrong axis: the counts need the shape (batch, 1).",
    ),
    (lambda i, t: _sum(i, t) / (_counted(i).sum(axis=1) + 1), "Divided by one symbol too many."),
    (_sum, "This is the sum; divide by the number of symbols."),
    (lambda i, t: t[i].sum(axis=1), "This is the sum, with padding in it."),
    (lambda i, t: t[i] * _counted(i), "The rows are there, but not yet their mean over axis 1."),
    (lambda i, t: t[i].mean(axis=0), "This is the mean over the lists; take it over each list."),
    (
        lambda i, t: _sum(i, t).sum(axis=0) / max(_counted(i).sum(), 1),
        "This is one mean for the whole batch; each list needs its own.",
    ),
    (
        lambda i, t: t[i[i != 0]].mean(axis=0),
        "This is one mean for the whole batch; each list needs its own.",
    ),
    (
        lambda i, t: t[i].mean(axis=(0, 1)),
        "This is one mean for the whole batch, with padding in it.",
    ),
    (
        _mean_of_rows(lambda row: row[row > 1]),
        "An unknown symbol (1) counts; only padding (0) does not.",
    ),
    (
        _mean_of_rows(lambda row: row[row > 1], empty=np.nan),
        "An unknown symbol (1) counts; only padding (0) does not.",
    ),
    (_mean_of_rows(_before_padding), "Padding can stand anywhere in a list, not only at the end."),
    (
        _mean_of_rows(lambda row: row[: np.count_nonzero(row)]),
        "Padding can stand anywhere in a list, not only at the end.",
    ),
    (_mean_of_rows(np.trim_zeros), "Padding can stand anywhere, also between two symbols."),
    (
        _mean_of_rows(lambda row: np.unique(row[row != 0])),
        "A symbol that comes twice counts twice.",
    ),
    (
        lambda i, t: [t[np.unique(row[row != 0])].sum(axis=0) for row in i] / _number(i),
        "A symbol that comes twice counts twice, in the sum too.",
    ),
    (
        _mean_of_rows(lambda row: row[row != 0], empty=np.nan),
        "A list of padding alone was divided by 0 symbols; its result is zeros.",
    ),
    (
        lambda i, t: [t[row[row != 0]].mean(axis=0) if row.any() else t[0] for row in i],
        "A list of padding alone gives zeros, not row 0.",
    ),
    (
        lambda i, t: (_sum(i, t) / _number(i))[i.any(axis=1)],
        "A list of padding alone has a row in the result, too: zeros.",
    ),
    (
        _mean_of_rows(lambda row: row[(row != 0) & TABLE[row].any(axis=1)]),
        "A symbol whose row is zeros is still a symbol: look for padding in `indices`, not in the "
        "vectors.",
    ),
    (
        lambda i, t: np.trunc(_sum(i, t) / _number(i)),
        "The mean was cut to whole numbers; keep the floats.",
    ),
    (
        lambda i, t: _sum(i, t) // _number(i),
        "The mean was cut to whole numbers: `//` rounds down.",
    ),
    (
        lambda i, t: (t[i - 1] * _counted(i)).sum(axis=1) / _number(i),
        "An index is the number of its row, counted from 0: nothing is to be subtracted.",
    ),
    (
        _mean_of_rows(lambda row: row[row == 0]),
        "This is the mean of the padding; the mask is turned around.",
    ),
    (
        lambda i, t: _mean_of_rows(lambda row: row[row != 0])(i, t)[0],
        "Only the first list came through. Does a `return` stand inside the loop?",
    ),
    (
        lambda i, t: (_sum(i, t) / _number(i)).T,
        "Rows and columns are swapped: one row per list.",
    ),
    (
        lambda i, t: _sum(i, t) / _number(i).max(),
        "Divided by the length of the longest list; each list has its own number of symbols.",
    ),
    (
        lambda i, t: (_sum(i, t) / _number(i)).mean(axis=1),
        "The dimensions were averaged as well; each keeps its own mean.",
    ),
]


def _mean_steps(indices, table):
    lines = []
    for place, row in enumerate(indices):
        vectors = table[row[row != 0]]
        lines.append(
            f"  list {place}: no symbol: zeros"
            if not len(vectors)
            else f"  list {place}: ({' + '.join(map(show, vectors))}) / {len(vectors)}"
            f" = {show(vectors.mean(axis=0))}"
        )
    return "\n".join(lines)


@lab.exercise(
    symbols.mean_embedding,
    takeaway="Lists of any length become one vector, and padding leaves no trace in it.",
    hints=[
        "`table[indices]` has the shape (batch, length, embedding_dim). Which of its rows must "
        "not count? And by what number must the sum be divided?",
        "`indices != 0` is True for symbols. Give it one more axis, multiply, and sum over axis 1.",
        "Divide the sum by the number of symbols, at least 1: "
        "`np.maximum((indices != 0).sum(axis=1, keepdims=True), 1)`.",
    ],
    seconds=10,
)
def mean_embedding(answer):
    expect_function(
        answer,
        symbols.mean_embedding,
        MEAN_CASES,
        what="the means",
        mistakes=MEAN_MISTAKES,
        steps=_mean_steps,
    )


# Every index is also a place in the batch, so that mixing them up gives no error.
GRADIENT_CASES = [
    (np.array([1, 1]), np.array([[1.5, 10.0], [2.0, 20.0]]), 3),
    (
        np.array([3, 0, 2, 0]),
        np.array([[1.2, 2.0, 3.1], [0.5, -0.4, 0.1], [-1.0, 1.3, 0.7], [0.2, 1.0, -2.0]]),
        5,
    ),
    (np.array([2, 0, 2, 2]), np.array([[0.3], [-1.4], [2.6], [0.8]]), 4),
]


def _each_row(combine):
    """Return the table whose row is what a function makes of all gradients of its index."""

    def gradient(indices, output_gradient, num_symbols):
        rows = [output_gradient[indices == symbol] for symbol in range(num_symbols)]
        return [combine(row) if len(row) else 0 * output_gradient[0] for row in rows]

    return gradient


_added = _each_row(lambda rows: rows.sum(axis=0))
LOST = (
    "Of an index that comes twice only one gradient is left. `gradient[indices] += ...` writes "
    "each row once, however often its index comes."
)
# i: indices, g: output_gradient, n: num_symbols
GRADIENT_MISTAKES = [
    (_each_row(lambda rows: rows[-1]), LOST),
    (_each_row(lambda rows: rows[0]), LOST),
    (
        _each_row(lambda rows: rows.mean(axis=0)),
        "Gradients of the same row are added, not averaged.",
    ),
    (
        lambda i, g, n: np.divide(_added(i, g, n), len(i)),
        "Divided by the size of the batch: the gradients are only added here.",
    ),
    (
        _each_row(lambda rows: len(rows) * rows[-1]),
        "One gradient was counted as often as its index comes; each place has its own.",
    ),
    (lambda i, g, n: np.negative(_added(i, g, n)), "The sign is turned around: add, do not step."),
    (
        lambda i, g, n: np.multiply(2, _added(i, g, n)),
        "Twice too large: the factor 2 of a squared error is in `output_gradient` already.",
    ),
    (
        lambda i, g, n: np.tile(g.sum(axis=0), (n, 1)),
        "Every row got the whole sum. Only the rows of the indices get a gradient, each its own.",
    ),
    (lambda i, g, n: g, "This is one row per place in the batch; return one row per symbol."),
    (
        lambda i, g, n: g[i],
        "`output_gradient[indices]` looks up rows of the batch. The other way round: add row "
        "number `place` of it to row number `indices[place]` of the table.",
    ),
    (
        lambda i, g, n: _added(i, g[i], n),
        "An index was used as a place in the batch: the gradient of a place is its own row.",
    ),
    (
        lambda i, g, n: [*g, *np.zeros((n, g.shape[1]))][:n],
        "The gradients stand in the order of the batch; each belongs to the row of its index.",
    ),
    (
        lambda i, g, n: _added(i, g, n)[: i.max() + 1],
        "The table has num_symbols rows, whatever the largest index is.",
    ),
    (
        lambda i, g, n: _added(i, g, len(i)),
        "The table has num_symbols rows, however many places the batch has.",
    ),
    (
        lambda i, g, n: np.array(_added(i, g, n))[np.unique(i)],
        "The rows that were not used are missing; they get zeros.",
    ),
    (lambda i, g, n: np.transpose(_added(i, g, n)), "Rows and columns are swapped."),
    (
        lambda i, g, n: np.sum(_added(i, g, n), axis=1),
        "A row of the gradient has embedding_dim numbers; they are not added up.",
    ),
    (
        _each_row(lambda rows: 0 * rows[0] + len(rows)),
        "These are counts: add the gradients, not ones.",
    ),
    (lambda i, g, n: np.add(1, _added(i, g, n)), "Start from zeros, not from ones."),
    (lambda i, g, n: _added(i, np.trunc(g), n), "The gradient was cut to whole numbers."),
    (lambda i, g, n: np.trunc(_added(i, g, n)), "The gradient was cut to whole numbers."),
    (_each_row(lambda rows: abs(rows).sum(axis=0)), "The signs are lost."),
    (
        lambda i, g, n: _added(i, g * (i != 0)[:, np.newaxis], n),
        "Row 0 is left out. It is a row of the table like any other: add its gradients, too.",
    ),
    (
        lambda i, g, n: np.divide(_added(i, g, n), n),
        "Divided by the number of symbols: the gradients are only added here.",
    ),
    (_each_row(lambda rows: rows.max(axis=0)), "Gradients of the same row are added."),
    (
        lambda i, g, n: np.eye(n)[i],
        "This is the one-hot matrix; its transpose times `output_gradient` is the gradient.",
    ),
]


def _gradient_steps(indices, output_gradient, num_symbols):
    lines = []
    for symbol in range(num_symbols):
        rows = output_gradient[indices == symbol]
        lines.append(
            f"  row {symbol}: not used: zeros"
            if not len(rows)
            else f"  row {symbol}: {' + '.join(map(show, rows))} = {show(rows.sum(axis=0))}"
        )
    return "\n".join(lines)


@lab.exercise(
    symbols.embedding_gradient,
    takeaway="Rows that were not used get zeros, rows used more than once get the sum.",
    hints=[
        "Start from zeros for the whole table. What must happen to a row whose index comes twice?",
        "A loop over the batch is a right answer: add each gradient to the row of its index.",
        "Without a loop: `np.add.at(gradient, indices, output_gradient)`, or the product "
        "`one_hot(indices, num_symbols).T @ output_gradient`.",
    ],
    seconds=10,
)
def embedding_gradient(answer):
    expect_function(
        answer,
        symbols.embedding_gradient,
        GRADIENT_CASES,
        what="the gradient of the table",
        mistakes=GRADIENT_MISTAKES,
        steps=_gradient_steps,
    )


FIRST, SECOND = np.array([1, 2, 3]), np.array([2, 1, 0])
PAIR_CASES = [
    (np.array(table), FIRST, SECOND)
    for table in (
        [[1.1, 0.2], [-0.6, 1.7], [0.9, -2.0], [-1.3, 0.8]],
        np.array([5, -10, 20, 3, 15, 4, -7, 12, -8, 13, 6, -5, 21, -3, 9, 1, 2, 7, -4, 11]).reshape(
            5, 4
        )
        / 10,
    )
]


def _dots(table, first, second):
    return (table[first] * table[second]).sum(axis=1)


def _distances(table, first, second):
    return np.linalg.norm(table[first] - table[second], axis=1)


def _cosines(table, first, second):
    lengths = np.linalg.norm(table, axis=1)
    return _dots(table, first, second) / (lengths[first] * lengths[second])


PAIR_MISTAKES = [
    (_cosines, "That is a cosine; the dot product is the plain sum of products."),
    (lambda *case: -_cosines(*case), "That is a cosine with a minus; return the dot product."),
    (
        lambda *case: _dots(*case) / case[0].shape[1],
        "That is the mean of the products; the dot product is their sum.",
    ),
    (
        lambda *case: _dots(*case) / np.sqrt(case[0].shape[1]),
        "Divided by the root of embedding_dim: the dot product is the plain sum of products.",
    ),
    (lambda *case: 1 / (1 + np.exp(-_dots(*case))), "There is a sigmoid on top; leave it out."),
    (lambda *case: np.tanh(_dots(*case)), "There is a tanh on top; leave it out."),
    (lambda *case: np.maximum(_dots(*case), 0), "Negative scores became 0: leave out the relu."),
    (lambda *case: abs(_dots(*case)), "The sign of the score is lost."),
    (lambda *case: -_dots(*case), "The sign of the score is turned around."),
    (_distances, "That is a distance, not a dot product."),
    (lambda *case: -_distances(*case), "That is a distance with a minus, not a dot product."),
    (lambda *case: _distances(*case) ** 2, "That is a squared distance, not a dot product."),
    (lambda *case: -(_distances(*case) ** 2), "That is a squared distance, not a dot product."),
    (
        lambda table, first, second: (table[first] - table[second]).sum(axis=1),
        "That is the sum of the differences; multiply the vectors.",
    ),
    (
        lambda table, first, second: (table[first] + table[second]).sum(axis=1),
        "That is the sum of both vectors; multiply them first.",
    ),
    (
        lambda table, first, second: np.full(len(first), _dots(table, first, second).sum()),
        "That is the sum over the whole batch; each pair needs its own score.",
    ),
    (lambda table, first, second: _dots(table, first, first), "The second input is not used."),
    (lambda table, first, second: _dots(table, second, second), "The first input is not used."),
    (
        lambda table, first, second: _dots(np.maximum(table, 0), first, second),
        "Negative numbers of the table became 0: leave out the relu.",
    ),
    (lambda *case: 2 * _dots(*case), "The score is twice the dot product."),
    (lambda *case: np.exp(_dots(*case)), "There is an exponential on top; leave it out."),
    (
        lambda *case: 1 + 0 * _dots(*case),
        "There is a softmax on top; of one number it is always 1. Leave it out.",
    ),
]


def _pair_steps(table, first, second):
    return "\n".join(
        f"  pair ({left}, {right}): "
        + " + ".join(f"{x:g} * {y:g}" for x, y in zip(table[left], table[right], strict=True))
        + f" = {table[left] @ table[right]:.4g}"
        for left, right in zip(first, second, strict=True)
    )


class _Scores:
    """The scores of the student's model as a function of its table and the pairs."""

    def __init__(self, answer):
        self.answer = answer

    def __call__(self, table, first, second):
        num_symbols, embedding_dim = table.shape
        model = _checked_model(self.answer, num_symbols, embedding_dim)
        model.set_weights([table])
        return _scores(model, first, second).ravel()

    def named(self, case):
        return "\n".join(
            f"  {name} = {show(value)}".replace("\n", "\n" + " " * (len(name) + 5))
            for name, value in zip(
                ("the table", "first symbols", "second symbols"), case, strict=True
            )
        )


@lab.exercise(
    models.build_pair_model,
    takeaway="One layer called twice is one table: what one input learns, the other knows.",
    hints=[
        "You need two inputs, one table, and one number per pair.",
        "Make `embedding = keras.layers.Embedding(num_symbols, embedding_dim)` once, and call it "
        "on each input, made by `keras.Input(shape=(), dtype='int32')`.",
        "`keras.layers.Dot(axes=1)([embedding(first), embedding(second)])` is the score; return "
        "`keras.Model([first, second], score)`.",
    ],
)
def build_pair_model(answer):
    expect_function(
        _Scores(answer),
        _dots,
        PAIR_CASES,
        what="the scores",
        mistakes=PAIR_MISTAKES,
        steps=_pair_steps,
    )
    table, _, _ = PAIR_CASES[0]
    model = answer(*table.shape)
    _scores(model, FIRST, SECOND)  # builds a subclass of keras.Model
    model.set_weights([table])
    model.compile(keras.optimizers.SGD(0.01), loss="mse", run_eagerly=True)
    # The same pair many times, so that a dropout layer cannot hide it.
    model.train_on_batch([np.full(16, 1), np.full(16, 2)], np.zeros(16))
    moved = np.flatnonzero(~np.isclose(model.get_weights()[0], table).all(axis=1)).tolist()
    if not {1, 2} <= set(moved):  # a penalty on the table may move the other rows too
        raise NotYet(
            f"One training step on the pair (1, 2) should move rows 1 and 2; it moved {moved}. "
            "Does the gradient reach the table from both inputs?"
        )


def _checked_model(answer, num_symbols, embedding_dim):
    """Return the student's model of a size; raise NotYet unless it holds one table and scores."""
    call = f"build_pair_model({num_symbols}, {embedding_dim})"
    model = answer(num_symbols, embedding_dim)
    if not isinstance(model, keras.Model):
        raise NotYet(
            f"{call} should return a keras.Model; yours returned {show(model)}. "
            "Is `keras.Model([first, second], score)` missing?"
        )
    if model.built:
        _expect_one_table(call, model, (num_symbols, embedding_dim))
    scores = _scores(model, FIRST, SECOND)  # the first call builds a subclass of keras.Model
    _expect_one_table(call, model, (num_symbols, embedding_dim))
    if scores.shape not in ((3, 1), (3,)):
        raise NotYet(
            f"Called with 3 pairs, the model of {call} should return the shape (3, 1); yours has "
            f"{scores.shape}.{_why_shape(scores.shape, embedding_dim)}"
        )
    return model


def _scores(model, first, second):
    inputs = getattr(model, "inputs", None)
    if inputs and len(inputs) != 2:
        raise NotYet(f"The model should have two inputs; yours has {len(inputs)}.")
    try:
        scores = model([first, second])
    except Exception as error:
        raise NotYet(
            "The model could not be called with a list of two int arrays of shape (3,): "
            f"{describe(error)}"
        ) from error
    if isinstance(scores, (list, tuple, dict)):
        raise NotYet(
            f"The model should have one output, the score; yours has {len(scores)}. Two vectors "
            "become one number per pair by their dot product."
        )
    return as_array(scores, "The scores")


def _expect_one_table(call, model, shape):
    """Raise NotYet unless the weights of the model are one trainable table."""
    shapes = [tuple(weight.shape) for weight in model.weights]
    if shapes == [shape, shape]:
        raise NotYet(
            f"The model has two tables of shape {shape}. Two layers share nothing: make one "
            "Embedding layer and call it on both inputs."
        )
    if shapes != [shape]:
        raise NotYet(
            f"{call} should have one weight, a table of shape {shape}; "
            f"the weights of yours have the shapes {shapes}. Only the table is learned, with one "
            "row per symbol; both sizes are arguments."
        )
    if not model.trainable_weights:
        raise NotYet("The table is frozen (trainable=False); it must be trainable.")
    if np.ptp(model.get_weights()[0]) == 0:
        raise NotYet(
            "All numbers of the table start equal, so that its columns can never learn different "
            "things. Leave the random start of the layer as it is."
        )


def _why_shape(shape, dim):
    return {
        (3, 1, 1): " The numbers are there: a Flatten layer, or inputs of shape (), will do.",
        (3, 2 * dim): " That looks like two vectors side by side; a dot product is one number per "
        "pair.",
        (3, 1, dim): " That looks like a product without the sum over the dimensions.",
        (3, dim): " That looks like a product without the sum over the dimensions.",
        (3, dim, dim): " That looks like a product over the wrong axis; the dimensions are the "
        "last.",
        (3, 3): " That looks like every first symbol against every second one.",
        (): " That is a sum over the whole batch; each pair needs its own score.",
    }.get(shape, "")
