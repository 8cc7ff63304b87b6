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
# - train with three films at a time: the triplet hinge, BPR, a WARP-style weight,
# - draw negatives in four ways, and watch the hardest ones ruin a model,
# - meet EASE, ten lines of algebra that most neural models fail to beat,
# - find out what narrows the gap with embeddings.
#
# **Before you start:** unit 01 (embeddings) and unit 06 (matrix factorization). **Time:** 45
# minutes to read, half a minute to run. **Data:** MovieLens-100K.

# %%
from utils import notebook

notebook.start(seed=0)

# %%
import time

import keras_rs
import matplotlib.pyplot as plt
import numpy as np
from keras import ops

from utils import baselines, evaluation, movielens, results
from utils.figures import triplet_loss as figures
from utils.plotting import BLUE, GRAY, GREEN, MARKERS, ORANGE, VERMILION, show
from utils.recommendation import recommend
from utils.units.similarity import nearest_films
from utils.units.triplet_loss import fitting, losses, models, negatives

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
    "item-kNN": baselines.item_knn(liked, num_neighbors=20),
}
for name, scores_of_all in scores.items():
    users = evaluation.ranking_metrics(scores_of_all, train, test)
    print(f"{name:10} AUC {users['auc'].mean():.2f}, NDCG@10 {users['ndcg'].mean():.2f}", end=" ")
    print(f"with a standard error of {users['ndcg'].sem():.3f}")

# %% [markdown]
# The same list for all puts the hidden film above a share of 0.81 of the others. Item-kNN scores
# a film by the cosines of the 20 films most like it, summed over those the user likes. It nearly
# doubles the NDCG and adds little to the AUC: two different questions.
#
# The **standard error** says how much chance there is in having just these 938 users: about 0.007
# for the better models. It will matter at the end.

# %% [markdown]
# ### A box: EASE in ten lines
#
# Steck ("Embarrassingly Shallow Autoencoders for Sparse Data", 2019) asks for one matrix $B$,
# films by films, such that the likes $X$ predict themselves, $X \approx X B$. To keep it from
# answering "a film predicts itself", the diagonal of $B$ must be zero. With an L2 penalty
# $\lambda$ that has a closed form:
#
# $$P = (X^\top X + \lambda I)^{-1}, \qquad B_{ij} = -P_{ij} / P_{jj} \;\; (i \ne j)$$

# %% tags=["nbval-check-output"]
likes_matrix = liked.astype(float)
together = likes_matrix.T @ likes_matrix  # how many users like both films
inverse = np.linalg.inv(together + 100 * np.eye(data.num_items))
weights = -inverse / np.diag(inverse)
np.fill_diagonal(weights, 0)
ease_users = evaluation.ranking_metrics(likes_matrix @ weights, train, test)
print(f"EASE: AUC {ease_users['auc'].mean():.2f}, NDCG@10 {ease_users['ndcg'].mean():.4f}")

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
# The loss compares the two scores:
#
# $$\text{hinge} = \max\left(0,\; 1 + s(u, j) - s(u, i)\right)$$
#
# The positive should win by a **margin** of 1 (Schroff, Kalenichenko and Philbin, "FaceNet", 2015,
# with distances in place of scores). If it does, there is nothing to learn. **Predict** the loss
# of these three triplets:

# %% tags=["nbval-check-output"]
triplets = np.array([[2.0, 0.5], [2.0, 1.7], [2.0, 4.0]], dtype="float32")  # positive, negative
labels = np.array([[1.0, 0.0]] * 3, dtype="float32")  # column 0 is the film with the like
print("hinge:", np.asarray(losses.triplet_hinge(labels, triplets)).round(2))

# %% [markdown]
# Won by 1.5: done. Won by 0.3: not enough. Lost by 2: three units of loss.
#
# ### One change: no corner
#
# The hinge treats a triplet that is just won like one that is far ahead. **BPR** (Rendle and
# others, "BPR: Bayesian Personalized Ranking from Implicit Feedback", 2009) reads the gap as a
# probability: $\sigma(s(u,i) - s(u,j))$ that $u$ prefers $i$, and asks for a large logarithm of it.

# %%
gap = np.linspace(-3, 4, 200, dtype="float32")
pairs = np.column_stack([gap, np.zeros_like(gap)])
figure, axes = plt.subplots()
axes.plot(gap, np.asarray(losses.triplet_hinge(pairs, pairs)), color=BLUE, label="hinge")
axes.plot(gap, np.asarray(losses.bpr(pairs, pairs)), "--", color=VERMILION, label="BPR")
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
    (losses.triplet_hinge, keras_rs.losses.PairwiseHingeLoss(reduction="none")),
    (losses.bpr, keras_rs.losses.PairwiseLogisticLoss(reduction="none")),
):
    library = np.asarray(theirs(labels, triplets)).sum(axis=1)
    print(ours.__name__, np.allclose(ours(labels, triplets), library, atol=1e-5))

# %% [markdown]
# One warning about the ReLU in the hinge. It belongs around the **difference**, and there it is
# right. Put on the **score** (a known tutorial ends its network so), it makes all scores below 0
# equal and leaves them without a slope: a film that fell in there never comes out.

# %% tags=["nbval-check-output"]
fallen = np.array([[-2.0, -0.5]], dtype="float32")  # the positive stands below the negative
print("hinge of the scores:", np.asarray(losses.triplet_hinge(labels[:1], fallen)))
cut = ops.relu(fallen)
print("after a ReLU:       ", np.asarray(losses.triplet_hinge(labels[:1], cut)), "slope 0")

# %% [markdown]
# ## Where do negatives come from?
#
# For each like we draw a film uniformly from the catalog, anew in each epoch. Nobody said that
# the user dislikes it. **Predict:** how many of these draws are really likes?

# %% tags=["nbval-check-output"]
users = np.nonzero(liked)[0]
hidden = evaluation.interaction_matrix(test, data.num_users, data.num_items)
popular = liked.sum(axis=0) / liked.sum()
for name, probabilities in {"uniform": None, "by popularity": popular}.items():
    films = np.random.default_rng(0).choice(data.num_items, len(users), p=probabilities)
    print(f"{name:14} {liked[users, films].mean():5.1%} training likes, ", end="")
    print(f"{hidden[users, films].mean():.2%} the hidden like")

# %% [markdown]
# One uniform draw in fifteen hits a film the user likes in training; drawn by popularity, nearly
# one in four. `draw_negatives` draws those again. The hidden like it cannot know: such **false
# negatives** remain, here a few in ten thousand. Is the sampler fast?

# %%
many = np.resize(users, 1_000_000)
started = time.process_time()
negatives = negatives.draw_negatives(many, liked, 1, np.random.default_rng(0))
seconds = time.process_time() - started
print(f"a million triplets in {seconds:.2f} s, {liked[many, negatives[:, 0]].sum()} of them likes")
assert seconds < 0.5

# %% [markdown]
# Now train. The model scores a positive and its negative side by side, `fit` draws new negatives
# for each of 40 epochs, and a penalty charges the rows a batch uses (unit 06).

# %%
model = models.build_model(data.num_users, data.num_items, embedding_dim=64, l2=0.004)
generator = np.random.default_rng(0)


def draw(users):
    return negatives.draw_negatives(users, liked, 1, generator)


fitting.fit(model, losses.bpr, liked, draw, epochs=40)
bpr_scores = models.multiply_tables(model)
bpr = evaluation.ranking_metrics(bpr_scores, train, test).mean()
print(f"BPR: AUC {bpr['auc']:.2f}, NDCG@10 {bpr['ndcg']:.3f}")

# %%
runs = results.load("10_triplet_loss")
of_test = runs[runs["study"] == "test"]
for metric in ("auc", "ndcg"):
    low, high = results.band(of_test.loc[of_test["model"] == "BPR", metric])
    assert low < bpr[metric] < high, (metric, bpr[metric], low, high)

# %% [markdown]
# This run lies within three standard deviations of the five stored ones (`make results`), or the
# cell would have stopped. The AUC is far above that of EASE, 0.85. The NDCG is not.

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
# The loss is BPR for all; the penalty is `0.004` for the first two and `0.01` for the two harder
# ones, chosen for uniform and for best of 5 on the validation part. "Now" is the start of each
# epoch. The curves show the validation likes, five seeds, the band is one standard deviation.
# **Predict:** sketch the four.

# %%
curves = runs[runs["study"] == "validation"]
epochs = np.arange(5, 41, 5)
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
# are the hidden like of the user many times more often than uniform draws. The film a
# good model ranks first among the unknown is what it would recommend.

# %%
means = curves.groupby("model")[last].mean()
assert means.loc["hardest of all", "auc_05"] < 0.75
assert means.loc["hardest of all", "loss_40"] > means.loc["hardest of all", "loss_05"]
assert means.loc["by popularity", "auc_40"] < means.loc["uniform", "auc_40"] - 0.05
ratio = means.loc["hardest of all", "false_negatives"] / means.loc["uniform", "false_negatives"]
print(f"false negatives, hardest of all against uniform: {ratio:.0f} times")

# %% [markdown]
# They are still under one in a hundred, so they are part of the story, not all of it.
#
# ### One change: weigh by rank
#
# **WARP** (Weston, Bengio and Usunier, "WSABIE: Scaling Up to Large Vocabulary Image Annotation",
# 2011) keeps uniform draws and changes the weight. Draw several negatives; if many of
# them come within the margin, the positive must stand far down, and the row counts more, by the
# logarithm of its estimated rank. WARP itself draws one by one until it finds such a negative;
# ours draws ten at once, so we call it WARP-style.

# %% tags=["nbval-check-output"]
warp = losses.build_warp(data.num_items)
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

# %% tags=["nbval-check-output"]
same = np.allclose(
    losses.sampled_softmax(labels, triplets), losses.bpr(labels, triplets)
)
print("softmax of two is BPR:", same)
row = np.array([[2.0, 1.5, 0.0, -1.0]])
shares = np.exp(row) / np.exp(row).sum()
print("share of the gradient of each negative:", (shares[0, 1:] / shares[0, 1:].sum()).round(2))

# %% [markdown]
# ## Deeper, and wider
#
# The **deep triplet network** replaces the dot product. It takes both vectors and what is known
# besides: age band, sex and occupation of the user; genres, year and training popularity of the
# film. One hidden layer, one *linear* output.

# %%
show(*figures.deep_triplet())

# %% [markdown]
# The last model drops the user vector. A user is the **mean of the vectors of the films they
# like**, half of them hidden in each training step, and a softmax runs over the **full** catalog:
# no sampling, no false choice of negatives (after Liang and others, "Variational Autoencoders for
# Collaborative Filtering", 2018, without the variational part). It is short enough to train here.

# %%
show(*figures.mean_of_likes())

# %%
mean_model = models.build_mean_model(data.num_items, embedding_dim=64, dropout=0.5)
fitting.fit_mean_model(mean_model, liked)
mean_scores = mean_model.predict(liked.astype("float32"), batch_size=1024, verbose=0)
mean_users = evaluation.ranking_metrics(mean_scores, train, test)
low, high = results.band(of_test.loc[of_test["model"] == "mean of likes", "ndcg"])
assert low < mean_users["ndcg"].mean() < high
print(f"mean of likes: AUC {mean_users['auc'].mean():.2f}, NDCG@10 {mean_users['ndcg'].mean():.2f}")

# %% [markdown]
# ## The table
#
# Test likes of 938 users, mean ± standard deviation over five seeds. **Predict:** does any model
# beat EASE at both? (`recall` is the share of users whose hidden film is among the first ten.)

# %% tags=["nbval-check-output"]
table = results.mean_and_spread(of_test, ["model"], ["auc", "ndcg", "recall"], digits=4)
print(table.to_string())

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

# %%
ndcg, auc = means["ndcg"], means["auc"]
trained = ["triplet hinge", "BPR", "WARP-style", "BPR, best of 5", "sampled softmax"]
assert (auc[trained] > auc["EASE"]).all()
assert (ndcg[trained] > ndcg["popularity"] + 0.02).all()
assert ndcg["EASE"] > ndcg["BPR"]
assert ndcg["deep BPR, metadata"] < ndcg["BPR"]
best = means.loc["mean of likes"]
assert abs(best["ndcg_over_ease"]) < 1.5 * best["ndcg_over_ease_error"]
assert auc["BPR"] > 0.89
assert ndcg["BPR"] > 0.066

# %% [markdown]
# What the table says:
#
# - In **AUC** every trained model beats EASE, and each beats popularity in both columns.
# - In **NDCG@10** no model is above EASE. BPR is about 0.011 below, two standard errors of the
#   difference. A likely reason: a random negative is an obscure film, so most triplets sort the
#   far end of the list. That is what AUC counts, and what the top ten does not need.
# - What **narrows the gap** is a loss that looks at the strongest opponents: best of 5, ten in a
#   softmax, all in a softmax. The last two are within about one standard error of EASE, and keep
#   an AUC of 0.89. Among themselves the three are not told apart by 938 users.
# - WARP-style gains at the top on the hinge, by less than the standard error, and pays with AUC.
# - The **deep network** is worse than a dot product, metadata or not. Only two settings were tried
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
#
# ## What lies near what?
#
# The film vectors of BPR are a space (unit 02). Films near each other are liked by the same
# users.

# %%
film_vectors = model.get_layer("film_vectors").get_weights()[0]
for item_id in (50, 1, 100):
    title = data.items.set_index("item_id").loc[item_id, "title"]
    print(f"{title}: {', '.join(nearest_films(item_id, film_vectors, data.items, 4))}")

# %% [markdown]
# No genre, no year, no word of a plot went into this. And ten films for one user, by the mean
# of likes, training likes left out:

# %%
user_index = 195
favorites = train[train["user_index"] == user_index].merge(data.items, on="item_id")
print("likes:", ", ".join(favorites["title"].head(6)))
recommend(mean_scores[user_index], liked[user_index], data.items, k=10)

# %% [markdown]
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
# - F. Schroff, D. Kalenichenko, J. Philbin, "FaceNet: A Unified Embedding for Face Recognition and
#   Clustering", 2015: semi-hard negatives, between too easy and too hard.
# - S. Rendle, C. Freudenthaler, Z. Gantner, L. Schmidt-Thieme, "BPR: Bayesian Personalized Ranking
#   from Implicit Feedback", 2009.
# - J. Weston, S. Bengio, N. Usunier, "WSABIE: Scaling Up to Large Vocabulary Image Annotation",
#   2011.
# - H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019.
# - W. Krichene, S. Rendle, "On Sampled Metrics for Item Recommendation", 2020: why we rank the full
#   catalog.
