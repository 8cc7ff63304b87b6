"""The results of unit 04: what keeps a wide network from learning wrong labels by heart.

Every seed draws new rows and new weights. Rate, penalty, width and patience were chosen on the
validation part of seed 100, which is not among the seeds measured.
"""

import time
from functools import partial

import numpy as np
from sklearn.linear_model import LogisticRegression

from utils.units import dropout

CURVES = ("no dropout", "a bit of dropout", "too much dropout")


def experiments():
    """Yield (settings, run) for every row of the table."""
    for name, fit_and_predict in MODELS.items():
        yield {"model": name}, partial(measure_model, fit_and_predict)


def measure_model(fit_and_predict, seed):
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
        **dropout.measure_quality(of_test, test.labels),
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
        callbacks = [dropout.early_stopping(patience)] if patience else []
        history = dropout.fit_classifier(model, train, validation, callbacks)
        predictions = [dropout.predict_once(model, part.features) for part in (train, test)]
        return *predictions, history if keep_curves else None

    return fit_and_predict


MODELS = {
    "majority class": _majority,
    "logistic regression": _logistic_regression,
    **{
        name: _network(keep_curves=name in CURVES, **settings)
        for name, settings in dropout.SETTINGS.items()
    },
    "early stopping": _network(patience=dropout.PATIENCE),
    "the truth": _truth,
}
