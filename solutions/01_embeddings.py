# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Lab 01 Embeddings
#
# In five exercises you build by hand what stands between a film and a neural network: indices,
# one-hot vectors, means of rows, the gradient of a table, and a model that uses one table twice.
#
# **How it works.** Replace `raise NotImplementedError()` by your code, run the cell, then run the
# cell with `check` below it: it says whether the function is right, and if not, what it was given
# and what came back. If you are stuck, run `check.hint("encode")` (or the name of another
# exercise) in a new cell; every call gives one more hint. Until your function is right the lab
# goes on with the course's own, so that you can do the exercises in any order.
#
# **Before**: the lecture `notebooks/01_embeddings.ipynb`. **Time**: 45 minutes.

# %%
from utils import notebook

notebook.start(seed=0)

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np

from utils import movielens, plotting
from utils.checks import embeddings as check

# %% [markdown]
# The symbols of this lab are the genres of the films in MovieLens-100K. As in the lecture, 0 is
# padding, 1 is unknown, and the genres start at 2. Two films have no genre in the data but the
# word "unknown"; it stays out of the vocabulary, so that they get the index 1.

# %% tags=["nbval-check-output"]
data = movielens.load("100k")
found = {genre for genres in data.items["genres"] for genre in genres}
genre_names = sorted(found - {"unknown"})
vocabulary = {genre: 2 + place for place, genre in enumerate(genre_names)}
num_symbols = 2 + len(vocabulary)
print(vocabulary)

# %% [markdown]
# ## Exercise 1: from symbols to indices
#
# Films have one to six genres. A batch needs lists of the same length. Example:
#
# `encode(["Drama", "Sci-Fi"], {"Comedy": 2, "Drama": 3}, 4)` gives `[3, 1, 0, 0]`.


# %% exercise="encode"
def encode(symbols, vocabulary, length):
    """Turn symbols into a list of indices of a fixed length.

    Args:
        symbols: list of str, possibly empty; if there are more than `length`, the first count.
        vocabulary: dict from str to int, the indices 2 and up.
        length: int, the length of the result.

    Returns:
        list of `length` ints (no floats): the index of each symbol, 1 for a symbol that is not
        in the vocabulary, and 0 (padding) up to the end.
    """
    ### BEGIN SOLUTION
    indices = [vocabulary.get(symbol, 1) for symbol in symbols][:length]
    return indices + [0] * (length - len(indices))
    ### END SOLUTION


# %% check="encode" points=1
check.encode()

# %% [markdown]
# With it, all films fit into one array, one row per film. A film from a newer catalog may bring
# a genre that we do not know.

# %% tags=["nbval-check-output"]
item_genres = np.array([encode(list(genres), vocabulary, 6) for genres in data.items["genres"]])
print(item_genres.shape)
for title, row in zip(data.items["title"][:4], item_genres, strict=False):
    print(f"{title}: {row}")
print("New film:", encode(["Drama", "Superhero"], vocabulary, 6))

# %% [markdown]
# ## Exercise 2: one-hot vectors
#
# Example: `one_hot(np.array([2, 0, 2]), 4)` gives `[[0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 1, 0]]`.


# %% exercise="one_hot"
def one_hot(indices, num_symbols):
    """Return the one-hot vector of each index.

    Args:
        indices: int array of shape (n,), values in 0..num_symbols-1, possibly repeated.
        num_symbols: int, the number of columns.

    Returns:
        array of shape (n, num_symbols), each row all zeros but a one in the column of its index.
    """
    ### BEGIN SOLUTION
    return np.eye(num_symbols)[indices]
    ### END SOLUTION


# %% check="one_hot" points=1
check.one_hot()

# %% [markdown]
# One-hot vectors can be added. Before you run the next cell: what does the sum over all rows of
# the one-hot matrix count? (`check.to_numpy` lets the lab go on with lists and tensors too.)

# %%
vectors = check.to_numpy(one_hot(item_genres.ravel(), num_symbols))
counts = vectors.sum(axis=0)[2:]  # without padding and unknown
figure, axes = plt.subplots(figsize=(7, 4.5))
axes.barh(genre_names, counts)
axes.set_axisbelow(True)
axes.set(xlabel="films", ylabel="genre", title="Sum of all one-hot vectors: films per genre")
axes.invert_yaxis()
plotting.show(
    figure,
    alt="Bars of the number of films per genre: drama with about 700 and comedy with about 500 "
    "stand out; most other genres have fewer than 250.",
)

# %% [markdown]
# The sum counts the films per genre. And as in the lecture, the product with a table looks up
# rows; the next cell tries it with a table of random numbers.

# %%
table = np.random.default_rng(seed=0).normal(size=(num_symbols, 3))
some_indices = np.array([5, 2, 5])
product = check.to_numpy(one_hot(some_indices, num_symbols)) @ table
print("largest difference:", np.abs(product - table[some_indices]).max())

# %% [markdown]
# ## Exercise 3: the mean without the padding
#
# A viewer is described by the mean of the films watched, and every viewer has watched a
# different number. Here is a table small enough to do two lists by hand:

# %%
small_table = np.array([[9.0, 8.0], [1.0, 3.0], [2.5, 4.0], [6.0, -1.0], [0.0, 0.0]])
small_lists = np.array([[2, 3, 0], [3, 0, 0]])

# %% [markdown]
# `mean_embedding(small_lists, small_table)` gives `[[4.25, 1.5], [6, -1]]`: the mean of the rows 2
# and 3, and row 3 alone.


# %% exercise="mean_embedding"
def mean_embedding(indices, table):
    """Return the mean of the rows of each list of indices; padding does not count.

    Args:
        indices: int array of shape (batch, length), 0 = padding, anywhere in a list.
        table: float array of shape (num_symbols, embedding_dim).

    Returns:
        array of shape (batch, embedding_dim); zeros for a list that is all padding.
    """
    ### BEGIN SOLUTION
    is_symbol = (indices != 0)[:, :, np.newaxis]
    total = (table[indices] * is_symbol).sum(axis=1)
    # A list of padding alone has a sum of zeros: dividing it by 1 leaves zeros.
    return total / np.maximum(is_symbol.sum(axis=1), 1)
    ### END SOLUTION


# %% check="mean_embedding" points=2
check.mean_embedding()

# %%
mean_embedding(small_lists, small_table)

# %% [markdown]
# Now take a table with a row per film that says with ones and zeros which genres it has. The mean
# of the rows of a viewer's favorite films (five stars) is a *profile*: the share of each genre.

# %%
has_genre = vectors.reshape(*item_genres.shape, num_symbols).sum(axis=1)[:, 2:]
item_table = np.vstack([np.zeros((2, len(genre_names))), has_genre])  # padding, unknown, films
favorites = data.ratings[data.ratings["rating"] == 5].groupby("user_index")["item_index"]
histories = np.zeros((data.num_users, 50), dtype=int)
for user_index, item_indices in favorites:
    first_ones = item_indices.to_numpy()[:50]
    histories[user_index, : len(first_ones)] = 2 + first_ones

# %% tags=["nbval-check-output"]
profiles = check.to_numpy(mean_embedding(histories, item_table))
has_enough = (histories != 0).sum(axis=1) >= 20
action = profiles[has_enough, genre_names.index("Action")]
drama = profiles[has_enough, genre_names.index("Drama")]
print(f"{has_enough.sum()} viewers, correlation {np.corrcoef(action, drama)[0, 1]:.2f}")

# %%
figure, axes = plt.subplots(figsize=(5, 4.5))
axes.plot(action, drama, "o", alpha=0.5)
axes.set(xlabel="share of action films", ylabel="share of dramas", title="Profiles of viewers")
plotting.show(
    figure,
    alt="Scatter plot of viewers: the larger the share of action among the favorite films, the "
    "smaller the share of drama.",
)

# %% [markdown]
# **Read the plot.** What does it say about the tastes of viewers? Do the two shares of a viewer
# have to add up to one, so that the plot could not look otherwise?

# %% [markdown] words="tastes" points=2
# The more action among the favorites, the less drama: the correlation is clearly negative. It
# does not have to be, since the shares do not add up to one: many films have neither genre, some
# have both. So part of it is taste, and part is that films which are both are rare. A model could
# learn that viewers lie along such a line: this is what an embedding of users finds by itself.
#
# **Rubric.** One point for reading the plot: more action goes with less drama. One point for the
# shares: they need not add up to one, because films can have both genres or neither. "Some like
# action, some like drama" without a direction read from the plot earns nothing.

# %% [markdown]
# ## Exercise 4: the gradient of a table
#
# Backpropagation hands you the gradient for every vector that was looked up. Which gradient does
# the whole table get? Example, with three symbols:
#
# `embedding_gradient(np.array([1, 1]), np.array([[1., 10.], [2., 20.]]), 3)` gives
# `[[0, 0], [3, 30], [0, 0]]`.


# %% exercise="embedding_gradient"
def embedding_gradient(indices, output_gradient, num_symbols):
    """Return the gradient of the loss for the whole table.

    Args:
        indices: int array of shape (batch,), the rows that were looked up, possibly repeated.
        output_gradient: float array of shape (batch, embedding_dim), the gradient of the loss
            for each vector that was looked up.
        num_symbols: int, the number of rows of the table.

    Returns:
        float array of shape (num_symbols, embedding_dim).
    """
    ### BEGIN SOLUTION
    gradient = np.zeros((num_symbols, output_gradient.shape[1]))
    # `gradient[indices] += output_gradient` would keep only one of several equal indices.
    np.add.at(gradient, indices, output_gradient)
    return gradient
    ### END SOLUTION


# %% check="embedding_gradient" points=2
check.embedding_gradient()

# %% [markdown]
# Your gradient can train. One number per film, all zeros at first, is added to the mean rating
# to predict the stars. Twenty steps of gradient descent on 10,000 ratings; the learning rate of
# 80 looks large because the mean over 10,000 ratings makes each gradient small:

# %%
ratings = data.ratings.sample(10_000, random_state=0)
item_index, stars = ratings["item_index"].to_numpy(), ratings["rating"].to_numpy()
item_numbers = np.zeros((data.num_items, 1))
for _ in range(20):
    difference = stars.mean() + item_numbers[item_index, 0] - stars
    output_gradient = 2 * difference[:, np.newaxis] / len(stars)
    gradient = embedding_gradient(item_index, output_gradient, data.num_items)
    item_numbers = item_numbers - 80 * check.to_numpy(gradient)

# %% [markdown]
# The best number for a film would be its mean rating, less the mean of all. Before you look: do
# all films get there at the same speed?

# %%
by_film = ratings.groupby("item_index")["rating"].agg(["mean", "size"])
best = by_film["mean"] - stars.mean()
learned = item_numbers[by_film.index, 0]
is_rare, is_popular = by_film["size"] <= 2, by_film["size"] >= 10

# %%
figure, axes = plt.subplots(figsize=(5.5, 4.5))
axes.plot([-2.6, 1.6], [-2.6, 1.6], color=plotting.GRAY, label="learned = best")
axes.plot(best[is_rare], learned[is_rare], "o", alpha=0.5, label="1 or 2 ratings")
axes.plot(best[is_popular], learned[is_popular], "s", alpha=0.5, label="10 ratings or more")
axes.set(xlabel="best number (stars)", ylabel="learned number (stars)", title="After 20 steps")
axes.legend()
plotting.show(
    figure,
    alt="Learned against best number per film. Films with ten ratings or more lie on the diagonal; "
    "films with one or two ratings lie on flatter lines, nearer to zero.",
)

# %% tags=["nbval-check-output"]
slopes = [
    (learned[rows] @ best[rows]) / (best[rows] @ best[rows]) for rows in (is_rare, is_popular)
]
print(f"share of the way: rare films {slopes[0]:.2f}, popular films {slopes[1]:.2f}")

# %% [markdown]
# **Read the plot.** Why do rare films stay near zero? Is that a fault?

# %% [markdown] words="rare_films" points=2
# Every rating of a film adds its gradient to the film's row, so a film with ten ratings takes
# ten times the step of a film with one. Popular films have arrived after 20 steps, rare ones
# have covered about a third of the way. That is no fault: one rating of five stars is weak
# evidence, and a number near zero says "about average". Stopping early acts like a penalty that
# is stronger for rare symbols.
#
# **Rubric.** One point for the cause: a film with few ratings gets few gradients added up, so its
# row moves more slowly. One point for a judgment with its reason: few ratings are weak evidence, so
# staying near the average is prudent (or: a fault, if the ratings are to be fitted exactly). "There
# is too little data" alone does not say why the number stays near zero and earns nothing.

# %% [markdown]
# ## Exercise 5: one table for two inputs
#
# Build a Keras model that takes two symbols and gives the dot product of their vectors, both from
# **one** table. The cell below the check tries it with a table of ones and four dimensions: every
# pair must score 4.


# %% exercise="build_pair_model"
def build_pair_model(num_symbols, embedding_dim):
    """Build a model that scores pairs of symbols with one shared table.

    Args:
        num_symbols: int, the number of rows of the table.
        embedding_dim: int, the number of its columns.

    Returns:
        keras.Model, called with a list of two int arrays of shape (batch,); its output has the
        shape (batch, 1): the dot product of the two vectors of each pair.
    """
    ### BEGIN SOLUTION
    embedding = keras.layers.Embedding(num_symbols, embedding_dim)
    first = keras.Input(shape=(), dtype="int32")
    second = keras.Input(shape=(), dtype="int32")
    score = keras.layers.Dot(axes=1)([embedding(first), embedding(second)])
    return keras.Model([first, second], score)
    ### END SOLUTION


# %% check="build_pair_model" points=2
check.build_pair_model()

# %%
two_pairs = [np.array([0, 1]), np.array([2, 1])]
ones_model = build_pair_model(3, 4)
ones_model(two_pairs)  # makes the table, if the model has not made it yet
ones_model.set_weights([np.ones((3, 4))])
check.to_numpy(ones_model(two_pairs))

# %% [markdown]
# How many dimensions does a film need? Let the model learn a number we know: how many genres two
# films have in common. It sees pairs of films and the number, never the genres themselves.

# %%
generator = np.random.default_rng(seed=0)
pairs = generator.integers(data.num_items, size=(2, 100_000))
in_common = (has_genre[pairs[0]] * has_genre[pairs[1]]).sum(axis=1)
new_pairs = generator.integers(data.num_items, size=(2, 10_000))
new_in_common = (has_genre[new_pairs[0]] * has_genre[new_pairs[1]]).sum(axis=1)

# %%
dimensions, errors = [1, 2, 4, 8], []
for embedding_dim in dimensions:
    model = build_pair_model(data.num_items, embedding_dim)
    model.compile(keras.optimizers.Adam(0.02), loss="mean_squared_error")
    model.fit(list(pairs), in_common, batch_size=1024, epochs=4, verbose=0)
    predicted = model.predict(list(new_pairs), batch_size=10_000, verbose=0).ravel()
    errors.append(np.sqrt(np.mean((predicted - new_in_common) ** 2)))

# %%
figure, axes = plt.subplots()
axes.plot(dimensions, errors, "o-", label="pair model")
axes.axhline(new_in_common.std(), color=plotting.GRAY, linestyle="--", label="always the mean")
axes.set_xscale("log", base=2)
axes.set_xticks(dimensions, dimensions)
axes.set(xlabel="dimensions of the table", ylabel="RMSE (genres), new pairs", ylim=(0, None))
axes.set_title("How many genres in common? More dimensions, smaller error")
axes.legend()
plotting.show(
    figure,
    alt="Error for new pairs over 1, 2, 4 and 8 dimensions: it falls with every doubling, far "
    "below the error of always predicting the mean.",
)

# %% [markdown]
# **Read the plot.** There are 18 genres. Why do fewer than 18 dimensions get so far? Why does the
# table know pairs it has never seen?

# %% [markdown] words="dimensions" points=2
# A table with one column per genre would give the number exactly: the dot product of two rows of
# ones and zeros counts the common ones. The model does not need a column for each, because most
# pairs that share anything share drama or comedy; the first dimensions go to those. A new pair
# is no problem, since both of its films were in other pairs: the table learns about films, not
# about pairs. That is the point of sharing it.
#
# **Rubric.** One point for the dimensions: a few genres are behind most of what films share, so a
# few columns suffice. One point for new pairs: each of the two films was seen in other pairs, and
# the table holds films. "The model generalizes" without saying from what earns nothing.

# %% [markdown]
# ## Done?

# %%
check.summary()
