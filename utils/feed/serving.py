"""Which videos stand on a page, and in which order."""

import numpy as np

from utils import require
from utils.feed.world import World

CARDS_AT_ONCE = 2_000_000  # so that a long run needs no more memory than a short one


def serve(world, visits, scores=None, num_candidates=50, seed=0):
    """Fill a page for each visit: candidates are drawn, the best of them are shown.

    Candidates are dealt like cards: the catalogue is shuffled and cut into hands, one for each
    visit, until it is used up, and then shuffled again. So every video is equally likely to be a
    candidate, none comes twice on a page, and over many visits all are dealt equally often.

    Args:
        world: World.
        visits: int array (num_visits,), the user of each visit.
        scores: array (num_users, num_videos), the ranking policy: higher is shown first, equal
            scores come in random order. None shows random videos.
        num_candidates: int, at least `page_size`: few give variety, all `num_videos` give each
            user the top of the scores.
        seed: int. The pages of a longer run begin with those of a shorter one.

    Returns:
        int array (num_visits, page_size), the `item_index` at each place.
    """
    require.instances(World, world=world)
    size, num_videos = world.settings.page_size, world.settings.num_videos
    require.indices(world.settings.num_users, "(n*,)", visits=visits)
    require.integers(f"[{size}, {num_videos}]", num_candidates=num_candidates)
    require.integers("[0, inf)", seed=seed)
    visits = np.asarray(visits)
    if scores is None:
        num_candidates = size
    else:
        scores = _as_scores(world, scores)
    generator = np.random.default_rng([seed, 1])
    hands = num_videos // num_candidates
    pages = np.empty((len(visits), size), dtype=np.int64)
    step = hands * max(1, CARDS_AT_ONCE // num_videos)
    for start in range(0, len(visits), step):
        users = visits[start : start + step]
        decks = np.tile(np.arange(num_videos, dtype=np.int32), (-(-len(users) // hands), 1))
        cards = generator.permuted(decks, axis=1)[:, : hands * num_candidates]
        cards = cards.reshape(-1, num_candidates)[: len(users)]
        pages[start : start + step] = (
            cards if scores is None else _best(cards, scores[users[:, np.newaxis], cards], size)
        )
    return pages


def _best(cards, scores, size):
    """Return the cards with the highest scores, the highest first."""
    if cards.shape[1] > size:
        kept = np.argpartition(-scores, size - 1, axis=1)[:, :size]
        cards, scores = (np.take_along_axis(array, kept, axis=1) for array in (cards, scores))
    return np.take_along_axis(cards, np.argsort(-scores, axis=1), axis=1)


def _as_scores(world, scores):
    shape = (world.settings.num_users, world.settings.num_videos)
    require.arrays(f"({shape[0]}, {shape[1]})", scores=scores)
    return np.asarray(scores, dtype=float)
