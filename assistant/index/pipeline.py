"""LlamaIndex's ingestion pipeline, with parts that keep exact spans: the building half of the index.

What LlamaIndex's own parts do not: its splitters find offsets by searching, its Chroma store drops
an id that exists and sends batches that Chroma refuses. `assistant.llama` offers these to others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from chromadb.api.models.Collection import Collection
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import ConfigDict, PrivateAttr
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import BaseNode, MetadataMode, NodeRelationship, TextNode
from llama_index.core.schema import Document as LlamaDocument
from llama_index.vector_stores.chroma import ChromaVectorStore

from ..documents import Document, Passage, Span
from ..models import Encoder, Floats
from ..splitter import Splitter
from ..text import encodable
from .rows import UNEMBEDDED, UNTOLD, Ingest, Metadata, key_of, metadata_of, told, upsert
from .store import Row


def llama_document(document: Document) -> LlamaDocument:
    """The same text, code point by code point; pydantic takes no lone surrogate."""
    metadata = {"source": document.source, "title": encodable(document.title)}
    return LlamaDocument(id_=document.source, text=encodable(document.text), metadata=metadata)


def passage_of(node: BaseNode) -> Passage:
    """The passage that a node of `PassageParser` stands for."""
    assert isinstance(node, TextNode) and node.start_char_idx is not None
    start, data = node.start_char_idx, node.metadata
    return Passage(
        id=node.node_id,
        source=data["source"],
        start=start,
        end=start + len(node.text),
        text=node.text,
        heading=data["heading"],
        sentences=Passage.sentences_of(data["sentences"], start),
        tokens=data["tokens"],
    )


class PassageParser(NodeParser):
    """A LlamaIndex `NodeParser` whose nodes are spans: `document.text[start_char_idx:end_char_idx]`.

    A node's metadata: `source`, `title`, `heading` (alone embedded with the text), `sentences`
    (their bounds in the node, "0:41 42:80") and `tokens`.
    """

    limit: int = Splitter().limit
    overlap: int = Splitter().overlap
    least: int = Splitter().least

    @classmethod
    def of(cls, splitter: Splitter) -> PassageParser:
        return cls(limit=splitter.limit, overlap=splitter.overlap, least=splitter.least)

    def _parse_nodes(
        self,
        nodes: Sequence[BaseNode],
        show_progress: bool = False,  # noqa: ARG002  # given by the base class
        **_: Any,
    ) -> list[BaseNode]:
        splitter = Splitter(self.limit, self.overlap, self.least)
        return [node for document in nodes for node in self._nodes(splitter, document)]

    def _nodes(self, splitter: Splitter, parent: BaseNode) -> list[BaseNode]:
        source = str(parent.metadata.get("source") or parent.node_id)
        title = str(parent.metadata.get("title") or source)
        document = Document(source, title, parent.get_content())
        return [_node(passage, title, parent) for passage in splitter.split(document)]

    def _postprocess_parsed_nodes(
        self,
        nodes: list[BaseNode],
        parent_doc_map: Mapping[str, Any],  # noqa: ARG002  # given by the base class
    ) -> list[BaseNode]:
        return nodes  # the inherited one would search for the offsets again, and miss repeated text


def _node(passage: Passage, title: str, parent: BaseNode) -> TextNode:
    return TextNode(
        id_=passage.id,
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata=told(passage, title),
        metadata_template="{value}",
        text_template="{metadata_str}\n{content}",
        excluded_embed_metadata_keys=list(UNEMBEDDED),
        excluded_llm_metadata_keys=list(UNTOLD),
        relationships={NodeRelationship.SOURCE: parent.as_related_node_info()},
    )


class PassageEmbedding(BaseEmbedding):
    """The shipped encoder as a LlamaIndex `BaseEmbedding`: lists of 384 floats, of length 1."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    embed_batch_size: int = 64
    _encoder: Encoder = PrivateAttr()
    _known: Mapping[bytes, Floats] = PrivateAttr()

    def __init__(self, encoder: Encoder, known: Mapping[bytes, Floats] | None = None) -> None:
        """`known` holds vectors by the key of their text, which are not computed again."""
        super().__init__(model_name="all-MiniLM-L6-v2")
        self._encoder = encoder
        self._known = known or {}

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        keys = [key_of(text) for text in texts]
        new = [text for text, key in zip(texts, keys, strict=True) if key not in self._known]
        fresh = iter(self._encoder.encode(new))
        rows = [self._known[key] if key in self._known else next(fresh) for key in keys]
        return [row.tolist() for row in rows]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


class PassageStore(ChromaVectorStore):
    """LlamaIndex's Chroma store, writing by upsert, in batches that Chroma takes, short rows.

    Any LlamaIndex program reads the rows with its own `ChromaVectorStore`: a row's `_node_content`
    holds what that one needs to make the node again, once, and not its text.
    """

    def __init__(self, collection: Collection) -> None:
        super().__init__(chroma_collection=collection)

    def add(self, nodes: Sequence[BaseNode], **_: Any) -> list[str]:
        ids = [node.node_id for node in nodes]
        vectors = [node.get_embedding() for node in nodes]
        upsert(self._collection, ids, [node.get_content() for node in nodes], vectors, list(map(_row, nodes)))
        return ids


def _row(node: BaseNode) -> Metadata:
    assert isinstance(node, TextNode) and node.start_char_idx is not None and node.end_char_idx is not None
    span = Span(node.start_char_idx, node.end_char_idx)
    return metadata_of(node.node_id, node.metadata, span, node.ref_doc_id)


def pipeline(
    splitter: Splitter, encoder: Encoder, known: Mapping[bytes, Floats], collection: Collection
) -> IngestionPipeline:
    """Documents to passages to vectors to Chroma."""
    return IngestionPipeline(
        transformations=[PassageParser.of(splitter), PassageEmbedding(encoder, known)],
        vector_store=PassageStore(collection),
        disable_cache=True,
    )


def ingesting(
    splitter: Splitter, encoder: Encoder, known: Mapping[bytes, Floats], collection: Collection
) -> Ingest:
    """The pipeline as a function of documents; gives back what it wrote, by document."""
    steps = pipeline(splitter, encoder, known, collection)

    def ingest(documents: Sequence[Document]) -> dict[str, list[Row]]:
        rows: dict[str, list[Row]] = {document.source: [] for document in documents}
        for node in steps.run(documents=[llama_document(each) for each in documents]):
            vector = np.asarray(node.get_embedding(), dtype=np.float32)
            row = Row(passage_of(node), key_of(node.get_content(MetadataMode.EMBED)), vector)
            rows[row.passage.source].append(row)
        return rows

    return ingest
