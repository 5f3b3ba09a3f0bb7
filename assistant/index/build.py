"""Write a generation into a folder, and verify what a reader will find there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, cast

import chromadb
import chromadb.config
import numpy as np
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from llama_index.core.schema import MetadataMode

from ..digests import sha256_of
from ..documents import Document
from ..errors import CorpusError, IndexDamaged
from ..models import Encoder, Floats
from ..splitter import Splitter
from . import Progress, layout
from .fingerprint import Fingerprint
from .opened import describe, write_description
from .pipeline import key_of, llama_document, passage_of, pipeline
from .store import FileRow, Store

BATCH = 32  # documents of one run of the pipeline
SELF_SEARCHED = 20_000  # passages that look for themselves; above that an even sample of as many
RECALL_QUESTIONS = 200
LEAST_RECALL = 0.98


@dataclass(frozen=True, slots=True)
class Source:
    """What there is to index: documents in order of their names, and the files they came from."""

    documents: Iterable[Document]
    files: Callable[[], Sequence[FileRow]]
    total: int


class _Settings(chromadb.config.Settings):
    """Chroma's settings from what is passed alone: its own also read the environment and any `.env`."""

    @classmethod
    def settings_customise_sources(cls, *_: Any, **sources: Any) -> tuple[Any, ...]:
        return (sources["init_settings"],)


def open_chroma(generation: Path) -> Client:
    """Chroma over a generation's folder; the caller closes it."""
    settings = _Settings(anonymized_telemetry=False)
    return cast(Client, chromadb.PersistentClient(str(generation / layout.CHROMA), settings=settings))


def write_generation(
    folder: Path,
    source: Source,
    encoder: Encoder,
    splitter: Splitter,
    known: Mapping[bytes, Floats],
    progress: Progress,
) -> None:
    """Fill an empty folder with a generation; `known` holds vectors that need not be computed.

    Raises:
        CorpusError: no document has a passage.
    """
    fingerprint = Fingerprint.of(encoder, splitter)
    (folder / layout.CHROMA).mkdir(mode=0o700)
    client = open_chroma(folder)
    store = Store.create(folder / layout.TEXTS)
    try:
        collection = client.create_collection(
            layout.COLLECTION,
            configuration=cast(CreateCollectionConfiguration, {"hnsw": fingerprint.hnsw}),
            metadata={"fingerprint": fingerprint.to_json()},
            embedding_function=None,
        )
        ingest = pipeline(splitter, encoder, known, collection)
        with (folder / layout.VECTORS).open("wb") as vectors:
            count = documents = 0
            for batch in _batches(source.documents, BATCH):
                nodes = ingest.run(documents=[llama_document(each) for each in batch])
                np.asarray([node.get_embedding() for node in nodes], dtype=np.float32).tofile(vectors)
                for document in batch:
                    own = [node for node in nodes if node.metadata["source"] == document.source]
                    keys = [key_of(node.get_content(MetadataMode.EMBED)) for node in own]
                    store.add_document(document)
                    store.add_passages(document, [passage_of(node) for node in own], keys, count)
                    count += len(own)
                documents += len(batch)
                progress("indexing", documents, source.total)
        progress("indexing", source.total, source.total)
        if not count:
            raise CorpusError("the corpus holds no text that could be indexed; add a .txt or .md file to it")
        store.add_files(source.files())
        store.commit()
        rows = store.row_hash()
    finally:
        store.close()
        client.close()
    _describe(folder, fingerprint, documents, count, rows)


def _batches(documents: Iterable[Document], size: int) -> Iterator[list[Document]]:
    iterator = iter(documents)
    while batch := list(islice(iterator, size)):
        yield batch


def _describe(folder: Path, fingerprint: Fingerprint, documents: int, passages: int, rows: str) -> None:
    description = {
        "fingerprint": fingerprint.to_dict(),
        "documents": documents,
        "passages": passages,
        "rows": rows,
        "files": {
            name: {"bytes": (folder / name).stat().st_size, "sha256": sha256_of(folder / name)}
            for name in (layout.TEXTS, layout.VECTORS)
        },
    }
    write_description(folder, description)


def verify(folder: Path, progress: Progress) -> None:
    """Open a generation as a reader does and let its passages look for themselves.

    Chroma's own count says nothing about health: an index that lost its graph still counts right.

    Raises:
        IndexDamaged: a row, a vector or a passage is missing; says which.
    """
    store = Store.open(folder / layout.TEXTS)
    client = open_chroma(folder)
    try:
        collection = client.get_collection(layout.COLLECTION, embedding_function=None)
        keys = [key for key, _ in store.vector_keys()]
        vectors = np.fromfile(folder / layout.VECTORS, dtype=np.float32).reshape(-1, Encoder.dimension)
        counts = {"SQLite": len(keys), "Chroma": collection.count(), "the vectors": len(vectors)}
        if len(set(counts.values())) > 1:
            raise IndexDamaged(f"passages differ in number: {counts}")
        if store.row_hash() != describe(folder).rows:
            raise IndexDamaged("the texts are not those that were written")
        found = _search_all(collection, store, keys, vectors, progress)
        if found < LEAST_RECALL:
            raise IndexDamaged(f"Chroma finds {found:.3f} of the nearest passages")
    finally:
        client.close()
        store.close()


def _search_all(
    collection: chromadb.Collection, store: Store, keys: Sequence[bytes], vectors: Floats, progress: Progress
) -> float:
    """Every passage must find itself, or one with the same text, among its three nearest.

    Returns the share of the true ten nearest that Chroma returns, over some of the passages.
    """
    searched = np.unique(np.linspace(0, len(keys) - 1, min(len(keys), SELF_SEARCHED)).astype(int))
    asked = set(
        np.unique(np.linspace(0, len(keys) - 1, min(len(keys), RECALL_QUESTIONS)).astype(int)).tolist()
    )
    recalls = []
    for first in range(0, len(searched), 500):
        rows = searched[first : first + 500]
        hits = collection.query(query_embeddings=vectors[rows], n_results=min(10, len(keys)), include=[])
        for row, ids in zip(rows.tolist(), hits["ids"], strict=True):
            near = store.numbers(ids)
            if keys[row] not in {keys[number] for number in near[:3]}:
                raise IndexDamaged(f"passage {row} is not found by its own vector")
            if row in asked:
                recalls.append(_recall(vectors, row, near))
        progress("verifying", first + len(rows), len(searched))
    return float(np.mean(recalls))


def _recall(vectors: Floats, row: int, near: Sequence[int]) -> float:
    """Share of the exact nearest that were found; as near as the last of them counts as one of them."""
    exact = vectors @ vectors[row]
    least = np.partition(exact, -len(near))[-len(near)] - 1e-5
    return float(np.mean(exact[list(near)] >= least))
