"""The results of unit 09: a click log with known chances, and likes on MovieLens.

On the click log each seed draws a log of its own. The likes are those of unit 07: same rows, same
fields, and every model learns the stars given. Their simple baselines stand in its results.
"""

import functools
import time

import keras
import numpy as np

from utils import evaluation, likes, movielens, training
from utils.units.factorization_machines import heads
from utils.units.factorization_machines.fields import make_fields
from utils.units.factorization_machines.models import build_fm, cross_products
from utils.units.wide_and_deep import click_log, ensembles, models, settings
from utils.units.wide_and_deep.training import TwoOptimizers


def experiments():
    """Yield (settings, run) for every model of the click log, then for every model of likes."""
    for name in (*CLICKS, *APART, *TWO_OPTIMIZERS):
        run = functools.partial(measure_clicks, name)
        yield {"study": "clicks", "model": name}, run
    data = movielens.load("100k")
    train, test = (likes.add_likes(part) for part in evaluation.split_random(data.ratings))
    for name, build in LIKES.items():
        epochs = settings.LIKES_EPOCHS[name]
        run = functools.partial(measure_likes, build, epochs, data, train, test)
        yield {"study": "likes", "model": name}, run


def measure_clicks(name, seed):
    """Return how far a model is from the truth of a click log.

    Args:
        name: str, one of CLICKS, APART or TWO_OPTIMIZERS.
        seed: int, of the log and of the training.

    Returns:
        dict of floats: "all", "exceptions", "seen" and "unseen" from `click_log.judge`; "claimed",
        the mean probability predicted for exceptions; "weights", how many crosses have a weight
        beyond 0.01, if the model has crosses.
    """
    log = click_log.make_click_log(seed=seed)
    if name in APART:
        answers = [train_clicks(part, seed)[0] for part in ("wide", "deep")]
        predicted, counted = APART[name](*answers), {}
    else:
        predicted, counted = train_clicks(name, seed)
    grid = predicted.reshape(log.chances.shape)
    return {
        **click_log.judge(log, grid),
        "claimed": float(grid[log.is_exception].mean()),
        **counted,
    }


@functools.cache
def train_clicks(name, seed):
    """Train a model on the log of a seed, and ask it.

    Args:
        name: str, one of CLICKS or TWO_OPTIMIZERS.
        seed: int.

    Returns:
        (predicted, counted): array (num_pairs,) of probabilities; "weights" as in
        `measure_clicks`, a dict.
    """
    keras.utils.set_random_seed(seed)
    log = click_log.make_click_log(seed=seed)
    if name in TWO_OPTIMIZERS:
        model = compile_two_optimizers(TWO_OPTIMIZERS[name])
        fit_two_optimizers(model, log.train)
    else:
        model = build_clicks(name)
        fit_clicks(model, log.train)
    return training.predict(model, click_log.all_pairs(log)), count_crosses(model)


def build_clicks(name):
    """Return a model of clicks, untrained.

    Args:
        name: str, one of CLICKS.
    """
    fields = click_log.make_click_fields()
    crosses = [[tuple(fields)]] if name in settings.WITH_CROSSES else []
    return CLICKS[name](fields, *crosses, keras.ops.sigmoid, **settings.CLICKS[name])


def fit_clicks(model, train):
    """Train a model of clicks with one Adam, in place."""
    training.fit(model, train, **settings.FIT_CLICKS, target="clicked", loss="binary_crossentropy")


def compile_two_optimizers(ftrl):
    """Return a wide & deep model with FTRL for its wide part and AdaGrad for the rest.

    Args:
        ftrl: dict, options of FTRL; it has the penalty on crosses, in place of the model.
    """
    model = build_clicks("wide + deep, no L1")
    model = TwoOptimizers(model.inputs, model.outputs, keras.optimizers.Ftrl(**ftrl))
    adagrad = keras.optimizers.Adagrad(**settings.ADAGRAD)
    model.compile(adagrad, "binary_crossentropy", steps_per_execution=10)
    return model


def fit_two_optimizers(model, train):
    """Train a compiled model of clicks for as many epochs as the others, in place."""
    model.fit(
        training.model_inputs(train),
        train["clicked"].to_numpy("float32"),
        batch_size=settings.FIT_CLICKS["batch_size"],
        epochs=settings.FIT_CLICKS["epochs"],
        verbose=0,
    )


def count_crosses(model):
    """Return how many crosses have a weight beyond 0.01, a dict; empty if there are none."""
    tables = [layer.get_weights()[0] for layer in model.layers if layer.name.endswith("_cross")]
    return {"weights": float(np.sum(np.abs(tables) > 0.01))} if tables else {}


def measure_likes(build, epochs, data, train, test, seed):
    """Return the errors of a model of likes that learned stars, and what it cost.

    Args:
        build: function from a dict of Fields by name to a Model.
        epochs: int.
        data: MovieLens.
        train, test: DataFrames with the column `liked`.
        seed: int; set for all libraries by the caller.

    Returns:
        dict of floats: what `likes.like_metrics` says; "seconds" on the clock,
        "processor_seconds", and "parameters".
    """
    started = time.perf_counter(), time.process_time()
    model = build({field.name: field for field in make_fields(data, train)})
    classes = train.assign(star_class=train["rating"] - 1)
    loss = "sparse_categorical_crossentropy"
    training.fit(model, classes, epochs=epochs, target="star_class", loss=loss)
    predicted = heads.like_probability(heads.predict_given(model, test))
    return {
        "seconds": time.perf_counter() - started[0],
        "processor_seconds": time.process_time() - started[1],
        "parameters": sum(int(np.prod(weight.shape)) for weight in model.trainable_weights),
        **likes.like_metrics(test, predicted),
    }


def _likes_model(builder, name, across=False, crosses=False):
    """Return a function from fields to a model of stars given, with the settings of a name."""

    def build(fields):
        options = dict(settings.LIKES[name])
        if across:
            of_user = [field.index == "user_index" for field in fields.values()]
            options["products"] = functools.partial(cross_products, of_user=of_user)
        pairs = [[(fields[a], fields[b]) for a, b in settings.LIKES_CROSSES]] if crosses else []
        return builder(list(fields.values()), *pairs, heads.to_stars_given, **options)

    return build


CLICKS = {
    "wide": models.build_wide,
    "deep": models.build_deep,
    "wide + deep": models.build_wide_and_deep,
    "wide + deep, no L1": models.build_wide_and_deep,
    "average": models.build_average,
    "FM": build_fm,
    "DeepFM": models.build_deepfm,
    "DCN": models.build_dcn,
}
APART = {"apart, averaged": ensembles.average, "apart, summed": ensembles.sum_logits}
TWO_OPTIMIZERS = {
    "two optimizers": settings.FTRL,
    "two optimizers, no L1": {**settings.FTRL, "l1_regularization_strength": 0.0},
}
LIKES = {
    "wide": _likes_model(models.build_wide, "wide", crosses=True),
    "deep": _likes_model(models.build_deep, "deep"),
    "wide + deep": _likes_model(models.build_wide_and_deep, "wide + deep", crosses=True),
    "DCN": _likes_model(models.build_dcn, "DCN"),
    "DeepFM, pairs across": _likes_model(models.build_deepfm, "DeepFM, pairs across", across=True),
}
