"""A model behind an OpenAI-compatible server: OpenAI, Ollama, vLLM, llama.cpp and the like."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import openai
from llama_index.core.base.llms.types import ChatMessage
from llama_index.llms.openai_like import OpenAILike

from ..errors import LanguageModelProblem
from ..seams import Message
from .ending import LONGEST, Cut, finish_of, require_whole
from .redact import redacted
from .wire import LEAST, NoStream, TimedTransport, TooLong

NO_KEY = "none"  # a server of one's own asks for none, the client insists on one
WINDOW = 8192  # tokens; only what LlamaIndex would cut by, and it cuts nothing here
PAUSE = 0.5  # seconds before the second try
LONGEST_PAUSE = 5.0  # whatever `Retry-After` says
TRANSIENT = (408, 409, 425, 429)  # and every 5xx: another try may do
TALKATIVE = ("openai", "httpx", "httpcore")  # loggers that write questions, and headers, at DEBUG


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model of a server.

    Attributes:
        name: as the server knows it.
        provider: one of `PROVIDERS`.
        address: of the server, ending in /v1.
        key: never shown.
    """

    name: str
    provider: str
    address: str
    key: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        return urlsplit(self.address).hostname or self.address

    def write(self, messages: Sequence[Message], until: float) -> Iterator[str]:
        """The text's pieces; tries twice when nothing was given out yet and time is left."""
        seconds = until - time.monotonic()
        for last in (False, True):
            given = False
            try:
                for piece in self._attempt(messages, until):
                    given = True
                    yield piece
                return
            except Exception as error:  # noqa: BLE001 the libraries raise what they meet: KeyError, AttributeError
                fault = self._fault(error, seconds, late=time.monotonic() >= until)
            # Raised out here, the problem has no context: the libraries' errors hold the server's words.
            if last or given or fault.again_in is None or time.monotonic() + fault.again_in >= until:
                raise LanguageModelProblem(fault.says)
            time.sleep(fault.again_in)

    def _attempt(self, messages: Sequence[Message], until: float) -> Iterator[str]:
        for name in TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
        told = [ChatMessage(role=each.role, content=each.text) for each in messages]
        transport = TimedTransport(until, secure=self.address.startswith("https:"))
        # A client for each request: threads share nothing, and closing it closes its sockets.
        with httpx.Client(transport=transport, trust_env=False, timeout=None) as client:  # noqa: S113 `until` is
            model = OpenAILike(
                model=self.name,
                api_base=self.address,
                api_key=self.key or NO_KEY,
                is_chat_model=True,
                context_window=WINDOW,
                temperature=0.0,
                max_retries=0,
                timeout=max(LEAST, until - time.monotonic()),
                http_client=client,  # type: ignore[call-arg]  # its parent's, which the types do not see
            )
            yield from _whole(model, told, until)

    def _fault(self, error: Exception, seconds: float, *, late: bool) -> _Fault:
        """What to say of an error, and whether to try again."""
        cause = error.__cause__ if isinstance(error, openai.APIConnectionError) and error.__cause__ else error
        again: float | None = PAUSE
        if late:
            what, again = f"did not finish in {seconds:.0f} s; ask again, or take a faster one", None
        elif isinstance(error, openai.APIStatusError):
            what = self._of_status(error)
            transient = error.status_code in TRANSIENT or error.status_code >= 500
            again = _retry_after(error.response.headers) if transient else None
        elif isinstance(cause, Cut):
            what, again = str(cause), None if cause.final else PAUSE
        elif isinstance(cause, TooLong):
            what, again = "does not stop writing; look at its server", None
        elif isinstance(cause, NoStream):
            what = f"answered with {cause}, not with a stream; does {self.address} serve /chat/completions?"
        elif isinstance(error, openai.APIConnectionError):
            reason = self._shown(str(cause) or type(cause).__name__)
            what = f"cannot be reached at {self.address} ({reason}); {self._start()}"
        else:
            what = f"was interrupted ({self._shown(str(error) or type(error).__name__)}); look at its server"
        return _Fault(f"the language model {self.name!r} {what}", again)

    def _of_status(self, error: openai.APIStatusError) -> str:
        said, host = self._shown(_said(error)), self.host
        match error.status_code:
            case 401 | 403:
                return f"is refused by {host} ({said}); check OPENAI_API_KEY"
            case 404:
                pull = (
                    f"ollama pull {self.name}" if self.provider == "ollama" else "check its name and address"
                )
                return f"is not at {self.address} ({said}); {pull}"
            case 429:
                return f"gets too many requests ({said}); wait, and ask again"
            case status:
                return f"has trouble: {host} answered {status} ({said}); look at its server"

    def _start(self) -> str:
        return "run: ollama serve" if self.provider == "ollama" else "is its server running?"

    def _shown(self, text: str) -> str:
        return redacted(text, (self.key,))


@dataclass(frozen=True, slots=True)
class _Fault:
    """What went wrong, and in how many seconds another try may do; None for never."""

    says: str
    again_in: float | None


def _whole(model: OpenAILike, told: list[ChatMessage], until: float) -> Iterator[str]:
    """The pieces, when the server says at their end that it had finished."""
    length = 0
    with closing(model.stream_chat(told)) as chunks:
        for chunk in chunks:
            if time.monotonic() >= until:  # what is in the buffer does not end at the socket's
                raise TimeoutError
            if piece := chunk.delta or "":
                length += len(piece)
                if length > LONGEST:
                    raise TooLong
                yield piece
            if finish := finish_of(chunk.raw):
                return require_whole(finish, length)
    raise Cut("ended without saying that it had finished; look at its server")


def _said(error: openai.APIStatusError) -> str:
    """The server's own words, where it has some in the usual place."""
    body: Any = error.body
    words = body.get("message") if isinstance(body, dict) else None
    return words if isinstance(words, str) and words else f"status {error.status_code}"


def _retry_after(headers: httpx.Headers) -> float:
    """Seconds until another try."""
    given = headers.get("retry-after", "")
    try:
        asked = float(given)
    except ValueError:
        try:
            asked = parsedate_to_datetime(given).timestamp() - time.time()
        except ValueError:
            return PAUSE
    return min(LONGEST_PAUSE, max(0.0, asked))
