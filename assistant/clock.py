"""How long the parts of a reply took."""

from __future__ import annotations

import time


class Clock:
    """Milliseconds by part."""

    def __init__(self) -> None:
        self._started = self._last = time.perf_counter()
        self._parts = {"retrieve": 0.0, "read": 0.0}

    def lap(self, part: str) -> None:
        """What passed since the last lap belongs to this part."""
        now = time.perf_counter()
        self._parts[part] += (now - self._last) * 1000
        self._last = now

    def timings(self) -> dict[str, float]:
        total = (time.perf_counter() - self._started) * 1000
        return {name: round(value, 3) for name, value in (self._parts | {"total": total}).items()}
