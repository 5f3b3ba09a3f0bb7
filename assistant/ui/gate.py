"""The gate: few questions at once, some wait, the rest are told that it is busy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

AT_ONCE = 4
WAITING = 64


class Full(Exception):  # noqa: N818, it says what the gate is
    """As many wait as may."""


class Gate:
    """Lets so many in at a time.

    Attributes:
        most: that may wait.
        waiting: that do.
    """

    def __init__(self, at_once: int = AT_ONCE, most: int = WAITING) -> None:
        self._places = asyncio.Semaphore(at_once)
        self.most = most
        self.waiting = 0

    @property
    def crowded(self) -> bool:
        """Whether whoever comes now has to wait."""
        return self._places.locked()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait for a place, and have it.

        Raises:
            Full: too many wait already.
        """
        if self.crowded and self.waiting >= self.most:
            raise Full
        self.waiting += 1
        try:
            await self._places.acquire()
        finally:
            self.waiting -= 1
        try:
            yield
        finally:
            self._places.release()
