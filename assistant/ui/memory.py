"""Memory: what the page's visitors said so far, each in chats of their own."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..answers import Answer, Refusal

Said = tuple[Answer | Refusal, ...]

VISITORS = 300
CHATS = 30  # of one visitor
REPLIES = 50  # of one chat
HOURS = 12.0


@dataclass(slots=True)
class _Visitor:
    chats: OrderedDict[str, Said]
    seen: float


class Memory:
    """The last replies of each chat, by a visitor's cookie and the chat's name.

    The cookie is random and read by this server alone, so nobody reaches another's chats. Bounded: the
    visitors and chats that were not used for longest go first, and all that is older than some hours.
    Whoever has no cookie is not remembered.
    """

    def __init__(self, visitors: int = VISITORS, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = visitors
        self._clock = clock
        self._visitors: OrderedDict[str, _Visitor] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Number of visitors that are remembered."""
        return len(self._visitors)

    def recall(self, visitor: str, chat: str, questions: Sequence[str]) -> Said:
        """The replies to these questions, the first of the chat.

        Where they are not those that were remembered (the server was started again), the questions alone
        stand for them: what a browser says of answers is not believed.
        """
        with self._lock:
            known = self._visitors.get(visitor)
            said = known.chats.get(chat, ()) if known else ()
        asked = tuple(questions)[-REPLIES:]
        for start in range(len(said)):  # the oldest may have been dropped on either side
            if tuple(reply.question for reply in said[start : start + len(asked)]) == asked:
                return said[start : start + len(asked)]
        return tuple(Refusal(question=each, standalone=each, reason="not_in_text") for each in asked)

    def keep(self, visitor: str, chat: str, said: Sequence[Answer | Refusal]) -> None:
        """Remember a chat's replies."""
        if not visitor:
            return
        now = self._clock()
        with self._lock:
            known = self._visitors.setdefault(visitor, _Visitor(OrderedDict(), now))
            known.seen = now
            known.chats[chat] = tuple(said)[-REPLIES:]
            known.chats.move_to_end(chat)
            self._visitors.move_to_end(visitor)
            if len(known.chats) > CHATS:
                known.chats.popitem(last=False)
            self._forget(now - HOURS * 3600)

    def _forget(self, before: float) -> None:
        while self._visitors:
            oldest = next(iter(self._visitors))
            if len(self._visitors) <= self._most and self._visitors[oldest].seen >= before:
                break
            del self._visitors[oldest]
