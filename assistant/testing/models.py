"""A language model in this process that says what its script says."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..errors import LanguageModelProblem
from ..seams import Message
from .faults import Fault
from .scripts import Replies, Script


@dataclass(slots=True)
class ScriptedModel:
    """A language model that says what its script says, and keeps what it was told.

    Attributes:
        script: each reply a text, its pieces, or an exception to raise.
        asked: the messages of each request.
    """

    script: Script
    name: str = "scripted"
    host: str = ""
    asked: list[tuple[Message, ...]] = field(default_factory=list)
    _replies: Replies = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._replies = Replies(self.script)

    def write(self, messages: Sequence[Message], until: float) -> Iterator[str]:
        """The pieces of the next reply."""
        self.asked.append(tuple(messages))
        reply = self._replies.next(messages)
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, Fault):
            raise TypeError(f"{reply!r} is for a ScriptedServer; give a model the exception to raise")
        for part in [reply] if isinstance(reply, str) else reply:
            if isinstance(part, str):
                yield part
            elif not part.wait(max(0.0, until - time.monotonic())):
                raise LanguageModelProblem(f"the language model {self.name!r} did not finish in time")
