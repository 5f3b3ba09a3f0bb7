"""The values that go in and come out: documents, passages, citations, answers, refusals.

All are frozen. A citation takes its quote from its document, an answer cannot be without citations,
and each `[n]` in its text resolves: what could be wrong cannot be built.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple, get_args

from .errors import InvalidReply

SCHEMA = 1
MARKER = re.compile(r"\[(\d+)\]")

Reason = Literal["off_topic", "not_in_text", "unsupported", "empty_question", "invalid_question"]
Label = Literal["exact", "normalised", "located"]

REASONS: Mapping[Reason, str] = {
    "off_topic": "The text is not about this.",
    "not_in_text": "The text does not say this.",
    "unsupported": "What the model wrote could not be verified in the text.",
    "empty_question": "There is no question to answer.",
    "invalid_question": "This cannot be searched: a question has words, and at most 4,000 characters.",
}


class Span(NamedTuple):
    """Code-point offsets in a text, the end excluded."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """A text of the corpus, under its name there (a path relative to the corpus' root)."""

    source: str
    title: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of a document, with what travels along when it is searched and read.

    Attributes:
        id: made from the source, the text and which occurrence of that text it is.
        start: code-point offset of the first character in the document.
        end: code-point offset behind the last one.
        heading: the heading that the passage stands under, or "". Context, never an answer.
        sentences: the passage's sentences, offsets in the document.
        tokens: length in cl100k_base tokens.
    """

    id: str
    source: str
    start: int
    end: int
    text: str = field(repr=False)
    heading: str = ""
    sentences: tuple[Span, ...] = field(default=(), repr=False)
    tokens: int = 0

    def __post_init__(self) -> None:
        if self.end - self.start != len(self.text) or not self.text.strip():
            raise ValueError(f"a passage of {self.end - self.start} characters, but {len(self.text)} of text")

    def sentence_at(self, offset: int) -> Span:
        """The sentence that holds this offset of the document; the nearest one before it otherwise."""
        before = [span for span in self.sentences if span.start <= offset]
        return before[-1] if before else Span(self.start, self.end)


@dataclass(frozen=True, slots=True, init=False)
class Citation:
    """A span of a document that proves something: `document.text[start:end] == quote`.

    There are two ways to one: `Citation.of`, which takes the quote from the document, and
    `Citation.from_dict`, which can only check the quote's length.
    """

    source: str
    title: str
    start: int
    end: int
    quote: str
    score: float
    label: Label

    def __init__(self) -> None:
        raise TypeError(
            "a citation is made by Citation.of(document, start, end) or Citation.from_dict(fields)"
        )

    @classmethod
    def of(
        cls, document: Document, start: int, end: int, *, score: float = 1.0, label: Label = "exact"
    ) -> Citation:
        """Cite `document.text[start:end]`, less the white space at its ends.

        Raises:
            ValueError: the span lies outside the text or holds nothing but white space.
        """
        if not 0 <= start < end <= len(document.text):
            raise ValueError(
                f"{start}:{end} is no span of {document.source!r} ({len(document.text)} characters)"
            )
        text = document.text[start:end]
        start, end = end - len(text.lstrip()), start + len(text.rstrip())
        if start >= end:
            raise ValueError(f"{document.source!r} holds only white space at {start}:{end}")
        return cls._build(document.source, document.title, start, end, document.text[start:end], score, label)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Citation:
        """The citation of a JSON form.

        Raises:
            InvalidReply: a field is missing, or the quote is not as long as its span.
        """
        try:
            citation = cls._build(*(fields[name] for name in cls.__slots__))
        except KeyError as missing:
            raise InvalidReply(f"a citation without {missing} in {dict(fields)!r}") from None
        spans = (citation.start, citation.end)
        if not all(isinstance(offset, int) for offset in spans) or not isinstance(citation.quote, str):
            raise InvalidReply(f"a citation needs whole offsets and a quote: {dict(fields)!r}")
        if not 0 <= citation.start < citation.end == citation.start + len(citation.quote):
            raise InvalidReply(f"a quote of {len(citation.quote)} characters at {spans[0]}:{spans[1]}")
        if citation.quote != citation.quote.strip() or citation.label not in get_args(Label):
            raise InvalidReply(
                f"a citation with spaces around its quote or a foreign label: {dict(fields)!r}"
            )
        return citation

    @classmethod
    def _build(cls, *values: Any) -> Citation:
        citation = object.__new__(cls)
        for name, value in zip(cls.__slots__, values, strict=True):
            object.__setattr__(citation, name, value)
        return citation

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    def __str__(self) -> str:
        return f"{self.title} ({self.source}, characters {self.start} to {self.end})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a question gets: an `Answer` or a `Refusal`.

    Attributes:
        question: as asked.
        standalone: as searched; differs for a follow-up, which is made to stand alone.
        confidence: calibrated probability, 0 to 1, that the text answers the question.
        reader: what answered, `extractive` or a model's name.
        notices: what the user should know besides.
        timings_ms: milliseconds by part: `retrieve`, `read`, `total`.
    """

    refused: ClassVar[bool]

    question: str
    standalone: str = ""
    confidence: float = 0.0
    reader: str = "extractive"
    notices: tuple[str, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not (0.0 <= self.confidence <= 1.0 and math.isfinite(self.confidence)):
            raise ValueError(f"a confidence of {self.confidence!r} is no probability")

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: the same keys for answers and refusals."""
        empty: dict[str, Any] = {
            "text": None,
            "short": None,
            "citations": [],
            "reason": None,
            "missing": [],
            "nearest": [],
        }
        common = {"notices": list(self.notices), "timings_ms": dict(self.timings_ms)}
        head = {"schema": SCHEMA, "question": self.question, "standalone": self.standalone}
        decision = {"refused": self.refused, "confidence": self.confidence, "reader": self.reader}
        return head | decision | empty | self._own_fields() | common

    def _own_fields(self) -> dict[str, Any]:
        raise NotImplementedError

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Answer | Refusal:
        """The reply of a JSON form.

        Raises:
            InvalidReply: a field is missing or contradicts another, or a newer version wrote it.
        """
        if fields.get("schema") != SCHEMA:
            raise InvalidReply(f"schema {fields.get('schema')!r}: this version reads schema {SCHEMA}")
        try:
            common = {name: fields[name] for name in ("question", "standalone", "confidence", "reader")}
            common |= {"notices": tuple(fields["notices"]), "timings_ms": dict(fields["timings_ms"])}
            if fields["refused"]:
                nearest = tuple(Citation.from_dict(each) for each in fields["nearest"])
                return Refusal(
                    reason=fields["reason"], missing=tuple(fields["missing"]), nearest=nearest, **common
                )
            citations = tuple(Citation.from_dict(each) for each in fields["citations"])
            return Answer(text=fields["text"], short=fields["short"], citations=citations, **common)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidReply(f"not the JSON form of a reply: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Reply):
    """An answer, every sentence of it followed by the number of its citation.

    Attributes:
        text: sentences with `[1]`-style markers, which count the citations from one.
        short: the answer span alone, where there is one.
        citations: in the order of their numbers, never empty.
    """

    refused: ClassVar[bool] = False

    text: str
    short: str | None = None
    citations: tuple[Citation, ...]

    def __post_init__(self) -> None:
        Reply.__post_init__(self)
        if not self.citations:
            raise ValueError("an answer without a citation")
        numbers = {int(number) for number in MARKER.findall(self.text)}
        if numbers != set(range(1, len(self.citations) + 1)):
            raise ValueError(
                f"markers {sorted(numbers)} for {len(self.citations)} citations in {self.text!r}"
            )

    def _own_fields(self) -> dict[str, Any]:
        citations = [citation.to_dict() for citation in self.citations]
        return {"text": self.text, "short": self.short, "citations": citations}

    def __str__(self) -> str:
        places = [f"[{number}] {citation}" for number, citation in enumerate(self.citations, 1)]
        return "\n".join([*_notes(self), *_stack(self.short, self.text), "", *places])


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal(Reply):
    """No answer, and why.

    Attributes:
        reason: see `REASONS`.
        missing: what the text lacks, in words of the question.
        nearest: the closest passages, which are no answer.
    """

    refused: ClassVar[bool] = True

    reason: Reason
    missing: tuple[str, ...] = ()
    nearest: tuple[Citation, ...] = ()

    def __post_init__(self) -> None:
        Reply.__post_init__(self)
        if self.reason not in REASONS:
            raise ValueError(f"reason {self.reason!r} is none of {', '.join(REASONS)}")

    def _own_fields(self) -> dict[str, Any]:
        nearest = [citation.to_dict() for citation in self.nearest]
        return {"reason": self.reason, "missing": list(self.missing), "nearest": nearest}

    def __str__(self) -> str:
        lines = [*_notes(self), REASONS[self.reason]]
        if self.missing:
            lines.append(f"Missing: {'; '.join(self.missing)}")
        if self.nearest:
            lines += ["", "Nearest passages, which do not answer it:"]
            lines += [f"- {near.source}: {_excerpt(near.quote)}" for near in self.nearest]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Step:
    """Work has reached this part: `search`, `read` or `write`."""

    name: str


@dataclass(frozen=True, slots=True)
class Piece:
    """The next piece of the answer's text; all pieces joined are that text."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """The whole reply; nothing follows."""

    reply: Answer | Refusal


Event = Step | Piece | Done


def _notes(reply: Reply) -> list[str]:
    return [f"Note: {notice}" for notice in reply.notices]


def _stack(short: str | None, text: str) -> list[str]:
    return [text] if short is None else [flat(short), "", text]


def _excerpt(quote: str, limit: int = 160) -> str:
    quote = flat(quote)
    if len(quote) <= limit:
        return quote
    space = quote.rfind(" ", limit // 2, limit)
    return quote[: space if space > 0 else limit].rstrip(" ,;") + " …"


def flat(text: str) -> str:
    """One line: runs of white space become a space, for display only."""
    return " ".join(text.split())
