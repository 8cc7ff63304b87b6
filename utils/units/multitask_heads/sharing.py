"""Three ways for two tasks to share layers, and two networks that share nothing.

Every model here maps the features of `datasets.make_pair` to a dict of two predictions, for task a
and task b. A layer that both tasks use is called "trunk".
"""

import keras
from keras import layers, ops

from utils import require
from utils.units.multitask_heads.datasets import NUM_FEATURES


def two_heads(features, hidden):
    """Return a model with a linear head for each of two tasks.

    Args:
        features: tensor of keras.Input.
        hidden: list of two tensors, what the heads of a and b start from.

    Returns:
        Model from features to a dict of predictions (batch, 1).
    """
    outputs = {}
    for task, part in zip("ab", hidden, strict=True):
        outputs[task] = layers.Dense(1, name=f"head_{task}")(part)
    return keras.Model(features, outputs)


@require.sizes("width")
def build_hard_sharing(width):
    """Build one hidden layer that both tasks share, and one head for each task.

    Args:
        width: int, units of the hidden layer.

    Returns:
        Model from features (batch, 20) to a dict of predictions (batch, 1).
    """
    features = keras.Input((NUM_FEATURES,))
    trunk = layers.Dense(width, activation="tanh", name="trunk")(features)
    return two_heads(features, [trunk, trunk])


@require.sizes("width")
def build_single_tasks(width):
    """Build two networks that share nothing: each task has a hidden layer and a head of its own.

    Args:
        width: int, units of each hidden layer.

    Returns:
        Model as from `build_hard_sharing`. Adam moves each weight by its own gradient alone, so
        training both at once is the same as training one after the other.
    """
    features = keras.Input((NUM_FEATURES,))
    towers = [layers.Dense(width, activation="tanh", name=f"tower_{task}") for task in "ab"]
    return two_heads(features, [tower(features) for tower in towers])


@require.sizes("width")
def build_soft_sharing(width, strength):
    """Build two networks whose hidden layers are pulled toward each other.

    Args:
        width: int, units of each hidden layer.
        strength: float, penalty on the squared distance between the two hidden layers.

    Returns:
        Model as from `build_hard_sharing`.

    Source: Duong and others, "Low Resource Dependency Parsing" (2015).
    """
    require.within("[0, inf)", strength=strength)
    features = keras.Input((NUM_FEATURES,))
    return two_heads(features, SoftPair(width, strength, name="pair")(features))


@require.sizes("width")
def build_cross_stitch(width, own=0.9, other=0.1):
    """Build two networks that mix their hidden layers by four learned numbers.

    Args:
        width: int, units of each hidden layer.
        own, other: floats, how much of its own and of the other layer a task gets at the start.

    Returns:
        Model as from `build_hard_sharing`.

    Source: Misra and others, "Cross-Stitch Networks for Multi-Task Learning" (2016).
    """
    require.finite(own=own, other=other)
    features = keras.Input((NUM_FEATURES,))
    towers = [layers.Dense(width, activation="tanh", name=f"tower_{task}") for task in "ab"]
    stitch = CrossStitch(own, other, name="stitch")
    return two_heads(features, stitch([tower(features) for tower in towers]))


class SoftPair(layers.Layer):
    """Two hidden layers side by side with a penalty on the distance between their weights."""

    def __init__(self, width, strength, **layer_options):
        require.integers("[1, inf)", width=width)
        require.within("[0, inf)", strength=strength)
        super().__init__(**layer_options)
        self.width, self.strength = width, strength
        self.pair = [layers.Dense(width, activation="tanh") for _ in range(2)]

    def build(self, input_shape):
        """Make both layers, with the same weights, so that the distance starts at 0."""
        for layer in self.pair:
            layer.build(input_shape)
        self.pair[1].set_weights(self.pair[0].get_weights())

    def call(self, features):
        """Return the two outputs (batch, width) of features (batch, num_features)."""
        weights = zip(self.pair[0].weights, self.pair[1].weights, strict=True)
        distance = sum(ops.sum(ops.square(one - other)) for one, other in weights)
        self.add_loss(self.strength * distance)
        return [layer(features) for layer in self.pair]

    def get_config(self):
        """Return what it takes to make the layer again."""
        return {**super().get_config(), "width": self.width, "strength": self.strength}


class CrossStitch(layers.Layer):
    """Give each of two tasks a mixture of both hidden layers."""

    def __init__(self, own=0.9, other=0.1, **layer_options):
        require.finite(own=own, other=other)
        super().__init__(**layer_options)
        self.own, self.other = own, other

    def build(self, input_shapes):
        """Make the four numbers of the mixture."""
        self.mixture = self.add_weight(shape=(2, 2), name="mixture")
        self.mixture.assign([[self.own, self.other], [self.other, self.own]])

    def call(self, hidden):
        """Return two mixtures (batch, width) of two hidden layers (batch, width)."""
        first, second = hidden
        return [row[0] * first + row[1] * second for row in ops.unstack(self.mixture)]

    def get_config(self):
        """Return what it takes to make the layer again."""
        return {**super().get_config(), "own": self.own, "other": self.other}
