# %% the models trained on the page lie in the bands of the stored runs
stored = {
    metric: on_clicks.pivot_table(values=metric, index="seed", columns="model")
    for metric in ("all", "exceptions", "seen", "unseen", "claimed", "weights")
}
for name in here.index:
    for metric in ("all", "exceptions", "unseen"):
        low, high = results.band(stored[metric][name])
        assert low < here.loc[name, metric] < high, (name, metric)

# %% wide knows exceptions and no unseen pair, deep the other way round, both know both
exceptions, unseen, of_all = stored["exceptions"], stored["unseen"], stored["all"]
assert (exceptions["wide"] < exceptions["deep"] / 3).all()
assert (unseen["deep"] < 0.6 * unseen["wide"]).all()
assert (exceptions["wide + deep"] < 0.6 * exceptions["deep"]).all()
assert (of_all["wide + deep"] < of_all[["wide", "deep", "FM"]].min(axis=1) * 0.8).all()

# %% beside a wide part the deep part is better on unseen pairs than alone
assert (unseen["wide + deep"] < unseen["deep"]).all()

# %% collisions are as many as by chance, and a third of the pairs is alone in as many bins
assert np.abs(np.array(counted_shares) - np.array(expected)).max() < 0.04
assert abs((num_pairs - shared) / num_pairs - 1 / np.e) < 0.03

# %% the sum trained together beats the average and both ways to join models trained apart
for name in ("average", "apart, averaged", "apart, summed"):
    assert (of_all["wide + deep"] < of_all[name]).all(), name
assert (exceptions["wide + deep"] < exceptions["average"]).all()
assert exceptions["average"].mean() > exceptions["deep"].mean() * 0.9
assert (stored["seen"]["apart, summed"] > 3 * stored["seen"][["wide", "deep"]].max(axis=1)).all()

# %% L1 keeps the wide part small, whichever optimizer takes the steps
for name in ("wide + deep", "two optimizers"):
    assert (unseen[name] < 0.7 * unseen[f"{name}, no L1"]).all(), name
    assert (stored["weights"][name] < 0.6 * stored["weights"][f"{name}, no L1"]).all(), name

assert (unseen["two optimizers, no L1"] > 0.85 * unseen["wide"]).all()
assert unseen["wide + deep, no L1"].mean() > unseen["deep"].mean()

# %% DeepFM and DCN know more of exceptions than deep, and no more of unseen pairs
for name in ("DeepFM", "DCN"):
    assert exceptions[name].mean() < 0.85 * exceptions["deep"].mean(), name
    assert unseen[name].mean() > 0.9 * unseen["deep"].mean(), name
    assert (of_all["wide + deep"] < 0.8 * of_all[name]).all(), name
assert unseen["DCN"].mean() > 1.1 * unseen["deep"].mean()

# %% added after training apart, the scores are too sure
gaps = {
    name: np.average((b["claimed"] - b["observed"]).abs(), weights=b["rows"])
    for name, b in bins.items()
}
assert gaps["apart, summed"] > gaps["wide + deep"]

# %% a threshold of one half costs more than that of the costs, and than the chosen one
assert (table["cost at 0.50"] > table["cost there"] + 0.02).all()
assert table.loc["wide + deep", "cost at 0.25"] < of_truth + 0.03

# %% on real likes no network beats the machine
mean = likes_runs.groupby("model")[["log_loss", "auc"]].mean()
assert mean.loc[networks, "log_loss"].min() > mean.loc["FM, pairs across", "log_loss"] - 0.001
assert (
    mean.loc["DeepFM, pairs across", "log_loss"] < mean.loc["FM, pairs across", "log_loss"] + 0.002
)
assert mean.loc["DeepFM, pairs across", "auc"] > 0.805  # the best deep model of a library: 0.788
plain = ["wide", "deep", "wide + deep"]
assert mean.loc[plain, "log_loss"].max() - mean.loc[plain, "log_loss"].min() < 0.006
assert mean.loc["FM, pairs across", "log_loss"] + 0.02 < mean.loc[plain, "log_loss"].min()
assert mean.loc[plain, "log_loss"].max() < mean.loc["logistic regression", "log_loss"] - 0.005
assert mean.loc["FM, pairs across", "log_loss"] < mean.loc["DCN", "log_loss"] - 0.004
assert mean.loc["DCN", "log_loss"] < mean.loc[plain, "log_loss"].min() - 0.01
