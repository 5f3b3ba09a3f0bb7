"""Where parts can be exchanged. A part receives others, never looks them up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from .answers import Answer, Event, Refusal
from .documents import Document, Passage
from .question import Question


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found.

    Attributes:
        score: reciprocal ranks, weighted and added; for order alone.
        cosine: of the question's vector and the passage's; None when only its words matched.
    """

    passage: Passage
    score: float
    cosine: float | None


class Retriever(Protocol):
    """Finds the passages that a question is about."""

    @property
    def identity(self) -> str:
        """Everything besides the texts that the order depends on, in a line."""
        ...

    def retrieve(self, question: Question, count: int) -> list[Hit]:
        """At most `count` passages, best first."""
        ...


class Reader(Protocol):
    """Answers from passages, or refuses."""

    @property
    def name(self) -> str:
        """What `Reply.reader` says."""
        ...

    @property
    def identity(self) -> str:
        """Everything besides question and passages that a reply depends on, in a line."""
        ...

    @property
    def threshold(self) -> float:
        """The least confidence that is answered."""
        ...

    def at(self, threshold: float) -> Reader:
        """The same reader, answering from this confidence on."""
        ...

    def read(self, question: Question, hits: Sequence[Hit]) -> Answer | Refusal:
        """The reply to a question, from these passages alone."""
        ...


@runtime_checkable
class StreamingReader(Reader, Protocol):
    """A reader whose reply comes in parts."""

    def stream(self, question: Question, hits: Sequence[Hit]) -> Iterator[Event]:
        """`Step`s and `Piece`s as they come, then `Done`; what `read` gives is in it."""
        ...


@runtime_checkable
class ReaderOfTexts(Reader, Protocol):
    """A reader that says what texts lack, and looks into them for it."""

    def over(self, texts: Texts) -> Reader:
        """The same reader, which looks into these texts."""
        ...


class Texts(Protocol):
    """What is known of the texts besides the passages at hand."""

    def document(self, source: str) -> Document | None: ...

    def title(self, source: str) -> str: ...

    def knows(self, word: str) -> bool:
        """Whether the texts hold the word, in any of its English forms."""
        ...

    def near(self, words: Sequence[str]) -> bool:
        """Whether the texts hold all the words close together."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """What a language model is told."""

    role: Literal["system", "user", "assistant"]
    text: str


class LanguageModel(Protocol):
    """Messages to text, in pieces as they come."""

    @property
    def name(self) -> str:
        """What `Reply.reader` says, such as `llama3.2`."""
        ...

    @property
    def host(self) -> str:
        """Where what is sent goes, such as `127.0.0.1`; "" when it stays in this process."""
        ...

    def write(self, messages: Sequence[Message], until: float) -> Iterator[str]:
        """The text's pieces. Ends by itself only when the model said that it had finished.

        Args:
            messages: oldest first.
            until: the `time.monotonic()` by which all of it has come.

        Raises:
            LanguageModelProblem: the model cannot be reached, refuses, is late, or was cut short.
        """
        ...
