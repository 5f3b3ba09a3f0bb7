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
from . import Progress, graph, layout
from .build import Patch
from .fingerprint import HNSW
from .opened import describe
from .store import Store

SELF_SEARCHED = 20_000  # passages that look for themselves; above that an even sample of as many
TAKEN_SEARCHED = 100  # of the passages that were taken over, beside all that are new
RECALL_QUESTIONS = 200
LEAST_RECALL = 0.98
PAGE = 500  # rows of one query
FEW = 1_000  # passages, which are searched as a question does at once
NARROW = 50  # Chroma's `ef_search` for the first look

Rows = NDArray[np.int64]


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
    try:
        vectors = np.fromfile(folder / layout.VECTORS, dtype=np.float32).reshape(-1, Encoder.dimension)
        texts = _Texts(store, [key for key, _ in store.vector_keys()], vectors)
        with graph.opened(folder) as collection:
            _count_rows(collection, texts)
            _compare_rows(folder, texts)
        rows = _asked(len(texts.keys), patch)
        lost = _lost_narrowly(folder, texts, rows, progress) if len(rows) > FEW else rows
        with graph.opened(folder) as collection:
            _search_widely(_Search(collection, texts), rows, lost)
            if patch is not None:
                _Search(collection, texts).near(patch.removed)
        progress("verifying", len(rows), len(rows))
    finally:
        store.close()
    if not graph.sound(folder):
        raise IndexDamaged("Chroma's database is damaged")


@dataclass(frozen=True, slots=True)
class _Texts:
    """What Chroma's rows must agree with: the passages, the keys of their texts, their vectors."""

    store: Store
    keys: Sequence[bytes]
    vectors: Floats


def _asked(count: int, patch: Patch | None) -> Rows:
    """The passages that look for themselves."""
    if patch is None or len(patch.written) > SELF_SEARCHED:
        return _evenly(count, SELF_SEARCHED)
    return np.union1d(np.asarray(patch.written, dtype=int), _evenly(count, TAKEN_SEARCHED))


def _evenly(count: int, most: int) -> Rows:
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))


def _count_rows(collection: chromadb.Collection, texts: _Texts) -> None:
    """There must be as many; counting also lets Chroma put all of its log into the rows."""
    counts = {"SQLite": len(texts.keys), "Chroma": collection.count(), "the vectors": len(texts.vectors)}
    if len(set(counts.values())) > 1:
        raise IndexDamaged(f"passages differ in number: {counts}")


def _compare_rows(folder: Path, texts: _Texts) -> None:
    """The texts must be those that were written, and each row in Chroma its passage: source, bounds, text."""
    if texts.store.row_hash() != describe(folder).rows:
        raise IndexDamaged("the texts are not those that were written")
    for mine, theirs in zip(texts.store.spans(), graph.spans(folder), strict=True):
        if mine != theirs:
            differing = min(mine, theirs, key=lambda row: row[0])
            raise IndexDamaged(f"Chroma's row {differing[0]!r} is not the passage of {differing[1]!r}")


@dataclass(frozen=True, slots=True)
class _Search:
    """Questions to Chroma whose answers are known."""

    collection: chromadb.Collection
    texts: _Texts

    def near(self, vectors: Floats, count: int = 10) -> list[list[int]]:
        """The rows that Chroma finds nearest, best first."""
        found = list[list[int]]()
        for first in range(0, len(vectors), PAGE):
            hits = self.collection.query(
                query_embeddings=vectors[first : first + PAGE],
                n_results=min(count, len(self.texts.keys)),
                include=[],
            )
            found += map(self._numbers, hits["ids"])
        return found

    def _numbers(self, ids: Sequence[str]) -> list[int]:
        try:
            return self.texts.store.numbers(ids)
        except KeyError as error:
            raise IndexDamaged(f"Chroma finds the passage {error}, which is not in the texts") from error

    def lost(self, rows: Rows) -> Rows:
        """The passages that find neither themselves nor one with the same text among the three nearest."""
        return self.missing(rows, self.near(self.texts.vectors[rows], 3))

    def missing(self, rows: Rows, found: Sequence[Sequence[int]]) -> Rows:
        """`lost`, of passages whose nearest are known."""
        keys = self.texts.keys
        here = [keys[row] in {keys[each] for each in near[:3]} for row, near in zip(rows, found, strict=True)]
        lost: Rows = rows[~np.asarray(here, dtype=bool)]
        return lost


def _lost_narrowly(folder: Path, texts: _Texts, rows: Rows, progress: Progress) -> Rows:
    """Passages that a narrow search loses, which costs a seventh of what a question's does: nearly none."""
    graph.search_with(folder, NARROW)
    with graph.opened(folder) as collection:
        lost = []
        for first in range(0, len(rows), PAGE):
            lost.append(_Search(collection, texts).lost(rows[first : first + PAGE]))
            progress("verifying", first, len(rows))
    graph.search_with(folder, HNSW["ef_search"])
    return np.concatenate(lost)


def _search_widely(search: _Search, rows: Rows, lost: Rows) -> None:
    """Search as a question does: no passage may be lost, and nearly all of the nearest must be found."""
    vectors = search.texts.vectors
    asked = rows[_evenly(len(rows), RECALL_QUESTIONS)]
    found = search.near(vectors[asked])
    for gone in (search.missing(asked, found), search.lost(np.setdiff1d(lost, asked))):
        if len(gone):
            raise IndexDamaged(f"passage {gone[0]} is not found by its own vector")
    recall = _recall(vectors, asked, found)
    if recall < LEAST_RECALL:
        raise IndexDamaged(f"Chroma finds {recall:.3f} of the nearest passages")


def _recall(vectors: Floats, asked: Rows, found: Sequence[Sequence[int]]) -> float:
    """Share of the exact nearest that were found; as near as the last of them counts as one of them."""
    exact, near = vectors[asked] @ vectors.T, np.asarray(found)
    least = np.partition(exact, -near.shape[1], axis=1)[:, -near.shape[1]] - 1e-5
    return float(np.mean(np.take_along_axis(exact, near, axis=1) >= least[:, None]))
