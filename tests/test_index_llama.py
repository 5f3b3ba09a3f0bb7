"""The index in LlamaIndex's hands: its own stores, retrievers and pipelines read and use what we write."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import chromadb
import pytest
from chromadb.api.models.Collection import Collection
from llama_index.core import VectorStoreIndex
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import Document as LlamaDocument
from llama_index.core.schema import TextNode
from llama_index.core.vector_stores import MetadataFilter, MetadataFilters
from llama_index.vector_stores.chroma import ChromaVectorStore

from assistant.corpus.load import documents_of
from assistant.documents import Document
from assistant.index import layout, silent
from assistant.index.build import Source, write_generation
from assistant.index.pipeline import PassageEmbedding, PassageParser, PassageStore, key_of, passage_of
from assistant.models import Encoder
from assistant.splitter import Splitter

REFRAIN = "The bell of the chapel rings twice at noon, and the ferry leaves for the island an hour later."
TEXTS = {
    "ferry.txt": f"# Timetable\n\n{REFRAIN}\n\n# Too\n\n{REFRAIN}\n\n# Fares\n\nA seat costs 12 €. 🎫\r\n",
    "odd.txt": "First.\n\n# Odd \0 heading\n\nThe café is at 8 “Harbour Street”.\r\nIt sells 🍰.\n",
    "office.txt": "The office opens at nine. Ann Berg has the key to the archive.\n",
}
Documents = Mapping[str, Document]


@pytest.fixture(scope="module")
def documents() -> Documents:
    return {document.source: document for document in documents_of(TEXTS)}


@pytest.fixture(scope="module")
def collection(
    tmp_path_factory: pytest.TempPathFactory, documents: Documents, encoder: Encoder
) -> Iterator[Collection]:
    """The written collection, opened as any Chroma program would."""
    folder = tmp_path_factory.mktemp("generation")
    source = Source(list(documents.values()), list, len(documents))
    write_generation(folder, source, encoder, Splitter(), {}, silent)
    client = chromadb.PersistentClient(str(folder / layout.CHROMA))
    yield client.get_collection("passages", embedding_function=None)
    client.close()


@pytest.fixture(scope="module")
def index(collection: Collection, encoder: Encoder) -> VectorStoreIndex:
    """LlamaIndex's own index over its own store."""
    store = ChromaVectorStore(chroma_collection=collection)
    return VectorStoreIndex.from_vector_store(store, embed_model=PassageEmbedding(encoder))


def in_place(node: object, document: Document) -> bool:
    """Whether a node is the span of the document that it says it is."""
    assert isinstance(node, TextNode)
    return bool(node.text) and document.text[node.start_char_idx : node.end_char_idx] == node.text


@pytest.mark.parametrize(
    ("question", "source", "quote"),
    [
        ("What does a seat cost?", "ferry.txt", "A seat costs 12 €. 🎫"),
        ("When does the ferry leave?", "ferry.txt", REFRAIN),
        ("Where is the café?", "odd.txt", "“Harbour Street”.\r\nIt sells 🍰."),
        ("Who has the key?", "office.txt", "Ann Berg has the key to the archive."),
    ],
)
def test_llamaindex_retrieves_exact_spans(
    index: VectorStoreIndex, documents: Documents, question: str, source: str, quote: str
) -> None:
    """A plain LlamaIndex retriever finds the passage, with its text, its place and its source."""
    hits = index.as_retriever(similarity_top_k=10).retrieve(question)
    assert all(in_place(hit.node, documents[hit.node.metadata["source"]]) for hit in hits)
    assert hits[0].node.metadata["source"] == hits[0].node.ref_doc_id == source
    assert quote in hits[0].node.text
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_every_passage_comes_back_from_chroma(index: VectorStoreIndex, documents: Documents) -> None:
    """What LlamaIndex reads from Chroma are the passages that the splitter made, field by field."""
    hits = index.as_retriever(similarity_top_k=100).retrieve("anything")
    passages = [passage for document in documents.values() for passage in Splitter().split(document)]
    found = sorted((passage_of(hit.node) for hit in hits), key=lambda each: (each.source, each.start))
    assert found == passages
    assert sum(passage.text == REFRAIN for passage in passages) == 2


def test_llamaindex_filters_by_source(index: VectorStoreIndex) -> None:
    """A metadata filter on `source` holds a search to one text."""
    only = MetadataFilters(filters=[MetadataFilter(key="source", value="office.txt")])
    hits = index.as_retriever(similarity_top_k=10, filters=only).retrieve("When does the ferry leave?")
    assert {hit.node.metadata["source"] for hit in hits} == {"office.txt"}


def test_chroma_holds_plain_rows(collection: Collection, documents: Documents) -> None:
    """Without LlamaIndex, a row is an id, a text, and its source and bounds."""
    rows = collection.get()
    for text, data in zip(rows["documents"], rows["metadatas"], strict=True):
        assert documents[data["source"]].text[data["start"] : data["end"]] == text


def test_the_parser_keeps_repeated_sentences_apart(encoder: Encoder) -> None:
    """In a plain IngestionPipeline each repetition keeps its own place, and an id of its own."""
    paragraphs = [REFRAIN, f"Once more: {REFRAIN} {REFRAIN}", REFRAIN, REFRAIN]
    text = "\n\n".join(paragraphs)
    steps = [PassageParser(least=0), PassageEmbedding(encoder)]
    nodes = IngestionPipeline(transformations=steps).run(documents=[LlamaDocument(text=text, id_="bells")])
    assert [node.text for node in nodes] == paragraphs
    starts = [sum(len(each) + 2 for each in paragraphs[:n]) for n in range(len(paragraphs))]
    assert [node.start_char_idx for node in nodes] == starts
    assert all(in_place(node, Document("bells", "", text)) for node in nodes)
    assert len({node.node_id for node in nodes}) == len(nodes)
    assert {node.ref_doc_id for node in nodes} == {"bells"}
    assert all(len(node.embedding) == encoder.dimension for node in nodes)


def test_the_parser_splits_as_it_is_told() -> None:
    """`PassageParser.of` and its fields make the passages that a `Splitter` of the same parameters makes."""
    document = Document("ferry.txt", "Ferry", " ".join(f"{REFRAIN} No {n}." for n in range(40)))
    splitter = Splitter(limit=60, overlap=2, least=10)
    nodes = PassageParser.of(splitter).get_nodes_from_documents(
        [LlamaDocument(text=document.text, metadata={"source": document.source, "title": document.title})]
    )
    assert [passage_of(node) for node in nodes] == splitter.split(document)
    assert len(nodes) > 10


def test_the_embedding_is_the_encoder(encoder: Encoder) -> None:
    """Texts and questions, one or many, awaited or not, get the encoder's vectors to the last bit."""
    texts = [REFRAIN, "The office opens at nine.", "", "\ud800 odd"]
    rows, model = encoder.encode(texts).tolist(), PassageEmbedding(encoder)
    assert model.get_text_embedding_batch(texts) == rows
    assert [model.get_text_embedding(text) for text in texts] == rows
    assert [model.get_query_embedding(text) for text in texts] == rows
    assert asyncio.run(model.aget_query_embedding(REFRAIN)) == rows[0]


def test_known_vectors_are_taken(encoder: Encoder) -> None:
    """A text whose vector is known gets that one, among others that are computed."""
    (other,) = encoder.encode(["something else"])
    model = PassageEmbedding(encoder, {key_of(REFRAIN): other})
    batch = model.get_text_embedding_batch(["before", REFRAIN, "after"])
    assert batch == [
        encoder.encode(["before"])[0].tolist(),
        other.tolist(),
        encoder.encode(["after"])[0].tolist(),
    ]


@pytest.mark.slow
def test_more_nodes_than_chroma_takes_at_once(tmp_path: Path) -> None:
    """The store writes batches that Chroma accepts, and a node that comes again replaces the old one."""
    client = chromadb.PersistentClient(str(tmp_path))
    count = client.get_max_batch_size() + 1
    place = {"start_char_idx": 0, "end_char_idx": 4, "metadata": {"source": "it"}, "embedding": [1.0, 0.0]}
    nodes = [TextNode(id_=str(n), text="text", **place) for n in range(count)]
    store = PassageStore(client.create_collection("passages", embedding_function=None))
    assert store.add(nodes) == [str(n) for n in range(count)]
    store.add([TextNode(id_="0", text="new", **place)])
    assert store.client.count() == count
    assert store.client.get(ids=["0"])["documents"] == ["new"]
    client.close()
