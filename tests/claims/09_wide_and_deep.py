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
assert (unseen["deep"] < unseen["wide"] / 2).all()
assert (exceptions["wide + deep"] < exceptions["deep"] / 2).all()
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

# %% L1 keeps the wide part small, whichever optimizer takes the steps
for name in ("wide + deep", "two optimizers"):
    assert (unseen[name] < unseen[f"{name}, no L1"] / 2).all(), name
    assert (stored["weights"][name] < stored["weights"][f"{name}, no L1"] / 2).all(), name

# %% the fourth power of cross layers by hand
assert (1 + 2 * 3) * 3 == 21 and 3 * (2 * 21) + 21 == 147

# %% added after training apart, the scores are too sure
gaps = {name: np.average((b["claimed"] - b["observed"]).abs(), weights=b["rows"]) for name, b in bins.items()}
assert gaps["apart, summed"] > gaps["wide + deep"]

# %% a threshold of one half costs more than that of the costs, and than the chosen one
assert (table["cost at 0.50"] > table["cost there"] + 0.02).all()
assert table.loc["wide + deep", "cost at 0.25"] < of_truth + 0.03

# %% on real likes no network beats the machine
mean = likes_runs.groupby("model")[["log_loss", "auc"]].mean()
