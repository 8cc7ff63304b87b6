# %% the machines on the page lie in the bands of the stored runs; fewer epochs, a little above
rmse, log_loss, areas = (
    on_random.pivot_table(values=metric, index="seed", columns="model")
    for metric in ("rmse", "log_loss", "auc")
)
for metric, stored in (("rmse", rmse), ("log_loss", log_loss)):
    low, high = results.band(stored["FM, ids"])
    assert low < here.loc["ids", metric] < high, metric
    low, high = results.band(stored["FM, all fields"])
    assert low < here.loc["all fields", metric] < high + 0.003, metric

# %% level with the best library, whose settings are those of `make compare`
of_across = on_random.groupby("model")[["auc", "log_loss"]].mean().loc["FM, pairs across"]
assert (best_of_myfm[["auc", "log_loss"]].iloc[0] - of_across).abs().max() < 0.001

# %% vectors gain two hundredths of AUC over weights, bags gain more than facts
assert 0.015 < (areas["FM, ids"] - areas["logistic regression"]).min() < 0.03
assert (areas["FM, ids + bags"] > areas["FM, ids + facts"] + 0.005).all()
assert (log_loss["FM, ids + bags"] < log_loss["FM, ids + facts"] - 0.005).all()
assert (areas["FM, all fields"] - areas["FM, ids + bags"]).abs().max() < 0.004

# %% by AUC the regression is far ahead of the share of likes, within users it is not
within = on_random.groupby("model")["user_auc"].mean()
assert areas["logistic regression"].mean() > areas["share of likes"].mean() + 0.05
assert abs(within["logistic regression"] - within["share of likes"]) < 0.005

# %% the goals of this unit, and the error of SVD++
assert rmse["FM, all fields"].mean() <= 0.882
assert rmse["FM, ids + bags"].mean() < svdpp + 0.001
assert (rmse["FM, all fields"] < rmse["FM, ids + bags"]).all()
assert areas["FM, pairs across"].mean() >= 0.81

# %% whoever learned stars knows more of likes
assert (log_loss["FM, learned from likes"] > log_loss["FM, all fields"] + 0.004).all()
assert (areas["FM, learned from likes"] < areas["FM, all fields"] - 0.001).all()

# %% the dots lie close to the diagonal
assert here.loc["all fields", "calibration_error"] < 0.025
assert (bins["claimed"] - bins["observed"]).abs().max() < 0.04

# %% a pair of two fields of the user is the same for all films of a user
assert np.std(moves["two fields of the user"]) < 1e-4
assert np.std(moves["across"]) > 0.1

# %% the pairs across alone are better on every count
assert (rmse["FM, pairs across"] < rmse["FM, all fields"]).all()
assert (log_loss["FM, pairs across"] < log_loss["FM, all fields"]).all()

# %% the field-aware machine is worse, with more numbers to learn
assert (rmse["FFM, all fields"] > rmse["FM, all fields"] + 0.005).all()
assert (log_loss["FFM, all fields"] > log_loss["FM, all fields"] + 0.004).all()
assert size.loc["FFM, all fields", "parameters"] > size.loc["FM, all fields", "parameters"]

# %% the time of the pairs grows with their number, that of the identity hardly
assert times["pair by pair"].iloc[-1] > 100 * times["pair by pair"].iloc[0]
assert times["identity"].iloc[-1] < 20 * times["identity"].iloc[0]

# %% on the temporal split all fields help warm rows, and new users are level with the biases
of_time = on_temporal.groupby("model")[["warm", "cold_users", "rmse"]].mean()
assert of_time.loc["FM, all fields", "warm"] < of_time.loc["FM, ids", "warm"] - 0.01
assert abs(of_time.loc["FM, all fields", "cold_users"] - of_time.loc["biases", "cold_users"]) < 0.01
assert of_time.loc["FM, ids", "cold_users"] > of_time.loc["biases", "cold_users"] + 0.003
