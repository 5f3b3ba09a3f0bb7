"""What users of LlamaIndex plug in: our passages, our vectors, our answers.

    PassageParser           a NodeParser with exact spans
    PassageEmbedding        the shipped encoder as a BaseEmbedding
    AssistantRetriever      an assistant's search as a BaseRetriever
    AssistantQueryEngine    its answers and refusals as a BaseQueryEngine
    to_response             a reply as a LlamaIndex Response

Importing this loads llama_index and chromadb; `import assistant` does not.
"""

from __future__ import annotations

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import Response
from llama_index.core.callbacks import CallbackManager
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from .answers import Answer, Refusal
from .assistant import Assistant
from .documents import Citation
from .index.pipeline import PassageEmbedding, PassageParser, PassageStore
from .models import shipped_encoder

__all__ = [
    "AssistantQueryEngine",
    "AssistantRetriever",
    "PassageEmbedding",
    "PassageParser",
    "PassageStore",
    "shipped_embedding",
    "to_response",
]


def shipped_embedding() -> PassageEmbedding:
    """The encoder that ships with the package: 384 numbers a text, offline."""
    return PassageEmbedding(shipped_encoder())


def to_node(citation: Citation) -> NodeWithScore:
    """A citation as a node: its quote, its place in the document, its score."""
    node = TextNode(
        text=citation.quote,
        start_char_idx=citation.start,
        end_char_idx=citation.end,
        metadata={"source": citation.source, "title": citation.title},
    )
    return NodeWithScore(node=node, score=citation.score)


def to_response(reply: Answer | Refusal) -> Response:
    """A reply as a `Response`: citations, or a refusal's nearest passages, as source nodes.

    `metadata` holds the JSON form of the reply; `metadata["refused"]` tells the two apart.
    """
    shown = reply.nearest if isinstance(reply, Refusal) else reply.citations
    text = str(reply) if isinstance(reply, Refusal) else reply.text
    return Response(text, source_nodes=[to_node(each) for each in shown], metadata=reply.to_dict())


class AssistantRetriever(BaseRetriever):
    """An assistant's search: dense and BM25, fused."""

    def __init__(self, assistant: Assistant, k: int = 5) -> None:
        self._assistant = assistant
        self._k = k
        super().__init__(callback_manager=CallbackManager([]))

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [to_node(each) for each in self._assistant.search(query_bundle.query_str, self._k)]


class AssistantQueryEngine(BaseQueryEngine):
    """An assistant's answers and refusals."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        super().__init__(callback_manager=CallbackManager([]))

    def _query(self, query_bundle: QueryBundle) -> Response:
        return to_response(self._assistant.ask(query_bundle.query_str))

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return to_response(await self._assistant.aask(query_bundle.query_str))

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}
