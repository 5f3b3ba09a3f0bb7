"""Passages as rows of Chroma that any LlamaIndex program reads, written without importing LlamaIndex."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from chromadb.api.models.Collection import Collection

from ..documents import Document, Passage, Span
from ..models import Encoder, Floats
from ..splitter import Splitter
from ..text import encodable
from .store import Row

BATCH = 500  # rows of one upsert; Chroma takes 5,461 at most
UNEMBEDDED = ("source", "title", "sentences", "tokens")  # of a row's metadata
UNTOLD = ("source", "sentences", "tokens")

Ingest = Callable[[Sequence[Document]], dict[str, list[Row]]]
Metadata = dict[str, str | int]


def embedded(passage: Passage) -> str:
    """What a passage's vector is made from: its heading, and its text."""
    return f"{passage.heading}\n{passage.text}" if passage.heading else passage.text


def key_of(text: str) -> bytes:
    """What a vector is kept under: 16 bytes of the sha256 of the text that was embedded."""
    return hashlib.sha256(encodable(text).encode()).digest()[:16]


def told(passage: Passage, title: str) -> Metadata:
    """A LlamaIndex node's metadata of a passage."""
    named: Metadata = {"source": passage.source, "title": title, "heading": passage.heading}
    return named | {"sentences": passage.bounds, "tokens": passage.tokens}


def metadata_of(id_: str, data: Metadata, span: Span, document: str | None) -> Metadata:
    """A row's metadata: what LlamaIndex' own Chroma store makes a node from again, less its text."""
    content = {
        "id_": id_,
        "metadata": data,
        "excluded_embed_metadata_keys": UNEMBEDDED,
        "excluded_llm_metadata_keys": UNTOLD,
        "start_char_idx": span.start,
        "end_char_idx": span.end,
        "relationships": {"1": {"node_id": document, "class_name": "RelatedNodeInfo"}},
        "class_name": "TextNode",
    }
    return {
        "source": data["source"],
        "start": span.start,
        "end": span.end,
        "document_id": data["source"],
        "_node_type": "TextNode",
        "_node_content": json.dumps(content, ensure_ascii=False),
    }


def upsert(
    collection: Collection,
    ids: Sequence[str],
    texts: Sequence[str],
    vectors: Sequence[Sequence[float] | Floats],
    metadatas: Sequence[Metadata],
) -> None:
    """Write rows, in batches that Chroma takes."""
    for first in range(0, len(ids), BATCH):
        batch = slice(first, first + BATCH)
        collection.upsert(
            ids=list(ids[batch]),
            embeddings=np.asarray(vectors[batch], dtype=np.float32),
            documents=[encodable(text) for text in texts[batch]],
            metadatas=[dict(each) for each in metadatas[batch]],
        )


def patching(
    splitter: Splitter, encoder: Encoder, known: Mapping[bytes, Floats], collection: Collection
) -> Ingest:
    """What `pipeline.ingesting` does, for the few texts of a patch: LlamaIndex takes longer to import."""

    def ingest(documents: Sequence[Document]) -> dict[str, list[Row]]:
        found = {each.source: list(splitter.split(each)) for each in documents}
        titles = {each.source: encodable(each.title) for each in documents}
        passages = [passage for group in found.values() for passage in group]
        texts = [embedded(passage) for passage in passages]
        keys = [key_of(text) for text in texts]
        fresh = [text for text, key in zip(texts, keys, strict=True) if key not in known]
        made = iter(encoder.encode(fresh))
        vectors = [known[key] if key in known else next(made) for key in keys]
        metadatas = [
            metadata_of(each.id, told(each, titles[each.source]), Span(each.start, each.end), each.source)
            for each in passages
        ]
        upsert(collection, [p.id for p in passages], [p.text for p in passages], vectors, metadatas)
        rows = iter(map(Row, passages, keys, vectors))
        return {source: [next(rows) for _ in group] for source, group in found.items()}

    return ingest
