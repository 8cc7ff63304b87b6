"""Keep vectors where other programs find them: named, numbered, never changed once they are there.

    store = EmbeddingStore("films.db")
    version = store.publish("films", ids, vectors, metric="cosine", data_hash=hash_rows(train))
    table = store.read("films")              # the newest version, or store.read("films", 1)
    table.nearest("Alien (1979)", k=5)

One file, no server: the database is SQLite, which is a part of Python itself and runs alike on
Linux, macOS and Windows. LMDB and DuckDB would each be one more package to install and keep up to
date. LMDB is faster at millions of look-ups a second and DuckDB at sums over columns; a store of
vectors is read once, as a whole, and then answers from memory.
"""

from utils.embedding_store.alignment import align, rotation_between
from utils.embedding_store.store import EmbeddingStore, StoreError, hash_rows
from utils.embedding_store.table import METRICS, EmbeddingTable

__all__ = [
    "METRICS",
    "EmbeddingStore",
    "EmbeddingTable",
    "StoreError",
    "align",
    "hash_rows",
    "rotation_between",
]
