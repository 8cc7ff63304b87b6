# %% the results have five seeds
assert runs["seed"].nunique() == 5

# %% the scarce training falls into the band of the stored results
stored = runs[(runs["part"] == "scarce") & (runs["cosine"] == "1.0")]
stored = stored[stored["model"] == "hard sharing"]
for task, error in scarce_errors.items():
    low, high = results.band(stored[f"error_{task}"])
    assert low < error < high, (task, low, error, high)


# %% sharing helps a scarce task if it is the other one, in every seed
def paired_gain(part, cosine, task):
    chosen = runs[(runs["part"] == part) & (runs["cosine"] == cosine)]
    by_model = chosen.pivot_table(values=f"error_{task}", index="seed", columns="model")
    return by_model["single"] - by_model["hard sharing"]


assert (paired_gain("scarce", "1.0", "b") > 0).all()

# %% the sign of the relation hardly matters
for cosine in ("-1.0", "1.0"):
    assert paired_gain("scarce", cosine, "b").mean() > 0.1

# %% a crowded trunk makes both unrelated tasks worse
for task in "ab":
    assert paired_gain("crowded", "0.0", task).mean() < -0.05
assert (paired_gain("crowded", "0.0", "b") < 0).all()
assert (paired_gain("crowded", "0.5", "a") < 0).all()

# %% early the angle tells how the tasks are related, late it does not
first = shared.groupby("cosine")[angle_columns[:6]].mean().mean(axis=1)
last = shared.groupby("cosine")[angle_columns[-3:]].mean().mean(axis=1)
assert first["1.0"] > 0.3 > 0 > first["0.0"]
assert last["1.0"] < -0.8

# %% the methods trained on the page fall into the bands of the stored results
for name, errors in method_errors.items():
    stored = small_unit[small_unit["model"] == name]
    for task, error in errors.items():
        low, high = results.band(stored[f"error_{task}"])
        assert low < error < high, (name, task, low, error, high)

# %% the three heads trained on the page fall into the band of the stored results
stored = films[films["model"] == "shared, equal weights"]
for name, value in measured.items():
    low, high = results.band(stored[name])
    assert low - 0.005 < value < high + 0.005, name  # processors differ a little more than seeds


# %% stars gain from a shared trunk, watch pays
def mean_of(part, model, metric):
    return part.loc[part["model"] == model, metric].mean()


for name in ("shared, equal weights", "shared, uncertainty"):
    assert mean_of(films, name, "rmse") < mean_of(films, "single", "rmse") - 0.003
    assert mean_of(films, name, "watch_auc") < mean_of(films, "single", "watch_auc") - 0.005

# %% uncertainty weighting gives back most of what watch pays
for metric in ("watch_auc", "watch_ndcg"):
    single = mean_of(films, "single", metric)
    prices = [
        single - mean_of(films, f"shared, {weights}", metric)
        for weights in ("equal weights", "uncertainty")
    ]
    assert 0 < prices[1] < prices[0] / 2

# %% against models a third as wide watch pays with equal weights alone
for metric in ("watch_auc", "watch_ndcg"):
    third = films.loc[films["model"] == "single, third", metric]
    assert mean_of(films, "shared, equal weights", metric) < third.mean() - third.std()
    assert abs(mean_of(films, "shared, uncertainty", metric) - third.mean()) < third.std()

# %% with B in the small unit no method is sure to rescue it
rescued = served[served["unit of B"] == "0.1"].groupby("model")["both"].sum()
assert rescued[["equal weights", "DWA"]].tolist() == [0, 0]
assert 0 < rescued["PCGrad"] < rescued["uncertainty"] == rescued["GradNorm"] == 2
assert served.loc[served["unit of B"] == "1", "both"].all()

# %% with watch summed the stars fall behind biases that need no network
summed = mean_of(films, "shared, watch summed", "rmse")
assert summed > mean_of(films, "biases, popularity", "rmse") + 0.005

# %% with few stars the biases beat every network at stars and liked
networks = few[few["model"] != "biases, popularity"]
assert mean_of(few, "biases, popularity", "rmse") < networks["rmse"].min()
best_network = networks.groupby("model")["liked_auc"].mean().max()
assert mean_of(few, "biases, popularity", "liked_auc") > best_network

# %% with few stars watch pays more, and uncertainty weighting gives little of it back
for metric in ("watch_auc", "watch_ndcg"):
    prices = {
        stars_told: mean_of(part, "single", metric) - mean_of(part, "shared, equal weights", metric)
        for stars_told, part in (("100%", films), ("10%", few))
    }
    assert prices["10%"] > 1.3 * prices["100%"]
    still = mean_of(few, "single", metric) - mean_of(few, "shared, uncertainty", metric)
    assert still > 0.75 * prices["10%"]
