"""Train a model and ask it: one compile and one fit for every model of ratings."""

import keras

from utils import require


def compile_model(model, loss, num_rows, epochs, batch_size, learning_rate, metrics=()):
    """Compile a model with Adam, the learning rate falling to 0 on a cosine over the training.

    Args:
        model: keras Model, changed in place.
        loss: name or function of a loss of keras.
        num_rows: int, rows of the training part.
        epochs, batch_size: ints.
        learning_rate: float, at the start.
        metrics: list of metrics of keras.
    """
    require.integers("[1, inf)", num_rows=num_rows, epochs=epochs, batch_size=batch_size)
    require.within("(0, inf)", learning_rate=learning_rate)
    num_steps = epochs * -(-num_rows // batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, num_steps)
    model.compile(
        optimizer=keras.optimizers.Adam(schedule),
        loss=loss,
        metrics=list(metrics),
        steps_per_execution=10,  # ten batches between two visits to Python: less waiting
    )


def fit(
    model,
    train,
    epochs=15,
    batch_size=1024,
    learning_rate=0.005,
    validation=None,
    target="rating",
    loss="mse",
):
    """Compile and train a model of (user, item) pairs.

    Args:
        model: Model that maps [user_index, item_index] to a prediction; trained in place.
        train: DataFrame with `user_index`, `item_index` and the target.
        epochs, batch_size, learning_rate: as in `compile_model`.
        validation: DataFrame like `train`, or None.
        target: str, the column to predict.
        loss: name or function of a loss of keras; with "mse" the history has the "rmse" as well.

    Returns:
        History of keras.
    """
    require.rows(f"user_index item_index {target}", train=train)
    require.rows(
        f"user_index item_index {target}", validation=train if validation is None else validation
    )
    require.rows_of(model, train, validation)
    require.integers("[1, inf)", epochs=epochs, batch_size=batch_size)
    metrics = [keras.metrics.RootMeanSquaredError(name="rmse")] if loss == "mse" else []
    compile_model(model, loss, len(train), epochs, batch_size, learning_rate, metrics)
    return model.fit(
        model_inputs(train),
        train[target].to_numpy("float32"),
        validation_data=None
        if validation is None
        else (model_inputs(validation), validation[target].to_numpy("float32")),
        batch_size=batch_size,
        epochs=epochs,
        verbose=0,
    )


def predict(model, rows):
    """Return the predictions of a model with one output for rows, array (num_rows,)."""
    require.rows_of(model, rows)
    require.outputs(1, model)
    return model.predict(model_inputs(rows), batch_size=8192, verbose=0).ravel()


def model_inputs(rows):
    """Return [user_index, item_index] of a table as int32 arrays, the inputs of every model."""
    require.rows("user_index item_index", rows=rows)
    return [rows["user_index"].to_numpy("int32"), rows["item_index"].to_numpy("int32")]
