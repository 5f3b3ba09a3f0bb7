"""A conversation: questions and replies in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from .answers import Answer, Done, Event, Refusal


class Chat:
    """A conversation: its questions and replies in order. Each question is searched as asked."""

    def __init__(self, stream: Callable[[str], Iterator[Event]]) -> None:
        self._stream = stream
        self.replies: list[Answer | Refusal] = []

    def ask(self, question: str) -> Answer | Refusal:
        """The reply to the next question. Raises nothing for any string."""
        return last(self.stream(question))

    async def aask(self, question: str) -> Answer | Refusal:
        """`ask`, off the event loop."""
        return await asyncio.to_thread(self.ask, question)

    def stream(self, question: str) -> Iterator[Event]:
        """The events of `Assistant.stream`; the reply joins the chat when it is done."""
        for event in self._stream(question):
            if isinstance(event, Done):
                self.replies.append(event.reply)
            yield event

    def __repr__(self) -> str:
        return f"<Chat: {len(self.replies)} replies>"


def last(events: Iterator[Event]) -> Answer | Refusal:
    """The reply that a stream of events ends with."""
    *_, done = events
    assert isinstance(done, Done)
    return done.reply
