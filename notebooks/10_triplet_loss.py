# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 10 Triplet loss
#
# Nobody tells a streaming service which films they dislike. It sees what was liked, and a great
# emptiness. How does one learn a ranking from likes alone?
#
# **Goals.** You will
# - turn ratings into likes, and judge a ranking by its place in the full catalog,
# - write losses for three films at a time in Keras: the triplet hinge, BPR, a WARP-style weight,
# - draw negatives anew in each epoch, in four ways, and watch the hardest ones ruin a model,
# - meet EASE, ten lines of algebra that most neural models fail to beat,
# - find out what narrows the gap with embeddings.
#
# **Before you start:** unit 01 (embeddings) and unit 06 (matrix factorization). **Time:** 45
# minutes to read, one minute to run. **Data:** MovieLens-100K.

# %%
from utils import notebook

notebook.start(seed=0)

# %%
import time

import keras
import keras_rs
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

from utils import baselines, evaluation, metadata, movielens, results
from utils.blocks import fixed_table, table
from utils.figures import triplet_loss as figures
from utils.plotting import BLUE, GRAY, GREEN, MARKERS, ORANGE, VERMILION, show
from utils.recommendation import multiply_tables, recommend
from utils.training import compile_model
from utils.units.similarity.measures import nearest_films
from utils.units.triplet_loss import settings
from utils.units.triplet_loss.models import score_all

# %% [markdown]
# ## Likes, and nothing else
#
# A rating of 4 or 5 stars becomes a **like**, a *positive*. All other stars are thrown away: the
# model must not know that two stars are worse than none. For testing we hide the **last** like of
# each user with at least five. **Predict:** which share of the cells of the matrix is a like?

# %% tags=["nbval-check-output"]
data = movielens.load("100k")
likes = data.ratings[data.ratings["rating"] >= 4]
train, test = evaluation.split_leave_one_out(likes)
liked = evaluation.interaction_matrix(train, data.num_users, data.num_items)
print(f"{len(likes):,} likes: {len(train):,} to train, {len(test)} to test, one per user")
print(f"{liked.mean():.1%} of the cells hold a training like")

# %% [markdown]
# A model now ranks, for each of those 938 users, all films without a training like, well over a
# thousand. Where does the hidden one stand? Two numbers tell.
#
# - **NDCG@10** looks at the top of the list: 1 for place one, $1/\log_2(1 + \text{place})$ down to
#   place 10, and 0 below. One film is hidden, so this is the whole formula.
# - **AUC** looks at all of it: the share of the other films that stand below the hidden one. Ties
#   count half, so a coin gets 0.5.
#
# **Predict:** AUC and NDCG@10 of the most popular films, the same list for everybody.

# %% tags=["nbval-check-output"]
scores = {
    "random": np.random.default_rng(0).random(liked.shape),
    "popularity": baselines.popularity(liked),
    "item-kNN": baselines.item_knn(liked, settings.NUM_NEIGHBORS),
}
for name, scores_of_all in scores.items():
    quality = evaluation.ranking_metrics(scores_of_all, train, test)
    auc, ndcg = quality["auc"], quality["ndcg"]
    print(f"{name:10} AUC {auc.mean():.2f}, NDCG@10 {ndcg.mean():.2f}", end=" ")
    print(f"with a standard error of {ndcg.sem():.3f}")

# %% [markdown]
# The same list for all puts the hidden film above a share of 0.81 of the others. Item-kNN scores
# a film by the cosines of the 20 films most like it, summed over those the user likes. It nearly
# doubles the NDCG and adds little to the AUC: two different questions.
#
# The **standard error** says how much chance there is in having just these 938 users: about 0.007
# for the better models. It will matter at the end.
#
# ### Another protocol, another number
#
# Unit 06 ranked by popularity too, counting ratings in place of likes, and used the same formula.
# **Predict:** was its NDCG higher or lower than the 0.04 above? The cell repeats it.

# %% tags=["nbval-check-output"]
rated, one_fifth = evaluation.split_random(data.ratings, seed=0)
wanted = one_fifth[one_fifth["rating"] >= 4]
most_rated = baselines.popularity(evaluation.interaction_matrix(rated, *liked.shape))
of_unit_06 = evaluation.ranking_metrics(most_rated, rated, wanted)["ndcg"]
print(f"unit 06: {len(wanted) / len(of_unit_06):.0f} films to find per user, ", end="")
print(f"NDCG@10 of popularity {of_unit_06.mean():.2f}")

# %% [markdown]
# 0.17, four times as much, from much the same list. It is another **protocol**. There, a random
# fifth of all ratings is the test part, and every film in it with 4 or 5 stars counts: on average
# 12 films to find, liked at any time. Here one film is to be found, and it is the one liked last.
# Never hold a number of one protocol against one of the other. From here on all numbers are
# *last like, full catalog*.

# %% [markdown]
# ### A box: EASE in ten lines
#
# Steck (["Embarrassingly Shallow Autoencoders for Sparse Data"](https://arxiv.org/abs/1905.03375),
# 2019) asks for one matrix $B$, films by films, such that the likes $X$ predict themselves,
# $X \approx X B$. To keep it from answering "a film predicts itself", the diagonal of $B$ must be
# zero. With an L2 penalty $\lambda$ that has a closed form:
#
# $$P = (X^\top X + \lambda I)^{-1}, \qquad B_{ij} = -P_{ij} / P_{jj} \;\; (i \ne j)$$

# %% tags=["nbval-check-output"]
likes_matrix = liked.astype(float)
together = likes_matrix.T @ likes_matrix  # how many users like both films
inverse = np.linalg.inv(together + settings.EASE_L2 * np.eye(data.num_items))
weights = -inverse / np.diag(inverse)
np.fill_diagonal(weights, 0)
ease_users = evaluation.ranking_metrics(likes_matrix @ weights, train, test)
print(f"EASE with a penalty of {settings.EASE_L2:.0f}: ", end="")
print(f"AUC {ease_users['auc'].mean():.2f}, NDCG@10 {ease_users['ndcg'].mean():.4f}")

# %% [markdown]
# One inverse, one second, no training. The penalty 100 was chosen on a **validation part**: the
# last *training* like of each user, hidden in the same way. All settings of this unit were.
# 0.0835 is the number to beat. Keep it in mind.

# %% [markdown]
# ## Three films at a time
#
# We want a score $s(u, i) = p_u \cdot q_i + b_i$: a vector for each user, a vector and a bias for
# each film. What is its target? A like is no number. But a like says something about an **order**:
# film $i$, which $u$ likes, should stand above film $j$, of which we know nothing. User,
# positive, negative: a **triplet**.

# %%
show(*figures.triplet())

# %% [markdown]
# In Keras it is the model of unit 06 with two changes. It takes a **list** of films for each
# user, so that the positive and its negatives are scored side by side. And there is no bias of the
# user: it would be the same in both scores. `table` is the embedding of unit 06 that pays for the
# rows a batch uses.


# %% shows="utils.units.triplet_loss.models.build_ranking_model"
def build_ranking_model(num_users, num_items, embedding_dim, row_l2):
    user = keras.Input((), dtype="int32", name="user_index")
    items = keras.Input((None,), dtype="int32", name="item_index")
    user_factors = table(num_users, embedding_dim, "user_factors", row_l2)(user)
    item_factors = table(num_items, embedding_dim, "item_factors", row_l2)(items)
    dots = layers.Dot(axes=(1, 2))([user_factors, item_factors])
    item_bias = table(num_items, 1, "item_bias", spread=0)(items)
    return keras.Model([user, items], dots + item_bias[..., 0])


# %% [markdown]
# The factors of the users have the shape (batch, 64), those of the films (batch, n, 64). `Dot`
# contracts axis 1 of the first with axis 2 of the second and leaves (batch, n): a score for each
# film of the list. **Predict** the shape of the scores of three users with two films each.

# %% tags=["nbval-check-output"]
model = build_ranking_model(*liked.shape, settings.EMBEDDING_DIM, settings.ROW_L2["BPR"])
three_users, two_films_each = np.array([0, 1, 2]), np.array([[10, 20], [10, 30], [40, 50]])
print("scores:", model([three_users, two_films_each]).shape)
print(f"{model.count_params():,} weights = ({data.num_users} + {data.num_items})", end=" ")
print(f"x {settings.EMBEDDING_DIM} + {data.num_items}")

# %% [markdown]
# ### The loss: which one is higher?
#
# The loss compares the two scores:
#
# $$\text{hinge} = \max\left(0,\; 1 + s(u, j) - s(u, i)\right)$$
#
# The positive should win by a **margin** of 1 (Schroff, Kalenichenko and Philbin,
# ["FaceNet"](https://arxiv.org/abs/1503.03832), 2015, with distances in place of scores). If it
# does, there is nothing to learn. A loss of Keras is a function of labels and predictions. Ours
# needs no labels: the positive stands in column 0.


# %% shows="utils.units.triplet_loss.losses.triplet_hinge"
def triplet_hinge(labels, scores, margin=1.0):
    positive, negatives = scores[:, :1], scores[:, 1:]
    return ops.mean(ops.relu(margin + negatives - positive), axis=1)


# %% [markdown]
# **Predict** the loss of these three triplets:

# %% tags=["nbval-check-output"]
triplets = np.array([[2.0, 0.5], [2.0, 1.7], [2.0, 4.0]], dtype="float32")  # positive, negative
labels = np.array([[1.0, 0.0]] * 3, dtype="float32")  # column 0 is the film with the like
print("hinge:", np.asarray(triplet_hinge(labels, triplets)).round(2))

# %% [markdown] quotes=["1.5", "0.3"]
# Won by 1.5: done. Won by 0.3: not enough. Lost by 2: three units of loss.
#
# ### One change: no corner
#
# The hinge treats a triplet that is just won like one that is far ahead. **BPR** (Rendle and
# others, ["BPR: Bayesian Personalized Ranking from Implicit
# Feedback"](https://arxiv.org/abs/1205.2618), 2009) reads the gap as a probability:
# $\sigma(s(u,i) - s(u,j))$ that $u$ prefers $i$, and asks for a large logarithm of it. In code one
# line changes: $-\log \sigma(x)$ is the `softplus` of $-x$, and the margin is gone.


# %% shows="utils.units.triplet_loss.losses.bpr"
def bpr(labels, scores):
    positive, negatives = scores[:, :1], scores[:, 1:]
    return ops.mean(ops.softplus(negatives - positive), axis=1)


# %%
gap = np.linspace(-3, 4, 200, dtype="float32")
pairs = np.column_stack([gap, np.zeros_like(gap)])
figure, axes = plt.subplots()
axes.plot(gap, np.asarray(triplet_hinge(pairs, pairs)), color=BLUE, label="hinge")
axes.plot(gap, np.asarray(bpr(pairs, pairs)), "--", color=VERMILION, label="BPR")
axes.axvline(1, color=GRAY, linestyle=":")
axes.annotate("the margin", (1.05, 3.2), color=GRAY)
axes.set(title="Two losses of one triplet", ylabel="loss")
axes.set(xlabel="score of the positive minus score of the negative")
axes.legend()
show(
    figure,
    "Hinge and BPR loss against the gap between positive and negative. The hinge falls in a "
    "straight line to zero at gap 1 and stays there; BPR falls smoothly and never reaches zero.",
)

# %% [markdown]
# Both losses are in `keras_rs`. Do ours agree with it? It returns one number per film of the
# list; the pair hangs on the positive, so we sum.

# %% tags=["nbval-check-output"]
for ours, theirs in (
    (triplet_hinge, keras_rs.losses.PairwiseHingeLoss(reduction="none")),
    (bpr, keras_rs.losses.PairwiseLogisticLoss(reduction="none")),
):
    library = np.asarray(theirs(labels, triplets)).sum(axis=1)
    print(ours.__name__, np.allclose(ours(labels, triplets), library, atol=1e-5))

# %% [markdown]
# One warning about the ReLU in the hinge. It belongs around the **difference**, and there it is
# right. Put on the **score** (a known tutorial ends its network so), it makes all scores below 0
# equal and leaves them without a slope: a film that fell in there never comes out.

# %% tags=["nbval-check-output"]
fallen = np.array([[-2.0, -0.5]], dtype="float32")  # the positive stands below the negative
print("hinge of the scores:", np.asarray(triplet_hinge(labels[:1], fallen)))
cut = ops.relu(fallen)
print("after a ReLU:       ", np.asarray(triplet_hinge(labels[:1], cut)), "slope 0")

# %% [markdown]
# ## Where do negatives come from?
#
# For each like we draw a film uniformly from the catalog, anew in each epoch. Nobody said that
# the user dislikes it. **Predict:** how many of these draws are really likes?

# %% tags=["nbval-check-output"]
users, positives = np.nonzero(liked)  # a row for each training like
hidden = evaluation.interaction_matrix(test, data.num_users, data.num_items)
popular = liked.sum(axis=0) / liked.sum()
for name, chances in {"uniform": None, "by popularity": popular}.items():
    films = np.random.default_rng(0).choice(data.num_items, len(users), p=chances)
    print(f"{name:14} {liked[users, films].mean():5.1%} training likes, ", end="")
    print(f"{hidden[users, films].mean():.2%} the hidden like")

# %% [markdown]
# One uniform draw in fifteen hits a film the user likes in training; drawn by popularity, nearly
# one in four. Those are drawn again, until none is left. First comes a guard: for a user who likes
# everything that can be drawn, the loop would never end.


# %% shows="utils.units.triplet_loss.sampling.draw_negatives"
def draw_negatives(users, liked, num_negatives, generator, chances=None):
    can_come = True if chances is None else chances > 0
    stuck = users[~np.any(~liked & can_come, axis=1)[users]]
    if len(stuck):
        raise ValueError(f"users must have an item left to draw, but user {stuck[0]} has none.")
    rows = np.repeat(users, num_negatives)
    items = generator.choice(liked.shape[1], len(rows), p=chances)
    hits = np.flatnonzero(liked[rows, items])
    while len(hits):
        items[hits] = generator.choice(liked.shape[1], len(hits), p=chances)
        hits = hits[liked[rows[hits], items[hits]]]
    return items.reshape(-1, num_negatives).astype("int32")


# %% [markdown]
# The hidden like it cannot know: such **false negatives** remain, here a few in ten thousand.
# There is no loop over rows, only one over rounds. Is it fast?

# %%
many = np.resize(users, 1_000_000)
started = time.process_time()
drawn = draw_negatives(many, liked, 1, np.random.default_rng(0))
seconds = time.process_time() - started
print(f"a million triplets in {seconds:.2f} s, {liked[many, drawn[:, 0]].sum()} of them likes")

# %% [markdown]
# ## Train
#
# New negatives in each epoch: the simplest form is a loop that draws and calls `fit` for one
# epoch. Adam keeps its state from call to call. `compile_model` is the compile of unit 06, with a
# learning rate that falls to 0 over all epochs. `report` is called after each epoch; that is how
# the curves further down were measured.


# %% shows="utils.units.triplet_loss.fitting.fit_with_negatives"
def fit_with_negatives(
    model, loss, liked, draw, epochs, batch_size=2048, learning_rate=0.01, report=None
):
    users, positives = np.nonzero(liked)
    compile_model(model, loss, len(users), epochs, batch_size, learning_rate)
    for epoch in range(epochs):
        items = np.column_stack([positives, draw(users)])
        labels = np.zeros(items.shape)
        labels[:, 0] = 1
        history = model.fit([users, items], labels, batch_size=batch_size, verbose=0)
        if report:
            report(epoch, history.history["loss"][0])


# %% [markdown]
# `draw` says which negatives; here, one uniform draw for each like. For likes that do not fit into
# memory, a `keras.utils.PyDataset` that draws in its `on_epoch_end` does the same.

# %%
generator = np.random.default_rng(0)


def draw(users):
    return draw_negatives(users, liked, 1, generator)


model = build_ranking_model(*liked.shape, settings.EMBEDDING_DIM, settings.ROW_L2["BPR"])
fit_with_negatives(model, bpr, liked, draw, settings.EPOCHS)
bpr_scores = multiply_tables(model)
bpr_quality = evaluation.ranking_metrics(bpr_scores, train, test).mean()
print(f"BPR: AUC {bpr_quality['auc']:.2f}, NDCG@10 {bpr_quality['ndcg']:.3f}")

# %% [markdown] quotes=["0.85"]
# `multiply_tables` (unit 06) scores all films for all users in one product. The AUC is far above
# that of EASE, 0.85. The NDCG is not. Five such runs are stored (`make results`), and this one lies
# within three standard deviations of them.
#
# Model, loss and `draw` are yours to change. Put `triplet_hinge` in place of `bpr`, with a penalty
# of `settings.ROW_L2["hinge"]`, and run the cell again; the table at the end says what to expect.

# %% [markdown]
# ## Harder negatives
#
# A random film is an easy opponent: soon the positive beats it by far, and the triplet teaches
# nothing. Three other ways to draw:
#
# - **by popularity**: known films are harder to beat than obscure ones,
# - **best of 5**: draw five uniformly, keep the one the model scores highest now,
# - **hardest of all**: of all films without a like, the one the model scores highest.
#
# The last two need the scores of a model. `keep_hardest` looks them up and keeps the best
# candidate of each row.


# %% shows="utils.units.triplet_loss.sampling.keep_hardest"
def keep_hardest(users, candidates, scores):
    best = scores[users[:, None], candidates].argmax(axis=1)
    return np.take_along_axis(candidates, best[:, None], axis=1)


# %% [markdown]
# **Predict:** against which of these opponents does the model that was just trained still lose?

# %%
five = draw_negatives(users, liked, settings.BEST_OF, generator)
hardest_film = np.where(liked, -np.inf, bpr_scores).argmax(axis=1)
opponents = {
    "uniform": five[:, :1],
    "best of 5": keep_hardest(users, five, bpr_scores),
    "hardest of all": hardest_film[users][:, None],
}
won = {
    name: (bpr_scores[users, positives] > bpr_scores[users, items[:, 0]]).mean()
    for name, items in opponents.items()
}
print({name: f"{share:.0%}" for name, share in won.items()}, "of the triplets are in order")

# %% [markdown]
# Nearly all random opponents are beaten already; most of the hardest are not. So which ones should
# a model train against?
#
# The loss is BPR for all; the penalty is `0.004` for the first two and `0.01` for the two harder
# ones, chosen for uniform and for best of 5 on the validation part. "Now" is the start of each
# epoch. The curves show the validation likes, five seeds, the band is one standard deviation.
# **Predict:** sketch the four.

# %%
runs = results.load("10_triplet_loss")
curves = runs[runs["study"] == "validation"]
epochs = np.arange(settings.CURVE_STEP, settings.EPOCHS + 1, settings.CURVE_STEP)
styles = dict(zip(curves["model"].unique(), (BLUE, ORANGE, GREEN, VERMILION), strict=True))
figure, panels = plt.subplots(1, 2, figsize=(9.5, 4))
for axes, metric in zip(panels, ("auc", "ndcg"), strict=True):
    for (name, color), marker in zip(styles.items(), MARKERS, strict=False):
        of_model = curves[curves["model"] == name][[f"{metric}_{epoch:02}" for epoch in epochs]]
        mean, spread = of_model.mean().to_numpy(), of_model.std().to_numpy()
        axes.plot(epochs, mean, color=color, marker=marker, label=name)
        axes.fill_between(epochs, mean - spread, mean + spread, color=color, alpha=0.25)
panels[0].set(title="The whole ranking", xlabel="epoch", ylabel="AUC, validation")
panels[1].set(title="The top ten", xlabel="epoch", ylabel="NDCG@10, validation")
figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
show(
    figure,
    "AUC and NDCG over 40 epochs for four kinds of negatives. Uniform negatives and best of 5 are "
    "highest in both, negatives by popularity stay below, the hardest of all are far below at "
    "first and climb slowly.",
)

# %% tags=["nbval-check-output"]
last = ["auc_05", "auc_40", "ndcg_40", "loss_05", "loss_40", "false_negatives"]
print(curves.groupby("model", sort=False)[last].mean().round(4).to_string())

# %% [markdown]
# **By popularity** falls far behind. A film comes up as negative about as often as it comes up as
# positive, so its bias learns little: popularity, a strong signal, cancels out.
#
# **Best of 5** is at least as good at the top and a little worse overall. It spends its
# effort where the top ten is decided.
#
# **Hardest of all** collapses. After five epochs it ranks worse than popularity does, and its
# loss *rises* while it trains. Each epoch knocks down, for each user, the very film that the model
# believed in most; the next epoch finds another one. And those films are no random ones: they
# are the hidden like of the user several times as often as uniform draws. The film a good model
# ranks first among the unknown is what it would recommend.

# %% tags=["nbval-check-output"]
of_curves = curves.groupby("model")[last].mean()
false_negatives = of_curves["false_negatives"]
ratio = false_negatives["hardest of all"] / false_negatives["uniform"]
print(f"false negatives, hardest of all against uniform: {ratio:.0f} times as many")

# %% [markdown]
# They are still under one in a hundred, so they are part of the story, not all of it.
#
# ### One change: weigh by rank
#
# **WARP** (Weston, Bengio and Usunier, ["WSABIE: Scaling Up to Large Vocabulary Image
# Annotation"](https://doi.org/10.5591/978-1-57735-516-8/IJCAI11-460), 2011) keeps uniform draws
# and changes the weight. Draw several negatives; if many of them come within the margin, the
# positive must stand far down, and the row counts more, by the logarithm of its estimated rank.
# WARP itself draws one by one until it finds such a negative; ours draws ten at once, so we call
# it WARP-style. The function makes a loss: it needs to know how large the catalog is.


# %% shows="utils.units.triplet_loss.losses.build_warp"
def build_warp(num_items, margin=1.0):
    def warp(labels, scores):
        hinges = ops.relu(margin + scores[:, 1:] - scores[:, :1])
        violations = ops.sum(ops.cast(hinges > 0, "float32"), axis=1)
        rank = violations / hinges.shape[1] * (num_items - 1)
        # The weight steps from rank to rank, so it has no gradient of its own.
        return ops.log(1 + rank) * ops.sum(hinges, axis=1) / ops.maximum(violations, 1)

    return warp


# %% tags=["nbval-check-output"]
warp = build_warp(data.num_items)
for violations in (0, 1, 5, 10):
    row = np.array([[1.0] + [1.0] * violations + [-9.0] * (10 - violations)], dtype="float32")
    loss = np.asarray(warp(row, row))[0]
    print(f"{violations:2} of 10 negatives within the margin: weight {loss:.2f}")

# %% [markdown]
# The weight grows by the logarithm: a climb to a place ten times better is worth the same
# anywhere, be it among the first hundred or down in the tail. That favors the top of the list.
#
# ### One change: one against ten
#
# BPR compares with one film. Put the positive and ten negatives into one **softmax** and ask for
# a high probability of the positive. With one negative that *is* BPR; with ten, the strongest
# negatives get most of the gradient, gently.


# %% shows="utils.units.triplet_loss.losses.sampled_softmax"
def sampled_softmax(labels, scores):
    return ops.logsumexp(scores, axis=1) - scores[:, 0]


# %% tags=["nbval-check-output"]
same = np.allclose(sampled_softmax(labels, triplets), bpr(labels, triplets))
print("softmax of two is BPR:", same)
row = np.array([[2.0, 1.5, 0.0, -1.0]])
shares = np.exp(row) / np.exp(row).sum()
print("share of the gradient of each negative:", (shares[0, 1:] / shares[0, 1:].sum()).round(2))

# %% [markdown]
# Both train like BPR, with a `draw` that returns `settings.NUM_SAMPLED` negatives for each like.
#
# ## Deeper, and wider
#
# The **deep triplet network** replaces the dot product. It takes both vectors and what is known
# besides: age band, sex and occupation of the user; genres, year and training popularity of the
# film. One hidden layer, one *linear* output.

# %%
show(*figures.deep_triplet(settings.DEEP["hidden_units"]))

# %% [markdown]
# A layer on user and film side by side, `relu(W [user, film] + b)`, is cut in two in the code: the
# part of the user is computed once and added to that of each film of the list. The inputs and the
# item bias are those of the dot product.


# %% shows="utils.units.triplet_loss.models.build_deep_model"
def build_deep_model(user_features, item_features, embedding_dim, hidden_units, row_l2, dropout):
    user = keras.Input((), dtype="int32", name="user_index")
    items = keras.Input((None,), dtype="int32", name="item_index")
    user_factors = table(len(user_features), embedding_dim, "user_factors", row_l2)(user)
    item_factors = table(len(item_features), embedding_dim, "item_factors", row_l2)(items)
    about_user = fixed_table(user_features, "user_features")(user)
    about_items = fixed_table(item_features, "item_features")(items)
    of_user = layers.Dense(hidden_units)(layers.concatenate([user_factors, about_user]))
    of_items = layers.Dense(hidden_units, use_bias=False)(
        layers.concatenate([item_factors, about_items])
    )
    hidden = layers.Dropout(dropout)(ops.relu(of_user[:, None] + of_items))
    scores = layers.Dense(1, use_bias=False)(hidden)
    item_bias = table(len(item_features), 1, "item_bias", spread=0)(items)
    return keras.Model([user, items], (scores + item_bias)[..., 0])


# %% [markdown]
# There are no two tables to multiply any more. `score_all` asks the model for every user and every
# film.

# %%
user_features = metadata.describe_users(data.users).to_numpy()
item_features = metadata.describe_films(data.items, train).to_numpy()
deep_model = build_deep_model(user_features, item_features, **settings.DEEP)
fit_with_negatives(deep_model, bpr, liked, draw, **settings.DEEP_TRAINING)
deep_quality = evaluation.ranking_metrics(score_all(deep_model, *liked.shape), train, test).mean()
print(f"deep BPR: AUC {deep_quality['auc']:.2f}, NDCG@10 {deep_quality['ndcg']:.2f}")

# %% [markdown]
# More inputs, more freedom, and a worse list than that of the dot product.
#
# ### One change: a user is what they like
#
# The last model drops the user vector. A user is the **mean of the vectors of the films they
# like**, half of them hidden in each training step, and a softmax runs over the **full** catalog:
# no sampling, no false choice of negatives (after Liang and others, ["Variational Autoencoders for
# Collaborative Filtering"](https://arxiv.org/abs/1802.05814), 2018, without the variational part).

# %%
show(*figures.mean_of_likes(settings.MEAN_OF_LIKES["dropout"]))


# %% shows="utils.units.triplet_loss.models.build_mean_model"
def build_mean_model(num_items, embedding_dim, dropout):
    likes = keras.Input((num_items,), name="likes")
    weights = likes / ops.maximum(ops.sum(likes, axis=1, keepdims=True), 1)
    # A row of weights times a table is the weighted sum of its rows: here, a mean.
    mean_of_likes = layers.Dense(embedding_dim, use_bias=False, name="liked_factors")
    user_vector = mean_of_likes(layers.Dropout(dropout)(weights))
    return keras.Model(likes, layers.Dense(num_items, name="item_factors")(user_vector))


# %% [markdown]
# Without the Dropout a film could learn to recommend nothing but itself, the trouble that EASE
# solves with its zeros. The loss asks for a high probability of each film that the user likes. It
# is written by hand for a reason: the cross-entropy of Keras has the same value, but with
# TensorFlow its gradient is right only for targets that add up to 1, and here many are 1.


# %% shows="utils.units.triplet_loss.losses.softmax_of_likes"
def softmax_of_likes(likes, scores):
    return -ops.sum(likes * ops.log_softmax(scores, axis=1), axis=1)


# %% shows="utils.units.triplet_loss.fitting.fit_mean_model"
def fit_mean_model(model, liked, epochs, batch_size=128, learning_rate=0.01):
    likes = liked.astype("float32")
    compile_model(model, softmax_of_likes, len(likes), epochs, batch_size, learning_rate)
    targets = likes / likes.sum(axis=1).mean()  # a row adds up to 1 on average
    model.fit(likes, targets, batch_size=batch_size, epochs=epochs, verbose=0)


# %% [markdown]
# Likes go in, likes are the target, a row is a user. No triplets, and nothing to draw.

# %%
mean_model = build_mean_model(data.num_items, **settings.MEAN_OF_LIKES)
fit_mean_model(mean_model, liked, settings.MEAN_EPOCHS)
mean_scores = mean_model.predict(liked.astype("float32"), batch_size=1024, verbose=0)
mean_quality = evaluation.ranking_metrics(mean_scores, train, test).mean()
print(f"mean of likes: AUC {mean_quality['auc']:.2f}, NDCG@10 {mean_quality['ndcg']:.2f}")

# %% [markdown] quotes=["938"]
# ## The table
#
# Test likes of 938 users, mean ± standard deviation over five seeds. **Predict:** does any model
# beat EASE at both? (`recall` is the share of users whose hidden film is among the first ten.)

# %% tags=["nbval-check-output"]
of_test = runs[runs["study"] == "test"]
quality = results.mean_and_spread(of_test, ["model"], ["auc", "ndcg", "recall"], digits=4)
print(quality.to_string())

# %% [markdown]
# The seed is not the only source of chance. Other users would have given other numbers, and that
# error is larger. To compare two models, take the difference **user by user**: what is hard for
# both falls out.

# %% tags=["nbval-check-output"]
errors = of_test.groupby("model", sort=False)[
    ["auc_error", "ndcg_error", "ndcg_over_ease", "ndcg_over_ease_error"]
].mean()
print(errors.drop("EASE").round(4).to_string())

# %%
order = of_test.groupby("model")["ndcg"].mean().sort_values().index
means = of_test.groupby("model").mean(numeric_only=True).loc[order]
figure, panels = plt.subplots(1, 2, figsize=(9.5, 4.2), sharey=True)
for axes, metric, color, marker in zip(
    panels, ("ndcg", "auc"), (BLUE, VERMILION), "os", strict=True
):
    axes.errorbar(
        means[metric], order, xerr=means[f"{metric}_error"], fmt=marker, color=color, capsize=3
    )
    axes.axvline(means.loc["EASE", metric], color=GRAY, linestyle=":")
panels[0].set(title="The top ten", xlabel="NDCG@10, test")
panels[1].set(title="The whole ranking", xlabel="AUC, test", xlim=(0.79, 0.91))
panels[1].annotate("random: 0.5", (0.795, "random"), va="center", color=GRAY)
show(
    figure,
    "NDCG and AUC of eleven models with one standard error over users, a dotted line at EASE. In "
    "NDCG EASE leads, and mean of likes and sampled softmax come close to it. In AUC all trained "
    "models lie above EASE.",
)

# %% [markdown] quotes=["0.011", "0.89", "938", "2,829,124"]
# What the table says:
#
# - In **AUC** every trained model beats EASE, and each beats popularity in both columns.
# - In **NDCG@10** no model is above EASE. BPR is about 0.011 below, two standard errors of the
#   difference. A likely reason: a random negative is an obscure film, so most triplets sort the
#   far end of the list. That is what AUC counts, and what the top ten does not need.
# - What **narrows the gap** is a loss that looks at the strongest opponents: best of 5, ten in a
#   softmax, all in a softmax. The last two are within about one standard error of EASE, and keep
#   an AUC of 0.89. Among themselves the three are not told apart by 938 users.
# - WARP-style gains at the top on the hinge, by about one standard error, and pays with AUC.
# - The **deep network** is worse than a dot product, metadata and all. Only two settings were tried
#   for it, over 20 epochs; so read "not for free", not "never".
# - EASE has a weight for each pair of films, 2,829,124 numbers. With a few thousand films that is
#   affordable; with a million films it is not, and embeddings are.
#
# What does it cost? Seconds of processor time, training and scoring, on the machine of the stored
# runs; two cores share them.

# %%
print(f"EASE has {data.num_items**2:,} weights, BPR {model.count_params():,}")
print(of_test.groupby("model", sort=False)["cpu_seconds"].mean().round(1).to_string())

# %% [markdown]
# ## What lies near what?
#
# The film vectors of BPR are a space (unit 02). Films near each other are liked by the same
# users.

# %%
item_factors = model.get_layer("item_factors").get_weights()[0]
for item_id in (50, 1, 100):
    title = data.items.set_index("item_id").loc[item_id, "title"]
    print(f"{title}: {', '.join(nearest_films(item_id, item_factors, data.items, 4))}")

# %% [markdown]
# No genre, no year, no word of a plot went into this. And ten films for one user, by the mean
# of likes, training likes left out:

# %%
user_index = 195
favorites = train[train["user_index"] == user_index].merge(data.items, on="item_id")
print("likes:", ", ".join(favorites["title"].head(6)))
recommend(mean_scores[user_index], liked[user_index], data.items, k=10)

# %% [markdown] quotes=["0.81", "0.005", "938"]
# `recommend` excludes the training likes and nothing else. The list may hold films the user has
# seen and rated with three stars or less: to this model they are empty cells.
#
# ## Takeaways
#
# - A like is an order, not a number: positive above negative. Hinge, BPR and softmax differ in what
#   they do once the order is right.
# - Negatives are guesses. Measure how many are likes; draw them anew each epoch.
# - Harder negatives help the top of the list up to a point. The hardest of all ruin the model.
# - ReLU on the margin, never on the score.
# - AUC and NDCG@10 answer different questions and rank the models differently. State which one
#   you care about before looking.
# - A number without its protocol says nothing: which part is hidden, what counts as found, which
#   films compete.
# - Put EASE into the table. And the standard error over users: it is larger than that over seeds.
#
# ## Questionnaire
#
# <details><summary>Why can a model not learn from likes with the squared error alone?</summary>All
# targets are 1: a model that says 1 for everything has no error. Some comparison with
# films without a like is needed.</details>
#
# <details><summary>Popularity reaches an AUC of 0.81. Why is it still a poor
# recommender?</summary>AUC counts the thousand films nobody watches; putting those
# last is easy. Its NDCG@10 is less than half that of EASE.</details>
#
# <details><summary>Why do negatives by popularity cancel the film bias?</summary>A film comes as
# positive in proportion to its likes, and as negative too: pushed up as often as pushed
# down.</details>
#
# <details><summary>A colleague trains with the hardest negatives and the loss rises. A bug?
# </summary>Not necessarily: the negatives are chosen against the model. But measure the ranking on
# a validation part; here it was ruined.</details>
#
# <details><summary>Two models differ by 0.005 NDCG@10 on 938 users. Which is
# better?</summary>Unknown. That is about one standard error of the difference user by
# user.</details>
#
# <details><summary>Why must the test like be the last one in time?</summary>Otherwise the model
# learns from the future of the user. It still learns from the future of others here: a stricter
# split cuts all users at one date.</details>
#
# ## Going further
#
# - F. Schroff, D. Kalenichenko, J. Philbin, ["FaceNet: A Unified Embedding for Face Recognition
#   and Clustering"](https://arxiv.org/abs/1503.03832), 2015: semi-hard negatives, between too easy
#   and too hard.
# - S. Rendle, C. Freudenthaler, Z. Gantner, L. Schmidt-Thieme, ["BPR: Bayesian Personalized
#   Ranking from Implicit Feedback"](https://arxiv.org/abs/1205.2618), 2009.
# - J. Weston, S. Bengio, N. Usunier, ["WSABIE: Scaling Up to Large Vocabulary Image
#   Annotation"](https://doi.org/10.5591/978-1-57735-516-8/IJCAI11-460), 2011.
# - H. Steck, ["Embarrassingly Shallow Autoencoders for Sparse
#   Data"](https://arxiv.org/abs/1905.03375), 2019.
# - W. Krichene, S. Rendle, ["On Sampled Metrics for Item
#   Recommendation"](https://doi.org/10.1145/3394486.3403226), 2020: why we rank the full catalog.
