"""A table of vectors in memory: look-up, rows for an Embedding layer, nearest neighbors."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from utils import require

METRICS = ["cosine", "dot", "euclidean"]


@dataclass(frozen=True, eq=False)
class EmbeddingTable:
    """One version of a named table, as it was published.

    Fields:
        name: str.
        version: int, 1 or more.
        ids: tuple of str, in the order of the rows 1, 2, ... of `vectors`.
        vectors: float array (1 + num_ids, dim), read-only. Row 0 stands for every unknown id.
        metric: str, one of METRICS: how its vectors are meant to be compared.
        data_hash: str, tells which rows it was trained on.
        created: str, date and time in UTC.
    """

    name: str
    version: int
    ids: tuple
    vectors: np.ndarray
    metric: str
    data_hash: str
    created: str

    @property
    def dim(self):
        """How many numbers a vector has."""
        return self.vectors.shape[1]

    @cached_property
    def places(self):
        """A dict from each id to its row in `vectors`."""
        return {known: place for place, known in enumerate(self.ids, start=1)}

    def rows_of(self, ids):
        """Return the row of each id in `vectors`, 0 for an unknown one: what an Embedding reads.

        Args:
            ids: list of str.

        Returns:
            int32 array (len(ids),).
        """
        return np.array([self.places.get(wanted, 0) for wanted in ids], dtype="int32")

    def look_up(self, ids):
        """Return the vectors of some ids.

        Args:
            ids: list of str.

        Returns:
            float array (len(ids), dim).

        Raises:
            ValueError: if the table does not hold an id. `vectors[rows_of(ids)]` gives such ids
                the row of the unknown instead.
        """
        rows = self.rows_of(ids)
        for wanted, row in zip(ids, rows, strict=True):
            if row == 0:
                raise ValueError(
                    f"ids must be in {self.name!r}, version {self.version}, received {wanted!r}; "
                    f"it holds {len(self.ids):,} ids such as {self.ids[0]!r}."
                )
        return self.vectors[rows]

    def nearest(self, wanted, k=10):
        """Return the ids whose vectors are closest to that of an id, by the table's own metric.

        Args:
            wanted: str, an id of the table.
            k: int >= 1.

        Returns:
            DataFrame with `id` and `score` (a distance counts as negative), the best first,
            without `wanted` itself.
        """
        near = self.nearest_to(self.look_up([wanted])[0], k + 1 if isinstance(k, int) else k)
        return near[near["id"] != wanted].head(k).reset_index(drop=True)

    def nearest_to(self, vector, k=10):
        """Return the ids whose vectors are closest to a vector of this very version.

        Args:
            vector: float array (dim,). One of another version must be aligned first.
            k: int >= 1.

        Returns:
            DataFrame with `id` and `score`, the best first.
        """
        require.arrays("(d,)", vector=vector)
        require.integers("[1, inf)", k=k)
        if len(vector) != self.dim:
            raise ValueError(f"vector must have {self.dim} numbers, received {len(vector)}.")
        rows, vector = self.vectors[1:].astype(float), np.asarray(vector, dtype=float)
        if self.metric == "euclidean":
            scores = -np.linalg.norm(rows - vector, axis=1)
        else:
            scores = rows @ vector
        if self.metric == "cosine":
            lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(vector)
            scores = np.divide(scores, lengths, out=np.zeros(len(rows)), where=lengths > 0)
        best = np.argsort(-scores, kind="stable")[:k]
        return pd.DataFrame({"id": [self.ids[place] for place in best], "score": scores[best]})

    def to_frame(self):
        """Return a DataFrame, a row per id and a column per number, for other tools.

        With pyarrow installed, `.to_parquet("films.parquet")` on it writes a file of Parquet.
        """
        return pd.DataFrame(self.vectors[1:], index=pd.Index(self.ids, name="id")).rename(
            columns=lambda place: f"v{place}"
        )

    def with_vectors(self, vectors):
        """Return the same table with other numbers, such as turned ones; nothing is stored."""
        require.arrays("(n, d)", vectors=vectors)
        require.lengths(vectors=vectors, rows=self.vectors)
        return replace(self, vectors=read_only(vectors))


def read_only(vectors):
    """Return a copy of an array that nobody can write into."""
    copy = np.array(vectors)
    copy.flags.writeable = False
    return copy
