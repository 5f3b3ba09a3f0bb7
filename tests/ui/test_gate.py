"""The gate: so many at once, so many wait, the others are told."""

from __future__ import annotations

import asyncio

import pytest

from assistant.ui.gate import Full, Gate


def test_few_are_let_in_and_few_wait() -> None:
    """Two are in, one waits, the fourth is told that it is full; a place that is given back is taken."""

    async def scene() -> list[str]:
        gate, leave, seen = Gate(at_once=2, most=1), asyncio.Event(), list[str]()

        async def come(name: str) -> None:
            try:
                async with gate.place():
                    seen.append(f"{name} in")
                    await leave.wait()
            except Full:
                seen.append(f"{name} sent away")

        coming = [asyncio.ensure_future(come(name)) for name in ("ann", "bob", "cleo", "dora")]
        while len(seen) < 3:
            await asyncio.sleep(0)
        assert gate.waiting == 1
        assert gate.crowded
        leave.set()
        await asyncio.gather(*coming)
        return seen

    assert asyncio.run(scene()) == ["ann in", "bob in", "dora sent away", "cleo in"]


def test_who_gives_up_waiting_leaves_no_trace() -> None:
    """A question that is stopped while it waits takes no place."""

    async def scene() -> None:
        gate = Gate(at_once=1, most=1)
        async with gate.place():
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01), gate.place():
                    pass
            assert gate.waiting == 0
        async with gate.place():
            assert gate.crowded

    asyncio.run(scene())
