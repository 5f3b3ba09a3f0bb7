"""Ask a text: every sentence of an answer is proven by a cited span, or the question is refused.

from assistant import Assistant

with Assistant.open() as assistant:
    print(assistant.ask("How far can the missile fly?"))
"""

import os
from typing import TYPE_CHECKING

# Read by onnxruntime when it is first imported: without it, it looks up a host of its maker's.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

from .answers import Answer, Done, Piece, Refusal, Reply, Step
from .documents import Citation, Document, Passage
from .errors import AssistantError

if TYPE_CHECKING:
    from .assistant import Assistant
    from .conversation import Chat

__all__ = [
    "Answer",
    "Assistant",
    "AssistantError",
    "Chat",
    "Citation",
    "Document",
    "Done",
    "Passage",
    "Piece",
    "Refusal",
    "Reply",
    "Step",
]


def __getattr__(name: str) -> object:
    """`Assistant` and `Chat` bring numpy along, so they are imported when asked for."""
    if name in ("Assistant", "Chat"):
        from . import assistant

        return getattr(assistant, name)
    raise AttributeError(f"module 'assistant' has no attribute {name!r}")
