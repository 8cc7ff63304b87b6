# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Lab 08 Deep recommenders with metadata
#
# **Goals.** You will turn genres into columns, read a rating off five probabilities, measure warm
# and cold users apart, build a model that knows columns as well as ids, and repair a preparation of
# data with four mistakes.
#
# **Before you start:** the lecture of unit 08. **Time:** 75 minutes.
#
# Each exercise is a function to complete: replace `raise NotImplementedError()` by your code. The
# cell below it checks your function and tells you what it found. `check.hint("name")` gives a
# hint. If you get stuck, go on: the lab then uses the course's own function.

# %%
from utils import notebook

notebook.start(seed=0)

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from utils import baselines, evaluation, metadata, movielens, training
from utils.checks import deep_recsys as check
from utils.plotting import BLUE, ORANGE, show

# %%
data = movielens.load("100k")
train, test = evaluation.split_cold(data.ratings, data.num_users, data.num_items)
biases = baselines.fit_biases(train, data.num_users, data.num_items)

# %% [markdown]
# The test part holds all ratings of one user in ten and of one film in ten: cold users and cold
# films, on purpose.
#
# ## 1. Genres as columns
#
# A film has one genre or several. Give each genre a column, and put a 1 where it applies. Genres
# the vocabulary does not have are left out.
#
# Example: `multi_hot([("Comedy", "War")], ["War", "Western", "Comedy"])` is `[[1, 0, 1]]`.


# %% exercise="multi_hot"
def multi_hot(genres, vocabulary):
    """Return one row per film with a 1 in the column of each of its genres.

    Args:
        genres: list of tuples of str, the genres of each film; a tuple may be empty.
        vocabulary: list of str, the names of the columns, in order.

    Returns:
        array (num_films, num_genres) of 0 and 1.
    """
    ### BEGIN SOLUTION
    table = np.zeros((len(genres), len(vocabulary)))
    for row, of_film in enumerate(genres):
        for name in of_film:
            if name in vocabulary:
                table[row, vocabulary.index(name)] = 1
    return table
    ### END SOLUTION


# %% check="multi_hot" points=1
check.multi_hot()

# %%
check.to_numpy(multi_hot([("Comedy", "War")], ["War", "Western", "Comedy"]))

# %% [markdown]
# Which genres come together? Each cell below is the share of the films of the row's genre that also
# have the column's genre. **Predict:** which genre nearly always comes with another one?

# %%
vocabulary = ["Action", "Adventure", "Animation", "Children's", "Comedy", "Drama", "Romance"]
table = check.to_numpy(multi_hot(data.items["genres"].tolist(), vocabulary))
together = table.T @ table
shares = pd.DataFrame(together / np.diag(together)[:, None], vocabulary, vocabulary)
shares.round(2)

# %% [markdown]
# **In words:** compare the cell of Animation and Children's with the one across the diagonal. What
# does each say, and why do they differ?

# %% [markdown] words="shares_by_rows" points=2 quotes=["0.79", "0.27"]
# Of the animated films, a share of 0.79 is for children; of the films for children, only a share
# of 0.27 is animated. The films in both are the same, but each row divides by the films of its own
# genre, and there are more films for children than animated ones.
#
# **Rubric.** One point: both shares are read by rows, each of the films of its row. One point: the
# films with both genres are the same, the two genres are not equally large. "The table is not
# symmetric" alone earns nothing.

# %% [markdown]
# ## 2. From five probabilities to one rating
#
# A classifier of stars ends in five numbers per row, the **logits** of 1, 2, 3, 4 and 5 stars.
# Softmax turns them into probabilities, $p_k = e^{z_k} / \sum_j e^{z_j}$, and the best guess for
# the squared error is their mean, $\sum_k k\,p_k$.
#
# Example: `expected_stars(np.zeros((1, 5)))` is `[3.0]`. Logits may be as large as `1000`.


# %% exercise="expected_stars"
def expected_stars(logits):
    """Return the mean number of stars under the softmax of five logits per row.

    Args:
        logits: float array (num_rows, 5), of any size.

    Returns:
        array (num_rows,), between 1 and 5.
    """
    ### BEGIN SOLUTION
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))  # no change, and no overflow
    probabilities = powers / powers.sum(axis=1, keepdims=True)
    return probabilities @ np.arange(1, 6)
    ### END SOLUTION


# %% check="expected_stars" points=2
check.expected_stars()

# %%
check.to_numpy(expected_stars(np.zeros((1, 5))))

# %% [markdown]
# Three users whose mean is the same. **Predict:** for which of them is the mean a film you would
# rather not recommend to a group?

# %%
logits = np.log([[0.02, 0.08, 0.8, 0.08, 0.02], [0.2] * 5, [0.46, 0.03, 0.02, 0.03, 0.46]])
means = check.to_numpy(expected_stars(logits))
figure, panels = plt.subplots(1, 3, figsize=(9, 3), sharey=True)
for axes, row, mean in zip(panels, np.exp(logits), means, strict=True):
    axes.bar(range(1, 6), row, color=BLUE)
    axes.axvline(mean, color=ORANGE, linestyle="--")
    axes.set(title=f"mean {mean:.1f} stars", xlabel="stars")
panels[0].set(ylabel="probability")
show(
    figure,
    "Three distributions over 1 to 5 stars with the same mean of 3: a peak in the middle, all "
    "equally likely, and a split between 1 and 5 stars.",
)

# %% [markdown]
# **In words:** which of the three would you not recommend to a group, although all have the same
# mean? What does a model that predicts one number miss?

# %% [markdown] words="same_mean" points=2
# The third: half love it, half hate it, so a group is likely to hold both. A model of one number
# predicts 3 stars for all three pictures; the five probabilities tell them apart.
#
# **Rubric.** One point: the third, since its ratings are split between the ends. One point: one
# number holds the mean and not the spread. "The mean is wrong" earns nothing: it is right in all
# three.

# %% [markdown]
# ## 3. Warm and cold
#
# A user is **warm** if there are training ratings of that user, and **cold** if there are none.
# Compute the RMSE of the two groups apart. A group without rows has the RMSE `nan`.
#
# Example: with the errors 1, 0 and 2 of users 7, 7 and 9, and training ratings of user 7 alone,
# the pair is $(\sqrt{1/2},\ 2)$.


# %% exercise="warm_and_cold_rmse"
def warm_and_cold_rmse(ratings, predictions, users, train_users):
    """Return the RMSE of users with training ratings and of users without.

    Args:
        ratings, predictions: arrays (num_rows,), in stars.
        users: int array (num_rows,), the user of each row.
        train_users: int array (num_train_rows,), the user of each training row; in any order,
            most of them many times.

    Returns:
        (warm, cold), two floats; nan for a group without rows.
    """
    ### BEGIN SOLUTION
    squares = (ratings - predictions) ** 2
    is_warm = np.isin(users, train_users)
    return tuple(
        float(np.sqrt(squares[part].mean())) if part.any() else float("nan")
        for part in (is_warm, ~is_warm)
    )
    ### END SOLUTION


# %% check="warm_and_cold_rmse" points=2
check.warm_and_cold_rmse()

# %%
example = np.array([4.0, 3.0, 5.0]), np.array([3.0, 3.0, 3.0]), np.array([7, 7, 9]), np.array([7])
check.to_numpy(warm_and_cold_rmse(*example))

# %% [markdown]
# How do the biases fare? The same function tells warm films from cold ones. Here all rows hold a
# cold user, a cold film or both.

# %%
predictions = baselines.predict_biases(biases, test)
for kind in ("user_index", "item_index"):
    of_test, of_train = test[kind].to_numpy(), train[kind].to_numpy()
    warm, cold = warm_and_cold_rmse(test["rating"].to_numpy(), predictions, of_test, of_train)
    print(f"{kind}: warm {warm:.3f}, cold {cold:.3f}")

# %% [markdown]
# ## 4. A model that knows columns
#
# Each user has a row $x_u$ of numbers, and each film a row $x_i$. The vector of a user is the
# **own** vector $p_u$ plus the vectors of the columns, $x_u V$. The same on the other side:
#
# $$\hat r_{ui} = 1 + 4\,\sigma\big(s_0 + b_u + b_i + (p_u + x_u V) \cdot (q_i + x_i W)\big)$$
#
# $\sigma$ is the sigmoid. $V$ and $W$ are learned, the rows are not. $p_u$, $q_i$, $b_u$ and $b_i$
# start at zero, so that an id that is never trained adds nothing, and $s_0$ is the score whose
# prediction is the mean rating.
#
# Example: before training, with small $V$ and $W$, all predictions lie near `mean_rating`.


# %% exercise="build_hybrid_model"
def build_hybrid_model(user_rows, item_rows, embedding_dim, mean_rating):
    """Build a model whose vectors are sums: own numbers plus the vectors of the columns.

    Args:
        user_rows: float32 array (num_users, num_user_columns), facts about users.
        item_rows: float32 array (num_items, num_item_columns), facts about films.
        embedding_dim: int, the length of all vectors.
        mean_rating: float in (1, 5).

    Returns:
        keras.Model that maps [user_index, item_index], two int arrays (batch,), to ratings
        (batch, 1) between 1 and 5. It need not be compiled.
    """
    ### BEGIN SOLUTION
    user, item = keras.Input((), dtype="int32"), keras.Input((), dtype="int32")
    vectors, biases = [], []
    for index, rows in ((user, user_rows), (item, item_rows)):
        size, num_columns = map(int, rows.shape)
        row = keras.layers.Embedding(size, num_columns, weights=[rows], trainable=False)(index)
        own = keras.layers.Embedding(size, embedding_dim, embeddings_initializer="zeros")(index)
        vectors.append(own + keras.layers.Dense(embedding_dim, use_bias=False)(row))
        biases.append(keras.layers.Embedding(size, 1, embeddings_initializer="zeros")(index))
    score = keras.layers.Dot(axes=1)(vectors) + biases[0] + biases[1]
    start = float(np.log((mean_rating - 1) / (5 - mean_rating)))
    return keras.Model([user, item], 1 + 4 * keras.ops.sigmoid(score + start))
    ### END SOLUTION


# %% check="build_hybrid_model" points=3
check.build_hybrid_model()

# %% [markdown]
# Train it twice: with all rows zero, so that there are no facts, and with the facts. Three short
# epochs will do. Popularity stays out: for a cold film it would be 0, and the lecture showed where
# that leads. **Predict:** do facts help cold users, cold films, or both? And what can the model
# without facts learn, if $p_u$, $q_i$ and all rows are zero?

# %%
item_facts = metadata.describe_films(data.items, train).drop(columns="popularity")
facts = [metadata.describe_users(data.users).to_numpy(), item_facts.to_numpy()]
errors = {"biases": predictions}
for name, rows in (("no facts", [0 * table for table in facts]), ("facts", facts)):
    model = build_hybrid_model(*rows, 16, biases.mean)
    training.fit(model, train, epochs=3, learning_rate=0.003)
    errors[name] = training.predict(model, test)

# %%
warm_user = test["user_index"].isin(train["user_index"]).to_numpy()
warm_item = test["item_index"].isin(train["item_index"]).to_numpy()
for name, of_model in errors.items():
    groups = {"cold users": ~warm_user & warm_item, "cold films": warm_user & ~warm_item}
    for group, part in groups.items():
        rmse = evaluation.rmse(test["rating"][part], of_model[part])
        print(f"{name}, {group}: RMSE {rmse:.2f}")

# %% [markdown]
# **In words:** whom do the facts help, compared with the model without facts and compared with the
# biases? And why do the factors of the model without facts stay at zero?

# %% [markdown] words="what_facts_help" points=3
# Against the model without facts both gain. Against the biases only the cold films gain clearly:
# they are told apart by genre and year alone. For a cold user the film's own numbers say most, and
# age, sex and occupation add little. This is one seed, three epochs and no penalty.
#
# Without facts, only the biases learn: both factors of the dot product are zero, and the gradient
# of each is the other one. With facts, the random columns set the own vectors moving.
#
# **Rubric.** One point: against the model without facts, cold users and cold films gain. One point:
# against the biases, the cold films gain clearly, and a reason why films and not users. One point:
# the gradient of one factor is the other one, and both are zero. "There is no information" earns
# nothing for the last: the ids are there, and the biases learn from them.

# %% [markdown]
# ## 5. Find the bugs
#
# A colleague prepares the ratings for a network that ends in a sigmoid. The function runs, the
# validation error looks fine, and the live system does not. It holds **four mistakes**.


# %%
def prepare_rows_with_bugs(train, test, ages, num_items, generator):
    everything = pd.concat([train, test])
    popularity = np.log1p(np.bincount(everything["item_index"], minlength=num_items))
    rows = train.assign(
        popularity=popularity[train["item_index"]],
        age=ages[train["user_index"]],
        target=train["rating"] / 5,
    )
    num_validation = len(rows) // 10
    return rows.iloc[:-num_validation], rows.iloc[-num_validation:]


# %% [markdown]
# Write it again without the mistakes. `train` is sorted by user. A prediction `p` of the network
# will be turned into stars by `1 + 4 * p`.


# %% exercise="prepare_rows"
def prepare_rows(train, test, ages, num_items, generator):
    """Return rows to fit and rows to validate, with popularity, age and target.

    Args:
        train, test: DataFrames with user_index, item_index and rating (1 to 5).
        ages: float array (num_users,), in years; position = user_index.
        num_items: int.
        generator: numpy.random.Generator, for everything that is drawn.

    Returns:
        (fit, validation), two DataFrames: the rows of train, a tenth of them (rounded down), drawn
        at random, in validation. They keep their columns and have three more:
        popularity: log(1 + number of ratings of the film in train), before train is divided.
        age: scaled to mean 0 and standard deviation 1 over the users.
        target: 0 for 1 star, 1 for 5 stars, evenly between.
    """
    ### BEGIN SOLUTION
    popularity = np.log1p(np.bincount(train["item_index"], minlength=num_items))  # training rows
    scaled_ages = (ages - ages.mean()) / ages.std()  # as large as the other inputs
    rows = train.assign(
        popularity=popularity[train["item_index"]],
        age=scaled_ages[train["user_index"]],
        target=(train["rating"] - 1) / 4,  # the inverse of 1 + 4 p
    )
    order = generator.permutation(len(rows))  # a slice of sorted rows is no sample
    num_validation = len(rows) // 10
    return rows.iloc[order[num_validation:]], rows.iloc[order[:num_validation]]
    ### END SOLUTION


# %% check="prepare_rows" points=3
check.prepare_rows()

# %% [markdown]
# What would the colleague have seen? Sort the rows by user and look at who is in the validation
# part.

# %%
by_user = train.sort_values("user_index", kind="stable")
ages = data.users["age"].to_numpy(dtype=float)
arguments = by_user, test, ages, data.num_items, np.random.default_rng(0)
for name, function in (("with bugs", prepare_rows_with_bugs), ("repaired", prepare_rows)):
    fit, validation = function(*arguments)
    is_new = ~validation["user_index"].isin(fit["user_index"])
    print(f"{name}: {is_new.mean():.0%} of the validation rows are by users without rows to fit")

# %% [markdown]
# **In words:** the colleague picked the number of epochs on that validation part. What was it
# chosen for, and is that always wrong?

# %% [markdown] words="chosen_for_whom" points=2
# It was chosen for new users, since nearly all validation users are cold. That is right if the
# system meets new users, and wrong if it is meant for users it knows. What is always wrong is to
# choose it by accident. `validation_split` of Keras takes the last rows, too, without shuffling.
#
# **Rubric.** One point: for users without rows to fit. One point: it depends on whom the system
# will meet, with a case where it is right. "Always shuffle" alone earns nothing.

# %% [markdown]
# ## What is done, what is open

# %%
check.summary()
