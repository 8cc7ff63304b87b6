"""Checks of lab 01: `from utils.checks import embeddings as check`."""

import keras
import numpy as np

from utils.checks.compare import NotYet, as_array, describe, expect_close, show
from utils.checks.framework import Lab
from utils.units.embeddings import models, symbols

lab = Lab()
hint, summary, to_numpy = lab.hint, lab.summary, lab.to_numpy


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
)
def encode(answer):
    genres = {"Comedy": 2, "Drama": 3, "War": 7}
    example = answer(["Drama", "Sci-Fi"], {"Comedy": 2, "Drama": 3}, 4)
    expect_close(
        example,
        [3, 1, 0, 0],
        'encode(["Drama", "Sci-Fi"], {"Comedy": 2, "Drama": 3}, 4)',
        mistakes=[
            ([0, 0, 3, 1], "The padding belongs at the end, after the symbols."),
            ([3, 0, 0, 0], "The unknown symbol is lost: it gets 1, and 0 is for padding alone."),
            ([3, 1, 1, 1], "Padding is 0; 1 means a symbol that is there but unknown."),
            ([3, 0, 1, 1], "Padding and unknown are swapped: unknown is 1, padding is 0."),
            ([3, 4, 0, 0], "A vocabulary does not grow: an unknown symbol gets 1."),
            ([1, 0, 0, 0], "Take the index from the vocabulary, not the place in the list."),
            ([3, 1], "The padding is missing."),
            ([3], "The unknown symbol and the padding are missing."),
        ],
    )
    if np.asarray(example).dtype.kind not in "iu":
        raise NotYet(
            f"The numbers are right, but of the type {np.asarray(example).dtype}; an index must be "
            "an int, or it cannot pick a row of a table. If you used np.zeros: add dtype=int."
        )
    expect_close(
        answer(["Drama", "Drama", "Comedy"], genres, 3),
        [3, 3, 2],
        f'encode(["Drama", "Drama", "Comedy"], {genres}, 3)',
        mistakes=[
            ([3, 2, 0], "A symbol that comes twice must stay twice."),
            ([2, 3, 0], "A symbol that comes twice must stay twice, and the order must stay."),
            ([2, 3, 3], "The order of the symbols must stay as it is."),
        ],
    )
    expect_close(
        answer(["War", "Sci-Fi", "Drama", "Comedy"], genres, 3),
        [7, 1, 3],
        f'encode(["War", "Sci-Fi", "Drama", "Comedy"], {genres}, 3)',
        mistakes=[
            ([7, 1, 3, 2], "A list longer than `length` must be cut."),
            ([1, 3, 2], "Keep the first symbols and cut the end."),
            ([4, 1, 3], "Take the index from the vocabulary, do not compute it."),
            ([7, 1, 0], "What comes after an unknown symbol is lost."),
            ([7, 3, 2], "The unknown symbol is lost: it gets 1."),
        ],
    )
    expect_close(answer([], genres, 3), [0, 0, 0], f"encode([], {genres}, 3)")


@lab.exercise(
    symbols.one_hot,
    takeaway="Each row says which symbol it is and nothing else; any two different rows are "
    "sqrt(2) apart.",
    hints=[
        "How many rows and how many columns does the result have? Which columns get a one?",
        "Compare each index with all the column numbers 0, 1, ..., num_symbols - 1.",
        "Row i of the identity matrix `np.eye(num_symbols)` is the one-hot vector of i.",
    ],
)
def one_hot(answer):
    expect_close(
        answer(np.array([2, 0]), 3),
        [[0, 0, 1], [1, 0, 0]],
        "one_hot(np.array([2, 0]), 3)",
        mistakes=[
            ([[0, 1], [0, 0], [1, 0]], "Rows and columns are swapped: one row per index."),
            ([[1, 0, 1], [1, 0, 1]], "Every row got the ones of all indices, not only its own."),
            ([1, 0, 1], "All indices share one row here; each index needs a row of its own."),
            ([[0, 1, 0], [0, 0, 1]], "The ones are one column off: index 0 is the first column."),
            ([[0, 1], [1, 0]], "Only the symbols that occur got a column; there are num_symbols."),
        ],
    )
    expect_close(
        answer(np.array([1, 1]), 4),
        [[0, 1, 0, 0], [0, 1, 0, 0]],
        "one_hot(np.array([1, 1]), 4)",
        mistakes=[
            ([[0, 1], [0, 1]], "There are num_symbols columns, whatever the largest index is."),
            ([[1], [1]], "Only the symbols that occur got a column; there are num_symbols."),
            ([[0, 1, 0, 0]], "An index that comes twice gives two rows."),
        ],
    )
    expect_close(
        answer(np.array([0, 1, 2, 1, 0]), 3),
        [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]],
        "one_hot(np.array([0, 1, 2, 1, 0]), 3)",
    )


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
)
def mean_embedding(answer):
    table = np.array([[9.0, 9.0], [1.0, 3.0], [2.0, 4.0], [6.0, 0.0]])
    unknown_lost = "An unknown symbol (1) counts; only padding (0) does not."
    named = f"table =\n{show(table)},\nmean_embedding"
    expect_close(
        answer(np.array([[2, 3, 0], [3, 0, 0]]), table),
        [[4, 2], [6, 0]],
        f"With {named}([[2, 3, 0], [3, 0, 0]], table)",
        mistakes=[
            ([[17 / 3, 13 / 3], [8, 6]], "Row 0 came into the mean: padding must not count."),
            ([[8 / 3, 4 / 3], [2, 0]], "Divide by the number of symbols, not by the length."),
            ([[4, 4], [3, 0]], "Divided along the wrong axis: the counts need shape (batch, 1)."),
            ([[8, 4], [6, 0]], "This is the sum; divide by the number of symbols."),
            ([[17, 13], [24, 18]], "This is the sum with padding in it."),
            ([14 / 3, 4 / 3], "This is one mean for the whole batch; each list needs its own."),
            ([7, 5], "This is one mean for the whole batch, with padding in it."),
        ],
    )
    expect_close(
        answer(np.array([[0, 1, 3], [1, 0, 0]]), table),
        [[3.5, 1.5], [1, 3]],
        f"With {named}([[0, 1, 3], [1, 0, 0]], table)",
        mistakes=[
            ([[6, 0], [0, 0]], unknown_lost),
            ([[6, 0], [np.nan, np.nan]], unknown_lost),
            ([[0, 0], [1, 3]], "Padding can stand anywhere in a list, also before a symbol."),
            ([[np.nan, np.nan], [1, 3]], "Padding can stand anywhere, also before a symbol."),
        ],
    )
    expect_close(
        answer(np.array([[2, 2, 3]]), table),
        [[10 / 3, 8 / 3]],
        f"With {named}([[2, 2, 3]], table)",
        mistakes=[([[4, 2]], "A symbol that comes twice counts twice.")],
    )
    expect_close(
        answer(np.array([[0, 0], [2, 0]]), table),
        [[0, 0], [2, 4]],
        f"With {named}([[0, 0], [2, 0]], table)",
        mistakes=[
            ([[np.nan, np.nan], [2, 4]], "A list of padding alone was divided by 0 symbols."),
            ([[9, 9], [2, 4]], "A list of padding alone gives zeros, not row 0."),
        ],
    )


@lab.exercise(
    symbols.embedding_gradient,
    takeaway="Rows that were not used get zeros, rows used more than once get the sum.",
    hints=[
        "Start from zeros for the whole table. What must happen to a row whose index comes twice?",
        "A loop over the batch is a right answer: add each gradient to the row of its index.",
        "Without a loop: `np.add.at(gradient, indices, output_gradient)`, or the product "
        "`one_hot(indices, num_symbols).T @ output_gradient`.",
    ],
)
def embedding_gradient(answer):
    lost = (
        "Index 1 comes twice, but only one of its gradients is left. `gradient[indices] += ...` "
        "writes each row once, however often its index comes."
    )
    expect_close(
        answer(np.array([1, 1]), np.array([[1.0, 10.0], [2.0, 20.0]]), 3),
        [[0, 0], [3, 30], [0, 0]],
        "embedding_gradient([1, 1], [[1, 10], [2, 20]], 3)",
        mistakes=[
            ([[0, 0], [2, 20], [0, 0]], lost),
            ([[0, 0], [1, 10], [0, 0]], lost),
            ([[0, 0], [1.5, 15], [0, 0]], "Gradients of the same row are added, not averaged."),
            ([[3, 30], [3, 30], [3, 30]], "Only the row that was used gets a gradient."),
            (
                [[1, 10], [2, 20]],
                "This is one row per place in the batch; return one row per symbol.",
            ),
            ([[0, 0], [3, 30]], "The table has num_symbols rows, whatever the largest index is."),
            ([[3, 30]], "The rows that were not used are missing; they get zeros."),
            ([[0, 3, 0], [0, 30, 0]], "Rows and columns are swapped."),
        ],
    )
    indices = np.array([4, 0, 2, 0])
    output_gradient = np.array([[1.0, 2.0, 3.0], [0.5, 0, 0], [-1.0, 1.0, 0], [0.25, 1.0, -2.0]])
    rows = [[0.75, 1, -2], [0, 0, 0], [-1, 1, 0], [0, 0, 0], [1, 2, 3]]
    expect_close(
        answer(indices, output_gradient, 5),
        rows,
        f"embedding_gradient({indices.tolist()}, {output_gradient.tolist()}, 5)",
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
    num_symbols, embedding_dim = 6, 5
    model = answer(num_symbols, embedding_dim)
    if not isinstance(model, keras.Model):
        raise NotYet(
            f"build_pair_model(6, 5) should return a keras.Model; yours returned {show(model)}. "
            "Is `keras.Model([first, second], score)` missing?"
        )
    first, second = np.array([1, 2, 5]), np.array([2, 1, 0])
    if model.built:
        _expect_one_table(model, (num_symbols, embedding_dim))
    scores = _scores(model, first, second)  # the first call builds a subclass of keras.Model
    _expect_one_table(model, (num_symbols, embedding_dim))
    if scores.shape not in ((3, 1), (3,)):
        raise NotYet(
            f"Called with 3 pairs, the model should return the shape (3, 1); yours has "
            f"{scores.shape}.{_why_shape(scores.shape)}"
        )
    ones = np.ones((num_symbols, embedding_dim))
    model.set_weights([ones])
    expect_close(
        _scores(model, first, second).ravel(),
        [5, 5, 5],
        "With a table of ones and 5 dimensions, the scores of 3 pairs",
        mistakes=[
            ([1, 1, 1], "That is a cosine or a mean; the dot product is the plain sum."),
            (np.full(3, 1 / (1 + np.exp(-5))), "There is a sigmoid on top; leave it out."),
            ([0, 0, 0], "That looks like a difference or a distance, not a dot product."),
            ([10, 10, 10], "That looks like the sum of both vectors; multiply them first."),
            ([15, 15, 15], "That is the sum over the whole batch; each pair needs its own score."),
        ],
    )
    table = np.arange(-12.0, 18.0).reshape(num_symbols, embedding_dim)  # both signs
    model.set_weights([table])
    expect_close(
        _scores(model, first, second).ravel(),
        (table[first] * table[second]).sum(axis=1),
        f"With a table of the numbers -12 to 17 in 6 rows, the scores of the pairs "
        f"{first.tolist()} and {second.tolist()}",
        mistakes=[
            ((table[first] ** 2).sum(axis=1), "The second input is not used."),
            ((table[second] ** 2).sum(axis=1), "The first input is not used."),
            (
                np.maximum((table[first] * table[second]).sum(axis=1), 0),
                "Negative scores became 0: leave out the relu.",
            ),
        ],
    )
    model.compile(keras.optimizers.SGD(0.01), loss="mse", run_eagerly=True)
    # The same pair many times, so that a dropout layer cannot hide it.
    model.train_on_batch([np.full(16, 1), np.full(16, 2)], np.zeros(16))
    moved = np.flatnonzero(np.any(model.get_weights()[0] != table, axis=1)).tolist()
    if not {1, 2} <= set(moved):  # a penalty on the table may move the other rows too
        raise NotYet(
            f"One training step on the pair (1, 2) should move rows 1 and 2; it moved {moved}. "
            "Does the gradient reach the table from both inputs?"
        )


def _scores(model, first, second):
    inputs = getattr(model, "inputs", None)
    if inputs and len(inputs) != 2:
        raise NotYet(f"The model should have two inputs; yours has {len(inputs)}.")
    try:
        return as_array(model([first, second]), "The scores")
    except NotYet:
        raise
    except Exception as error:
        raise NotYet(
            "The model could not be called with a list of two int arrays of shape (3,): "
            f"{describe(error)}"
        ) from error


def _expect_one_table(model, shape):
    """Raise NotYet unless the weights of the model are one trainable table."""
    shapes = [tuple(weight.shape) for weight in model.weights]
    if shapes == [shape, shape]:
        raise NotYet(
            f"The model has two tables of shape {shape}. Two layers share nothing: make one "
            "Embedding layer and call it on both inputs."
        )
    if shapes != [shape]:
        raise NotYet(
            f"build_pair_model(6, 5) should have one weight, a table of shape {shape}; "
            f"the weights of yours have the shapes {shapes}. Only the table is learned, with one "
            "row per symbol."
        )
    if not model.trainable_weights:
        raise NotYet("The table is frozen (trainable=False); it must be trainable.")
    if np.ptp(model.get_weights()[0]) == 0:
        raise NotYet(
            "All numbers of the table start equal, so that its columns can never learn different "
            "things. Leave the random start of the layer as it is."
        )


def _why_shape(shape):
    return {
        (3, 1, 1): " The numbers are there: a Flatten layer, or inputs of shape (), will do.",
        (3, 10): " That looks like two vectors side by side; a dot product is one number per pair.",
        (3, 5): " That looks like a product without the sum over the dimensions.",
        (3, 1, 5): " That looks like a product without the sum over the dimensions.",
        (3, 5, 5): " That looks like a product over the wrong axis; the dimensions are the last.",
        (3, 3): " That looks like every first symbol against every second one.",
        (): " That is a sum over the whole batch; each pair needs its own score.",
    }.get(shape, "")
