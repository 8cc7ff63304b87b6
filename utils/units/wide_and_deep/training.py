"""Two optimizers in one training step: FTRL for the wide part, AdaGrad for the deep part."""

import keras

from utils import require

WIDE_LAYERS = ("_biases", "_cross")  # how the names of layers of the wide part end


class TwoOptimizers(keras.Model):
    """A model whose wide part has an optimizer of its own; `compile` names that of the rest.

        model = TwoOptimizers(model.inputs, model.outputs, keras.optimizers.Ftrl(0.1))
        model.compile(keras.optimizers.Adagrad(0.1), "binary_crossentropy")

    Args:
        inputs, outputs: those of a Functional model of this unit.
        wide_optimizer: Optimizer of the variables of the wide part.

    Source: Cheng and others, "Wide & Deep Learning for Recommender Systems" (2016), section 3.3.
    """

    def __init__(self, inputs, outputs, wide_optimizer):
        super().__init__(inputs, outputs)
        self.wide_optimizer = wide_optimizer
        self.wide_variables, self.deep_variables = split_variables(self)
        self.wide_optimizer.build(self.wide_variables)

    def train_step(self, data):
        """Take one step of each optimizer on a batch; return the metrics so far, a dict."""
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        variables = [*self.wide_variables, *self.deep_variables]
        loss, gradients, y_pred = loss_gradients(self, x, y, sample_weight, variables)
        num_wide = len(self.wide_variables)
        self.wide_optimizer.apply(gradients[:num_wide], self.wide_variables)
        self.optimizer.apply(gradients[num_wide:], self.deep_variables)
        self.metrics[0].update_state(loss)
        return self.compute_metrics(x, y, y_pred, sample_weight)


def split_variables(model):
    """Return the variables that a model learns in its wide part, and all others.

    Args:
        model: Model, from one of the builders of this unit.

    Returns:
        (wide, deep): lists of variables. Wide are biases and crosses.

    Raises:
        ValueError: if a part has none.
    """
    is_wide = {
        id(variable)
        for layer in model.layers
        if layer.name.endswith(WIDE_LAYERS)
        for variable in layer.trainable_variables
    }
    wide = [variable for variable in model.trainable_variables if id(variable) in is_wide]
    deep = [variable for variable in model.trainable_variables if id(variable) not in is_wide]
    require.integers("[1, inf)", num_wide_variables=len(wide), num_deep_variables=len(deep))
    return wide, deep


def loss_gradients(model, x, y, sample_weight, variables):
    """Return the loss of a batch, its gradient by each variable, and the predictions.

    It speaks TensorFlow; whoever trains with another backend of Keras changes this function alone.

    Args:
        model: Model, compiled with a loss.
        x, y, sample_weight: a batch, as `train_step` unpacks it.
        variables: list of variables of the model.

    Returns:
        (loss, gradients, y_pred): tensor (), list of tensors, tensor (batch, num_outputs).
    """
    import tensorflow

    with tensorflow.GradientTape() as tape:
        y_pred = model(x, training=True)
        loss = model.compute_loss(x, y, y_pred, sample_weight, training=True)
    gradients = tape.gradient(loss, [variable.value for variable in variables])
    return loss, gradients, y_pred
