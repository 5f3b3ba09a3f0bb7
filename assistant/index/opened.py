"""`Index`: a generation open for reading. Importing this loads neither chromadb nor llama_index."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..corpus.files import MANIFEST, Listing
from ..digests import sha256_of
from ..documents import Document, Passage
from ..errors import IndexDamaged, IndexOutdated, IndexProblem
from ..models import Floats
from . import layout
from .fingerprint import Fingerprint
from .store import FileRow, Store

if TYPE_CHECKING:
    from chromadb.api.client import Client

# Up to here exact search takes under a millisecond, misses nothing and needs no import of chromadb,
# which costs a cold process half a second (docs/decisions/0003-index.md).
EXACT_UP_TO = 10_000  # passages
NEAR = 3  # words between those that are said together: "foreign minister of Russia"
HASHED_UP_TO = 64_000_000  # bytes whose sha256 is compared at each opening; above that their sizes


@dataclass(frozen=True, slots=True)
class Description:
    """A generation's own file: what it was built with and what must be in it.

    Attributes:
        graph: the files of Chroma's graph by their names below the generation, with their sha256. A
            graph of few passages lives in Chroma's log and has none.
        patched: passages that were written to the graph, or removed, since it was built whole.
    """

    fingerprint: Fingerprint
    documents: int
    passages: int
    rows: str
    files: Mapping[str, Mapping[str, Any]]
    graph: Mapping[str, str] = field(default_factory=dict)
    patched: int = 0


def describe(generation: Path) -> Description:
    """Read a generation's description.

    Raises:
        IndexDamaged: it is missing or makes no sense.
        IndexTooNew: a newer version wrote it.
    """
    path = generation / layout.DESCRIPTION
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        seal, fingerprint = fields.pop("seal"), Fingerprint.from_dict(fields["fingerprint"])
        if seal != _seal(fields) or set(fields["files"]) != {layout.TEXTS, layout.VECTORS}:
            raise ValueError("it was changed")
        return Description(**fields | {"fingerprint": fingerprint})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexDamaged(f"{str(path)!r} cannot be used ({error})") from error


def write_description(generation: Path, fields: dict[str, Any]) -> None:
    """Write a generation's description, sealed with its own digest."""
    text = json.dumps(fields | {"seal": _seal(fields)}, indent=1) + "\n"
    (generation / layout.DESCRIPTION).write_text(text, encoding="utf-8")


def _seal(fields: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def compare(generation: Path, description: Description, up_to: int | None) -> None:
    """Compare the generation's files with what was written: their sizes, and their digests up to a size.

    Raises:
        IndexDamaged: a file is missing or differs.
    """
    for name, written in description.files.items():
        path = generation / name
        try:
            size = path.stat().st_size
            same = size == written["bytes"]
            if same and (up_to is None or size <= up_to):
                same = sha256_of(path) == written["sha256"]
        except OSError as error:
            raise IndexDamaged(f"{str(path)!r} cannot be read ({error.strerror})") from error
        if not same:
            raise IndexDamaged(f"{str(path)!r} is not as it was written")


def graph_files(generation: Path) -> dict[str, str]:
    """The files of Chroma's graph by their names below the generation, with their sha256.

    Opening a Chroma folder writes to its database, but not to these.
    """
    files = sorted((generation / layout.CHROMA).glob("*/*"))
    return {path.relative_to(generation).as_posix(): sha256_of(path) for path in files}


def compare_graph(generation: Path, description: Description) -> None:
    """Compare Chroma's graph with what was written. To follow a damaged one ends the process.

    Raises:
        IndexDamaged: a file is missing, differs, or is one too many.
    """
    try:
        found = graph_files(generation)
    except OSError as error:
        raise IndexDamaged(f"the graph of {str(generation)!r} cannot be read ({error})") from error
    differing = sorted(dict(found.items() ^ description.graph.items()))
    if differing:
        raise IndexDamaged(f"{str(generation / differing[0])!r} is not as it was written")


class Index:
    """Passages by vector and by word, and the documents that they are spans of.

    Safe to share between threads. Holds open files: `close` it, or use it in a `with`.
    """

    def __init__(self, generation: Path, store: Store, vectors: Floats, client: Client | None) -> None:
        self.generation = generation
        self._store = store
        self._rows: Floats | None = vectors
        self._count = len(vectors)
        self._client = client
        self._collection = (
            client.get_collection(layout.COLLECTION, embedding_function=None) if client is not None else None
        )

    @classmethod
    def open(cls, generation: Path, expected: Fingerprint) -> Self:
        """Open a generation that was built with what is expected, and is as it was built.

        All files are opened here: what becomes of the folder afterwards does not matter.

        Raises:
            IndexOutdated: it was built with something else; says with what.
            IndexDamaged: a file is missing or not as it was written.
            IndexTooNew: a newer version wrote it.
        """
        description = describe(generation)
        differences = expected.differences(description.fingerprint)
        if differences:
            raise IndexOutdated(f"the index does not fit: {'; '.join(differences)}")
        compare(generation, description, HASHED_UP_TO)
        shape = (description.passages, expected.dimension)
        try:
            vectors = np.memmap(generation / layout.VECTORS, dtype=np.float32, mode="r", shape=shape)
            store = Store.open(generation / layout.TEXTS)
            client = _chroma(generation, description) if description.passages > EXACT_UP_TO else None
            opened = cls(generation, store, vectors, client)
            if client is not None:  # a damaged database fails at Chroma's first question, not before
                opened.nearest(opened.vectors([0])[0], 1)
            return opened
        except Exception as error:  # sqlite3, numpy and Chroma's Rust half have no error in common
            raise IndexDamaged(f"{str(generation)!r} cannot be opened ({error})") from error

    def close(self) -> None:
        """Give back files, memory and Chroma's threads; closing again does nothing.

        From then on, whatever is asked of it raises `IndexProblem`.
        """
        self._store.close()
        self._rows = None
        if self._client is not None:
            self._client.close()
            self._client = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        """Number of passages."""
        return self._count

    def documents(self) -> Iterator[Document]:
        return self._store.documents()

    def document(self, source: str) -> Document | None:
        return self._store.document(source)

    def title(self, source: str) -> str:
        """The document's title, without reading its text."""
        return self._store.title(source)

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        return self._store.passages(numbers)

    def matches(self, words: Sequence[str], count: int) -> list[int]:
        """Numbers of the passages with the best BM25, best first."""
        return self._store.matches(words, count)

    def knows(self, word: str, sources: Iterable[str] | None = None) -> bool:
        """Whether the texts, all or those of these names, hold the word, in any of its English forms."""
        return self._store.knows(word, sources)

    def near(self, words: Sequence[str], sources: Iterable[str] | None = None) -> bool:
        """Whether these texts hold all the words within `NEAR` others of each other."""
        return self._store.near(words, NEAR, sources)

    def section_leads(self, count: int, source: str | None = None) -> list[int]:
        """Numbers of the first passage under each heading, in order; at most `count` of them."""
        return self._store.section_leads(count, source)

    def leads(self, count: int, source: str | None = None) -> list[int]:
        """Numbers of the first passages, of all texts or of one."""
        return self._store.leads(count, source)

    def titles(self, count: int) -> list[tuple[str, str]]:
        """Names and titles of the first documents."""
        return self._store.titles(count)

    def nearest(self, vector: Floats, count: int) -> list[tuple[int, float]]:
        """Numbers of the passages with the nearest vectors and their cosines, best first.

        Exact up to `EXACT_UP_TO` passages, by Chroma's HNSW above.
        """
        count = min(count, self._count)
        if self._collection is not None:
            return self._nearest_in_chroma(vector, count)
        cosines = self._vectors @ vector
        near = np.flatnonzero(cosines >= np.partition(cosines, -count)[-count])
        best = near[np.argsort(-cosines[near], kind="stable")][:count]
        return [(int(number), float(cosines[number])) for number in best]

    def vectors(self, numbers: Sequence[int]) -> Floats:
        """Vectors of these passages, float32, shape (len(numbers), 384)."""
        return np.asarray(self._vectors[list(numbers)])

    @property
    def _vectors(self) -> Floats:
        if self._rows is None:
            raise IndexProblem("this index is closed")
        return self._rows

    def _nearest_in_chroma(self, vector: Floats, count: int) -> list[tuple[int, float]]:
        assert self._collection is not None
        hits = self._collection.query(
            query_embeddings=vector[None, :], n_results=count, include=["distances"]
        )
        distances = (hits["distances"] or [[]])[0]
        numbers = self._store.numbers(hits["ids"][0])
        return [(number, 1.0 - distance) for number, distance in zip(numbers, distances, strict=True)]

    def changes(self, listing: Listing) -> list[str]:
        """One line for each file of the corpus that is not as it was when it was indexed."""
        before = {row.source: row for row in self._store.files() if row.stamp}
        now = {file.source: (file.path, file.stamp) for file in listing.files}
        if listing.manifest:
            now[MANIFEST] = (listing.root / MANIFEST, listing.manifest)
        gone = [f"{source} is gone" for source in before if source not in now]
        return gone + [
            f"{source} is {'changed' if source in before else 'new'}"
            for source, (path, stamp) in now.items()
            if not same_file(before.get(source), path, stamp)
        ]

    def skipped(self) -> list[FileRow]:
        """Files of the corpus that have no document, with the reason."""
        return [row for row in self._store.files() if row.skipped and row.source != MANIFEST]


def _chroma(generation: Path, description: Description) -> Client:
    from .graph import open_chroma  # chromadb, for large corpora alone

    compare_graph(generation, description)
    return open_chroma(generation)


def same_file(row: FileRow | None, path: Path, stamp: str) -> bool:
    """Whether a file is as it was: by its times, or, when only those changed, by its content."""
    if row is None:
        return False
    try:
        return row.stamp == stamp or row.sha256 == sha256_of(path)
    except OSError:  # gone, or not ours to read, since it was listed
        return False
