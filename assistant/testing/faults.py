"""What a language model's server can do wrong."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from socket import SO_LINGER, SOL_SOCKET
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .servers import Answering

WORDS = ("The office ", "opens at ")
JSON, EVENTS = "application/json", "text/event-stream"


@dataclass(frozen=True, slots=True)
class Wrong:
    """What goes wrong, in words and in deed.

    Attributes:
        happens: does it to a request that came with this key.
    """

    says: str
    happens: Callable[[Answering, str], None]


def _status(
    code: int, message: str, headers: Mapping[str, str] | None = None
) -> Callable[[Answering, str], None]:
    """An error page; KEY in its message is the request's."""

    def happens(to: Answering, key: str) -> None:
        error = {"error": {"message": message.replace("KEY", key), "type": "error", "code": code}}
        to.page(code, JSON, json.dumps(error), headers)

    return happens


def _finished(reason: str | None) -> Callable[[Answering, str], None]:
    return lambda to, _: to.stream(WORDS, reason)


def _after_words(last: bytes) -> Callable[[Answering, str], None]:
    """Words, then these bytes; KEY in them is the request's."""

    def happens(to: Answering, key: str) -> None:
        to.stream(WORDS, None)
        to.wfile.write(last.replace(b"KEY", key.encode()))

    return happens


def _without_end(head: bool, piece: bytes, seconds: float) -> Callable[[Answering, str], None]:
    """The same bytes again and again, with or without the head of an answer before."""

    def happens(to: Answering, _: str) -> None:
        if head:
            to.head(200, EVENTS)
        else:
            to.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        while to.runs(seconds):
            to.wfile.write(piece)

    return happens


def _reset(to: Answering, _: str) -> None:
    to.connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    to.connection.close()


def _hang(to: Answering, _: str) -> None:
    to.runs(None)


def _stall(to: Answering, _: str) -> None:
    to.stream(WORDS, None)
    to.runs(None)


def _broken(to: Answering, _: str) -> None:
    """A chunk that is longer than what comes of it."""
    to.head(200, EVENTS, {"Transfer-Encoding": "chunked"})
    to.wfile.write(b'fff\r\ndata: {"choices": [')


def _empty(to: Answering, _: str) -> None:
    to.stream(("",))


def _null(to: Answering, _: str) -> None:
    to.head(200, EVENTS)
    to.event(None, "stop")


def _no_choices(to: Answering, _: str) -> None:
    to.head(200, EVENTS)
    to.data({"id": "scripted", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": []})
    to.wfile.write(b"data: [DONE]\n\n")


def _unstreamed(to: Answering, _: str) -> None:
    to.whole("The office opens at nine.")


LETTER = b'data: {"id": "s", "created": 0, "model": "m", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": null}]}\n\n'  # noqa: E501 as it goes over the wire
ERROR = b'data: {"error": {"message": "overloaded, Bearer KEY"}}\n\n'

FAULTS: Mapping[str, Wrong] = {
    "bad_event": Wrong("words, then an event that is no JSON", _after_words(b'data: {"choices": [\n\n')),
    "bad_json": Wrong("an event that is no JSON", lambda to, _: to.page(200, EVENTS, "data: {nine\n\n")),
    "broken": Wrong("the connection breaks within an event", _broken),
    "cut": Wrong("words, then the stream ends without a finish_reason", _finished(None)),
    "down": Wrong("the connection is reset without an answer", _reset),
    "drip": Wrong("a letter at a time, without end", _without_end(True, LETTER, 0.05)),
    "drip_headers": Wrong("the same before the answer has begun", _without_end(False, b"a", 0.05)),
    "empty": Wrong("a finished answer without a word", _empty),
    "endless": Wrong("words without end", _without_end(True, LETTER * 50, 0.0)),
    "endless_line": Wrong("an event without end", _without_end(True, b"data: " + b"a" * 9_000, 0.0)),
    "error_event": Wrong("words, then an event that tells of an error and the key", _after_words(ERROR)),
    "filtered": Wrong("words, then finish_reason content_filter", _finished("content_filter")),
    "hang": Wrong("no answer at all", _hang),
    "html": Wrong("a page in place of an answer", lambda to, _: to.page(200, "text/html", "<p>Welcome")),
    "keep_alive": Wrong(
        "comments that keep the connection open", _without_end(True, b": still here\n\n", 0.05)
    ),
    "length": Wrong("words, then finish_reason length", _finished("length")),
    "no_choices": Wrong("an event without choices", _no_choices),
    "not_found": Wrong("404: there is no such model", _status(404, "no such model")),
    "null": Wrong("a finished answer whose content is null", _null),
    "rate_limited": Wrong("429 with Retry-After: 50", _status(429, "too many", {"Retry-After": "50"})),
    "redirect": Wrong("307 to another address", _status(307, "", {"Location": "http://127.0.0.1:9/"})),
    "server_error": Wrong("500", _status(500, "out of memory")),
    "stall": Wrong("words, then nothing more", _stall),
    "unauthorised": Wrong("401 that repeats the key", _status(401, "wrong key: KEY, Bearer KEY")),
    "unstreamed": Wrong("a whole answer in JSON where a stream was asked for", _unstreamed),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, by its name in `FAULTS`."""

    name: str

    def __post_init__(self) -> None:
        if self.name not in FAULTS:
            raise ValueError(f"{self.name!r} is none of {', '.join(FAULTS)}")
