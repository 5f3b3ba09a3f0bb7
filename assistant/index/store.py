"""Texts, passages and the BM25 index of a generation: one SQLite file, written once, then read-only.

Texts are BLOBs in UTF-8, where a lone surrogate keeps its three bytes: SQLite's text functions stop
at NUL and its encoding check at surrogates, and both may stand in a text. A passage is stored as
its bounds alone, in code points for people and in bytes for SQLite.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from ..documents import Document, Passage
from ..errors import IndexProblem
from ..models import Floats
from ..text import encodable

TABLES = """
CREATE TABLE files (
    source TEXT PRIMARY KEY, stamp TEXT NOT NULL, sha256 TEXT NOT NULL, skipped TEXT NOT NULL
);
CREATE TABLE documents (source TEXT PRIMARY KEY, title TEXT NOT NULL, text BLOB NOT NULL);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL, start INTEGER NOT NULL,
    first_byte INTEGER NOT NULL, bytes INTEGER NOT NULL, heading TEXT NOT NULL, sentences TEXT NOT NULL,
    tokens INTEGER NOT NULL, key BLOB NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5(
    heading, body, content='', tokenize='porter unicode61 remove_diacritics 2'
);
"""
HEADING_WEIGHT = 0.5  # of a word in the heading, against one in the passage


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file as it was when the index was built; `skipped` says why it has no document, or is ""."""

    source: str
    stamp: str
    sha256: str
    skipped: str


@dataclass(frozen=True, slots=True)
class Row:
    """A passage, its vector, and the digest of the text that the vector was made from."""

    passage: Passage
    key: bytes
    vector: Floats


class Store:
    """The file `texts.sqlite3` of a generation. Safe to share between threads."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = Lock()
        self._closed = False

    @classmethod
    def create(cls, path: Path, earlier: Path | None = None) -> Store:
        """A new file; passages can be copied to it from an earlier one."""
        connection = sqlite3.connect(path, uri=True, check_same_thread=False)
        # A build that dies is thrown away, and a whole one is synced before it gets its name.
        connection.executescript(
            f"PRAGMA page_size=16384; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {TABLES}"
        )
        if earlier:
            connection.execute("ATTACH ? AS earlier", (_sealed(earlier),))
        return cls(connection)

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open for reading. Raises `sqlite3.Error` when the file is no such database."""
        connection = sqlite3.connect(_sealed(path), uri=True, check_same_thread=False)
        try:
            connection.execute("SELECT count(*) FROM documents")
        except sqlite3.Error:
            connection.close()
            raise
        return cls(connection)

    def close(self) -> None:
        """Close the file; reading afterwards raises `IndexProblem`, closing again does nothing."""
        with self._lock:
            self._connection.close()
            self._closed = True

    # Writing

    def add_files(self, rows: Iterable[FileRow]) -> None:
        values = ((row.source, row.stamp, row.sha256, row.skipped) for row in rows)
        self._connection.executemany("INSERT INTO files VALUES (?, ?, ?, ?)", values)

    def add_document(self, document: Document) -> None:
        row = (document.source, document.title, _blob(document.text))
        self._connection.execute("INSERT INTO documents VALUES (?, ?, ?)", row)

    def add_passages(self, document: Document, rows: Sequence[Row], first: int) -> None:
        """A document's passages as rows `first`, `first` + 1, ...: their places among the vectors."""
        passages = [row.passage for row in rows]
        values = [
            (number, p.id, p.source, p.start, *place, p.heading, p.bounds, p.tokens, row.key)
            for number, (row, p, place) in enumerate(
                zip(rows, passages, _byte_places(document.text, passages), strict=True), first
            )
        ]
        self._connection.executemany(f"INSERT INTO passages VALUES ({', '.join('?' * 10)})", values)
        words = ((n, p.heading, encodable(p.text)) for n, p in enumerate(passages, first))
        self._connection.executemany("INSERT INTO words (rowid, heading, body) VALUES (?, ?, ?)", words)

    def copy_passages(self, rows: range, first: int) -> None:
        """Passages of the earlier file as rows from `first` on; their documents are here already."""
        columns = "id, source, start, first_byte, bytes, heading, sentences, tokens, key"
        taken = (first - rows.start, rows.start, rows.stop)
        where = "number >= ? AND number < ?"
        self._connection.execute(
            f"INSERT INTO passages SELECT number + ?, {columns} FROM earlier.passages WHERE {where}", taken
        )
        body = "CAST(substr(documents.text, first_byte + 1, bytes) AS TEXT)"
        self._connection.execute(
            f"INSERT INTO words (rowid, heading, body) SELECT number + ?, heading, {body} "
            f"FROM earlier.passages JOIN main.documents USING (source) WHERE {where}",
            taken,
        )

    def commit(self) -> None:
        self._connection.execute("INSERT INTO words (words) VALUES ('optimize')")
        self._connection.commit()

    # Reading

    def files(self) -> list[FileRow]:
        return [FileRow(*row) for row in self._rows("SELECT * FROM files")]

    def documents(self) -> Iterator[Document]:
        """Every document, in order of their names."""
        for (source,) in self._rows("SELECT source FROM documents ORDER BY source"):
            document = self.document(source)
            if document is not None:
                yield document

    def document(self, source: str) -> Document | None:
        rows = self._rows("SELECT title, text FROM documents WHERE source = ?", source)
        return Document(source, rows[0][0], _text(rows[0][1])) if rows else None

    def title(self, source: str) -> str:
        return str(self._rows("SELECT title FROM documents WHERE source = ?", source)[0][0])

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in the order asked for."""
        marks = ", ".join("?" * len(numbers))
        text = "substr(documents.text, first_byte + 1, bytes)"
        columns = f"number, id, source, start, {text}, heading, sentences, tokens"
        query = f"SELECT {columns} FROM passages JOIN documents USING (source) WHERE number IN ({marks})"
        rows = self._rows(query, *numbers)
        found = {row[0]: _passage(*row[1:]) for row in rows}
        return [found[number] for number in numbers]

    def numbers(self, ids: Sequence[str]) -> list[int]:
        """The rows of these passages' ids, in the order asked for."""
        marks = ", ".join("?" * len(ids))
        found = dict(self._rows(f"SELECT id, number FROM passages WHERE id IN ({marks})", *ids))
        return [found[each] for each in ids]

    def spans(self) -> Iterator[tuple[str, str, int, int, str]]:
        """Every passage in order of the ids: id, source, start, end, and its text as it can be encoded."""
        query = (
            "SELECT id, source, start, substr(documents.text, first_byte + 1, bytes) "
            "FROM passages JOIN documents USING (source) ORDER BY id"
        )
        for id_, source, start, blob in self._connection.execute(query):
            text = _text(blob)
            yield id_, source, start, start + len(text), encodable(text)

    def places(self) -> dict[str, range]:
        """The rows of each document's passages, by its name."""
        query = "SELECT source, min(number), max(number) + 1 FROM passages GROUP BY source"
        return {source: range(first, last) for source, first, last in self._rows(query)}

    def ids(self) -> list[str]:
        """Every passage's id, in order of the rows."""
        return [id_ for (id_,) in self._rows("SELECT id FROM passages ORDER BY number")]

    def vector_keys(self) -> list[tuple[bytes, int]]:
        """What each vector was made from, as a digest, and its row."""
        return self._rows("SELECT key, number FROM passages ORDER BY number")

    def matches(self, words: Sequence[str], count: int) -> list[int]:
        """Rows of the passages with the best BM25 for any of the words (FTS5, k1 1.2, b 0.75)."""
        if not words:
            return []
        rank = f"bm25(words, {HEADING_WEIGHT}, 1.0)"
        query = f"SELECT rowid FROM words WHERE words MATCH ? ORDER BY {rank}, rowid LIMIT ?"
        return [row[0] for row in self._rows(query, " OR ".join(map(_quoted, words)), count)]

    def knows(self, word: str, sources: Iterable[str] | None = None) -> bool:
        """Whether any passage or heading, of all texts or of these, holds any English form of the word."""
        return self._holds(_quoted(word), sources)

    def near(self, words: Sequence[str], distance: int, sources: Iterable[str] | None = None) -> bool:
        """Whether a passage or heading holds all the words within so many others of each other."""
        return self._holds(f"NEAR({' '.join(map(_quoted, words))}, {distance})", sources)

    def _holds(self, sought: str, sources: Iterable[str] | None) -> bool:
        if sources is None:
            return bool(self._rows("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1", sought))
        query = (
            "SELECT 1 FROM words JOIN passages ON passages.number = words.rowid "
            "WHERE words MATCH ? AND source IN (SELECT value FROM json_each(?)) LIMIT 1"
        )
        return bool(self._rows(query, sought, json.dumps(list(sources))))

    def section_leads(self, count: int, source: str | None = None) -> list[int]:
        """Rows of the first passage under each heading, in order; at most `count` of them."""
        query = (
            "SELECT min(number) FROM passages WHERE source = coalesce(?, source) "
            "GROUP BY source, heading ORDER BY 1 LIMIT ?"
        )
        return [row[0] for row in self._rows(query, source, count)]

    def leads(self, count: int, source: str | None = None) -> list[int]:
        """Rows of the first passages, in order."""
        query = "SELECT number FROM passages WHERE source = coalesce(?, source) ORDER BY number LIMIT ?"
        return [row[0] for row in self._rows(query, source, count)]

    def titles(self, count: int) -> list[tuple[str, str]]:
        """Names and titles of the first documents."""
        return self._rows("SELECT source, title FROM documents ORDER BY source LIMIT ?", count)

    def row_hash(self) -> str:
        """sha256 over every document and passage: the same texts and spans give the same hash.

        Vectors are left out, as processors differ in their last bits.
        """
        digest = hashlib.sha256()
        for query in (
            "SELECT source, title, text FROM documents ORDER BY source",
            "SELECT id, source, start, bytes, heading, sentences FROM passages ORDER BY source, start, id",
        ):
            for row in self._connection.execute(query):
                for value in row:
                    data = value if isinstance(value, bytes) else str(value).encode()
                    digest.update(len(data).to_bytes(8, "big") + data)
        return digest.hexdigest()

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            if self._closed:
                raise IndexProblem("this index is closed")
            return self._connection.execute(query, values).fetchall()


def _sealed(path: Path) -> str:
    """The address of a file that nobody writes to any more."""
    return f"{path.as_uri()}?mode=ro&immutable=1"


def _blob(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(blob: bytes) -> str:
    return blob.decode("utf-8", "surrogatepass")


def _quoted(word: str) -> str:
    # A quoted string is tokenised as the texts were; nothing in it is syntax but the quote itself.
    return '"' + encodable(word).replace('"', "").replace("\0", "") + '"'


def _byte_places(text: str, passages: Sequence[Passage]) -> Iterator[tuple[int, int]]:
    """First byte and number of bytes of each passage; they come in order of their starts."""
    characters = offset = 0
    for passage in passages:
        offset += len(_blob(text[characters : passage.start]))
        characters = passage.start
        yield offset, len(_blob(passage.text))


def _passage(
    id_: str, source: str, start: int, blob: bytes, heading: str, bounds: str, tokens: int
) -> Passage:
    text, sentences = _text(blob), Passage.sentences_of(bounds, start)
    return Passage(id_, source, start, start + len(text), text, heading, sentences, tokens)
