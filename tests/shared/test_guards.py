"""No helper answers nonsense with a plausible number: every argument of each is spoiled in turn.

A call that is right is written down once for each public function. From it come the wrong ones: a
NaN among the numbers, an index of -1, a column where a row should be, zeros and ones for True and
False. Each has to end in an error of the course's own, which begins with what is wrong; or, where
only the type has changed, in the same result.
"""

import functools
import importlib
import inspect
import pkgutil
import types
import warnings
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from utils import (
    baselines,
    evaluation,
    feed,
    likes,
    metadata,
    recommendation,
    require,
    results,
    training,
    units,
)
from utils.blocks import column_sum, fixed_table, table, to_score, to_stars
from utils.feed import behavior, serving, truth, world
from utils.units import dropout
from utils.units import matrix_factorization as mf
from utils.units.deep_recsys import fold_in, models, star_classes
from utils.units.embeddings import models as embedding_models
from utils.units.embeddings import symbols
from utils.units.factorization_machines import fields as fm_fields
from utils.units.factorization_machines import heads as fm_heads
from utils.units.factorization_machines import models as fm_models
from utils.units.factorization_machines import pairs as fm_pairs
from utils.units.item2vec import graph, reading, sequences, side_info, skip_gram, transfer
from utils.units.item2vec import models as vector_models
from utils.units.multitask_heads import (
    balance,
    balanced_models,
    datasets,
    fitting,
    gradients,
    pair,
    sharing,
    three_heads,
)
from utils.units.neighborhood import estimates, integrated, learned_weights, neighbors
from utils.units.projection import datasets as points
from utils.units.projection import pca, quality, tsne
from utils.units.similarity import item_vectors, measures
from utils.units.triplet_loss import fitting as likes_fitting
from utils.units.triplet_loss import losses, sampling
from utils.units.triplet_loss import models as ranking_models
from utils.units.wide_and_deep import click_log, crosses, decisions, ensembles
from utils.units.wide_and_deep import models as wide_models
from utils.units.wide_and_deep import training as wide_training

COURSE = Path(require.__file__).parents[2]
SHARED = [
    *(baselines, evaluation, likes, metadata, recommendation, results, training),
    *(feed, behavior, serving, truth, world),
]
USERS, ITEMS = 4, 5


def draw(*shape):
    return np.random.default_rng(0).normal(size=shape)


def ratings(**columns):
    place = np.arange(12)
    return pd.DataFrame(
        {
            "user_index": place % USERS,
            "item_index": place % ITEMS,
            "rating": 1.0 + place % 5,
            "timestamp": 100 + place,
            **columns,
        }
    )


def rated():
    return ratings().drop(columns="timestamp")


def films():
    return pd.DataFrame(
        {
            "item_index": range(ITEMS),
            "item_id": range(10, 10 + ITEMS),
            "title": list("ABCDE"),
            "year": pd.array([1950, 1972, 1995, 1996, None], dtype="Int64"),
            "genres": [("Drama",), ("Drama", "War"), (), ("War",), ("Comedy",)],
        }
    )


def people():
    return pd.DataFrame(
        {"age": [20, 30, 70], "sex": ["F", "M", "F"], "occupation": ["none", "artist", "none"]}
    )


def liked():
    return np.arange(USERS * ITEMS).reshape(USERS, ITEMS) % 3 == 0


def chances(num_rows=3):
    return np.array([[0.1, 0.2, 0.3, 0.3, 0.1], [0.0, 0.0, 0.0, 0.5, 0.5], [1, 0, 0, 0, 0]])[
        :num_rows
    ]


@functools.cache
def joint():
    return tsne.joint_probabilities(draw(6, 3), 2.5)


def tables():
    return fold_in.Tables(draw(ITEMS, 3), draw(ITEMS), draw(ITEMS + 2, 3), draw(ITEMS + 2), 0.3)


def noisy_rows(num_rows=8):
    labels = np.arange(num_rows) % 2.0
    return dropout.Rows(draw(num_rows, 20), labels, np.roll(labels, 1))


def task_rows(num_rows=8):
    known = {"a": np.ones(num_rows), "b": np.ones(num_rows)}
    return datasets.Rows(draw(num_rows, 20), {t: draw(num_rows, 1) for t in "ab"}, known)


def examples():
    numbers = np.arange(12)
    return ratings(
        stars=1.0 + numbers % 5,
        liked=numbers % 2.0,
        watch=numbers % 2.0,
        told=np.ones(12),
    )


def biases():
    return baselines.Biases(3.5, draw(USERS), draw(ITEMS))


@functools.cache
def score_input():
    return keras.Input((1,))


@functools.cache
def trained():
    return mf.build_biased_model(USERS, ITEMS, 2, 3.5)


@functools.cache
def hybrid():
    return models.build_hybrid_model(draw(USERS, 7), draw(ITEMS, 2), 3, 3.5, 0.1, 0.1, 0.1, 0.1)


@functools.cache
def three():
    return three_heads.build_shared_heads(USERS, ITEMS, 2, 3)


@functools.cache
def two():
    return pair.compile_pair(sharing.build_hard_sharing(2))


def best_of(model, tasks):
    return dict.fromkeys(tasks, model.get_weights())


def grad_norm():
    model = two()
    return [model.inputs, model.output, 0.2, 0.1]


@functools.cache
def classifier():
    return star_classes.build_star_classifier(draw(USERS, 7), draw(ITEMS, 2), 3, 0.1, 0.1, 0.1, 0.1)


@functools.cache
def index_input():
    return keras.Input((), dtype="int32")


@functools.cache
def answering():
    return fm_models.build_fm(fields(), fm_heads.to_stars_given, 2, 0.1, 0.1, 0.1, 0.1)


@functools.cache
def mf_inputs():
    return list(trained().inputs)


@functools.cache
def ranking():
    return ranking_models.build_ranking_model(*SIZES, 0.1)


@functools.cache
def means():
    return ranking_models.build_mean_model(ITEMS, 2, 0.1)


@functools.cache
def network():
    return dropout.build_classifier(4)


def fields():
    return [
        fm_fields.Field("user", "user_index", USERS, None),
        fm_fields.Field("genre", "item_index", ITEMS, draw(ITEMS, 3)),
    ]


def movies():
    return types.SimpleNamespace(
        users=pd.concat([people(), people()[:1]]),
        items=films(),
        num_users=USERS,
        num_items=ITEMS,
    )


def judged():
    return pd.DataFrame({"user_index": [0, 0, 1, 1], "liked": [1.0, 0, 1, 0]})


def fitted():
    """A call of `relative_errors` and of `measure` needs a model and weights that fit it."""
    model = two()
    return [model, best_of(model, "ab"), task_rows()]


def measured():
    model = three()
    return [model, best_of(model, datasets.TASKS), ratings()[:6], ratings()[6:], USERS, ITEMS]


@functools.cache
def similarities():
    values = draw(ITEMS, ITEMS)
    return np.abs(values + values.T)


def rest():
    """Return (residuals, met) of half of the cells."""
    return draw(USERS, ITEMS) * liked(), liked().astype(float)


def near():
    films = np.array([[1, 2], [0, 4], [3, 0], [2, 1], [1, 3]])
    return learned_weights.Neighbors(films, draw(ITEMS, 2), *rest())


@functools.cache
def around():
    return learned_weights.build_neighborhood_model(biases(), near(), 0.1, 0.1)


def crossed():
    """Return fields, crosses of them, and a head: what the builders of unit 09 begin with."""
    return [fields(), [fields()], fm_heads.to_like]


@functools.cache
def wide_and_deep():
    return wide_models.build_wide_and_deep(*crossed(), 9, 2, [3], 0.1, 0.1, 0.1, 0.1, 0.1)


@functools.cache
def clicks():
    return click_log.make_click_log(50, 20)


def two_optimizers():
    model = wide_and_deep()
    return [model.inputs, model.outputs, keras.optimizers.SGD(0.1)]


@functools.cache
def small_feed():
    return feed.make_world(feed.Settings(num_users=USERS, num_videos=ITEMS, page_size=2))


@functools.cache
def sampled():
    return vector_models.build_skip_gram(ITEMS, 2)


@functools.cache
def full():
    return vector_models.build_full_skip_gram(ITEMS, 2)


@functools.cache
def of_sides():
    return side_info.build_side_model({"genre": draw(ITEMS, 3)}, 2, side_info.FieldMean())


@functools.cache
def told():
    return transfer.build_classifier(draw(ITEMS, 2), True)


GENERATOR = np.random.default_rng
WALKS = [np.array([1, 2, 0]), np.array([4, 3])]
STEPS = np.array([[0, 1], [2, 3], [4, 0]])
SIZES = [USERS, ITEMS, 2]
ROWS = [draw(USERS, 2), draw(ITEMS, 3)]
SCORES = draw(3, 4)
FIRST = np.eye(4)[[0, 0, 0]]
PAIRS = [ratings()[:6], ratings()[6:]]
STARS = ratings()["rating"].to_numpy()
LIKES, CLAIMED = np.array([1.0, 0, 1, 0]), np.array([0.7, 0.2, 0.6, 0.9])

# A right call of each public function: the function, and what makes its arguments anew.
CALLS = [
    (sequences.make_sequences, lambda: [ratings()]),
    (sequences.cut_sessions, lambda: [ratings(), 1.0]),
    (sequences.window_pairs, lambda: [np.array([1, 2, 0]), 2]),
    (sequences.count_pairs, lambda: [WALKS, ITEMS, 2]),
    (sequences.count_global, lambda: [[ratings()], ITEMS]),
    (sequences.thin_out, lambda: [WALKS, 0.1, GENERATOR(0)]),
    (skip_gram.pair_loss, lambda: [draw(3), draw(3), draw(2, 3)]),
    (skip_gram.pair_gradients, lambda: [draw(3), draw(3), draw(2, 3)]),
    (skip_gram.sigmoid, lambda: [draw(3)]),
    (skip_gram.negative_chances, lambda: [np.array([1.0, 0, 3]), 0.5]),
    (skip_gram.best_scores, lambda: [np.ones((5, 5)), chances()[0], 2]),
    (skip_gram.market_chances, lambda: [np.array([1.0, 0, 3]), np.array([0, 1, 1]), 0.5]),
    (skip_gram.make_targets, lambda: [np.ones((5, 5)), chances()[0], 2]),
    (vector_models.build_skip_gram, lambda: [ITEMS, 2]),
    (vector_models.skip_gram_loss, lambda: [FIRST, SCORES]),
    (vector_models.build_full_skip_gram, lambda: [ITEMS, 2]),
    (vector_models.score_all_contexts, lambda: [score_input(), ITEMS]),
    (vector_models.expected_loss, lambda: [np.ones((3, 2, 4)), SCORES]),
    (vector_models.fit_sampled, lambda: [sampled(), STEPS, chances()[0], 2, 1, GENERATOR(0)]),
    (vector_models.fit_expected, lambda: [full(), np.ones((ITEMS, 2, ITEMS)), 1, 2, 0.1]),
    (vector_models.tables_of, lambda: [full()]),
    (reading.weigh_recent, lambda: [ratings(), USERS, ITEMS, 2, 5.0]),
    (reading.score_contexts, lambda: [draw(4, 5), draw(5, 2), draw(5, 2)]),
    (reading.score_cosines, lambda: [draw(4, 5), draw(5, 2)]),
    (graph.count_steps, lambda: [WALKS, ITEMS]),
    (graph.random_walk, lambda: [np.ones((3, 3)), 1, 4, GENERATOR(0)]),
    (graph.walk_from_all, lambda: [np.ones((3, 3)), 2, 4, GENERATOR(0)]),
    (side_info.describe_fields, lambda: [films()]),
    (side_info.find_markets, lambda: [films()]),
    (side_info.embed_fields, lambda: [index_input(), {"genre": draw(ITEMS, 3)}, ITEMS, 2]),
    (side_info.FieldAttention, lambda: [ITEMS]),
    (
        side_info.build_side_model,
        lambda: [{"genre": draw(ITEMS, 3)}, 2, side_info.FieldMean()],
    ),
    (side_info.hidden_vectors, lambda: [of_sides(), ITEMS]),
    (side_info.cold_vectors, lambda: [of_sides(), {"genre": draw(2, 3)}]),
    (transfer.describe_by_neighbors, lambda: [np.ones((3, 3))]),
    (transfer.build_classifier, lambda: [draw(ITEMS, 2), False]),
    (transfer.fit_labels, lambda: [told(), draw(4, ITEMS), LIKES, 1, 0.1]),
    (transfer.scale_for, lambda: [draw(4, ITEMS), draw(ITEMS, 2)]),
    (evaluation.split_random, lambda: [ratings(), 0]),
    (evaluation.split_temporal, lambda: [ratings()]),
    (evaluation.split_leave_one_out, lambda: [ratings(), 2]),
    (evaluation.split_cold, lambda: [ratings(), USERS, ITEMS, 0]),
    (evaluation.split_folds, lambda: [ratings(), 3]),
    (evaluation.rmse, lambda: [STARS, STARS + 1]),
    (evaluation.mae, lambda: [STARS, STARS + 1]),
    (evaluation.rating_metrics, lambda: [STARS, STARS + 1, 1.0, 5.0]),
    (evaluation.warm_and_cold_metrics, lambda: [*PAIRS, np.ones(6)]),
    (evaluation.interaction_matrix, lambda: [ratings(), USERS, ITEMS]),
    (evaluation.ranking_metrics, lambda: [draw(USERS, ITEMS), *PAIRS, 2]),
    (metadata.describe_users, lambda: [people()]),
    (metadata.describe_films, lambda: [films(), ratings()]),
    (training.compile_model, lambda: [trained(), "mse", 10, 2, 4, 0.1]),
    (training.fit, lambda: [trained(), rated(), 1, 8, 0.1, rated()]),
    (training.predict, lambda: [trained(), ratings()]),
    (training.model_inputs, lambda: [ratings()]),
    (baselines.fit_biases, lambda: [ratings(), USERS, ITEMS, 5.0, 3.0, 2]),
    (baselines.fit_item_means, lambda: [ratings(), USERS, ITEMS]),
    (baselines.predict_biases, lambda: [biases(), ratings()]),
    (baselines.popularity, lambda: [liked()]),
    (baselines.item_knn, lambda: [liked(), 2]),
    (baselines.ease, lambda: [liked(), 1.0]),
    (recommendation.multiply_tables, lambda: [trained()]),
    (recommendation.recommend, lambda: [draw(ITEMS), liked()[0], films(), 2]),
    (results.band, lambda: [draw(4)]),
    (table, lambda: [5, 2, "name", 0.1, 0.1]),
    (fixed_table, lambda: [draw(3, 2), "name"]),
    (column_sum, lambda: [2, "name", 0.1]),
    (to_stars, lambda: [draw(3)]),
    (to_score, lambda: [3.0]),
    (world.make_world, lambda: [None, 0]),
    (feed.simulate, lambda: [small_feed(), 3, draw(USERS, ITEMS), 3, 0, 0]),
    (serving.serve, lambda: [small_feed(), np.arange(3), draw(USERS, ITEMS), 3, 0]),
    (behavior.examination, lambda: [np.arange(1, 4), 0.7]),
    (behavior.describe_pairs, lambda: [small_feed(), np.arange(3), np.arange(3), 0]),
    (behavior.patience, lambda: [draw(3)]),
    (behavior.react, lambda: [small_feed(), np.arange(2), np.array([[0, 1], [2, 3]]), 0, 0]),
    (truth.expect, lambda: [small_feed(), 0]),
    # Unit 01
    (symbols.encode, lambda: [["a", "b"], {"a": 2}, 3]),
    (symbols.one_hot, lambda: [np.array([0, 2]), 3]),
    (symbols.look_up, lambda: [np.array([0, 2]), draw(3, 2)]),
    (symbols.mean_embedding, lambda: [np.array([[1, 2], [2, 0]]), draw(3, 2)]),
    (symbols.embedding_gradient, lambda: [np.array([0, 2]), draw(2, 3), 3]),
    (embedding_models.build_pair_model, lambda: [5, 2]),
    (embedding_models.build_rating_model, lambda: [*SIZES, 3.5]),
    (embedding_models.fit_rating_model, lambda: [trained(), rated()]),
    (embedding_models.best_direction, lambda: [draw(6, 2), draw(6)]),
    # Unit 02
    (measures.cosine_similarity, lambda: [draw(3), draw(3) + 1]),
    (measures.cosine_to_all, lambda: [draw(3), draw(4, 3)]),
    (measures.distance_from_cosine, lambda: [np.array([0.3, -0.5])]),
    (measures.normalize, lambda: [draw(4, 3)]),
    (measures.compare_all, lambda: [draw(4, 3)]),
    (measures.top_k_ids, lambda: [draw(5), np.arange(10, 15), 2, 10]),
    (measures.nearest_films, lambda: [10, draw(ITEMS, 3), films(), 2]),
    (measures.nearest_rows, lambda: [draw(5, 5), 2]),
    (item_vectors.build_penalized_model, lambda: [*SIZES, 3.5, 0.1, 0.1]),
    (item_vectors.train_item_vectors, lambda: [rated(), USERS, ITEMS, 0.1, 0.1]),
    # Unit 03
    (points.load_digits, lambda: [0]),
    (points.genre_for_color, lambda: [("Drama", "War")]),
    (points.make_groups, lambda: [[0.0, 3.0], [1.0, 2.0], 4, 0]),
    (pca.fit_pca, lambda: [draw(6, 3), 2]),
    (quality.neighbor_ranks, lambda: [draw(6, 2)]),
    (quality.trustworthiness, lambda: [draw(8, 3), draw(8, 2), 2]),
    (quality.distance_agreement, lambda: [draw(8, 3), draw(8, 2)]),
    (quality.same_label, lambda: [draw(8, 3), np.arange(8) % 2.0, 2]),
    (quality.label_chance, lambda: [np.arange(8) % 2.0]),
    (tsne.squared_distances, lambda: [draw(6, 2)]),
    (tsne.conditional_probabilities, lambda: [np.arange(1.0, 6), 0.5]),
    (tsne.perplexity, lambda: [chances()[0]]),
    (tsne.find_precision, lambda: [np.arange(1.0, 6), 2.5]),
    (tsne.joint_probabilities, lambda: [draw(6, 3), 2.5]),
    (tsne.map_probabilities, lambda: [draw(6, 2)]),
    (tsne.kl_divergence, lambda: [joint(), draw(6, 2)]),
    (tsne.gradient, lambda: [joint(), draw(6, 2)]),
    (tsne.descend, lambda: [joint(), draw(6, 2), 3, 4.0, 2, 10.0]),
    (tsne.fit_map, lambda: [draw(12, 3), 3.0, 0, "pca"]),
    # Unit 04
    (dropout.make_parts, lambda: [0]),
    (dropout.dropout, lambda: [draw(5), 0.5, GENERATOR(0)]),
    (dropout.build_classifier, lambda: [4, 0.5, 0.1]),
    (dropout.fit_classifier, lambda: [network(), noisy_rows(), noisy_rows()]),
    (dropout.early_stopping, lambda: [5]),
    (dropout.predict_once, lambda: [network(), draw(3, 20)]),
    (dropout.monte_carlo, lambda: [network(), draw(3, 20), 2]),
    (dropout.measure_quality, lambda: [np.array([0.2, 0.7, 0.4]), np.array([0.0, 1, 1])]),
    (dropout.share_learned_by_heart, lambda: [np.linspace(0, 1, 8), noisy_rows()]),
    # Unit 05
    (estimates.solve_biases, lambda: [ratings(), USERS, ITEMS, 2.0]),
    (estimates.build_bias_model, lambda: [USERS, ITEMS, 3.5, 0.1]),
    (estimates.penalized_sum, lambda: [biases(), rated(), 2.0]),
    (estimates.residual_matrix, lambda: [biases(), rated()]),
    (estimates.baseline_matrix, lambda: [biases()]),
    (neighbors.compare_films, lambda: [*rest()]),
    (neighbors.shrink, lambda: [draw(ITEMS, ITEMS), np.arange(25.0).reshape(5, 5), 3.0]),
    (neighbors.weigh_films, lambda: [*rest(), 3.0, 2.0]),
    (neighbors.predict_from_neighbors, lambda: [similarities(), *rest(), 2, 0.1]),
    (neighbors.explain, lambda: [similarities(), *rest(), 0, 0, 2, 0.1]),
    (neighbors.nearest_films, lambda: [similarities(), 2]),
    (learned_weights.find_neighbors, lambda: [*rest(), 3.0, 2, 1.0]),
    (learned_weights.neighborhood, lambda: [index_input(), index_input(), near(), 0.1]),
    (learned_weights.start_at, lambda: [draw(4), "name", 0.1]),
    (learned_weights.build_neighborhood_model, lambda: [biases(), near(), 0.1, 0.1]),
    (learned_weights.contributions, lambda: [around(), near(), 0, 0]),
    (learned_weights.weight_step, lambda: [draw(3), draw(3), draw(3), 0.4, 0.1, 0.1]),
    (integrated.scale_rows, lambda: [liked().astype(float)]),
    (
        integrated.factor_product,
        lambda: [index_input(), index_input(), liked().astype(float), 2, 0.1, 0.1, 0.1],
    ),
    (
        integrated.build_integrated_model,
        lambda: [biases(), near(), 0.1, 0.1, 2, 0.1, 0.1, 0.1],
    ),
    # Unit 06
    (mf.build_dot_model, lambda: [*SIZES]),
    (mf.build_biased_model, lambda: [*SIZES, 3.5]),
    (mf.whole_table, lambda: [5, 2, "name", 0.1]),
    (mf.build_table_penalized_model, lambda: [*SIZES, 3.5, 0.1]),
    (
        mf.build_svdpp_model,
        lambda: [draw(USERS, ITEMS), draw(ITEMS, USERS), 2, 3.5, 0.1, 0.1, 0.1, 0.1],
    ),
    (mf.make_bags, lambda: [ratings(), USERS, ITEMS]),
    (mf.sgd_step, lambda: [draw(3), draw(3), 0.1, 0.2, 4.0, 3.5, 0.1, 0.1]),
    (mf.als_step, lambda: [draw(USERS, ITEMS) * liked(), liked(), draw(ITEMS, 2), 0.1]),
    (mf.fit_als, lambda: [biases(), ratings(), 2, 0.1, 2, 0]),
    # Unit 07
    (likes.add_likes, lambda: [rated()]),
    (likes.auc, lambda: [LIKES.copy(), CLAIMED.copy()]),
    (likes.log_loss, lambda: [LIKES.copy(), CLAIMED.copy()]),
    (likes.user_auc, lambda: [judged(), CLAIMED.copy()]),
    (likes.calibrate, lambda: [LIKES.copy(), CLAIMED.copy(), 2]),
    (likes.like_metrics, lambda: [judged(), CLAIMED.copy()]),
    (fm_pairs.sum_all_pairs, lambda: [draw(4), draw(4, 2)]),
    (fm_pairs.pair_sum, lambda: [draw(4), draw(4, 2)]),
    (fm_pairs.pair_gradient, lambda: [draw(4), draw(4, 2)]),
    (fm_pairs.field_pair_sum, lambda: [draw(4), np.array([0, 1, 1, 0]), draw(4, 2, 3)]),
    (fm_pairs.count_parameters, lambda: [10, 3, 4]),
    (fm_fields.make_fields, lambda: [movies(), ratings(), ["user", "rated", "year"]]),
    (fm_fields.write_rows, lambda: [fields(), ratings()]),
    (fm_models.FactorizationMachine, lambda: [2]),
    (fm_models.read_row, lambda: [mf_inputs(), fields()[1]]),
    (fm_models.vector_of, lambda: [index_input(), fields()[0], 2, "name", 0.1, 0.1, 0.1]),
    (fm_models.embed_fields, lambda: [fields(), 2, 0.1, 0.1, 0.1]),
    (fm_models.build_fm, lambda: [fields(), fm_heads.to_like, 2, 0.1, 0.1, 0.1, 0.1]),
    (fm_models.build_ffm, lambda: [fields(), fm_heads.to_like, 2, 0.1, 0.1, 0.1, 0.1]),
    (fm_models.pair_products, lambda: [draw(3, 4, 2)]),
    (fm_models.cross_products, lambda: [draw(4, 3, 2), [True, False, True]]),
    (fm_heads.to_stars_given, lambda: [score_input()]),
    (fm_heads.mean_stars, lambda: [chances()]),
    (fm_heads.like_probability, lambda: [chances()]),
    (fm_heads.predict_given, lambda: [answering(), ratings()]),
    (fm_models.field_aware_products, lambda: [draw(3, 4, 4, 2)]),
    (fm_heads.to_like, lambda: [score_input()]),
    # Unit 08
    (models.build_mlp_model, lambda: [*SIZES, 3.5, 0.1, 0.1]),
    (models.build_mlp_with_metadata, lambda: [*ROWS, 2, 3.5, 0.1, 0.1]),
    (models.sum_columns, lambda: [index_input(), draw(5, 3), 2, "user", 0.1, 0.1, 0.1]),
    (models.score_pairs, lambda: [*ROWS, 2, 0.1, 0.1, 0.1, 0.1]),
    (models.build_hybrid_model, lambda: [*ROWS, 2, 3.5, 0.1, 0.1, 0.1, 0.1]),
    (models.build_mlp_on_sums, lambda: [*ROWS, 2, 3.5, 0.1, 0.1, 0.1]),
    (models.network, lambda: [[score_input(), score_input()], 3.5, 0.1]),
    (star_classes.to_probabilities, lambda: [score_input()]),
    (star_classes.build_star_classifier, lambda: [*ROWS, 2, 0.1, 0.1, 0.1, 0.1]),
    (star_classes.predict_probabilities, lambda: [classifier(), ratings()]),
    (star_classes.expected_stars, lambda: [chances()]),
    (star_classes.median_stars, lambda: [chances()]),
    (star_classes.claimed_spread, lambda: [chances()]),
    (star_classes.calibrate, lambda: [chances(), np.array([3.0, 5, 1]), 2]),
    (fold_in.read_tables, lambda: [hybrid(), 3.5]),
    (
        fold_in.predict_new_user,
        lambda: [tables(), np.array([0, 2]), np.array([5.0, 2]), np.array([1.0, 0]), 5.0],
    ),
    (
        fold_in.rate_and_recommend,
        lambda: [tables(), {"A": 5.0, "C": 2.0}, films(), np.array([1.0, 0]), 2],
    ),
    (fold_in.fit_own_numbers, lambda: [draw(4, 3), draw(4), np.array([5.0, 4, 1, 2]), 5.0]),
    # Unit 09
    (crosses.cross_index, lambda: [np.array([0, 3]), np.array([2, 2]), 7]),
    (crosses.count_collisions, lambda: [3, 4, 7]),
    (crosses.expected_collisions, lambda: [12, 7]),
    (crosses.columns_of, lambda: [mf_inputs(), fields()[1], "name"]),
    (crosses.cross_score, lambda: [mf_inputs(), *fields(), 7, 0.1]),
    (wide_models.wide_score, lambda: [mf_inputs(), score_input(), [fields()], 7, 0.1]),
    (wide_models.deep_score, lambda: [keras.Input((2, 3)), [4], 0.1]),
    (wide_models.build_wide, lambda: [*crossed(), 9, 0.1, 0.1, 0.1]),
    (wide_models.build_deep, lambda: [fields(), fm_heads.to_like, 2, [3], 0.1, 0.1, 0.1]),
    (
        wide_models.build_wide_and_deep,
        lambda: [*crossed(), 9, 2, [3], 0.1, 0.1, 0.1, 0.1, 0.1],
    ),
    (wide_models.build_average, lambda: [*crossed(), 9, 2, [3], 0.1, 0.1, 0.1, 0.1, 0.1]),
    (
        wide_models.build_deepfm,
        lambda: [fields(), fm_heads.to_like, 2, [3], 0.1, 0.1, 0.1, 0.1, 0.1],
    ),
    (wide_models.build_dcn, lambda: [fields(), fm_heads.to_like, 2, 2, [3], 0.1, 0.1, 0.1, 0.1]),
    (wide_models.CrossLayer, lambda: []),
    (wide_training.TwoOptimizers, two_optimizers),
    (wide_training.split_variables, lambda: [wide_and_deep()]),
    (click_log.make_click_log, lambda: [50, 20, 0]),
    (click_log.rule_chances, lambda: [GENERATOR(0)]),
    (
        click_log.choose_exceptions,
        lambda: [click_log.rule_chances(GENERATOR(0)), GENERATOR(1)],
    ),
    (click_log.make_click_fields, lambda: []),
    (click_log.all_pairs, lambda: [clicks()]),
    (click_log.excess_log_loss, lambda: [np.array([0.2, 0.9]), np.array([0.4, 0.8])]),
    (click_log.judge, lambda: [clicks(), np.full(clicks().chances.shape, 0.3)]),
    (ensembles.average, lambda: [np.array([0.2, 0.9]), np.array([0.4, 0.8])]),
    (ensembles.sum_logits, lambda: [np.array([0.2, 0.9]), np.array([0.4, 0.8])]),
    (decisions.best_threshold, lambda: [1.0, 3.0]),
    (decisions.threshold_costs, lambda: [LIKES.copy(), CLAIMED.copy(), 1.0, 3.0]),
    # Unit 10
    (losses.triplet_hinge, lambda: [FIRST.copy(), SCORES.copy(), 1.0]),
    (losses.bpr, lambda: [FIRST.copy(), SCORES.copy()]),
    (losses.build_warp, lambda: [9, 1.0]),
    (losses.sampled_softmax, lambda: [FIRST.copy(), SCORES.copy()]),
    (losses.softmax_of_likes, lambda: [FIRST.copy(), SCORES.copy()]),
    (ranking_models.build_ranking_model, lambda: [*SIZES, 0.1]),
    (ranking_models.build_deep_model, lambda: [*ROWS, 2, 3, 0.1, 0.1]),
    (ranking_models.build_mean_model, lambda: [5, 2, 0.1]),
    (ranking_models.score_all, lambda: [ranking(), USERS, ITEMS]),
    (
        sampling.draw_negatives,
        lambda: [np.array([0, 3, 2]), liked(), 2, GENERATOR(0), np.full(ITEMS, 1 / ITEMS)],
    ),
    (
        sampling.keep_hardest,
        lambda: [np.array([0, 3]), np.array([[0, 1], [4, 2]]), draw(USERS, ITEMS)],
    ),
    (
        likes_fitting.fit_with_negatives,
        lambda: [
            ranking(),
            losses.bpr,
            liked(),
            lambda users: np.ones((len(users), 2), int),
            1,
            8,
            0.01,
        ],
    ),
    (
        likes_fitting.fit_mean_model,
        lambda: [means(), liked(), 1, 4, 0.01],
    ),
    # Unit 14
    (balance.cosine, lambda: [draw(3), draw(3) + 1]),
    (balance.mean_cosine, lambda: [draw(3, 4)]),
    (balance.uncertainty_loss, lambda: [np.array([1.0, 2]), np.array([0.1, 0.2])]),
    (balance.dwa_weights, lambda: [np.array([1.0, 2]), np.array([1.5, 2]), 2.0]),
    (
        balance.gradnorm_targets,
        lambda: [np.array([1.0, 2]), np.array([1.5, 2]), np.array([3.0, 2]), 0.2],
    ),
    (balance.project_conflicts, lambda: [draw(2, 4)]),
    (balanced_models.GradNorm, grad_norm),
    (datasets.make_pair, lambda: [0.5, 60, 1.0, 0]),
    (
        datasets.make_movielens_rows,
        lambda: [ratings()[:3], ratings()[:4], USERS, ITEMS, 0.5, 0],
    ),
    (fitting.fit, lambda: [two(), task_rows(), task_rows(), 1, 8]),
    (pair.compile_pair, lambda: [sharing.build_hard_sharing(2), {"a": 0.5, "b": 1.5}]),
    (pair.fixed_weights, lambda: [0.3]),
    (pair.relative_errors, fitted),
    (sharing.build_hard_sharing, lambda: [3]),
    (sharing.build_single_tasks, lambda: [3]),
    (sharing.build_soft_sharing, lambda: [3, 0.1]),
    (sharing.build_cross_stitch, lambda: [3, 0.9, 0.1]),
    (sharing.SoftPair, lambda: [3, 0.1]),
    (sharing.CrossStitch, lambda: [0.9, 0.1]),
    (
        three_heads.trunk,
        lambda: ["name", index_input(), index_input(), USERS, ITEMS, 2, 3],
    ),
    (three_heads.head, lambda: ["stars", score_input(), index_input(), index_input(), *SIZES[:2]]),
    (three_heads.build_shared_heads, lambda: [*SIZES, 3]),
    (three_heads.build_separate_heads, lambda: [*SIZES, 3]),
    (three_heads.compile_heads, lambda: [three(), {"stars": 0.5}, "sum"]),
    (three_heads.to_rows, lambda: [examples()]),
    (three_heads.measure, measured),
    (
        three_heads.measure_scores,
        lambda: [np.ones(6), np.linspace(0, 1, 6), draw(USERS, ITEMS), *PAIRS],
    ),
]
# What has no number, no table and no size among its arguments; or is spoiled through another.
WITHOUT_NUMBERS = {
    "utils.results.load",
    "utils.results.load_comparison",
    "utils.results.mean_and_spread",
    "utils.blocks.index_inputs",
    "utils.units.dropout.compile_classifier",
    "utils.units.embeddings.symbols.build_vocabulary",
    "utils.units.multitask_heads.sharing.two_heads",
    "utils.units.multitask_heads.pair.repeat",
    "utils.units.projection.datasets.load_films",  # trains for a minute
    # Of tensors in the middle of a training step, from the functions above.
    *(f"{gradients.__name__}.{name}" for name in ("task_losses", "task_gradients")),
    *(f"{gradients.__name__}.{name}" for name in ("shared_weights", "as_variables")),
    f"{wide_training.__name__}.loss_gradients",
}


def public_functions():
    """Return the dotted names of all functions that compute something for a unit."""
    names = ["utils.blocks", *(module.__name__ for module in SHARED)]
    names += [found.name for found in pkgutil.walk_packages(units.__path__, "utils.units.")]
    return {
        f"{name}.{function}"
        for name in names
        for function, value in vars(importlib.import_module(name)).items()
        if inspect.isfunction(value) and value.__module__ == name and function[0] != "_"
    }


def name_of(function):
    return f"{function.__module__}.{function.__name__}"


def test_every_public_function_is_tried():
    tried = {name_of(function) for function, _ in CALLS}
    assert public_functions() - tried - WITHOUT_NUMBERS == set()


def spoiled(value, is_alone):
    """Yield (kind, wrong value) for every way to spoil an argument; nested ones one by one."""
    if isinstance(value, pd.DataFrame):
        yield from spoiled_table(value)
    elif isinstance(value, np.ndarray):
        yield from spoiled_array(value, is_alone)
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        for field in value._fields:
            for kind, wrong in spoiled(getattr(value, field), is_alone=False):
                yield f"{field}: {kind}", value._replace(**{field: wrong})
    elif isinstance(value, dict):
        for key in value:
            for kind, wrong in spoiled(value[key], is_alone):
                yield f"{key}: {kind}", {**value, key: wrong}
    elif isinstance(value, list) and all(isinstance(entry, float) for entry in value):
        yield "NaN", [*value[:-1], np.nan]
    elif isinstance(value, int):
        yield from {"-1": -1, "2.5": 2.5, "text": "3", "None": None, "NaN": np.nan}.items()
        if value:
            yield "0", 0
        yield "numpy integer", np.int64(value)
    elif isinstance(value, float):
        yield from {"NaN": np.nan, "infinity": np.inf, "text": "1", "-1": -1.0}.items()
        yield "numpy float", np.float64(value)


def spoiled_table(table):
    first = table.index == table.index[0]
    for column in table:
        yield f"no {column}", table.drop(columns=column)
        values = table[column]
        if not pd.api.types.is_numeric_dtype(values):
            continue
        yield f"NaN in {column}", table.assign(**{column: values.astype(float).mask(first)})
        if column.endswith("_index"):
            yield f"-1 in {column}", table.assign(**{column: values.mask(first, -1)})
            yield f"float {column}", table.assign(**{column: values + 0.5})
            yield f"huge {column}", table.assign(**{column: values.mask(first, 10**6)})


def spoiled_array(array, is_alone):
    yield "column", array[..., np.newaxis]
    if not is_alone:
        yield "shorter", array[:-1]
    if array.dtype == bool:
        yield "zeros and ones", array.astype(int)
        return
    for wrong in (-1, 10**6) if array.dtype.kind == "i" else (np.nan, np.inf):
        changed = array.copy()
        changed.flat[-1] = wrong
        yield str(wrong), changed
    if array.dtype.kind == "i":
        yield "float ids", array + 0.5
    else:
        yield "object", array.astype(object)
        yield "list", array.tolist()


def attempts(function, make):
    """Yield (what was spoiled, `answer`) for every argument of a call and every way to spoil it."""
    names = list(inspect.signature(function).parameters)
    given = make()
    counts = [len(value) for value in given if isinstance(value, (np.ndarray, list))]
    for place, value in enumerate(given):
        is_alone = len(counts) < 2 or not isinstance(value, np.ndarray)
        unread = set()  # columns that the function does without: it cannot be wrong about them
        for kind, wrong in spoiled(value, is_alone or counts.count(len(value)) < 2):
            if kind.split()[-1] in unread:
                continue
            arguments = make()
            arguments[place] = wrong
            done = answer(function, arguments)
            if kind.startswith("no ") and done[1] is None:
                unread.add(kind.split()[-1])
            else:
                yield (names[place], kind), done


# What is right all the same: below zero, or no limit, or columns that only name something.
BELOW_ZERO = ["user_bias", "item_bias", "rating", "mean_rating", "own", "other", "scale_b", "error"]
RIGHT = {
    *((name, "-1") for name in [*BELOW_ZERO, "cosine", "lowest"]),
    *((name, "infinity") for name in ("user_shrinkage", "item_shrinkage")),
    *((name, "0") for name in ("num_steps", "exaggerated_steps", "patience")),
    ("biases", "mean: -1"),
    *(("biases", f"{field}: shorter") for field in ("user", "item")),  # says itself how many
    ("tables", "mean_score: -1"),
    ("labels", "inf"),  # a label is compared, never computed with
    ("ids", "float ids"),
    ("first", "1000000"),  # a hash takes every number
    *(("log", f"chances: {kind}") for kind in ("column", "shorter")),  # says itself how many
    *(("query_id", kind) for kind in ("-1", "0", "2.5", "text", "None", "NaN")),
    ("items", "NaN in year"),
    ("positions", "1000000"),  # of a very long page
    ("exponent", "-1"),
    ("start", "0"),
    *((name, "1000000") for name in ("sequence", "markets")),
    *(("likes", f"huge {name}") for name in ("user_index", "item_index")),
    # How many there are is not known to these.
    *(("positives", f"huge {name}") for name in ("user_index", "item_index")),
    *(("rows", f"huge {name}") for name in ("user_index", "item_index")),
    *(("test", f"huge {name}") for name in ("user_index", "item_index")),
    *(("examples", f"huge {name}") for name in ("user_index", "item_index")),
}
# A look-up reads no more rows than it is asked for.
RIGHT |= {("table", "nan"), ("table", "inf")}
# What Keras or numpy refuses loudly by itself.
LOUD = ("list", "object", "numpy integer")


@pytest.fixture(autouse=True)
def without_training(monkeypatch):
    """All that is looked at here happens before a training, or after it."""

    def fit(model, *_, callbacks=(), **options):
        for callback in callbacks:
            callback.set_model(model)
            callback.on_train_begin()
        return types.SimpleNamespace(history={"loss": [0.0]})

    def predict(model, inputs, **_):
        return keras.tree.map_structure(np.asarray, model(inputs))

    monkeypatch.setattr(keras.Model, "fit", fit)
    monkeypatch.setattr(keras.Model, "predict", predict)


@pytest.mark.parametrize(
    ("function", "make"), CALLS, ids=[name_of(function)[6:] for function, _ in CALLS]
)
def test_a_spoiled_argument_is_refused_or_harmless(function, make):
    right, error = answer(function, make())
    assert error is None, error
    silent, foreign = [], []
    for what, (got, error) in attempts(function, make):
        if error is None:
            if what not in RIGHT and not is_same(right, got):
                silent.append(what)
        elif not is_ours(*error) and not what[1].endswith(LOUD) and what not in RIGHT:
            foreign.append((*what, repr(error[0])))
    assert silent == []
    assert foreign == []


NARROW = {
    evaluation.ranking_metrics: 0,
    evaluation.rmse: 0,
    recommendation.recommend: 0,
    serving.serve: 2,
    behavior.patience: 0,
    measures.cosine_similarity: 0,
    measures.cosine_to_all: 1,
    measures.normalize: 0,
    measures.compare_all: 0,
    measures.top_k_ids: 0,
    measures.nearest_rows: 0,
    measures.nearest_films: 1,
    pca.fit_pca: 0,
    quality.trustworthiness: 0,
    tsne.squared_distances: 0,
    fm_pairs.sum_all_pairs: 1,
    fm_pairs.pair_sum: 1,
    fm_pairs.pair_gradient: 0,
    fm_pairs.field_pair_sum: 2,
    fm_models.pair_products: 0,
    fm_models.field_aware_products: 0,
    tsne.conditional_probabilities: 0,
    mf.sgd_step: 0,
    neighbors.compare_films: 0,
    neighbors.predict_from_neighbors: 1,
    learned_weights.weight_step: 2,
    mf.als_step: 2,
    balance.cosine: 0,
    balance.mean_cosine: 0,
    balance.project_conflicts: 0,
    losses.triplet_hinge: 1,
    losses.bpr: 1,
    losses.sampled_softmax: 1,
    to_stars: 0,
    symbols.mean_embedding: 1,
    sampling.keep_hardest: 2,
    dropout.dropout: 0,
}


@pytest.mark.parametrize("kind", ["bool", "int8", "uint8", "float16"])
@pytest.mark.parametrize(
    ("function", "place"), NARROW.items(), ids=[name_of(function)[6:] for function in NARROW]
)
def test_numbers_of_few_bits_are_computed_in_many_or_refused(function, place, kind):
    make = dict(CALLS)[function]
    numbers = np.abs(37 * np.arange(make()[place].size) + 50) % 120
    numbers = (numbers > 60 if kind == "bool" else numbers).reshape(make()[place].shape)
    answers = []
    for narrow in (True, False):
        arguments = make()
        arguments[place] = numbers.astype(kind) if narrow else numbers.astype(float)
        answers.append(answer(function, arguments))
    (got, error), (right, _) = answers
    assert is_ours(*error) if error else is_same(right, got)


def answer(function, arguments):
    """Return (what came back, None) or (None, the error and the file that raised it)."""
    keras.utils.set_random_seed(0)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            return function(*arguments), None
    except Exception as error:
        place = error.__traceback__
        while place.tb_next:
            place = place.tb_next
        return None, (error, Path(place.tb_frame.f_code.co_filename))


def is_ours(error, file):
    is_of_course = COURSE in file.parents and "site-packages" not in file.parts
    return isinstance(error, (ValueError, TypeError)) and is_of_course


def is_same(one, other):
    """Tell whether two answers hold the same numbers; of two models it looks at the size alone."""
    if isinstance(one, keras.Model):
        return one.count_params() == other.count_params()
    if isinstance(one, pd.DataFrame):
        return one.shape == other.shape and all(map(is_same, one.to_numpy().T, other.to_numpy().T))
    if isinstance(one, dict):
        return all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, (tuple, list)):
        return all(map(is_same, one, other))
    if isinstance(one, (str, keras.KerasTensor)) or not hasattr(one, "__array__"):
        return one == other if isinstance(one, float) else True
    one, other = np.ravel(one), np.ravel(other)
    if one.dtype.kind == "O":
        return one.shape == other.shape and all(pd.isna(one) & pd.isna(other) | (one == other))
    rtol = 0.02 if "float16" in (one.dtype.name, other.dtype.name) else 1e-5
    return one.shape == other.shape and np.allclose(one, other, rtol, equal_nan=True)
