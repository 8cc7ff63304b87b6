# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Lab 10 Triplet loss
#
# **Goals.** You will write the triplet hinge, draw negatives, measure a ranking by NDCG and by
# AUC, and repair the code of a colleague whose recommender looks better than it is.
#
# **Before you start:** the lecture of unit 10. **Time:** 75 minutes. **Data:** MovieLens-100K,
# and small arrays made by hand.
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

from utils import baselines, evaluation, movielens
from utils.checks import triplet_loss as check
from utils.checks.triplet_loss import to_numpy
from utils.plotting import BLUE, GRAY, VERMILION, show
from utils.recommendation import multiply_tables
from utils.units.triplet_loss import settings
from utils.units.triplet_loss.fitting import fit_with_negatives
from utils.units.triplet_loss.losses import bpr
from utils.units.triplet_loss.models import build_ranking_model

# %% [markdown] quotes=["0.5", "1.2", "0.3", "1.8", "0.15"]
# ## 1. The triplet hinge
#
# [FaceNet](https://arxiv.org/abs/1503.03832) compares **distances**, and a small distance is good.
# The positive should be nearer to the user than the negative, by a margin. What is missing to that
# is the loss of a row; where nothing is missing it is 0. The loss of a batch is the mean over its
# rows.
#
# Example, with a margin of 1. In the first row the positive is at 0.5 and the negative at 1.2:
# the loss is 1 + 0.5 - 1.2 = 0.3. In the second row the negative is at 1.8, farther than the
# margin asks: the loss is 0. The batch of both has a loss of 0.15.


# %% exercise="hinge"
def hinge(positive_distances, negative_distances, margin):
    """Return the mean triplet loss of a batch.

    Args:
        positive_distances: array (batch,), from each user to a film they like.
        negative_distances: array (batch,), from each user to another film.
        margin: float > 0, by how much the positive should be nearer.

    Returns:
        float, or a tensor with one number.
    """
    ### BEGIN SOLUTION
    missing = margin + positive_distances - negative_distances
    return np.mean(np.maximum(missing, 0))
    ### END SOLUTION


# %% check="hinge" points=1
check.hinge()

# %%
loss = hinge(np.array([0.5, 0.5]), np.array([1.2, 1.8]), 1.0)
print(f"the batch of both rows: loss {to_numpy(loss).item():.2f}")

# %% [markdown]
# **Predict:** for which of the three distances to the negative does a step of training change
# nothing?

# %%
for distance in (0.2, 1.2, 1.8):
    loss = hinge(np.array([0.5]), np.array([distance]), 1.0)
    print(f"positive at 0.5, negative at {distance}: loss {to_numpy(loss).item():.1f}")

# %% [markdown] tags=["solution"]
# For the last: the negative is farther than the margin asks, the loss is 0 and so is its slope.
# Easy negatives teach nothing, which is why the choice of negatives matters.

# %% [markdown]
# ## 2. The sampler
#
# Each row of training needs a film the user does *not* like. Draw films uniformly; where a draw
# hits a film the user likes, draw that one again, until none is left. Only the hits are drawn
# again: with a million rows, a whole draw without a hit never comes.
#
# A loop over a million rows in Python takes a minute. Arrays take a tenth of a second:
# `liked[users, films]` looks up all pairs at once.


# %% exercise="sample_negatives"
def sample_negatives(users, liked, generator):
    """Draw one film without a like for each row, all such films equally likely.

    Args:
        users: int array (n,), user_index of each row; a user may come often.
        liked: bool array (num_users, num_items), True where a user likes a film; no user likes
            all films.
        generator: numpy.random.Generator; take all random numbers from it.

    Returns:
        int array (n,), item_index.
    """
    ### BEGIN SOLUTION
    films = generator.integers(liked.shape[1], size=len(users))
    hits = np.flatnonzero(liked[users, films])
    while len(hits):
        films[hits] = generator.integers(liked.shape[1], size=len(hits))
        hits = hits[liked[users[hits], films[hits]]]
    return films
    ### END SOLUTION


# %% check="sample_negatives" points=3
check.sample_negatives()

# %% [markdown]
# Now on real likes, ratings of 4 or 5 stars. How many draws would hit a like without the second
# look?

# %%
data = movielens.load("100k")
likes = data.ratings[data.ratings["rating"] >= 4]
train, test = evaluation.split_leave_one_out(likes)
liked = evaluation.interaction_matrix(train, data.num_users, data.num_items)
users = np.nonzero(liked)[0]
blind = np.random.default_rng(0).integers(data.num_items, size=len(users))
careful = np.asarray(sample_negatives(users, liked, np.random.default_rng(0)))
print(f"blind draws that hit a like: {liked[users, blind].mean():.1%}")
print(f"careful draws that hit a like: {liked[users, careful].mean():.1%}")

# %% [markdown] quotes=["0.63"]
# ## 3. NDCG
#
# A list of films, best first, with a 1 where the user likes the film. The **DCG** adds up
# $1 / \log_2(1 + \text{place})$ for each 1 among the first $k$; places count from 1. The **NDCG**
# divides it by the DCG of the best possible order of the same list.
#
# Example: the list `[0, 1, 0]` has a DCG of $1 / \log_2 3 = 0.63$, its best order `[1, 0, 0]` one
# of $1 / \log_2 2 = 1$. The NDCG is 0.63. With $k = 1$ only the first place counts, and the NDCG
# is 0: the best order of the *whole* list still has its 1 there.


# %% exercise="ndcg"
def ndcg(relevance, k):
    """Return the NDCG of the first k places of a ranked list.

    Args:
        relevance: list or array of 0 and 1, the best place first, at least one 1.
        k: int >= 1; may be larger than the list.

    Returns:
        float in [0, 1].
    """

    ### BEGIN SOLUTION
    def dcg(values):
        first = np.asarray(values)[:k]
        return np.sum(first / np.log2(np.arange(2, len(first) + 2)))

    return dcg(relevance) / dcg(np.sort(relevance)[::-1])
    ### END SOLUTION


# %% check="ndcg" points=2
check.ndcg()

# %%
for k in (3, 1):
    print(f"ndcg([0, 1, 0], {k}) is {to_numpy(ndcg([0, 1, 0], k)).item():.2f}")

# %% [markdown]
# With one liked film per user, as in the lecture, the NDCG depends on its place alone.

# %%
for place in (1, 2, 5, 10, 11):
    relevance = np.zeros(100, dtype=int)
    relevance[place - 1] = 1
    print(f"the film at place {place:2}: NDCG@10 {to_numpy(ndcg(relevance, 10)).item():.2f}")

# %% [markdown]
# ## 4. The AUC of a user
#
# Take one film the user likes and one they do not. The **AUC** is the probability that the model
# scores the liked one higher; equal scores count half. Films the user liked in training are no
# candidates: they are neither.
#
# Example: four films with the scores 3, 1, 2 and 2. The first is from training, the last is held
# out. The held-out film beats the second and ties with the third: `(1 + 0.5) / 2 = 0.75`.


# %% exercise="auc"
def auc(scores, seen, held_out):
    """Return the area under the ROC curve of one user.

    Args:
        scores: float array (num_items,), higher is better.
        seen: bool array (num_items,), the likes of the training part.
        held_out: bool array (num_items,), the likes to be found; at least one, none of them seen,
            and at least one film is neither.

    Returns:
        float in [0, 1], the share of pairs in the right order.
    """
    ### BEGIN SOLUTION
    positive = scores[held_out][:, np.newaxis]
    negative = scores[~held_out & ~seen]
    return np.mean((positive > negative) + 0.5 * (positive == negative))
    ### END SOLUTION


# %% check="auc" points=3
check.auc()

# %%
scores, seen, held_out = np.array([3.0, 1.0, 2.0, 2.0]), np.arange(4) == 0, np.arange(4) == 3
print(f"the example: AUC {to_numpy(auc(scores, seen, held_out)).item():.2f}")

# %% [markdown]
# Three fake models whose AUC is known before it is computed. **Predict** the three numbers.

# %%
held_out = evaluation.interaction_matrix(test, data.num_users, data.num_items)
fakes = {
    "knows the answer": held_out[0].astype(float),
    "knows it and says the opposite": -held_out[0].astype(float),
    "says the same of all films": np.zeros(data.num_items),
}
for name, scores in fakes.items():
    print(f"{name}: {to_numpy(auc(scores, liked[0], held_out[0])).item():.1f}")

# %% [markdown] tags=["solution"]
# 1, 0, and one half: without the half for ties, the model that says nothing would get 0 or 1,
# depending on how ties are broken.

# %% [markdown]
# ## 5. Find the bugs
#
# A colleague scores films by popularity plus taste and hands back a list and a training loss. The
# class-room demo looks splendid. The function holds **four mistakes**; each was found in published
# code.


# %%
def recommend_with_bugs(user_scores, user_likes, train_counts, test_counts, k):
    popularity = train_counts + test_counts
    scores = np.maximum(user_scores + np.log1p(popularity), 0)
    return np.argsort(scores)[:k]


# %% [markdown]
# Write it without them. The facts: `user_scores` is what a margin loss has learned, and any sign
# is possible. What was counted in the test part is not known when the list is made. The list
# must hold films the user does not like yet.


# %% exercise="recommend"
def recommend(user_scores, user_likes, train_counts, test_counts, k):
    """Return the k best films for a user, by taste plus log(1 + popularity).

    Args:
        user_scores: float array (num_items,), taste, any sign, higher is better.
        user_likes: bool array (num_items,), the films the user likes in training; they must not
            come up.
        train_counts: int array (num_items,), likes of each film in the training part.
        test_counts: int array (num_items,), likes of each film in the test part.
        k: int >= 1, at most the number of films without a like.

    Returns:
        int array (k,), item_index, the best first.
    """
    ### BEGIN SOLUTION
    scores = user_scores + np.log1p(train_counts)  # the test part is the future
    scores = np.where(user_likes, -np.inf, scores)  # seen films out; no ReLU: it makes ties
    return np.argsort(-scores)[:k]  # argsort puts the smallest first
    ### END SOLUTION


# %% check="recommend" points=3
check.recommend()

# %% [markdown]
# How much does a ReLU on the score cost? Train BPR for a few epochs and rank the catalog by its
# scores, as they are and after a ReLU. **Predict:** which of the two metrics suffers more?

# %%
keras.utils.set_random_seed(0)
model = build_ranking_model(*liked.shape, **settings.QUICK)
generator = np.random.default_rng(0)


def draw(users):
    return np.asarray(sample_negatives(users, liked, generator)).reshape(-1, 1)


fit_with_negatives(model, bpr, liked, draw, settings.QUICK_EPOCHS)
scores = multiply_tables(model)
scores -= np.median(scores, axis=1, keepdims=True)  # the order of a user's films stays

# %%
cut = {"scores": scores, "scores after a ReLU": np.maximum(scores, 0)}
quality = pd.DataFrame(
    {name: evaluation.ranking_metrics(s, train, test).mean() for name, s in cut.items()}
)
popularity = baselines.popularity(liked)
quality["popularity"] = evaluation.ranking_metrics(popularity, train, test).mean()
quality.loc[["auc", "ndcg"]].round(3)

# %% [markdown]
# **In words:** what does the ReLU do to the AUC, what to the NDCG, and why not the same to both?
# And what would it do in *training* under a margin loss, to a film the user likes whose score has
# fallen below 0?

# %% [markdown] words="relu_on_scores" points=3
# The half of the catalog that scored below the median is now tied at 0. A held-out film that was
# there shares the middle of the tie, so AUC changes a little; the top ten, NDCG, does not change
# at all, and the mistake stays unseen. In training it is worse: a score at 0 has no slope, so a
# positive that fell below 0 cannot come up again.
#
# **Rubric.** One point: the ReLU ties all films below 0, and AUC counts pairs over the whole
# catalog, so it changes. One point: NDCG looks at the top of the list alone, where scores are
# above 0 and stay what they are. One point: at 0 the ReLU has no slope, so the liked film gets no
# gradient and stays where it is. Numbers read off the table without a reason earn nothing, nor
# does "information is lost".

# %%
figure, axes = plt.subplots()
places = np.arange(1, 1_501)
for (name, s), color, style in zip(cut.items(), (BLUE, VERMILION), ("-", "--"), strict=True):
    axes.plot(places, np.sort(s[0])[::-1][:1_500], color=color, linestyle=style, label=name)
axes.axhline(0, color=GRAY, linewidth=0.8)
axes.set(title="Scores of all films for one user", xlabel="place in the ranking", ylabel="score")
axes.legend()
show(
    figure,
    "Scores of one user's films, best first, with and without a ReLU. Both curves are the same "
    "down to the middle of the catalog; below it the ReLU keeps all scores at zero.",
)

# %% [markdown]
# ## What is done, what is open

# %%
check.summary()
