"""Texts and their spans: documents, passages, citations.

All are frozen. A passage and a citation are spans of a document, and take their text from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, get_args

from .errors import InvalidReply

Label = Literal["exact", "normalised", "located"]


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

    def slice(self, span: Span) -> str:
        """The text of a span of the document that lies in the passage."""
        return self.text[span.start - self.start : span.end - self.start]

    @property
    def bounds(self) -> str:
        """The sentences' bounds, counted from the passage's start: "0:41 42:80"."""
        return " ".join(f"{span.start - self.start}:{span.end - self.start}" for span in self.sentences)

    @staticmethod
    def sentences_of(bounds: str, start: int) -> tuple[Span, ...]:
        """The sentences whose `bounds` these are, of a passage that starts here."""
        pairs = (pair.split(":") for pair in bounds.split())
        return tuple(Span(start + int(first), start + int(last)) for first, last in pairs)

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
        quote = document.text[start:end].strip()
        if not quote:
            raise ValueError(f"{document.source!r} holds only white space at {start}:{end}")
        start = end - len(document.text[start:end].lstrip())
        return cls._build(document.source, document.title, start, start + len(quote), quote, score, label)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Citation:
        """The citation of a JSON form.

        Raises:
            InvalidReply: a field is missing, or the quote is not as long as its span.
        """
        if not isinstance(fields, Mapping):
            raise InvalidReply(f"a citation is an object of fields, not {fields!r}")
        citation = cls._build(
            *(typed(fields, name, str) for name in ("source", "title")),
            *(typed(fields, name, int) for name in ("start", "end")),
            typed(fields, "quote", str),
            typed(fields, "score", int, float),
            typed(fields, "label", str),
        )
        start, end, quote = citation.start, citation.end, citation.quote
        if not 0 <= start < end == start + len(quote):
            raise InvalidReply(f"a quote of {len(quote)} characters at {start}:{end}")
        if quote != quote.strip() or citation.label not in get_args(Label):
            raise InvalidReply(f"spaces around the quote, or a foreign label, in {dict(fields)!r}")
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


def typed(fields: Mapping[str, Any], name: str, *kinds: type) -> Any:
    """A field of a JSON form. Raises `InvalidReply` when it is missing or of another kind."""
    if name not in fields:
        raise InvalidReply(f"there is no {name!r} among {', '.join(map(str, fields))}")
    value = fields[name]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise InvalidReply(f"{name} is {value!r}, not {' or '.join(kind.__name__ for kind in kinds)}")
    return value


CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def flat(text: str) -> str:
    """One line for display: no control characters, which a terminal obeys, and single spaces."""
    return " ".join(CONTROLS.sub("", text).split())
