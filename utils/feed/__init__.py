"""A simulated video feed in which the truth is known: what every user gets out of every video.

    world = feed.make_world(feed.Settings(bait_strength=3.0), seed=0)
    log, hidden = feed.simulate(world, num_visits=100_000)  # what a service sees, and the rest
    expected = feed.expect(world)  # the exact mean of every label, and the utility

What is assumed:

- Users look at a place of the page with a chance that depends on the place alone, and click only
  on what they look at: the position-based model. Craswell and others 2008 compare it with three
  others, among them the cascade, in which a click ends the search. Here all places are independent
  of each other, and the chance falls as p ** -decay, as in Joachims and others 2017.
- Taste, quality and newness make users click. Bait adds clicks of users who leave at once: they
  watch nothing and are disappointed. So bait changes neither watch time nor what follows from it.
- Users who stay leave at a constant rate, the later the more they enjoy the video, or at its end.
  So a longer video is watched for more minutes and finished less often, whatever it is worth: the
  duration bias of Zhan and others 2022.
- Joy does not depend on length: an hour is worth no more than a minute. Utility is the joy of those
  who stay, minus a disappointment for each of the others who click; without a click it is 0.
- Users do not change. They neither tire of a topic nor remember a video, and no new videos come.

The numbers are invented, none is fitted to a service: conclusions hold for a world like this one,
and a sweep over a setting says how far. A random page is worth having because the chance of each
impression is known, as Schnabel and others 2016 need it to correct for what was shown.

Sources: N. Craswell, O. Zoeter, M. Taylor and B. Ramsey, "An Experimental Comparison of Click
Position-Bias Models", WSDM 2008. T. Joachims, A. Swaminathan and T. Schnabel, "Unbiased
Learning-to-Rank with Biased Feedback", WSDM 2017. T. Schnabel, A. Swaminathan, A. Singh, N. Chandak
and T. Joachims, "Recommendations as Treatments: Debiasing Learning and Evaluation", ICML 2016.
R. Zhan and others, "Deconfounding Duration Bias in Watch-time Prediction for Video Recommendation",
KDD 2022. Watch time as a label: P. Covington, J. Adams and E. Sargin, "Deep Neural Networks for
YouTube Recommendations", RecSys 2016.
"""

import numpy as np

from utils import require
from utils.feed.behavior import examination, react
from utils.feed.serving import serve
from utils.feed.settings import Settings
from utils.feed.truth import expect
from utils.feed.world import World, make_world

__all__ = ["Settings", "examination", "expect", "make_world", "react", "serve", "simulate"]


def simulate(world, num_visits, scores=None, num_candidates=50, day=0, seed=0):
    """Let users drawn at random visit the feed, and write down what they do.

    Args:
        world: World.
        num_visits: int, pages shown; each has `page_size` impressions.
        scores, num_candidates: the ranking policy, as in `serve`; None shows random videos.
        day: int >= 0, in the life of the videos.
        seed: int. A longer run begins with the visits of a shorter one, and serving changes nothing
            in the world: to go on, take another seed.

    Returns:
        (log, hidden), two DataFrames of num_visits * page_size rows, as in `react`.
    """
    require.instances(World, world=world)
    require.integers("[1, inf)", num_visits=num_visits)
    require.integers("[0, inf)", seed=seed)
    generator = np.random.default_rng([seed, 3])
    visits = generator.integers(world.settings.num_users, size=num_visits)
    pages = serve(world, visits, scores, num_candidates, seed)
    return react(world, visits, pages, day, seed)
