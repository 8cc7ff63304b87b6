# %% the cosine of a vector with itself may come out above 1
assert 1 < with_itself.max() < 1 + 1e-5

# %% random cosines have mean 0 and standard deviation 1 / sqrt(d)
assert all(abs(cosines[d].std() * np.sqrt(d) - 1) < 0.05 for d in dimensions)
assert all(abs(cosines[d].mean()) < 4 / np.sqrt(4_000 * d) for d in dimensions)

# %% what norms know of popularity falls in the band of the stored results
from utils.experiments.similarity import measure_vectors

here = {
    name: measure_vectors(vectors, num_ratings, data.items["genres"])
    for name, vectors in vectors_by_model.items()
}
for name, metrics in here.items():
    low, high = results.band(runs.loc[runs["model"] == name, "correlation"])
    # 0.02 wider, since processors differ
    assert low - 0.02 < metrics["correlation"] < high + 0.02, (name, metrics, low, high)

# %% by cosine the sequels of Star Wars are among its nearest films
star_wars = neighbors_of("Star Wars")["cosine"].str.cat(sep=" ")
assert "Empire Strikes Back" in star_wars and "Return of the Jedi" in star_wars

# %% only by dot product films that hardly anybody rated come near to Star Wars
ratings_of = {
    name: column.str.extract(r"[(]([0-9]+)[)]$")[0].astype(int).min()
    for name, column in neighbors_of("Star Wars").items()
}
assert ratings_of["dot"] < 12 < 24 < min(ratings_of["distance"], ratings_of["cosine"])

# %% the dot product makes the largest hub and leaves the most films out
metrics = here["penalty of unit 06"]
assert metrics["dot: largest"] > 2 * metrics["cosine: largest"]
assert metrics["dot: never"] > 0.35 > 0.15 > metrics["distance: never"] > metrics["cosine: never"]

# %% neighbors by cosine share more genres than those by dot product, and both more than chance
assert metrics["cosine: genres"] > metrics["dot: genres"] + 0.01 > by_chance + 0.02

# %% a partition finds the ten that sorting finds, faster
assert same
assert seconds["by_sorting"] > 1.5 * seconds["by_partition"]

# %% cosines at once are those of the loop tags=["solution"]
assert np.allclose(cosines[:5_000], by_loop, atol=1e-5)
assert np.allclose(cosines, by_product, atol=1e-5)
assert cosines.argmax() == 123_456

# %% all at once is faster than a loop tags=["solution"]
assert seconds_loop > 1.5 * seconds_all
assert seconds_loop > 10 * seconds_product

# %% the best five are those of sorting tags=["solution"]
assert np.array_equal(best_of_million, by_sorting)

# %% the sequels of Star Wars are near tags=["solution"]
near_star_wars = set(nearest_films(50, vectors, data.items, 6))
assert {"Empire Strikes Back, The", "Return of the Jedi"} <= near_star_wars

# %% with the norm over the whole array most neighbors are hardly rated tags=["solution"]
rare = {name: np.mean(np.array(counts) < 30) for name, counts in behind.items()}
assert rare["norm over the whole array"] > 0.5 > rare["cosine"]
