"""The events that a reply is told by, whoever reads."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from .answers import Answer, Done, Event, Refusal, Step, pieces
from .question import Question
from .seams import Hit, Reader, StreamingReader

Told = Generator[Event, None, Answer | Refusal]


def read(reader: Reader, question: Question, hits: Sequence[Hit]) -> Told:
    """The reader's reply to what was found, and before it the events that lead to it."""
    if isinstance(reader, StreamingReader):
        for event in reader.stream(question, hits):
            if isinstance(event, Done):
                return event.reply
            yield event
    return (yield from whole(reader.read(question, hits)))


def whole(reply: Answer | Refusal) -> Told:
    """A reply that is known: an answer's text in pieces, nothing of a refusal."""
    if isinstance(reply, Answer):
        yield Step("write")
        yield from pieces(reply)
    return reply
