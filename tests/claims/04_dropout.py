# %% without dropout the training loss vanishes and the validation loss rises above its start
validation_losses = wide_history["val_cross_entropy"]
assert wide_history["cross_entropy"][-1] < 0.05
assert validation_losses[-1] > 1.5 * validation_losses[0]

# %% the first training falls in the band of the stored ones
low, high = results.band(runs.loc[runs["model"] == "no dropout", "validation_30"])
assert low < wide_history["val_cross_entropy"][-1] < high

# %% dropout of Keras has the moments of the formula
assert np.allclose(by_keras["mean"], [1, 2, 4], rtol=0.01)
assert np.allclose(by_keras["variance"], [0.25, 1, 4], rtol=0.03)
assert np.allclose(by_keras["zeros"], 0.2, atol=0.01)

# %% measured with dropout off, the training loss is lower than the one reported
assert on_train["loss"] < history["cross_entropy"][-1]

# %% the training with dropout falls in the band of the stored ones
on_test = course.measure_quality(predict_once(model, test.features), test.labels)
low, high = results.band(runs.loc[runs["model"] == "a bit of dropout", "accuracy"])
assert low < on_test["accuracy"] < high

# %% early stopping goes back by as many epochs as its patience
assert len(losses) < course.EPOCHS
assert len(losses) - 1 - np.argmin(losses) == course.PATIENCE

# %% the stopped training falls in the band of the stored ones
for metric in ("accuracy", "loss"):
    low, high = results.band(runs.loc[runs["model"] == "early stopping", metric])
    assert low < of_stopped[metric] < high

# %% dropout helps in every seed
assert (by_seed["a bit of dropout"] > by_seed["no dropout"]).all()

# %% too much dropout is worse than logistic regression in every seed
assert (by_seed["too much dropout"] < by_seed["logistic regression"]).all()

# %% the rate of Keras is the share dropped
assert abs(shares_kept[0.1] - 0.9) < 0.01
assert abs(shares_kept[0.9] - 0.1) < 0.01

# %% weight scaling stands in for the mean of many networks
assert np.corrcoef(one_pass, mean_of_passes)[0, 1] > 0.98
assert same_class > 0.95

# %% the distance of the two falls with the passes and levels off above zero
assert 0.005 < gaps[-1] < gaps[0]
assert gaps[-1] < 0.1

# %% the least sure quarter has more mistakes, by spread and by the single pass alike
for name in mistakes:
    assert mistakes[name].iloc[-1] > mistakes[name].iloc[0] + 0.1
assert abs(mistakes.iloc[-1].diff().iloc[-1]) < 0.1

# %% most mistakes in the surest quarter are wrong labels
assert turned_around.mean() > 0.5

# %% dropout helps SVD++ by several times its spread
rmse = mf_runs.groupby("model")["rmse"].mean()
assert rmse["SVD++ bags + dropout"] < rmse["SVD++ bags"] - 0.003
