# %% exaggerated starts end alike, some plain ones far higher
assert losses["exaggerated"].max() < 1.1 * losses["exaggerated"].min()
assert losses["plain"].max() > 1.3 * losses["exaggerated"].max()

# %% the map of the digits falls in the band of the stored results
stored = runs[(runs["data"] == "digits") & (runs["map"] == "t-SNE 30")]
for column in ("trust", "same label"):
    low, high = results.band(stored[column])
    # 0.01 wider, since processors differ
    assert low - 0.01 < table.loc["t-SNE", column] < high + 0.01, (column, low, high)

# %% for far distances t-SNE is no better than PCA
assert table.loc["t-SNE", "distances"] < table.loc["PCA", "distances"] + 0.05

# %% three seeds are trusted alike
assert all(np.ptp(values) < 0.01 for values in trusts.values())

# %% with perplexity 30 the seeds agree on distances, with 5 they do not
assert min(agreements[30]) > 0.8
assert max(agreements[5]) < 0.9

# %% a map shows neither the sizes nor the gaps of the groups
assert 0.7 < widths[1][1] / widths[1][0] < 1.5
assert np.ptp(spans[1]) < 0.5 * spans[1].mean()

# %% the map of films falls in the band of the stored results
here = measure_map(vectors, films[["x", "y"]].to_numpy(), films["genre"])
stored = runs[(runs["data"] == "films") & (runs["map"] == "t-SNE 30, PCA start")]
for column in ("trust", "same label"):
    low, high = results.band(stored[column])
    assert low - 0.01 < here[column] < high + 0.01, (column, here[column], low, high)

# %% children's films stand out, action and horror a little, comedy and drama hardly
times = by_genre["nearest 10"] / by_genre["chance"]
assert 2.5 < times["Children's"] < 6
assert 1.4 < times["Action"] < 3 and 1.2 < times["Horror"] < 4
assert times[["Comedy", "Drama"]].max() < 1.6
