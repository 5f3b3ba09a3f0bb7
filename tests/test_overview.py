"""Questions about the whole."""

from __future__ import annotations

import pytest

from assistant import Answer, Assistant, Document


@pytest.mark.parametrize(
    "question",
    ["What is this article about?", "What is this text about in a nutshell?", "Summarize it.", "tl;dr"],
)
def test_three_sentences_of_three_sections(article: Document, question: str) -> None:
    """The article is told by three sentences, from three of its sections, in their order."""
    with Assistant.from_texts({article.source: article.text}) as assistant:
        reply = assistant.ask(question)
        starts = {hit.start: hit for hit in assistant.search(question, k=50)}
    assert isinstance(reply, Answer)
    assert len(reply.citations) == 3
    assert [c.start for c in reply.citations] == sorted(c.start for c in reply.citations)
    lines = [line for line in article.text.split("\n") if len(line) < 100]
    sections = [sum(article.text.index(line) < c.start for line in lines) for c in reply.citations]
    assert len(set(sections)) == 3
    assert starts


@pytest.mark.parametrize(
    ("texts", "count"),
    [
        ({"a.txt": "One sentence stands here alone."}, 1),
        ({"a.txt": "A first one is here. A second one follows. A third comes. A fourth ends it."}, 3),
        ({f"{n}.txt": f"Text number {n} is about {n} goats." for n in range(5)}, 3),
    ],
)
def test_short_texts_are_told_by_what_there_is(texts: dict[str, str], count: int) -> None:
    """A text without sections gives what sentences it has, each once."""
    with Assistant.from_texts(texts) as assistant:
        reply = assistant.ask("What is this about?")
    assert isinstance(reply, Answer)
    assert len({(c.source, c.start) for c in reply.citations}) == len(reply.citations) == count
