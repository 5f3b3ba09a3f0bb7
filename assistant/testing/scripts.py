"""What is said next: replies in order, or a function of what was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

from ..seams import Message
from .faults import Fault

Part = str | threading.Event
"""A piece of a text, or what is waited for before the next one comes."""

Reply = str | Sequence[Part] | Fault | Exception
Script = Iterable[Reply] | Callable[[Sequence[Message]], Reply]


class ScriptEnded(AssertionError):  # noqa: N818 it says what happened
    """More was asked than the script has replies for."""


class Replies:
    """The next reply, for many threads."""

    def __init__(self, replies: Script) -> None:
        self._lock = threading.Lock()
        self._function = replies if callable(replies) else None
        self._left = iter([] if callable(replies) else [replies] if isinstance(replies, str) else replies)
        self.ended = False

    def next(self, messages: Sequence[Message]) -> Reply:
        if self._function:
            return self._function(messages)
        with self._lock:
            for reply in self._left:
                return reply
        self.ended = True
        raise ScriptEnded(f"the script has no reply left for {messages[-1].text if messages else ''!r:.200}")
