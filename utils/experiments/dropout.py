"""The results of unit 04: what keeps a wide network from learning wrong labels by heart.

Every seed draws new rows and new weights. Rate, penalty, width and patience were chosen on the
validation part of seed 100, which is not among the seeds measured.
"""

import time
from functools import partial

import numpy as np
from sklearn.linear_model import LogisticRegression

from utils.units import dropout

A_BIT, TOO_MUCH = 0.5, 0.9
L2, NARROW, PATIENCE = 0.03, 16, 5
CURVES = {"no dropout": 0.0, "a bit of dropout": A_BIT, "too much dropout": TOO_MUCH}


def experiments():
    """Yield (settings, run) for every row of the table."""
    for name, fit_and_predict in MODELS.items():
        yield {"model": name}, partial(measure, fit_and_predict)


def measure(fit_and_predict, seed):
    """Return the quality of a model on the test part and the losses while it learned.

    Args:
        fit_and_predict: function of (train, validation, test) that returns the probabilities of
            the training rows, those of the test rows, and a history or None.
        seed: int.

    Returns:
        dict with "accuracy" and "loss" of the test part, "by_heart" (share of the wrong training
        labels that the model repeats), "seconds", and for some models "train_01" ... "train_30"
        and "validation_01" ..., the loss after each epoch.
    """
    train, validation, test = dropout.make_parts(seed)
    started = time.perf_counter()
    of_train, of_test, history = fit_and_predict(train, validation, test)
    metrics = {
        **dropout.measure(of_test, test.labels),
        "by_heart": dropout.share_learned_by_heart(of_train, train),
        "seconds": time.perf_counter() - started,
    }
    if history:
        for part, key in (("train", "cross_entropy"), ("validation", "val_cross_entropy")):
            for epoch, loss in enumerate(history[key], start=1):
                metrics[f"{part}_{epoch:02}"] = loss
    return metrics


def _majority(train, validation, test):
    share = train.labels.mean()
    return np.full(len(train.labels), share), np.full(len(test.labels), share), None


def _logistic_regression(train, validation, test):
    model = LogisticRegression().fit(train.features, train.labels)
    return *(model.predict_proba(part.features)[:, 1] for part in (train, test)), None


def _truth(train, validation, test):
    wrong = dropout.WRONG_LABELS
    return *(wrong + (1 - 2 * wrong) * part.true_labels for part in (train, test)), None


def _network(keep_curves=False, patience=None, **settings):
    def fit_and_predict(train, validation, test):
        model = dropout.build_classifier(**settings)
        history = dropout.fit(model, train, validation, patience)
        predictions = [dropout.predict(model, part.features) for part in (train, test)]
        return *predictions, history if keep_curves else None

    return fit_and_predict


MODELS = {
    "majority class": _majority,
    "logistic regression": _logistic_regression,
    **{name: _network(keep_curves=True, rate=rate) for name, rate in CURVES.items()},
    "narrow layers": _network(width=NARROW),
    "L2": _network(l2=L2),
    "early stopping": _network(patience=PATIENCE),
    "the truth": _truth,
}
