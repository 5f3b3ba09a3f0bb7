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


TWO = {
    "goats.txt": "The Goats of Kell\n\nGoats live on Kell. They eat thistles. The mill on Kell is old.",
    "tariffs.txt": "Tariffs\n\nTariffs are paid in May. A late tariff costs two crowns.",
}


def test_one_text_is_told_when_its_title_is_named() -> None:
    """A question about a whole text that names one by its title is answered from that one."""
    with Assistant.from_texts(TWO) as assistant:
        reply = assistant.ask("Can you sum up the goats of Kell for me?")
        everything = assistant.ask("Can you sum it up for me?")
    assert isinstance(reply, Answer)
    assert {citation.source for citation in reply.citations} == {"goats.txt"}
    assert isinstance(everything, Answer)
    assert len({citation.source for citation in everything.citations}) == 2


def test_what_a_text_says_about_something() -> None:
    """Every sentence that speaks of it is cited, in order; of what none speaks, the question is refused."""
    with Assistant.from_texts(TWO) as assistant:
        reply = assistant.ask("What does the text say about Kell?")
        refused = assistant.ask("What does the text say about the tariffs of Kell?")
    assert isinstance(reply, Answer)
    assert [citation.quote for citation in reply.citations] == [
        "Goats live on Kell.",
        "The mill on Kell is old.",
    ]
    assert refused.refused
