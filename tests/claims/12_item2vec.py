# %% with five negatives the exponent of text is the worst, with one it is not
ndcg = tried.pivot_table(values="ndcg", index="seed", columns="model")
assert (ndcg["exponent 0.75, 5 negatives"] < ndcg["exponent 0.25, 5 negatives"] - 0.01).all()
assert (ndcg["exponent 0.25, 5 negatives"] < ndcg["exponent -0.5, 5 negatives"] - 0.01).all()
one = [ndcg[f"exponent {exponent}, 1 negative"] for exponent in (0.75, 0.25, -0.5)]
assert abs(one[0].mean() - one[1].mean()) < 0.0075
assert (one[2] < one[1]).all()

# %% with one negative cosines are behind; a wide window and thinning help them
cosine = tried.pivot_table(values="cosine_ndcg", index="seed", columns="model")
single = [name for name in ndcg if name.endswith("1 negative")]
assert (cosine[single].mean() < ndcg[single].mean()).all()
assert cosine["window 20"].mean() > cosine["window 2"].mean() + 0.01
assert abs(ndcg["window 20"].mean() - ndcg["window 2"].mean()) < 0.007
assert ndcg["frequent films thinned out"].mean() > ndcg[base].mean()
assert cosine["frequent films thinned out"].mean() > cosine[base].mean()

# %% text falls below popularity, films beat the library, ALS is ahead
next_like = on_test.pivot_table(values="ndcg", index="seed", columns="model")
assert (next_like["skip-gram, for text"] < next_like["popularity"]).all()
assert next_like["skip-gram, for films"].mean() > 0.071
assert (next_like["ALS, last likes"] > next_like["skip-gram, for films"]).all()

# %% sessions and a global context change nothing, negatives of the market do harm
films_alone = next_like["skip-gram, for films"].mean()
for name in ("+ sessions", "+ sessions, global context"):
    assert abs(next_like[name].mean() - films_alone) < 0.007
assert next_like["+ negatives of the market"].mean() < films_alone - 0.015

# %% walks do a little worse than lists, EGES is not ahead of GES
assert next_like["graph, BGE"].mean() < films_alone
assert abs(next_like["graph, EGES"].mean() - next_like["graph, GES"].mean()) < 0.005

# %% rare films listen a little more to their own vector; no weight has gone far from a third
rare, frequent = weights[likes_of == 1, 0].mean(), weights[likes_of >= 200, 0].mean()
assert rare > frequent
assert np.abs(weights[likes_of > 0].mean(axis=0) - 1 / 3).max() < 0.05

# %% cold films are ranked better than by chance and by the popularity of their kind
cold = on_cold.pivot_table(values="auc", index="seed", columns="model")
assert (cold["GES"] > cold["popularity of its kind"]).all()
assert (cold["GES"] > cold["random"] + 0.05).all()
assert cold["EGES"].mean() < cold["GES"].mean() + 0.01
assert (cold["true popularity"] > cold["GES"]).all()

# %% frozen vectors beat a random table, and hardly a regression without one
gains = {
    other: on_transfer[on_transfer["model"] == "frozen"].set_index("seed")[columns]
    - on_transfer[on_transfer["model"] == other].set_index("seed")[columns]
    for other in ("random start", "fine-tuned", "logistic regression")
}
assert (gains["random start"].mean() > 0).all()
assert (gains["random start"][["auc_100", "auc_400"]] > 0).all().all()
assert gains["random start"]["auc_010"].mean() < gains["random start"]["auc_010"].std()
assert (gains["fine-tuned"].mean() > 0).all()
assert gains["logistic regression"]["auc_030"].mean() > 0
assert gains["logistic regression"]["auc_400"].mean() < 0.005

# %% two versions have nothing in common until they are aligned
assert abs(mean_cosine(old, new)) < 0.15 < mean_cosine(old, align(new, old)) - 0.3

# %% drawn negatives come near the optimum as well
gap = np.abs(
    np.array(drawn_model.get_layer("input_vectors").get_weights()[0])
    @ drawn_model.get_layer("output_vectors").get_weights()[0].T
    - expected
)
assert gap.mean() < 0.2
