"""The store of embeddings: nothing is lost, nothing is half, and every refusal says why."""

import sqlite3
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from utils.embedding_store import (
    EmbeddingStore,
    StoreError,
    align,
    hash_rows,
    rotation_between,
    store,
)

IDS = ["Alien", "Babe", "Casablanca"]
VECTORS = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 2.0]], dtype="float32")
ABOUT = {"metric": "cosine", "data_hash": "0123"}


@pytest.fixture
def films(tmp_path):
    """A store with one version of one table."""
    films = EmbeddingStore(tmp_path / "films.db")
    films.publish("films", IDS, VECTORS, **ABOUT)
    return films


def start(code, *arguments):
    """Start another Python with a program that has `store` open."""
    program = (
        "import sys, numpy as np\nfrom utils.embedding_store import *\n"
        "store = EmbeddingStore(sys.argv[1])\n" + code
    )
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_what_is_read_is_what_was_published(films):
    table = films.read("films")
    assert table.ids == tuple(IDS) and table.version == 1 and table.dim == 2
    assert table.metric == "cosine" and table.data_hash == "0123"
    np.testing.assert_array_equal(table.vectors[1:], VECTORS)
    np.testing.assert_allclose(table.vectors[0], VECTORS.mean(axis=0), rtol=1e-6)
    assert table.vectors.dtype == np.float32


@pytest.mark.parametrize("dtype", store.DTYPES)
def test_each_dtype_comes_back_to_the_last_bit(films, dtype):
    numbers = np.random.default_rng(0).normal(size=(3, 4)).astype(dtype)
    films.publish(dtype, IDS, numbers, unknown=np.zeros(4), **ABOUT)
    back = films.read(dtype).vectors
    assert back.dtype == dtype
    np.testing.assert_array_equal(back, np.vstack([np.zeros(4, dtype), numbers]))


def test_versions_stand_side_by_side(films):
    assert films.publish("films", IDS[:2], 2 * VECTORS[:2], **ABOUT) == 2
    assert films.publish("users", ["7"], VECTORS[:1], **ABOUT) == 1
    assert films.read("films").version == 2
    np.testing.assert_array_equal(films.read("films", 1).vectors[1:], VECTORS)
    found = films.versions()
    assert found[["name", "version", "num_ids"]].to_numpy().tolist() == [
        ["films", 1, 3],
        ["films", 2, 2],
        ["users", 1, 1],
    ]
    assert films.versions("users")["dim"].tolist() == [2]


def test_a_published_version_never_changes(films):
    table = films.read("films")
    with pytest.raises(ValueError, match="read-only"):
        table.vectors[0] = 0
    database = sqlite3.connect(films.path)
    for change in ("UPDATE vectors SET id = 'x'", "DELETE FROM tables"):
        with pytest.raises(sqlite3.Error, match="never changes"):
            database.execute(change)
    database.close()
    np.testing.assert_array_equal(films.read("films").vectors, table.vectors)


def test_an_embedding_layer_reads_row_zero_for_unknown_ids(films):
    table = films.read("films")
    assert table.rows_of(["Babe", "a film of next year", "Alien"]).tolist() == [2, 0, 1]
    assert table.rows_of([]).tolist() == []


def test_an_unknown_id_is_named(films):
    with pytest.raises(ValueError, match="'films', version 1, received 'Brazil'; it holds 3 ids"):
        films.read("films").look_up(["Babe", "Brazil"])


@pytest.mark.parametrize(
    ("metric", "expected"), [("cosine", "Babe"), ("dot", "Casablanca"), ("euclidean", "Babe")]
)
def test_nearest_by_the_metric_of_the_table(films, metric, expected):
    vectors = np.array([[1.0, 1.0], [0.9, 0.8], [2.0, 0.5]])
    films.publish(metric, IDS, vectors, metric=metric, data_hash="0")
    near = films.read(metric).nearest("Alien", k=2)
    assert near["id"].iloc[0] == expected
    assert "Alien" not in near["id"].tolist() and len(near) == 2


def test_scores_by_hand(films):
    near = films.read("films").nearest_to(np.array([0.0, 3.0]), k=2)
    assert near["id"].tolist() == ["Casablanca", "Babe"]
    np.testing.assert_allclose(near["score"], [1, 0.1 / np.hypot(0.9, 0.1)], rtol=1e-6)


def test_a_vector_of_zeros_is_near_to_nothing(films):
    films.publish("zeros", IDS, np.zeros((3, 2)), **ABOUT)
    assert films.read("zeros").nearest("Alien")["score"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"vectors": VECTORS[:, :1]}, "vectors must have 2 numbers each, as version 1 of 'films'"),
        ({"vectors": VECTORS[:2]}, "ids and vectors must have the same length, received 3 and 2"),
        ({"vectors": VECTORS[0]}, "vectors must have the shape"),
        ({"vectors": VECTORS * np.nan}, "vectors must be finite"),
        ({"vectors": VECTORS.astype(int)}, "dtype must be one of"),
        ({"ids": ["Alien", "Babe", "Alien"]}, "each entry once, received Alien again"),
        ({"ids": [1, 2, 3]}, "ids must be entries of the kind str"),
        ({"ids": ["", "a", "b"]}, "ids must not be empty"),
        ({"metric": "closeness"}, "metric must be one of"),
        ({"name": ""}, "name must be a text that is not empty"),
        ({"data_hash": None}, "data_hash must be a text that is not empty"),
        ({"unknown": np.zeros(3)}, "unknown must have 2 numbers, received 3"),
    ],
    ids=str,
)
def test_bad_tables_are_refused_and_leave_no_trace(films, change, said):
    given = {"name": "films", "ids": IDS, "vectors": VECTORS, **ABOUT, **change}
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        films.publish(**given)
    assert len(films.versions()) == 1
    assert films.publish("films", IDS, VECTORS, **ABOUT) == 2


@pytest.mark.parametrize("wanted", [("movies", None), ("films", 2), ("films", 0)])
def test_a_table_that_is_not_there(films, wanted):
    with pytest.raises(ValueError, match=r"must be one of \[\('films', 1\)\], received"):
        films.read(*wanted)


def test_a_query_of_the_wrong_dimension(films):
    with pytest.raises(ValueError, match="vector must have 2 numbers, received 3"):
        films.read("films").nearest_to(np.ones(3))


def test_a_writer_killed_in_the_middle_leaves_the_old_version(films):
    writer = start(
        "ids = [str(i) for i in range(400_000)]\n"
        "store.publish('films', ids, np.ones((400_000, 2), 'float32'), metric='dot',"
        " data_hash='1')\nprint('published')",
        films.path,
    )
    log = films.path.with_name("films.db-wal")
    deadline = time.monotonic() + 60
    while not (log.exists() and log.stat().st_size > 3_000_000):
        assert writer.poll() is None and time.monotonic() < deadline, "it ended too soon"
        time.sleep(0.002)
    writer.kill()
    said, _ = writer.communicate()
    assert said == "", "it was through before it could be killed"
    again = EmbeddingStore(films.path)
    assert again.versions()["version"].tolist() == [1]
    np.testing.assert_array_equal(again.read("films").vectors[1:], VECTORS)
    assert again.publish("films", IDS, 3 * VECTORS, **ABOUT) == 2


def test_readers_never_see_half_a_version(tmp_path):
    """A writer publishes version after version until the reader has met four of them."""
    path, enough = tmp_path / "films.db", tmp_path / "enough"
    films = EmbeddingStore(path)
    ids = [str(number) for number in range(5_000)]
    films.publish("films", ids, np.full((5_000, 4), 1.0), **ABOUT)
    writer = start(
        "from pathlib import Path\nids, last = [str(i) for i in range(5_000)], 1\n"
        "while not Path(sys.argv[2]).exists():\n"
        "    last += 1\n"
        "    assert store.publish('films', ids, np.full((5_000, 4), float(last)), metric='cosine',"
        " data_hash='1') == last\nprint(last)",
        path,
        enough,
    )
    seen = []
    while len(set(seen)) < 4 and writer.poll() is None:
        table = films.read("films")
        assert len(table.ids) == 5_000 and np.all(table.vectors == table.version)
        seen.append(table.version)
    enough.touch()
    last, errors = writer.communicate()
    assert errors == ""
    assert seen == sorted(seen) and len(set(seen)) == 4
    assert films.read("films").version == int(last)


def test_two_writers_at_once_get_numbers_of_their_own(tmp_path):
    """They also find no file yet, and both set it up."""
    path = tmp_path / "films.db"
    code = (
        "for _ in range(5):\n    store.publish('films', ['a', 'b'], np.ones((2, 3)),"
        " metric='dot', data_hash=sys.argv[2])"
    )
    writers = [start(code, path, name) for name in "xy"]
    assert [writer.communicate()[1] for writer in writers] == ["", ""]
    found = EmbeddingStore(path).versions("films")
    assert found["version"].tolist() == list(range(1, 11))
    assert found["data_hash"].value_counts().to_dict() == {"x": 5, "y": 5}


def test_a_writer_who_blocks_too_long_is_named(films, monkeypatch):
    monkeypatch.setattr(store, "SECONDS_TO_WAIT", 0.05)
    other = sqlite3.connect(films.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another program is writing"):
        films.publish("films", IDS, VECTORS, **ABOUT)
    assert films.read("films").version == 1  # readers do not wait
    other.close()
    assert films.publish("films", IDS, VECTORS, **ABOUT) == 2


def test_a_full_disk_loses_nothing(films, monkeypatch):
    class Full(sqlite3.Connection):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            self.execute("PRAGMA max_page_count = 20")

    connect = sqlite3.connect
    ids = [str(number) for number in range(20_000)]
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *a, **o: connect(*a, **o, factory=Full))
        with pytest.raises(StoreError, match="the disk is full"):
            films.publish("films", ids, np.ones((20_000, 2)), **ABOUT)
        assert films.versions()["version"].tolist() == [1]
    np.testing.assert_array_equal(films.read("films").vectors[1:], VECTORS)
    assert films.publish("films", IDS, VECTORS, **ABOUT) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
def test_a_disk_that_refuses_to_grow_loses_nothing(films):
    writer = start(
        "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))\n"
        "ids = [str(i) for i in range(200_000)]\ntry:\n"
        "    store.publish('films', ids, np.ones((200_000, 2)), metric='dot', data_hash='1')\n"
        "except StoreError as error:\n    print(error)",
        films.path,
    )
    said, errors = writer.communicate()
    assert "it may be full" in said or "the disk is full" in said, errors
    assert films.versions()["version"].tolist() == [1]
    assert films.publish("films", IDS, VECTORS, **ABOUT) == 2


def test_what_is_no_store_is_named(tmp_path):
    (tmp_path / "notes.txt").write_text("a long text that is not a database at all " * 50)
    with pytest.raises(StoreError, match="not a store of embeddings"):
        EmbeddingStore(tmp_path / "notes.txt")
    with pytest.raises(StoreError, match="the folder does not exist"):
        EmbeddingStore(tmp_path / "nowhere" / "films.db")
    assert not (tmp_path / "nowhere").exists()


def test_a_file_of_a_newer_program_is_left_alone(films):
    database = sqlite3.connect(films.path)
    database.execute("PRAGMA user_version = 2")
    database.close()
    with pytest.raises(StoreError, match="newer program"):
        EmbeddingStore(films.path)


def test_damaged_numbers_are_found(films):
    database = sqlite3.connect(films.path)
    database.executescript(
        "DROP TRIGGER no_UPDATE_of_vectors; "
        "UPDATE vectors SET vector = zeroblob(8) WHERE id = 'Babe';"
    )
    database.close()
    with pytest.raises(StoreError, match="'films', version 1, is damaged"):
        films.read("films")


def test_the_hash_tells_training_rows_apart():
    rows = pd.DataFrame({"user_index": [0, 1, 1], "item_index": [2, 0, 1]})
    assert hash_rows(rows) == hash_rows(rows.copy()) == hash_rows(rows.set_index([[7, 8, 9]]))
    for other in (
        rows[::-1],
        rows[:2],
        rows.replace(2, 3),
        rows.rename(columns={"item_index": "item_id"}),
    ):
        assert hash_rows(other) != hash_rows(rows)


def rotated(generator, num_rows, dim):
    vectors = generator.normal(size=(num_rows, dim))
    rotation, _ = np.linalg.qr(generator.normal(size=(dim, dim)))
    return vectors, vectors @ rotation, rotation


def test_procrustes_finds_the_rotation_again():
    vectors, turned, rotation = rotated(np.random.default_rng(0), 20, 5)
    np.testing.assert_allclose(rotation_between(vectors, turned), rotation, atol=1e-10)


def test_procrustes_keeps_lengths_and_is_the_best_of_many_rotations():
    generator = np.random.default_rng(1)
    vectors, reference = generator.normal(size=(2, 30, 4))
    best = rotation_between(vectors, reference)
    np.testing.assert_allclose(best @ best.T, np.eye(4), atol=1e-12)
    error = np.linalg.norm(vectors @ best - reference)
    for _ in range(200):
        other, _ = np.linalg.qr(best + 0.1 * generator.normal(size=(4, 4)))
        assert error <= np.linalg.norm(vectors @ other - reference) + 1e-12


def test_two_versions_are_comparable_once_aligned(films):
    generator = np.random.default_rng(2)
    old, new, _ = rotated(generator, 12, 3)
    ids = [f"film {place}" for place in range(12)]
    films.publish("turned", ids, old, **ABOUT)
    films.publish("turned", [*ids[:-1], "a new film"], new, **ABOUT)
    first, second = films.read("turned", 1), films.read("turned", 2)
    aligned = align(second, first)
    np.testing.assert_allclose(aligned.look_up(ids[:-1]), first.look_up(ids[:-1]), atol=1e-10)
    cosines = [table.vectors[1:] @ table.vectors[1:].T for table in (second, aligned)]
    np.testing.assert_allclose(*cosines, atol=1e-10)
    assert np.abs(second.look_up(ids[:-1]) - first.look_up(ids[:-1])).max() > 0.5


def test_tables_that_cannot_be_aligned(films):
    films.publish("wide", IDS, np.ones((3, 5)), **ABOUT)
    films.publish("others", ["x", "y", "Babe"], np.ones((3, 2)), **ABOUT)
    with pytest.raises(ValueError, match="vectors of 2 numbers, as the reference has, received 5"):
        align(films.read("wide"), films.read("films"))
    with pytest.raises(ValueError, match="share at least 2 ids with the reference.* received 1"):
        align(films.read("others"), films.read("films"))


def test_a_frame_for_other_tools(films):
    frame = films.read("films").to_frame()
    assert frame.index.tolist() == IDS and list(frame) == ["v0", "v1"]
    np.testing.assert_array_equal(frame.to_numpy(), VECTORS)
