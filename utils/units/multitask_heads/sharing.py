"""Three ways for two tasks to share layers, and two networks that share nothing.

Every model here maps the features of `datasets.make_pair` to a list of two predictions, for task A
and task B. The layers that both tasks use are called "trunk".
"""

import keras
from keras import layers

from utils.units.multitask_heads.datasets import NUM_FEATURES


def build_hard_sharing(width):
    """Build one hidden layer that both tasks share, and one head for each task.

    Args:
        width: int, units of the hidden layer.

    Returns:
        Model that maps features (batch, 20) to a list of two predictions (batch, 1).
    """
    features = keras.Input((NUM_FEATURES,))
    hidden = layers.Dense(width, activation="tanh", name="trunk")(features)
    return keras.Model(features, [layers.Dense(1, name=f"head_{task}")(hidden) for task in "ab"])


def build_single_tasks(width):
    """Build two networks that share nothing: each task has a hidden layer and a head of its own.

    Args:
        width: int, units of each hidden layer.

    Returns:
        Model as from `build_hard_sharing`. Adam moves each weight by its own gradient alone, so
        training both at once is the same as training one after the other.
    """
    features = keras.Input((NUM_FEATURES,))
    towers = [layers.Dense(width, activation="tanh", name=f"trunk_{task}") for task in "ab"]
    heads = [layers.Dense(1, name=f"head_{task}") for task in "ab"]
    pairs = zip(heads, towers, strict=True)
    return keras.Model(features, [head(tower(features)) for head, tower in pairs])


def build_soft_sharing(width, strength):
    """Build two networks whose hidden layers are pulled toward each other.

    Args:
        width: int, units of each hidden layer.
        strength: float, penalty on the squared distance between the two hidden layers.

    Returns:
        Model as from `build_hard_sharing`.

    Source: Duong and others, "Low Resource Dependency Parsing" (2015).
    """
    features = keras.Input((NUM_FEATURES,))
    hidden = SoftPair(width, strength, name="pair")(features)
    heads = [layers.Dense(1, name=f"head_{task}") for task in "ab"]
    return keras.Model(features, [head(part) for head, part in zip(heads, hidden, strict=True)])


def build_cross_stitch(width, own=0.9, other=0.1):
    """Build two networks that mix their hidden layers by four learned numbers.

    Args:
        width: int, units of each hidden layer.
        own, other: floats, how much of its own and of the other layer a task gets at the start.

    Returns:
        Model as from `build_hard_sharing`.

    Source: Misra and others, "Cross-Stitch Networks for Multi-Task Learning" (2016).
    """
    features = keras.Input((NUM_FEATURES,))
    hidden = [
        layers.Dense(width, activation="tanh", name=f"trunk_{task}")(features) for task in "ab"
    ]
    mixed = CrossStitch(own, other, name="stitch")(hidden)
    heads = [layers.Dense(1, name=f"head_{task}") for task in "ab"]
    return keras.Model(features, [head(part) for head, part in zip(heads, mixed, strict=True)])


class SoftPair(layers.Layer):
    """Two hidden layers side by side with a penalty on the distance between their weights."""

    def __init__(self, width, strength, **layer_options):
        super().__init__(**layer_options)
        self.width, self.strength = width, strength
        self.pair = [layers.Dense(width, activation="tanh") for _ in range(2)]

    def build(self, input_shape):
        for layer in self.pair:
            layer.build(input_shape)
        self.pair[1].set_weights(self.pair[0].get_weights())  # the distance starts at 0

    def call(self, features):
        weights = zip(self.pair[0].weights, self.pair[1].weights, strict=True)
        distance = sum(keras.ops.sum(keras.ops.square(one - two)) for one, two in weights)
        self.add_loss(self.strength * distance)
        return [layer(features) for layer in self.pair]

    def get_config(self):
        return {**super().get_config(), "width": self.width, "strength": self.strength}


class CrossStitch(layers.Layer):
    """Give each of two tasks a mixture of both hidden layers."""

    def __init__(self, own=0.9, other=0.1, **layer_options):
        super().__init__(**layer_options)
        self.own, self.other = own, other

    def build(self, input_shapes):
        self.mixture = self.add_weight(shape=(2, 2), name="mixture")
        self.mixture.assign([[self.own, self.other], [self.other, self.own]])

    def call(self, hidden):
        return [
            row[0] * hidden[0] + row[1] * hidden[1] for row in (self.mixture[0], self.mixture[1])
        ]

    def get_config(self):
        return {**super().get_config(), "own": self.own, "other": self.other}
