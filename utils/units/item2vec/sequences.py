"""From likes to sequences, sessions and pairs of films that stand near each other."""

import numpy as np

from utils import require


def make_sequences(likes):
    """Return the films each user liked, the first one first.

    Args:
        likes: DataFrame with `user_index`, `item_index` and `timestamp`; of two likes in the same
            second the lower row counts as later, as in `evaluation.split_leave_one_out`.

    Returns:
        list of int arrays of item_index, one per user of `likes`, by user_index.
    """
    require.rows("user_index item_index timestamp", likes=likes)
    by_time = likes.sort_values("timestamp", kind="stable")
    return [own.to_numpy() for _, own in by_time.groupby("user_index")["item_index"]]


def cut_sessions(likes, minutes=30.0):
    """Return the films of each session: a longer break between two likes starts a new one.

    Args:
        likes: DataFrame as for `make_sequences`, the timestamp in seconds.
        minutes: float > 0.

    Returns:
        list of DataFrames, one per session: rows of `likes` in the order of time.

    Source: Grbovic and Cheng, "Real-time Personalization using Embeddings for Search Ranking at
    Airbnb" (2018), section 3.1.
    """
    require.rows("user_index item_index timestamp", likes=likes)
    require.within("(0, inf)", minutes=minutes)
    ordered = likes.sort_values(["user_index", "timestamp"], kind="stable")
    is_new = ordered["user_index"].diff().ne(0) | (ordered["timestamp"].diff() > 60 * minutes)
    return [session for _, session in ordered.groupby(is_new.cumsum().to_numpy())]


def window_pairs(sequence, window):
    """Return all pairs (center, context) at most `window` places apart, in both directions.

    Args:
        sequence: int array (n,), item_index.
        window: int >= 1.

    Returns:
        int array (num_pairs, 2), by the place of the center, then of the context.
    """
    require.indices(None, "(n*,)", sequence=sequence)
    require.integers("[1, inf)", window=window)
    pairs = [
        (sequence[center], sequence[context])
        for center in range(len(sequence))
        for context in range(max(0, center - window), min(len(sequence), center + window + 1))
        if context != center
    ]
    return np.array(pairs, dtype=int).reshape(-1, 2)


def count_pairs(sequences, num_items, window):
    """Count how often each pair (center, context) occurs: the pairs of `window_pairs`, added up.

    Args:
        sequences: list of int arrays of item_index.
        num_items: int.
        window: int >= 1.

    Returns:
        float32 array (num_items, num_items), row = center; symmetric.
    """
    require.integers("[1, inf)", num_items=num_items, window=window)
    counts = np.zeros((num_items, num_items), dtype="float32")
    for sequence in sequences:
        require.indices(num_items, "(n*,)", sequences=sequence)
        for distance in range(1, min(window, len(sequence) - 1) + 1):
            np.add.at(counts, (sequence[:-distance], sequence[distance:]), 1)
    return counts + counts.T


def count_global(sessions, num_items):
    """Count each film of a session with the one that its user rated best: a global context.

    Args:
        sessions: list of DataFrames with `item_index` and `rating`, from `cut_sessions`. Of films
            rated alike, the last one is the best.
        num_items: int.

    Returns:
        float32 array (num_items, num_items), row = center; one context for each other film.

    Source: Grbovic and Cheng (2018), equation 4: the listing that was booked in the end.
    """
    require.integers("[1, inf)", num_items=num_items)
    counts = np.zeros((num_items, num_items), dtype="float32")
    for session in sessions:
        require.rows("item_index rating", sessions=session)
        require.index_column("item_index", num_items, sessions=session)
        items, stars = session["item_index"].to_numpy(), session["rating"].to_numpy()
        best = items[len(items) - 1 - np.argmax(stars[::-1])]
        np.add.at(counts, (items[items != best], best), 1)
    return counts


def thin_out(sequences, threshold, generator):
    """Leave out frequent films at random, so that those around them move closer together.

    A film that makes up the share f of all places stays with the probability sqrt(threshold / f),
    at most 1.

    Args:
        sequences: list of int arrays of item_index.
        threshold: float in (0, 1].
        generator: numpy.random.Generator.

    Returns:
        list of int arrays.

    Source: Mikolov et al., "Distributed Representations of Words and Phrases and their
    Compositionality" (2013), equation 5.
    """
    require.within("(0, 1]", threshold=threshold)
    for sequence in sequences:
        require.indices(None, "(n*,)", sequences=sequence)
    counts = np.bincount(np.concatenate(sequences))
    shares = np.maximum(counts, 1) / counts.sum()
    stays = np.minimum(1, np.sqrt(threshold / shares))
    return [one[generator.random(len(one)) < stays[one]] for one in sequences]
