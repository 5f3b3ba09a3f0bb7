"""How a stream of text ends: finished, or cut."""

from __future__ import annotations

from typing import Any

LONGEST = 20_000  # characters of a text; an answer has a few hundred


class Cut(Exception):  # noqa: N818 it says what happened
    """The text is not whole, or there is none.

    Attributes:
        final: whether the same request would end the same.
    """

    def __init__(self, says: str, *, final: bool = False) -> None:
        super().__init__(says)
        self.final = final


def finish_of(raw: Any) -> str:
    """Why a chunk of an OpenAI-like stream is the last; "" when it is not, or says nothing about it."""
    choices = getattr(raw, "choices", None) or (raw.get("choices") if isinstance(raw, dict) else None)
    if not isinstance(choices, list) or not choices:
        return ""
    first = choices[0]
    reason = first.get("finish_reason") if isinstance(first, dict) else getattr(first, "finish_reason", None)
    return reason if isinstance(reason, str) else ""


def require_whole(finish: str, length: int) -> None:
    """Raise `Cut` unless the model finished by itself, and wrote something."""
    if finish == "length":
        raise Cut("was cut short by its longest length; ask for less, or give it more room", final=True)
    if finish != "stop":
        raise Cut(f"ended with {finish[:40]!r}, not with a finished answer; look at its server", final=True)
    if not length:
        raise Cut("wrote nothing; look at its server")
