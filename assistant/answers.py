"""What a question gets: an answer or a refusal. Both are frozen, and what would be wrong cannot be built:
no answer is without citations, and each `[n]` in its text resolves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

from .documents import Citation, flat, typed
from .errors import InvalidReply

SCHEMA = 1
MARKER = re.compile(r"\[(\d+)\]")

Reason = Literal["off_topic", "not_in_text", "unsupported", "empty_question", "invalid_question"]

REASONS: Mapping[Reason, str] = {
    "off_topic": "The text is not about this.",
    "not_in_text": "The text does not say this.",
    "unsupported": "What the model wrote could not be verified in the text.",
    "empty_question": "There is no question to answer.",
    "invalid_question": "This cannot be searched: a question has words, and at most 4,000 characters.",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """What left this computer for a reply.

    Attributes:
        host: where it went.
        passages: how many of the texts' passages went with the question.
        chat: whether earlier questions of the chat went, too.
        prompts: digest of the prompts that were used, hexadecimal.
    """

    host: str
    passages: int = 0
    chat: bool = False
    prompts: str = ""

    @classmethod
    def _from(cls, fields: Mapping[str, Any] | None) -> Sent | None:
        if fields is None:
            return None
        kinds = {"host": str, "passages": int, "chat": bool, "prompts": str}
        return cls(**{name: typed(fields, name, kind) for name, kind in kinds.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a question gets: an `Answer` or a `Refusal`.

    Attributes:
        question: as asked.
        standalone: as searched; differs for a follow-up, which is made to stand alone.
        confidence: calibrated probability, 0 to 1, that the text answers the question.
        reader: what answered, `extractive` or a model's name.
        notices: what the user should know besides.
        sent: what left this computer; None when nothing did.
        timings_ms: milliseconds by part: `retrieve`, `read`, `total`.
    """

    refused: ClassVar[bool]

    question: str
    standalone: str = ""
    confidence: float = 0.0
    reader: str = "extractive"
    notices: tuple[str, ...] = ()
    sent: Sent | None = None
    timings_ms: dict[str, float] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        if type(self) is Reply:
            raise TypeError("a reply is an Answer or a Refusal")
        if not 0.0 <= self.confidence <= 1.0:  # nor is NaN
            raise ValueError(f"a confidence of {self.confidence!r} is no probability")

    @property
    def notes(self) -> list[str]:
        """What a person should see beside the reply: what was searched for instead, and the notices."""
        searched = [f"Searched for: {self.standalone}"] if self.standalone not in ("", self.question) else []
        return searched + [f"Note: {notice}" for notice in self.notices]

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
        sent = asdict(self.sent) if self.sent else None
        common = {"notices": list(self.notices), "sent": sent, "timings_ms": dict(self.timings_ms)}
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
        if not isinstance(fields, Mapping) or fields.get("schema") != SCHEMA:
            raise InvalidReply(f"this version reads the JSON form with schema {SCHEMA}, not {fields!r:.80}")
        try:
            refused = typed(fields, "refused", bool)
            foreign = ("text", "short", "citations") if refused else ("reason", "missing", "nearest")
            if any(fields[name] for name in foreign):
                raise InvalidReply(f"{'a refusal' if refused else 'an answer'} that has one of {foreign}")
            return Refusal._from(fields) if refused else Answer._from(fields)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidReply(f"not the JSON form of a reply: {error}") from error

    @staticmethod
    def _common(fields: Mapping[str, Any]) -> dict[str, Any]:
        timings = typed(fields, "timings_ms", Mapping)
        return {
            "question": typed(fields, "question", str),
            "standalone": typed(fields, "standalone", str),
            "confidence": typed(fields, "confidence", int, float),
            "reader": typed(fields, "reader", str),
            "notices": _strings(fields, "notices"),
            "sent": Sent._from(fields.get("sent")),
            "timings_ms": {str(name): float(value) for name, value in timings.items()},
        }


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

    @classmethod
    def _from(cls, fields: Mapping[str, Any]) -> Answer:
        return cls(
            text=typed(fields, "text", str),
            short=typed(fields, "short", str, type(None)),
            citations=_citations(fields, "citations"),
            **cls._common(fields),
        )

    def _own_fields(self) -> dict[str, Any]:
        citations = [citation.to_dict() for citation in self.citations]
        return {"text": self.text, "short": self.short, "citations": citations}

    def __str__(self) -> str:
        return "\n".join([*self.notes, *_stack(self.short, self.text), "", *self.places])

    @property
    def places(self) -> list[str]:
        """A line for each citation: its number, and where it stands."""
        return [f"[{number}] {citation}" for number, citation in enumerate(self.citations, 1)]


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

    @classmethod
    def _from(cls, fields: Mapping[str, Any]) -> Refusal:
        return cls(
            reason=typed(fields, "reason", str),
            missing=_strings(fields, "missing"),
            nearest=_citations(fields, "nearest"),
            **cls._common(fields),
        )

    def _own_fields(self) -> dict[str, Any]:
        nearest = [citation.to_dict() for citation in self.nearest]
        return {"reason": self.reason, "missing": list(self.missing), "nearest": nearest}

    def __str__(self) -> str:
        lines = [*self.notes, REASONS[self.reason]]
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
    """The next piece of the answer's text.

    All pieces joined are that text, unless a notice of the reply says why another answer took its place.
    """

    text: str


def pieces(reply: Answer | Refusal) -> Iterator[Piece]:
    """An answer's text, word by word; nothing of a refusal."""
    if isinstance(reply, Answer):
        yield from map(Piece, re.findall(r"\S+\s*", reply.text))


@dataclass(frozen=True, slots=True)
class Done:
    """The whole reply; nothing follows."""

    reply: Answer | Refusal


Event = Step | Piece | Done


def _strings(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = typed(fields, name, list)
    if not all(isinstance(value, str) for value in values):
        raise InvalidReply(f"{name} holds more than strings: {values!r}")
    return tuple(values)


def _citations(fields: Mapping[str, Any], name: str) -> tuple[Citation, ...]:
    return tuple(Citation.from_dict(each) for each in typed(fields, name, list))


def _stack(short: str | None, text: str) -> list[str]:
    return [text] if short is None else [flat(short), "", text]


def _excerpt(quote: str, limit: int = 160) -> str:
    quote = flat(quote)
    if len(quote) <= limit:
        return quote
    space = quote.rfind(" ", limit // 2, limit)
    return quote[: space if space > 0 else limit].rstrip(" ,;") + " …"
