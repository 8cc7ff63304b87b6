# %% the network trained on the page lies in the band of the stored runs
low, high = results.band(of_model["MLP"])
assert low < mlp_errors["rmse"] < high

# %% the hybrid model trained on the page lies in the band of the stored runs
low, high = results.band(of_model[BEST])
assert low < hybrid_errors["rmse"] < high

# %% the network is worse than the dot product by more than a hundredth of a star
assert (of_model["MLP"] > of_model["dot product (unit 06)"] + 0.01).all()
assert (of_model["MLP"] < of_model["biases"]).all()

# %% with the same inputs the dot product is ahead
assert (of_model["dot + metadata"] < of_model["MLP + metadata"]).all()
assert (of_model["dot + bags + metadata"] < of_model["MLP + bags + metadata"] - 0.01).all()

# %% bags help more than metadata
assert (of_model["dot + bags"] < of_model["dot + metadata"] - 0.01).all()

# %% the best single model and the mean of five reach the goals of this unit
assert of_model[BEST].mean() <= 0.883
assert of_five.max() <= 0.8785

# %% without dropout the error is more than a hundredth of a star larger
assert of_model["without dropout"].mean() > of_model[BEST].mean() + 0.015

# %% a training of the best model takes at most half a minute of two cores
costs = runs.loc[runs["model"] == BEST, "processor_seconds"] / 2
assert costs.max() <= 30

# %% the best trial of a dot product beats the best trial of a network
assert best["dot + metadata"] < best["MLP + metadata"] - 0.02
assert best["dot + bags + metadata"] < best["MLP + bags + metadata"] - 0.015

# %% a careless dot product loses against a careless network
worst = by_trial["worst of 16"]
assert worst["dot + bags + metadata"] > worst["MLP + bags + metadata"] + 0.02

# %% metadata helps cold films once popularity is left out, and harms them before
films = on_cold.groupby("model")["cold_films"].mean()
assert films["dot + metadata but popularity"] < films["biases"] - 0.05
assert films["dot + metadata"] > films["biases"] + 0.05

# %% rows with the same mean have the same doubt
assert doubt.max() > doubt.min() + 0.3
assert np.ptp(alike) < 0.05

# %% where the classifier is surest it is a little too sure
excess = observed.to_numpy() - claimed.to_numpy()
assert 0.04 < excess[:3].mean() < 0.08
assert abs(excess[-3:].mean()) < 0.02

# %% the strength of the pull toward zero is the same for every seed
of_lines = first[[f"{key}_shrinkage" for key in lines]]
assert (of_lines == [10, 5, 5]).all(axis=None)

# %% five seeds on every fold, the last one with the mean of five
assert sorted(on_folds.loc[on_folds["model"] == BEST, "fold"].unique()) == list(by_fold.index[:5])
assert (one["seed"].last() == 4).all()
assert (one.size() == 5).all()

# %% u1 is harder than the random split, for the model and more so for the biases
assert 0.005 < by_fold.loc["u1", "rmse"] - of_best < 0.01
assert by_fold.loc["u1", "biases"] - of_biases > by_fold.loc["u1", "rmse"] - of_best

# %% on u1 ours is nearly two hundredths ahead of the graph networks
for name in ("GC-MC", "IGMC"):
    assert 0.015 < PUBLISHED_ON_U1[name] - by_fold.loc["u1", "rmse"] < 0.02

# %% on u1 one model is two thousandths ahead of GLocal-K, and behind it by MAE
assert 0.0015 < PUBLISHED_ON_U1["GLocal-K"] - by_fold.loc["u1", "rmse"] < 0.0025
assert by_fold.loc["u1", ["mae", "mae of five"]].min() > PUBLISHED_MAE_ON_U1["GLocal-K"]

# %% a mean of five is better than one model on every fold
assert (by_fold["rmse of five"] < by_fold["rmse"]).all()

# %% four of five test rows of each fold took part in the choice of the settings
for _, new in folds:
    assert 0.78 < sum(new.index.isin(part.index).mean() for part in parts) < 0.82
