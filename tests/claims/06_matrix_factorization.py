# %% biases make the first epoch much better
assert curves["+ biases"][0] < curves["dot product"][0] - 0.5

# %% without a penalty the validation error turns and rises
assert curves["+ biases"][-1] > min(curves["+ biases"]) + 0.05
assert curves["+ biases"][-1] > curves["dot product"][-1]

# %% with a penalty biases pay off
for name in ("+ L2 of whole tables", "+ L2 of rows used"):
    assert curves[name][-1] < curves["dot product"][-1]
    assert curves[name][-1] < min(curves[name]) + 0.005

# %% what is trained on this page falls into the band of the stored results
for name, (low, high) in bands.items():
    assert low < here[name] < high, (name, here[name], low, high)

# %% Keras and ALS agree to a hundredth of a star
assert abs(als_errors["rmse"] - biased_errors["rmse"]) < 0.01

# %% ALS is faster
seconds = runs.groupby("model")["seconds"].mean()
assert seconds["the same by ALS"] < seconds["+ L2 of rows used"]

# %% the two ways to charge a penalty end in a tie
ways = random_runs.agg(["mean", "std"]).loc[["+ L2 of whole tables", "+ L2 of rows used"]]
assert abs(ways["mean"].diff().iloc[-1]) < ways["std"].max()

# %% the gain of the best model is many times the spread
assert gain > 10 * random_runs.std().max()

# %% warm rows: penalties pay off, SVD++ with dropout is best, free factors lose to the biases
temporal_runs = runs[runs["split"] == "temporal"].groupby("model")
warm = temporal_runs["warm"].mean()
assert warm["+ L2 of rows used"] < warm["biases"] < warm["+ biases"]
assert warm["dot product"] > warm["biases"] - temporal_runs["warm"].std()["dot product"]
assert warm.idxmin() == "SVD++ bags + dropout"

# %% cold users: SVD++ is worse than the biases
cold_users = temporal_runs["cold_users"].mean()
assert cold_users["SVD++ bags + dropout"] > cold_users["biases"] + 0.01

# %% SVD++ for warm rows and biases for the others is the best of all
assert mixed < temporal_runs["rmse"].mean().min()

# %% most rated films first is the better list
assert quality["random order"]["ndcg"] < 0.02
assert quality["matrix factorization"]["ndcg"] < quality["most rated first"]["ndcg"] - 0.03

# %% the protocol of unit 10 gives popularity a much smaller NDCG
of_unit_10 = results.load("10_triplet_loss").query("study == 'test'").groupby("model")["ndcg"]
assert of_unit_10.mean()["popularity"] < quality["most rated first"]["ndcg"] / 2
