"""What the tests of the evals share: a suite about the office, and parts that do one thing wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import pytest

from assistant import Answer, Citation, Document, Refusal
from assistant.assistant import Assistant
from assistant.evals import Case, Run, Suite, run
from assistant.question import Question
from assistant.seams import Hit, Reader, Retriever
from tests.conftest import OFFICE

DESK = Suite(
    "desk",
    (
        Case(
            id="opens",
            question="When does the office open?",
            answerable=True,
            answers=("nine", "9"),
            evidence=("The office opens at nine.",),
            source="office.txt",
            tags=("fact",),
        ),
        Case(
            id="key",
            question="Who has the key to the archive?",
            answerable=True,
            answers=("Ann Berg",),
            evidence=("Ann Berg has the key to the archive.",),
            tags=("fact", "name"),
        ),
        Case(
            id="cars",
            question="How many cars does the car park hold?",
            answerable=True,
            answers=("40",),
            evidence=("The car park holds 40 cars.",),
        ),
        Case(
            id="leave",
            question="Why do visitors leave at six?",
            answerable=True,
            evidence=("because the guard locks the gate",),
        ),
        Case(id="cafeteria", question="What does the cafeteria sell?", answerable=False),
        Case(id="match", question="Who won the match?", answerable=False),
    ),
)
ANSWERABLE = {"opens", "key", "cars", "leave"}


@pytest.fixture(scope="session")
def desk_run(office: Assistant) -> Run:
    """`DESK`, asked once; every case of it is right."""
    return run(DESK, office)


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of JSON Lines: what is not a string is written as JSON."""

    def write(*rows: object, name: str = "mine.jsonl") -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        texts = (row if isinstance(row, str) else json.dumps(row) for row in rows)
        file.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        return file

    return write


def fields(**changed: Any) -> dict[str, Any]:
    """A case as it stands in a file; a field that is None is left out."""
    whole = {"id": "opens", "question": "When does the office open?", "answerable": True, "answers": ["nine"]}
    return {name: value for name, value in (whole | changed).items() if value is not None}


@dataclass(frozen=True)
class Without:
    """A retriever that does not find the passages with these words."""

    inner: Retriever
    words: str

    @property
    def identity(self) -> str:
        return f"{self.inner.identity} without {self.words!r}"

    def retrieve(self, question: Question, count: int) -> list[Hit]:
        return [hit for hit in self.inner.retrieve(question, count) if self.words not in hit.passage.text]


@dataclass(frozen=True)
class Around:
    """A reader around another one, which it is like."""

    inner: Reader

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def identity(self) -> str:
        return f"{type(self).__name__} {self.inner.identity}"

    @property
    def threshold(self) -> float:
        return self.inner.threshold

    def at(self, threshold: float) -> Self:
        return replace(self, inner=self.inner.at(threshold))

    def read(self, question: Question, hits: Sequence[Hit]) -> Answer | Refusal:
        return self.inner.read(question, hits)


@dataclass(frozen=True)
class Failing(Around):
    """Breaks over questions with this word."""

    word: str = ""

    def read(self, question: Question, hits: Sequence[Hit]) -> Answer | Refusal:
        if self.word in question.text:
            raise RuntimeError("the reader broke\nin two lines")
        return super().read(question, hits)


@dataclass(frozen=True)
class Listening(Around):
    """Remembers the questions that it was asked."""

    heard: list[str] = field(default_factory=list)

    def read(self, question: Question, hits: Sequence[Hit]) -> Answer | Refusal:
        self.heard.append(question.text)
        return super().read(question, hits)


@dataclass(frozen=True)
class Shifted(Around):
    """Cites a little later than where the answer stands."""

    document: Document = field(kw_only=True)
    by: int = 12

    def read(self, question: Question, hits: Sequence[Hit]) -> Answer | Refusal:
        reply = super().read(question, hits)
        if isinstance(reply, Refusal):
            return reply
        moved = (Citation.of(self.document, c.start + self.by, c.end + self.by) for c in reply.citations)
        return replace(reply, citations=tuple(moved))


def rewritten(old: str, new: str) -> Assistant:
    """An assistant over the office with other words in it; for the caller to close."""
    assert old in OFFICE
    return Assistant.from_texts({"office.txt": OFFICE.replace(old, new)})
