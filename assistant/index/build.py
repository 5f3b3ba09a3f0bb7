"""Write a generation into a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import chromadb
import numpy as np

from ..digests import sha256_of
from ..documents import Document
from ..errors import CorpusError
from ..models import Encoder, Floats
from ..splitter import Splitter
from . import Progress, graph, layout
from .fingerprint import Fingerprint
from .opened import graph_files, write_description
from .rows import Ingest, patching
from .store import FileRow, Store
from .takeover import Earlier, gone

BATCH = 32  # documents of one run of the pipeline
DELETED = 500  # rows of one deletion; Chroma takes 5,461 at most
NOTHING = np.zeros((0, Encoder.dimension), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Source:
    """What there is to index: documents in order of their names, and the files they came from."""

    documents: Iterable[Document]
    files: Callable[[], Sequence[FileRow]]
    total: int


@dataclass(frozen=True, slots=True)
class Patch:
    """What a build changed in the graph of the generation before.

    Attributes:
        written: rows that are new, or were written again.
        removed: vectors of the passages that went.
    """

    written: Sequence[int]
    removed: Floats

    def __len__(self) -> int:
        return len(self.written) + len(self.removed)


def write_generation(
    folder: Path,
    source: Source,
    encoder: Encoder,
    splitter: Splitter,
    known: Mapping[bytes, Floats],
    progress: Progress,
    earlier: Earlier | None = None,
) -> Patch:
    """Fill a folder with a generation.

    Args:
        folder: empty, or with the Chroma that `earlier` lent.
        source: what to read.
        encoder: makes the vectors.
        splitter: makes the passages.
        known: vectors that need not be computed, by the digest of what they are made from.
        progress: told of each batch of documents.
        earlier: documents that are as they were there are taken over, with their rows in Chroma.

    Raises:
        CorpusError: no document has a passage.
    """
    fingerprint = Fingerprint.of(encoder, splitter)
    (folder / layout.CHROMA).mkdir(mode=0o700, exist_ok=earlier is not None)
    client = graph.open_chroma(folder)
    store = Store.create(folder / layout.TEXTS, earlier.generation / layout.TEXTS if earlier else None)
    try:
        collection = graph.collection_of(client) if earlier else graph.create(client, fingerprint)
        ingest = (patching if earlier else _pipeline)(splitter, encoder, known, collection)
        with (folder / layout.VECTORS).open("wb") as vectors:
            done = _write(source, store, vectors, ingest, earlier, progress)
        if not done.passages:
            raise CorpusError("the corpus holds no text that could be indexed; add a .txt or .md file to it")
        removed = _remove(collection, earlier, store) if earlier else NOTHING
        store.add_files(source.files())
        store.commit()
        rows = store.row_hash()
    finally:
        store.close()
        client.close()
    if done.passages >= graph.SETTLED:
        graph.settle(folder)
    patch = Patch(done.rows, removed)
    _describe(folder, fingerprint, done, rows, earlier.description.patched + len(patch) if earlier else 0)
    return patch


@dataclass(frozen=True, slots=True)
class _Written:
    """What went into a generation; `rows` are those that were not taken over."""

    rows: Sequence[int]
    documents: int
    passages: int


def _pipeline(
    splitter: Splitter, encoder: Encoder, known: Mapping[bytes, Floats], collection: chromadb.Collection
) -> Ingest:
    """LlamaIndex's, imported for a whole build alone."""
    from .pipeline import ingesting

    return ingesting(splitter, encoder, known, collection)


def _write(
    source: Source,
    store: Store,
    vectors: BinaryIO,
    ingest: Ingest,
    earlier: Earlier | None,
    progress: Progress,
) -> _Written:
    """Write the documents, taken over where they can be."""
    written, documents, passages = list[int](), 0, 0
    for batch in _batches(source.documents, BATCH):
        taken = {each.source: rows for each in batch if earlier and (rows := earlier.rows(each)) is not None}
        fresh = ingest([each for each in batch if each.source not in taken])
        for document in batch:
            store.add_document(document)
            if earlier and document.source in taken:
                known = taken[document.source]
                store.copy_passages(known, passages)
                earlier.vectors[known.start : known.stop].tofile(vectors)
                passages += len(known)
            else:
                new = fresh[document.source]
                store.add_passages(document, new, passages)
                np.asarray([row.vector for row in new], dtype=np.float32).tofile(vectors)
                written += range(passages, passages + len(new))
                passages += len(new)
        documents += len(batch)
        progress("indexing", documents, source.total)
    progress("indexing", source.total, source.total)
    return _Written(written, documents, passages)


def _remove(collection: chromadb.Collection, earlier: Earlier, store: Store) -> Floats:
    """Remove from Chroma what the new texts do not have; returns its vectors."""
    ids, vectors = gone(earlier, store)
    for first in range(0, len(ids), DELETED):
        collection.delete(ids=list(ids[first : first + DELETED]))
    return vectors


def _batches(documents: Iterable[Document], size: int) -> Iterator[list[Document]]:
    iterator = iter(documents)
    while batch := list(islice(iterator, size)):
        yield batch


def _describe(folder: Path, fingerprint: Fingerprint, done: _Written, rows: str, patched: int) -> None:
    description = {
        "fingerprint": fingerprint.to_dict(),
        "documents": done.documents,
        "passages": done.passages,
        "rows": rows,
        "files": {
            name: {"bytes": (folder / name).stat().st_size, "sha256": sha256_of(folder / name)}
            for name in (layout.TEXTS, layout.VECTORS)
        },
        "graph": graph_files(folder),
        "patched": patched,
    }
    write_description(folder, description)
