"""From a probability to a decision: what a threshold costs, and which one is best."""

import numpy as np
import pandas as pd

from utils import require

THRESHOLDS = np.linspace(0, 1, 101)


def best_threshold(cost_of_nothing, cost_of_click):
    """Return the probability of a click from which on showing costs less than not showing.

    Args:
        cost_of_nothing: float > 0, of showing what is not clicked.
        cost_of_click: float > 0, of not showing what would have been clicked.

    Returns:
        float in (0, 1). It is right for true probabilities.
    """
    require.within("(0, inf)", cost_of_nothing=cost_of_nothing, cost_of_click=cost_of_click)
    return cost_of_nothing / (cost_of_nothing + cost_of_click)


def threshold_costs(clicked, probabilities, cost_of_nothing, cost_of_click):
    """Return the mean cost of a row for thresholds from 0 to 1.

    Args:
        clicked: array (n,) of zeros and ones, or of the true chances of a click.
        probabilities: array (n,) in [0, 1]; a row is shown if its number reaches the threshold.
        cost_of_nothing, cost_of_click: as in `best_threshold`.

    Returns:
        Series indexed by the threshold.
    """
    require.arrays("(n,)", clicked=clicked, probabilities=probabilities)
    require.entries("[0, 1]", clicked=clicked, probabilities=probabilities)
    require.within("(0, inf)", cost_of_nothing=cost_of_nothing, cost_of_click=cost_of_click)
    clicked = np.asarray(clicked, dtype=float)
    is_shown = np.asarray(probabilities) >= THRESHOLDS[:, np.newaxis]
    cost = np.where(is_shown, cost_of_nothing * (1 - clicked), cost_of_click * clicked)
    return pd.Series(cost.mean(axis=1), THRESHOLDS)
