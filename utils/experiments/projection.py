"""The results of unit 03 over seeds: what maps of digits and films keep.

A seed draws other digits and trains other film vectors, and it starts the maps elsewhere. Nothing
was chosen by these numbers: the perplexities are those of the sweep.
"""

from functools import cache, partial

import numpy as np

from utils.units.projection import datasets, pca, quality, tsne


def experiments():
    """Yield (settings, run) for every map of every data set."""
    for data in LOAD:
        for name, draw in MAPS.items():
            yield {"data": data, "map": name}, partial(draw_and_measure, data, draw)


def draw_and_measure(data, draw, seed):
    """Draw one map and measure it.

    Args:
        data: str, "digits" or "films".
        draw: function of (vectors, seed) that returns positions.
        seed: int.

    Returns:
        dict of `measure_map`.
    """
    vectors, labels = LOAD[data](seed)
    return measure_map(vectors, draw(vectors, seed), labels)


def measure_map(vectors, positions, labels):
    """Return what a map keeps: near neighbors, far distances and labels.

    Args:
        vectors: array (n, d).
        positions: array (n, 2), or the vectors themselves for the best that can be had.
        labels: array (n,).

    Returns:
        dict with "trust", the trustworthiness of the 10 nearest; "distances", the rank
        correlation of all distances; "same label", the share of the 10 nearest with the label of
        the point; "chance", the same for points drawn at random.
    """
    return {
        "trust": quality.trustworthiness(vectors, positions, quality.K),
        "distances": quality.distance_agreement(vectors, positions),
        "same label": quality.same_label(positions, labels, quality.K),
        "chance": quality.label_chance(labels),
    }


@cache
def _films(seed):
    vectors, films = datasets.load_films(seed)
    return vectors, films["genre"].to_numpy()


def _by_chance(vectors, seed):
    directions = np.random.default_rng(seed).normal(size=(vectors.shape[1], 2))
    return vectors @ directions


def _by_pca(vectors, seed):
    mean, directions, _ = pca.fit_pca(vectors, 2)
    return (vectors - mean) @ directions.T


def _by_t_sne(perplexity, start):
    def draw(vectors, seed):
        return tsne.fit_map(vectors, perplexity, seed, start)

    return draw


LOAD = {"digits": datasets.load_digits, "films": _films}
MAPS = {
    "no map: all dimensions": lambda vectors, seed: vectors,
    "random projection": _by_chance,
    "PCA": _by_pca,
    **{f"t-SNE {number}": _by_t_sne(number, "random") for number in tsne.PERPLEXITIES},
    "t-SNE 30, PCA start": _by_t_sne(30, "pca"),
}
