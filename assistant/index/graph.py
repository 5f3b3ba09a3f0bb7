"""Chroma over a generation's folder. Importing this loads chromadb."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast

import chromadb
import chromadb.config
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateCollectionConfiguration, UpdateCollectionConfiguration

from . import layout
from .fingerprint import Fingerprint

SETTLED = 1_000  # rows from which on Chroma writes its graph to files; its own `sync_threshold`
DATABASE = "chroma.sqlite3"
SPANS = """
SELECT embedding_id, source.string_value, first.int_value, last.int_value, body.string_value
FROM collections
JOIN segments ON segments.collection = collections.id
JOIN embeddings ON embeddings.segment_id = segments.id
LEFT JOIN embedding_metadata AS source ON source.id = embeddings.id AND source.key = 'source'
LEFT JOIN embedding_metadata AS first ON first.id = embeddings.id AND first.key = 'start'
LEFT JOIN embedding_metadata AS last ON last.id = embeddings.id AND last.key = 'end'
LEFT JOIN embedding_metadata AS body ON body.id = embeddings.id AND body.key = 'chroma:document'
WHERE collections.name = ? ORDER BY embedding_id
"""


class _Settings(chromadb.config.Settings):
    """Chroma's settings from what is passed alone: its own also read the environment and any `.env`."""

    @classmethod
    def settings_customise_sources(cls, *_: Any, **sources: Any) -> tuple[Any, ...]:
        return (sources["init_settings"],)


def open_chroma(generation: Path) -> Client:
    """Chroma over a generation's folder; the caller closes it."""
    settings = _Settings(anonymized_telemetry=False)
    return cast(Client, chromadb.PersistentClient(str(generation / layout.CHROMA), settings=settings))


def create(client: Client, fingerprint: Fingerprint) -> chromadb.Collection:
    """The collection of a new generation."""
    return client.create_collection(
        layout.COLLECTION,
        configuration=cast(CreateCollectionConfiguration, {"hnsw": fingerprint.hnsw}),
        metadata={"fingerprint": fingerprint.to_json()},
        embedding_function=None,
    )


def collection_of(client: Client) -> chromadb.Collection:
    """The collection of a generation that was written before."""
    return client.get_collection(layout.COLLECTION, embedding_function=None)


@contextmanager
def opened(generation: Path) -> Iterator[chromadb.Collection]:
    """The collection of a generation that was written before, for as long as the `with`."""
    client = open_chroma(generation)
    try:
        yield collection_of(client)
    finally:
        client.close()


def search_with(generation: Path, ef_search: int) -> None:
    """Set how widely Chroma searches the graph from the next opening on."""
    with opened(generation) as collection:
        _configure(collection, "ef_search", ef_search)


def settle(generation: Path) -> None:
    """Let Chroma write what waits in its log to the graph's files, and leave no removed row's bytes.

    Chroma writes them every `SETTLED` rows and plays the rest of its log again at each opening.
    """
    with opened(generation) as collection:
        _configure(collection, "sync_threshold", 2)
    with opened(generation) as collection:  # Chroma takes the number when it opens a graph
        rows = collection.get(limit=2, include=["embeddings", "documents", "metadatas"])
        collection.upsert(
            ids=rows["ids"],
            embeddings=cast(Any, rows["embeddings"]),
            documents=rows["documents"],
            metadatas=rows["metadatas"],
        )
        _configure(collection, "sync_threshold", SETTLED)
    with closing(sqlite3.connect(generation / layout.CHROMA / DATABASE)) as connection:
        connection.execute("VACUUM")


def _configure(collection: chromadb.Collection, name: str, value: int) -> None:
    collection.modify(configuration=cast(UpdateCollectionConfiguration, {"hnsw": {name: value}}))


def spans(generation: Path) -> Iterator[tuple[str, str, int, int, str]]:
    """Every row in order of the ids: id, source, start, end, text. Chroma itself takes ten times as long."""
    with closing(sqlite3.connect(generation / layout.CHROMA / DATABASE)) as connection:
        yield from connection.execute(SPANS, (layout.COLLECTION,))


def sound(generation: Path) -> bool:
    """Whether SQLite finds nothing wrong in Chroma's database."""
    with closing(sqlite3.connect(generation / layout.CHROMA / DATABASE)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)])
