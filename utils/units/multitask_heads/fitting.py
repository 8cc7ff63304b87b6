"""Train a model of several tasks and keep, for each task, the weights of its best epoch."""

import keras
import numpy as np

from utils import require


class KeepBest(keras.callbacks.Callback):
    """Remember, for each task, the weights of the epoch with its lowest validation error.

    The model has a dict of outputs, and `compile` gave each of them a metric named "error".
    """

    def on_train_begin(self, logs=None):
        """Start with nothing remembered."""
        self.lowest = dict.fromkeys(self.model.output, np.inf)
        self.weights = {}

    def on_epoch_end(self, epoch, logs=None):
        """Keep the weights for the tasks whose error is the lowest so far."""
        for task, lowest in self.lowest.items():
            error = logs[f"val_{task}_error"]
            if error < lowest:
                self.lowest[task] = error
                self.weights[task] = self.model.get_weights()


def fit(model, train, validation, epochs, batch_size, shuffle=True, callbacks=()):
    """Train a compiled model of several tasks.

    Args:
        model: Model with a dict of outputs; trained in place.
        train, validation: Rows of `utils.units.multitask_heads.datasets`.
        epochs, batch_size: ints.
        shuffle: bool, whether each epoch visits the rows in another order.
        callbacks: list of callbacks of keras, besides KeepBest.

    Returns:
        (best_weights, history): a dict with the weights of the model after the epoch that was best
        for each task, and the history of keras, a dict of lists.
    """
    require.rows_of(model, train.inputs, validation.inputs)
    require.labeled(train=train, validation=validation)
    require.integers("[1, inf)", epochs=epochs, batch_size=batch_size)
    best = KeepBest()
    history = model.fit(
        train.inputs,
        train.targets,
        sample_weight=train.known,
        validation_data=tuple(validation),
        validation_batch_size=8192,
        epochs=epochs,
        batch_size=batch_size,
        shuffle=shuffle,
        callbacks=[best, *callbacks],
        verbose=0,
    )
    return best.weights, history.history
