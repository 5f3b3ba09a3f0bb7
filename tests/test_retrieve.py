"""Retrieval: both rankings count, hostile words do not hurt, the budget holds."""

from __future__ import annotations

import pytest

from assistant.assistant import Assistant
from assistant.question import Question
from assistant.retrieve import Hit, within_budget


def question(text: str) -> Question:
    found = Question.of(text)
    assert isinstance(found, Question)
    return found


HOSTILE = [
    first + middle + last
    for first in ("what's", '"', "NEAR(", "a AND", "col:", "-", "*", "(", "'; DROP TABLE words; --", "\u202e")
    for middle in (" the key", "*", '"" OR ""', "^2", " NOT ")
    for last in ("?", '"', ")", "\\")
]


@pytest.mark.parametrize("start", range(0, len(HOSTILE), 50))
def test_hostile_questions_never_raise(office: Assistant, start: int) -> None:
    """Two hundred questions full of query syntax are searched as words."""
    assert len(HOSTILE) == 200
    for text in HOSTILE[start : start + 50]:
        found = Question.of(text)
        if isinstance(found, Question):
            hits = office._retriever.retrieve(found, 5)
            assert 1 <= len(hits) <= 5


def test_a_rare_word_finds_its_passage(office: Assistant) -> None:
    """A word that only one passage has brings that passage to the top."""
    (first, *_) = office._retriever.retrieve(question("euros"), 3)
    assert "3 euros" in first.passage.text


def test_another_wording_finds_its_passage(office: Assistant) -> None:
    """A question without a word of the passage still finds it, by meaning."""
    (first, *_) = office._retriever.retrieve(question("How many automobiles fit there?"), 3)
    assert "car park" in first.passage.text


def test_retrieval_is_the_same_each_time(office: Assistant) -> None:
    """The same question gets the same hits in the same order."""
    asked = question("Who locks the gate?")
    assert office._retriever.retrieve(asked, 3) == office._retriever.retrieve(asked, 3)


@pytest.mark.parametrize(("tokens", "kept"), [(0, 1), (1, 1), (10_000, 3)])
def test_the_budget_keeps_the_best(office: Assistant, tokens: int, kept: int) -> None:
    """The best passages within the budget are read, and always the first."""
    hits: list[Hit] = office._retriever.retrieve(question("Who locks the gate?"), 3)
    assert within_budget(hits, tokens) == hits[:kept]
