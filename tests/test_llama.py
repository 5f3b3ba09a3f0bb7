"""What LlamaIndex users plug in: search and answers."""

from __future__ import annotations

import asyncio

from llama_index.core.evaluation import FaithfulnessEvaluator
from llama_index.core.llms import CompletionResponse, CompletionResponseGen, CustomLLM, LLMMetadata
from llama_index.core.schema import QueryBundle, TextNode

from assistant.assistant import Assistant
from assistant.llama import AssistantQueryEngine, AssistantRetriever, shipped_embedding, to_response


def test_the_retriever_gives_spans_as_nodes(office: Assistant) -> None:
    """A retrieved node has its text, its place in the document, and a score."""
    (first, *rest) = AssistantRetriever(office, k=2).retrieve("Where do bicycles go?")
    assert isinstance(first.node, TextNode)
    text = office.document(first.node.metadata["source"]).text
    assert text[first.node.start_char_idx : first.node.end_char_idx] == first.node.text
    assert len(rest) == 1


def test_the_query_engine_answers_and_refuses(office: Assistant) -> None:
    """An answer comes with its citations as source nodes; a refusal says that it is one."""
    engine = AssistantQueryEngine(office)
    answer = engine.query("When does the office open?")
    assert "nine" in str(answer)
    assert answer.metadata is not None
    assert answer.metadata["refused"] is False
    assert answer.source_nodes[0].node.get_content() == "The office opens at nine."
    refusal = asyncio.run(engine.aquery(QueryBundle("")))
    assert refusal.metadata is not None
    assert refusal.metadata["reason"] == "empty_question"


def test_the_embedding_has_384_numbers() -> None:
    """The shipped encoder serves as a LlamaIndex embedding."""
    assert len(shipped_embedding().get_query_embedding("a question")) == 384


class ScriptedModel(CustomLLM):
    """Says yes when the context that it is shown holds the statement, as a good judge would."""

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata()

    def complete(self, prompt: str, formatted: bool = False, **kwargs: object) -> CompletionResponse:
        statement, context = prompt.rsplit("Information:", 1)[1].split("Context:", 1)
        said = statement.replace("[1]", "").strip()
        return CompletionResponse(text="YES" if said in context else "NO")

    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: object
    ) -> CompletionResponseGen:
        raise NotImplementedError


def test_llama_index_evaluators_take_our_replies(office: Assistant) -> None:
    """LlamaIndex' faithfulness evaluator finds our answer in the source nodes of the response."""
    evaluator = FaithfulnessEvaluator(llm=ScriptedModel())
    response = to_response(office.ask("Who has the key to the archive?"))
    assert response.source_nodes[0].text == "Ann Berg has the key to the archive."
    assert evaluator.evaluate_response(response=response).passing
    response.response = "Bob has the key to the archive."
    assert not evaluator.evaluate_response(response=response).passing
