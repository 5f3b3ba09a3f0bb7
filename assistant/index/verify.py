"""Verify what a reader will find in a generation: every row, and passages that look for themselves.

Chroma's own count says nothing about health: an index that lost its graph still counts right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import chromadb
import numpy as np
from numpy.typing import NDArray

from ..errors import IndexDamaged
from ..models import Encoder, Floats
from ..text import encodable
from . import Progress, graph, layout
from .build import Patch
from .opened import describe
from .store import Store

SELF_SEARCHED = 20_000  # passages that look for themselves; above that an even sample of as many
TAKEN_SEARCHED = 100  # of the passages that were taken over, beside all that are new
RECALL_QUESTIONS = 200
LEAST_RECALL = 0.98
PAGE = 500  # rows of one query


def verify(folder: Path, progress: Progress, patch: Patch | None = None) -> None:
    """Open a generation as a reader does, compare its rows, and let its passages look for themselves.

    Args:
        folder: the generation; Chroma writes to it when it is opened.
        progress: told of each page.
        patch: what changed since the graph was verified in whole: of the rest a sample is searched.

    Raises:
        IndexDamaged: a row, a vector or a passage is missing; says which.
    """
    store = Store.open(folder / layout.TEXTS)
    client = graph.open_chroma(folder)
    try:
        collection = graph.collection_of(client)
        keys = [key for key, _ in store.vector_keys()]
        vectors = np.fromfile(folder / layout.VECTORS, dtype=np.float32).reshape(-1, Encoder.dimension)
        counts = {"SQLite": len(keys), "Chroma": collection.count(), "the vectors": len(vectors)}
        if len(set(counts.values())) > 1:
            raise IndexDamaged(f"passages differ in number: {counts}")
        if store.row_hash() != describe(folder).rows:
            raise IndexDamaged("the texts are not those that were written")
        _compare_rows(collection, store)
        search = _Search(collection, store, keys, vectors)
        found = search.all(_asked(len(keys), patch), progress)
        if found < LEAST_RECALL:
            raise IndexDamaged(f"Chroma finds {found:.3f} of the nearest passages")
        if patch is not None:
            search.near(patch.removed)
    finally:
        client.close()
        store.close()
    if not graph.sound(folder):
        raise IndexDamaged("Chroma's database is damaged")


def _asked(count: int, patch: Patch | None) -> NDArray[np.int64]:
    """The passages that look for themselves."""
    if patch is None or len(patch.written) > SELF_SEARCHED:
        return _evenly(count, SELF_SEARCHED)
    return np.union1d(np.asarray(patch.written, dtype=int), _evenly(count, TAKEN_SEARCHED))


def _evenly(count: int, most: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))


def _compare_rows(collection: chromadb.Collection, store: Store) -> None:
    """Each row in Chroma must be its passage: text, source and bounds."""
    ids = store.ids()
    for first in range(0, len(ids), PAGE):
        page = range(first, min(first + PAGE, len(ids)))
        rows = collection.get(ids=[ids[number] for number in page], include=["documents", "metadatas"])
        found = {
            id_: (text, data["source"], data["start"], data["end"])
            for id_, text, data in zip(
                rows["ids"], rows["documents"] or [], rows["metadatas"] or [], strict=True
            )
        }
        for each in store.passages(page):
            if found.get(each.id) != (encodable(each.text), each.source, each.start, each.end):
                raise IndexDamaged(f"Chroma's row {each.id!r} is not the passage of {each.source!r}")


@dataclass(frozen=True, slots=True)
class _Search:
    """Questions to Chroma whose answers are known."""

    collection: chromadb.Collection
    store: Store
    keys: Sequence[bytes]
    vectors: Floats

    def near(self, vectors: Floats) -> list[list[int]]:
        """The rows that Chroma finds nearest, best first."""
        found = list[list[int]]()
        for first in range(0, len(vectors), PAGE):
            hits = self.collection.query(
                query_embeddings=vectors[first : first + PAGE],
                n_results=min(10, len(self.keys)),
                include=[],
            )
            found += map(self._numbers, hits["ids"])
        return found

    def _numbers(self, ids: Sequence[str]) -> list[int]:
        try:
            return self.store.numbers(ids)
        except KeyError as error:
            raise IndexDamaged(f"Chroma finds the passage {error}, which is not in the texts") from error

    def all(self, rows: NDArray[np.int64], progress: Progress) -> float:
        """Each passage must find itself, or one with the same text, among its three nearest.

        Returns the share of the true ten nearest that Chroma returns, over some of the passages.
        """
        recalls, asked = [], set(rows[_evenly(len(rows), RECALL_QUESTIONS)].tolist())
        for first in range(0, len(rows), PAGE):
            page = rows[first : first + PAGE]
            for row, near in zip(page.tolist(), self.near(self.vectors[page]), strict=True):
                if self.keys[row] not in {self.keys[number] for number in near[:3]}:
                    raise IndexDamaged(f"passage {row} is not found by its own vector")
                if row in asked:
                    recalls.append(_recall(self.vectors, row, near))
            progress("verifying", first + len(page), len(rows))
        return float(np.mean(recalls))


def _recall(vectors: Floats, row: int, near: Sequence[int]) -> float:
    """Share of the exact nearest that were found; as near as the last of them counts as one of them."""
    exact = vectors @ vectors[row]
    least = np.partition(exact, -len(near))[-len(near)] - 1e-5
    return float(np.mean(exact[list(near)] >= least))
