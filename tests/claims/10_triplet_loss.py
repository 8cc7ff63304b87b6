# %% unit 06 has more films to find, and popularity a fourfold NDCG there
here = evaluation.ranking_metrics(scores["popularity"], train, test)["ndcg"].mean()
assert len(wanted) / len(of_unit_06) > 10
assert 3.5 < of_unit_06.mean() / here < 5

# %% EASE on the page is the baseline of the stored runs
stored = of_test.loc[of_test["model"] == "EASE", "ndcg"]
assert abs(ease_users["ndcg"].mean() - stored.mean()) < 2e-4

# %% no drawn negative is a training like
assert not liked[many, drawn[:, 0]].any()

# %% the sampler refuses a user who likes everything
try:
    draw_negatives(np.array([0]), np.ones((1, 5), dtype=bool), 1, generator)
except ValueError:
    pass
else:
    raise AssertionError("draw_negatives should raise")

# %% one run of BPR lies in the band of the stored ones
for metric in ("auc", "ndcg"):
    low, high = results.band(of_test.loc[of_test["model"] == "BPR", metric])
    assert low < bpr_quality[metric] < high, (metric, bpr_quality[metric], low, high)

# %% one run of the deep network lies in the band of the stored ones
for metric in ("auc", "ndcg"):
    low, high = results.band(of_test.loc[of_test["model"] == "deep BPR, metadata", metric])
    assert low < deep_quality[metric] < high, (metric, deep_quality[metric], low, high)

# %% one run of mean of likes lies in the band of the stored ones
for metric in ("auc", "ndcg"):
    low, high = results.band(of_test.loc[of_test["model"] == "mean of likes", metric])
    assert low < mean_quality[metric] < high, (metric, mean_quality[metric], low, high)

# %% random opponents are beaten, most of the hardest are not
assert won["uniform"] > 0.95 > won["best of 5"] > 0.8 > 0.3 > won["hardest of all"]

# %% the hardest negatives of all ruin the model while its loss rises
assert of_curves.loc["hardest of all", "auc_05"] < 0.75
assert of_curves.loc["hardest of all", "loss_40"] > of_curves.loc["hardest of all", "loss_05"]
assert of_curves["auc_40"].idxmin() == of_curves["ndcg_40"].idxmin() == "hardest of all"
assert 4 < ratio < 8
assert false_negatives.max() < 0.01

# %% negatives by popularity fall far behind
assert of_curves.loc["by popularity", "auc_40"] < of_curves.loc["uniform", "auc_40"] - 0.05

# %% best of 5 is at least as good at the top and a little worse overall
assert of_curves.loc["best of 5", "ndcg_40"] > of_curves.loc["uniform", "ndcg_40"]
assert of_curves.loc["best of 5", "auc_40"] < of_curves.loc["uniform", "auc_40"] - 0.002

# %% every trained model beats EASE in AUC and popularity in both
of_trained = means.drop(["random", "popularity", "item-kNN", "EASE"])
assert len(of_trained) == 7
assert (of_trained["auc"] > means.loc["EASE", "auc"]).all()
assert (of_trained["ndcg"] > means.loc["popularity", "ndcg"] + 0.01).all()
assert of_trained.loc["BPR", "auc"] > 0.89 and of_trained.loc["BPR", "ndcg"] > 0.066

# %% no model is above EASE in NDCG, and BPR is about two standard errors below
assert means["ndcg"].idxmax() == "EASE"
bpr_errors = -means.loc["BPR", "ndcg_over_ease"] / means.loc["BPR", "ndcg_over_ease_error"]
assert 1.5 < bpr_errors < 2.5

# %% the two softmax models are within about one standard error of EASE with an AUC of 0.89
for name in ("mean of likes", "sampled softmax"):
    best = means.loc[name]
    assert abs(best["ndcg_over_ease"]) < 1.5 * best["ndcg_over_ease_error"]
    assert 0.885 < best["auc"] < 0.9

# %% stronger opponents narrow the gap that BPR leaves
narrower = ["BPR, best of 5", "sampled softmax", "mean of likes"]
assert (means.loc[narrower, "ndcg"] > means.loc["BPR", "ndcg"]).all()

# %% WARP-style gains at the top on the hinge by about one standard error and pays with AUC
gain = means.loc["WARP-style"] - means.loc["triplet hinge"]
assert 0.5 < gain["ndcg"] / means.loc["WARP-style", "ndcg_error"] < 1.5
assert gain["auc"] < -0.01

# %% the deep network is worse than a dot product in both
assert (of_trained.loc["deep BPR, metadata", "ndcg"]) == of_trained["ndcg"].min()
assert means.loc["deep BPR, metadata", "auc"] < means.loc["BPR", "auc"] - 0.005

# %% the neighbors of Star Wars are its sequels
near = nearest_films(50, item_factors, data.items, 4)
assert {"Return of the Jedi", "Empire Strikes Back, The"} <= set(near)
