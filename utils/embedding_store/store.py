"""The file behind the tables: a SQLite database to which versions are added, never changed.

A version is written in one transaction. Readers see all of it or nothing of it, whether the writer
is still at work, was killed, or found the disk full. Two writers wait for each other and get two
numbers. Triggers refuse to change or delete what is published.
"""

import hashlib
import sqlite3
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from utils import require
from utils.embedding_store.table import METRICS, EmbeddingTable, read_only

DTYPES = ["float16", "float32", "float64"]
FORMAT = 1  # of the file; a later course may change it and must then refuse older programs
SECONDS_TO_WAIT = 30.0  # for another writer
SCHEMA = """
CREATE TABLE IF NOT EXISTS tables (
    name TEXT, version INTEGER, dim INTEGER, dtype TEXT, metric TEXT, data_hash TEXT, created TEXT,
    num_ids INTEGER, digest TEXT, PRIMARY KEY (name, version));
CREATE TABLE IF NOT EXISTS vectors (
    name TEXT, version INTEGER, place INTEGER, id TEXT, vector BLOB,
    PRIMARY KEY (name, version, place)) WITHOUT ROWID;
"""
FROZEN = """
CREATE TRIGGER IF NOT EXISTS no_{verb}_of_{table} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'a published version never changes'); END;
"""
# What SQLite says, and what it means to whoever uses the store.
MEANINGS = {
    "locked": "another program is writing and did not finish in time",
    "is full": "the disk is full",
    "disk I/O error": "the disk refused to write, or to read; it may be full",
    "not a database": "this file is not a store of embeddings",
    "malformed": "the file is damaged; take a copy that is not",
    "unable to open": "the folder does not exist or may not be written to",
    "readonly": "the file may not be written to",
    "never changes": "a published version never changes",
}


class StoreError(Exception):
    """The file could not be read or written; what was published before is still as it was."""


class EmbeddingStore:
    """A file of tables of vectors, each with a name and versions 1, 2, ...

    Any number of programs may have it open. Put it on a local disk: the locks of a shared network
    drive are not to be trusted.

    Args:
        path: str or Path of the file; made if there is none.
    """

    def __init__(self, path):
        self.path = Path(path)
        with self._connect() as database:
            found = database.execute("PRAGMA user_version").fetchone()[0]
            if found > FORMAT:
                raise StoreError(f"{self.path}: written by a newer program, in format {found}.")
            if found < FORMAT:  # nothing to do in a file that is set up: readers need no lock
                database.execute("PRAGMA journal_mode = WAL")  # readers go on while one writes
                frozen = [
                    FROZEN.format(verb=verb, table=table)
                    for verb in ("UPDATE", "DELETE")
                    for table in ("tables", "vectors")
                ]
                database.executescript(SCHEMA + "".join(frozen))
                database.execute(f"PRAGMA user_version = {FORMAT}")

    def publish(self, name, ids, vectors, *, metric, data_hash, unknown=None):
        """Add a version of a table, whole or not at all.

        Args:
            name: str, such as "films".
            ids: list of str, each once.
            vectors: array (len(ids), dim) of float16, float32 or float64, finite; as many numbers
                per vector as the versions before have.
            metric: str, one of METRICS.
            data_hash: str, such as `hash_rows` gives for the training rows.
            unknown: array (dim,) for ids that nobody knows; the mean of all vectors if None.

        Returns:
            int, the number of the version.

        Raises:
            StoreError: if it could not be written. The versions before are untouched.
        """
        ids, rows = _checked(name, ids, vectors, metric, data_hash, unknown)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        with self._connect() as database:
            database.execute("BEGIN IMMEDIATE")  # from here on no other writer gets in
            last, dim = database.execute(
                "SELECT max(version), dim FROM tables WHERE name = ?", (name,)
            ).fetchone()
            if last and dim != rows.shape[1]:
                raise ValueError(
                    f"vectors must have {dim} numbers each, as version {last} of {name!r} has, "
                    f"received {rows.shape[1]}. Publish them under another name."
                )
            version = (last or 0) + 1
            database.executemany(
                "INSERT INTO vectors VALUES (?, ?, ?, ?, ?)",
                (
                    (name, version, place, known, row.tobytes())
                    for place, (known, row) in enumerate(zip(("", *ids), rows, strict=True))
                ),
            )
            database.execute(
                "INSERT INTO tables VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (name, version, rows.shape[1], rows.dtype.name, metric, data_hash, created)
                + (len(ids), _digest(ids, rows)),
            )
            database.execute("COMMIT")
        return version

    def versions(self, name=None):
        """Return what the store holds, a DataFrame with a row per version of a name, or of all."""
        with self._connect() as database:
            cursor = database.execute(
                "SELECT name, version, num_ids, dim, dtype, metric, data_hash, created FROM tables "
                "WHERE ? IS NULL OR name = ? ORDER BY name, version",
                (name, name),
            )
            return pd.DataFrame(cursor.fetchall(), columns=[part[0] for part in cursor.description])

    def read(self, name, version=None):
        """Return one version of a table.

        Args:
            name: str.
            version: int, or None for the newest.

        Returns:
            EmbeddingTable.

        Raises:
            ValueError: if the store holds no such table or version.
            StoreError: if its numbers are not those that were published.
        """
        with self._connect() as database:
            found = database.execute(
                "SELECT version, dtype, dim, metric, data_hash, created, digest FROM tables "
                "WHERE name = ? AND (? IS NULL OR version = ?) ORDER BY version DESC LIMIT 1",
                (name, version, version),
            ).fetchone()
            if found is None:
                known = [tuple(row) for row in database.execute("SELECT name, version FROM tables")]
                wanted = name if version is None else (name, version)
                raise ValueError(f"name and version must be one of {known}, received {wanted!r}.")
            version, dtype, dim, metric, data_hash, created, digest = found
            ids, blobs = zip(
                *database.execute(
                    "SELECT id, vector FROM vectors WHERE name = ? AND version = ? ORDER BY place",
                    (name, version),
                ),
                strict=True,
            )
        rows = np.frombuffer(b"".join(blobs), np.dtype(dtype).newbyteorder("<")).reshape(-1, dim)
        if _digest(ids[1:], rows) != digest:
            raise StoreError(f"{self.path}: {name!r}, version {version}, is damaged.")
        vectors = read_only(rows.astype(dtype))
        return EmbeddingTable(name, version, tuple(ids[1:]), vectors, metric, data_hash, created)

    @contextmanager
    def _connect(self):
        """Open the file; on any error nothing of an unfinished transaction stays."""
        try:
            with closing(sqlite3.connect(self.path, SECONDS_TO_WAIT, isolation_level=None)) as one:
                yield one
        except sqlite3.Error as error:
            said = str(error)
            meaning = next((text for part, text in MEANINGS.items() if part in said), said)
            raise StoreError(f"{self.path}: {meaning} ({said}).") from error


def hash_rows(rows):
    """Return a short text that tells tables of training rows apart.

    Args:
        rows: DataFrame; its values, their order and the names of its columns count.

    Returns:
        str of 16 hexadecimal digits.
    """
    require.columns_named("", rows=rows)
    values = pd.util.hash_pandas_object(rows, index=False).to_numpy()
    return hashlib.sha256(repr(list(rows)).encode() + values.tobytes()).hexdigest()[:16]


def _checked(name, ids, vectors, metric, data_hash, unknown):
    """Return (ids, rows): the unknown first, little end first, or raise a ValueError."""
    for argument, text in (("name", name), ("data_hash", data_hash)):
        if not isinstance(text, str) or not text:
            raise ValueError(f"{argument} must be a text that is not empty, received {text!r}.")
    require.one_of(METRICS, metric=metric)
    require.arrays("(n, d)", vectors=vectors)
    rows = np.asarray(vectors)
    require.one_of(DTYPES, dtype=rows.dtype.name)
    require.each_is(str, ids=ids)
    require.lengths(ids=ids, vectors=rows)
    require.once(ids=list(ids))
    if "" in ids:
        raise ValueError("ids must not be empty texts: that id stands for the unknown.")
    first = rows.mean(axis=0, dtype=float) if unknown is None else unknown
    require.arrays("(d,)", unknown=first)
    if len(first) != rows.shape[1]:
        raise ValueError(f"unknown must have {rows.shape[1]} numbers, received {len(first)}.")
    kind = rows.dtype.newbyteorder("<")
    return tuple(ids), np.vstack([np.asarray(first), rows]).astype(kind)


def _digest(ids, rows):
    text = "\n".join(ids).encode()
    return hashlib.sha256(text + b"\0" + np.ascontiguousarray(rows).tobytes()).hexdigest()
