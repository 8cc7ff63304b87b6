"""Train a rating model and ask it: the same few lines for every model of explicit ratings."""

import keras


def fit(model, train, epochs=15, batch_size=1024, learning_rate=0.005, validation=None):
    """Compile and train a rating model with Adam, the learning rate falling to 0 on a cosine.

    Args:
        model: Model that maps [user_index, item_index] to a rating; trained in place.
        train: DataFrame with `user_index`, `item_index` and `rating`.
        epochs, batch_size: ints.
        learning_rate: float, at the start.
        validation: DataFrame like `train`, or None.

    Returns:
        History of keras.
    """
    num_steps = epochs * -(-len(train) // batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, num_steps)
    model.compile(
        optimizer=keras.optimizers.Adam(schedule),
        loss="mse",
        metrics=[keras.metrics.RootMeanSquaredError(name="rmse")],
        steps_per_execution=10,  # ten batches between two visits to Python: less waiting
    )
    return model.fit(
        model_inputs(train),
        train["rating"].to_numpy("float32"),
        validation_data=None
        if validation is None
        else (model_inputs(validation), validation["rating"].to_numpy("float32")),
        batch_size=batch_size,
        epochs=epochs,
        verbose=0,
    )


def predict(model, rows):
    """Return the predicted ratings of rows, array (num_rows,), in stars, not clipped."""
    return model.predict(model_inputs(rows), batch_size=8192, verbose=0).ravel()


def model_inputs(rows):
    """Return [user_index, item_index] of a table as int32 arrays, the inputs of every model."""
    return [rows["user_index"].to_numpy("int32"), rows["item_index"].to_numpy("int32")]
