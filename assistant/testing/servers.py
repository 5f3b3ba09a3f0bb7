"""An OpenAI-compatible server on this machine that says what its script says."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any, Self

from ..seams import Message
from .faults import FAULTS, Fault
from .scripts import Part, Replies, Script, ScriptEnded

HEAD = {"id": "scripted", "created": 0, "model": "scripted"}


@dataclass(frozen=True, slots=True)
class Request:
    """What a server was asked.

    Attributes:
        key: as it came, without "Bearer"; "" when none did.
        body: the JSON.
    """

    path: str
    key: str
    body: Mapping[str, Any]

    @property
    def messages(self) -> tuple[Message, ...]:
        return tuple(Message(each["role"], each["content"]) for each in self.body["messages"])


class ScriptedServer:
    """An OpenAI-compatible server on this machine that says what its script says.

    A reply is a text, its pieces, or a `Fault`. What it does wrong it does until the client goes or the
    server is closed; leaving its `with` raises `ScriptEnded` when more was asked than the script has.

    Attributes:
        asked: every request, in order.
    """

    def __init__(self, script: Script) -> None:
        self._script = Replies(script)
        self._server = _Listening(self._script)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.asked = self._server.asked

    @property
    def address(self) -> str:
        """What OPENAI_API_BASE is set to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def close(self) -> None:
        """Stop listening, and end what is still being said."""
        self._server.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.close()
        if self._script.ended and error is None:
            raise ScriptEnded(f"{len(self.asked)} requests came, more than the script has replies for")


class _Listening(socketserver.ThreadingTCPServer):
    daemon_threads = False  # closing waits for them: no test leaves a thread to the next
    request_queue_size = 64

    def __init__(self, script: Replies) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.script = script
        self.asked: list[Request] = []
        self.closing = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that left is what the tests of faults are about."""


class Answering(BaseHTTPRequestHandler):
    """One request: what the script says to it."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _Listening

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 its parent's name for it
        """Say nothing on standard error."""

    def do_POST(self) -> None:
        """Answer a chat completion."""
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        asked = Request(self.path, key, body)
        self.server.asked.append(asked)
        self.close_connection = True
        try:
            reply = self.server.script.next(asked.messages)
        except ScriptEnded as ended:
            self.page(500, "application/json", json.dumps({"error": {"message": str(ended)}}))
            return
        if isinstance(reply, Fault):
            FAULTS[reply.name].happens(self, key)
        elif isinstance(reply, Exception):
            raise reply
        elif body.get("stream"):
            self.stream([reply] if isinstance(reply, str) else reply)
        else:
            self.whole("".join(self.parts(reply)))

    def whole(self, text: str) -> None:
        """An answer that is not streamed."""
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        self.page(
            200, "application/json", json.dumps({**HEAD, "object": "chat.completion", "choices": [choice]})
        )

    def page(self, status: int, kind: str, body: str, headers: Mapping[str, str] | None = None) -> None:
        """What comes in one piece."""
        data = body.encode()
        self.head(status, kind, {"Content-Length": str(len(data)), **(headers or {})})
        self.wfile.write(data)

    def head(self, status: int, kind: str, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Connection": "close", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def stream(self, parts: Iterable[Part], finish: str | None = "stop") -> None:
        """Events: a piece each, then how it ended; none of that for no `finish`."""
        self.head(200, "text/event-stream")
        for part in self.parts(parts):
            self.event(part)
        if finish and self.runs(0):
            self.event(None, finish)
            self.wfile.write(b"data: [DONE]\n\n")

    def parts(self, parts: Iterable[Part]) -> Iterator[str]:
        """The pieces; none once the server closes."""
        for part in parts:
            if isinstance(part, str):
                yield part
            else:
                while not part.wait(0.02) and not self.server.closing.is_set():
                    pass
            if self.server.closing.is_set():
                return

    def event(self, content: str | None, finish: str | None = None) -> None:
        delta = {"role": "assistant", "content": content}
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        self.data({**HEAD, "object": "chat.completion.chunk", "choices": [choice]})

    def data(self, value: object) -> None:
        self.wfile.write(f"data: {json.dumps(value)}\n\n".encode())

    def runs(self, seconds: float | None) -> bool:
        """Wait; whether the server still runs."""
        return not self.server.closing.wait(seconds)
