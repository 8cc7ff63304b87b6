"""A graph of films that were liked one after the other, and random walks on it."""

import numpy as np

from utils import require


def count_steps(sequences, num_items):
    """Count how often one film comes right after another: the weights of a directed graph.

    Args:
        sequences: list of int arrays of item_index.
        num_items: int.

    Returns:
        float32 array (num_items, num_items), entry (i, j) for steps from i to j.

    Source: Wang et al., "Billion-scale Commodity Embedding for E-commerce Recommendation in
    Alibaba" (2018), section 2.1.
    """
    require.integers("[1, inf)", num_items=num_items)
    weights = np.zeros((num_items, num_items), dtype="float32")
    for sequence in sequences:
        require.indices(num_items, "(n*,)", sequences=sequence)
        np.add.at(weights, (sequence[:-1], sequence[1:]), 1)
    return weights


def random_walk(weights, start, num_steps, generator):
    """Walk from film to film, each step as likely as its weight says.

    Args:
        weights: array (num_items, num_items), 0 or more; row = from, column = to.
        start: int, item_index.
        num_steps: int >= 0.
        generator: numpy.random.Generator.

    Returns:
        int array of at most 1 + num_steps films; it ends early where no arrow leads on.
    """
    require.arrays("(n, n)", weights=weights)
    require.entries("[0, inf)", weights=weights)
    require.integers("[0, inf)", start=start, num_steps=num_steps)
    require.indices(len(weights), start=start)
    walk = [int(start)]
    for _ in range(num_steps):
        onward = np.asarray(weights[walk[-1]], dtype=float)
        if not onward.any():
            break
        walk.append(int(generator.choice(len(onward), p=onward / onward.sum())))
    return np.array(walk)


def walk_from_all(weights, walks_per_film, num_steps, generator):
    """Start some walks at every film with an arrow, all of them side by side.

    Args:
        weights, num_steps, generator: as in `random_walk`.
        walks_per_film: int >= 1.

    Returns:
        list of int arrays, as `random_walk` gives them.
    """
    require.arrays("(n, n)", weights=weights)
    require.entries("[0, inf)", weights=weights)
    require.integers("[1, inf)", walks_per_film=walks_per_film)
    require.integers("[0, inf)", num_steps=num_steps)
    reached = np.cumsum(weights, axis=1, dtype=float)
    leads_on = reached[:, -1] > 0
    places = np.repeat(np.flatnonzero(leads_on), walks_per_film)
    walks = np.full((len(places), 1 + num_steps), -1)
    walks[:, 0] = places
    is_going = np.ones(len(places), dtype=bool)
    for step in range(1, 1 + num_steps):
        here = walks[is_going, step - 1]
        drawn = generator.random(len(here)) * reached[here, -1]
        # The first film whose running sum lies above the number drawn.
        walks[is_going, step] = (reached[here] <= drawn[:, np.newaxis]).sum(axis=1)
        is_going[is_going] = leads_on[walks[is_going, step]]
    return [walk[walk >= 0] for walk in walks]
