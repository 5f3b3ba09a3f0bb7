"""A LlamaIndex `LLM` that somebody else made, kept to a deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.llms import LLM

from ..errors import LanguageModelProblem
from ..seams import Message
from .ending import LONGEST, Cut, finish_of, require_whole
from .redact import redacted

__all__ = ["LLM", "PluggedModel"]

ADDRESSES = ("api_base", "base_url", "azure_endpoint", "endpoint")  # what LlamaIndex' classes call theirs


@dataclass(frozen=True, slots=True)
class PluggedModel:
    """A LlamaIndex object; it keeps its own retries and its own settings."""

    llm: LLM = field(repr=False)  # its repr holds the key

    @property
    def name(self) -> str:
        name = self.llm.metadata.model_name
        return name if name and name != "unknown" else type(self.llm).__name__

    @property
    def host(self) -> str:
        """Its address, else the name of its class: only that knows where its words go."""
        for each in ADDRESSES:
            given = getattr(self.llm, each, None)
            if isinstance(given, str) and (host := urlsplit(given).hostname):
                return host
        return type(self.llm).__name__

    def write(self, messages: Sequence[Message], until: float) -> Iterator[str]:
        """The text's pieces, from a thread: nothing else ends a call that does not return.

        A call that outlives its deadline is left alone; its thread ends with it, or with the program.
        """
        seconds = until - time.monotonic()
        told = [ChatMessage(role=each.role, content=each.text) for each in messages]
        try:
            yield from _whole(self.llm, told, until)
            return
        except TimeoutError:
            what = f"did not finish in {seconds:.0f} s; ask again, or take a faster one"
        except Cut as cut:
            what = str(cut)
        except Exception as error:  # noqa: BLE001 whatever somebody else's class raises
            what = f"failed ({self._shown(error)}); look at its server"
        raise LanguageModelProblem(f"the language model {self.name!r} {what}")

    def _shown(self, error: Exception) -> str:
        keys = (value for name, value in vars(self.llm).items() if "key" in name and isinstance(value, str))
        return redacted(f"{type(error).__name__}: {error}", tuple(keys))


def _whole(llm: LLM, told: list[ChatMessage], until: float) -> Iterator[str]:
    """The pieces. Where its chunks tell how they end, as OpenAI's do, the last has to say "stop"."""
    length, tells, finish = 0, False, ""
    for chunk in _by(until, llm, told):
        if piece := chunk.delta or "":
            length += len(piece)
            if length > LONGEST:
                raise Cut("does not stop writing; look at its server")
            yield piece
        tells = tells or bool(getattr(chunk.raw, "choices", None))
        finish = finish_of(chunk.raw) or finish
    if tells and not finish:
        raise Cut("ended without saying that it had finished; look at its server")
    require_whole(finish or "stop", length)


def _by(until: float, llm: LLM, told: list[ChatMessage]) -> Iterator[ChatResponse]:
    """The chunks, each as it comes; `TimeoutError` once it is late."""
    came: SimpleQueue[ChatResponse | Exception | None] = SimpleQueue()
    over = threading.Event()

    def pump() -> None:
        try:
            for chunk in llm.stream_chat(told):
                came.put(chunk)
                if over.is_set():
                    return
            came.put(None)
        except Exception as error:  # noqa: BLE001 raised where the chunks are read
            came.put(error)

    threading.Thread(target=pump, name="assistant-llm", daemon=True).start()
    try:
        while (left := until - time.monotonic()) > 0:
            with suppress(Empty):
                chunk = came.get(timeout=left)
                if chunk is None:
                    return
                if isinstance(chunk, Exception):
                    raise chunk
                yield chunk
        raise TimeoutError
    finally:
        over.set()
