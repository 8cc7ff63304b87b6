# %% three ways, three decimals
errors = [
    evaluation.rmse(test["rating"], baselines.predict_biases(found, test))
    for found in ways.values()
]
assert max(errors) - min(errors) < 0.0005
sums = [estimates.penalized_sum(found, train, settings.L2) / len(train) for found in ways.values()]
assert sums[0] == min(sums) and max(sums) - min(sums) < 0.0005

# %% as measured, the nearest films of Star Wars have one common rater; shrunk, they have many
assert nearest(correlations)["common raters"].max() == 1
assert nearest(similarities)["common raters"].min() > 50
assert list(nearest(similarities).index[:2]) == ["Empire Strikes Back, The", "Return of the Jedi"]

# %% a third of the pairs that share a rater share one only
assert 0.3 < (pairs == 1).sum() / (pairs > 0).sum() < 0.35

# %% the item-kNN beats the biases by more than two hundredths, and reaches what libraries reach
assert rmse_of(added) < 0.908 < baseline_error["rmse"] - 0.02

# %% the contributions add up to the prediction, to the last digit
assert abs(parts["contribution"].sum() - added[user, star_wars]) < 1e-5

# %% flat from twenty neighbors on; films on the random split, users on the temporal one
for _, curves in sweeps.values():
    for curve in curves.values():
        assert curve.loc[20:].max() - curve.loc[20:].min() < 0.002
        assert curve.loc[1] > curve.loc[40] + 0.005
on_random, on_temporal = (curves for _, curves in sweeps.values())
assert on_random["items"].min() < on_random["users"].min() - 0.003
assert on_temporal["users"].min() < on_temporal["items"].min() - 0.01

# %% what is trained on this page falls into the band of the stored results, or a little above
assert low < here < high, (here, low, high)
assert means.loc["integrated", "mean"] - 0.003 < both_errors["rmse"]
assert both_errors["rmse"] < means.loc["integrated", "mean"] + 0.005

# %% the weights of pairs have learned next to nothing: frozen they are as good
assert abs(lost) < 0.002
assert abs(learned_trials["from the similarity"] - learned_trials["the similarity, frozen"]) < 0.001
assert np.abs(learned_by_pair).max() < 0.1 * near.weights[star_wars].max()

# %% from zero they do not reach the item-kNN, from the similarity they do
assert learned_trials["from the similarity"] < lines["item-kNN"] < learned_trials["from zero"]
assert means.loc["learned weights", "mean"] < means.loc["item-kNN", "mean"] - 0.002
assert means.loc["item-kNN", "mean"] < means.loc["learned, from zero", "mean"]

# %% one matrix product says what the model says
assert gap < 5e-4

# %% factors are far ahead of all neighbors; the integrated model gains more than the spread
assert means.loc["factors alone", "mean"] < means.loc["learned weights", "mean"] - 0.01
assert gain > 1.5 * spread
assert means.loc["integrated", "mean"] < 0.888

# %% by time: users are the better neighbors; the gain over the factors is lost in the spread
warm = temporal.groupby("model")["warm"].agg(["mean", "std"])
assert warm.loc["user-kNN", "mean"] < warm.loc["item-kNN", "mean"]
assert warm.loc["integrated", "mean"] < warm.loc["biases", "mean"] - 0.03
difference = warm.loc["factors alone", "mean"] - warm.loc["integrated", "mean"]
assert abs(difference) < warm.loc[["factors alone", "integrated"], "std"].max()

# %% cold users: all models within a hundredth of the biases
cold = temporal.groupby("model")["cold_users"].mean().drop("global mean")
assert (cold - cold["biases"]).abs().max() < 0.01

# %% the factors know about half of what the neighbors know, the integrated model more
assert slopes["over the biases"] > 1
assert 0.3 < slopes["over the factors"] / slopes["over the biases"] < 0.6
assert slopes["over the integrated model"] < slopes["over the factors"]
