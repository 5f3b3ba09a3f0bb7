"""A visitor without a browser: what the page's scripts send, and no more."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import httpx

from assistant import Answer, Refusal, Reply

PATIENCE = 120.0  # seconds


class Visitor:
    """One browser tab: a cookie, a session, a chat."""

    def __init__(self, address: str, session: str = "") -> None:
        self.http = httpx.Client(base_url=address, timeout=PATIENCE)
        self.session = session or secrets.token_hex(8)
        self.chat = "chat"  # the same for all: that a chat's name is a secret, nothing may rest on
        self.asked: list[str] = []
        self.http.get("/").raise_for_status()
        functions = self.http.get("/config").raise_for_status().json()["dependencies"]
        self._event = next(each for each in functions if each["targets"] and each["targets"][0][1] == "ask")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def send(self, question: str) -> None:
        """Put a question in the queue."""
        asked = {"turn": secrets.token_hex(8), "chat": self.chat, "question": question}
        asked |= {"earlier": self.asked, "scope": {"only": None, "without": []}}
        fields = {
            "data": [],
            "event_data": {"asked": asked},
            "fn_index": self._event["id"],
            "trigger_id": self._event["targets"][0][0],
            "session_hash": self.session,
        }
        self.http.post("/gradio_api/queue/join", json=fields).raise_for_status()

    def messages(self) -> Iterator[dict[str, Any]]:
        """What the server says to this session until it has no more to say."""
        with self.http.stream(
            "GET", "/gradio_api/queue/data", params={"session_hash": self.session}
        ) as answer:
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    message = json.loads(line.removeprefix("data: "))
                    yield message
                    if message["msg"] == "close_stream":
                        return

    def ask(self, question: str) -> Answer | Refusal:
        """The reply, as the page gets it."""
        self.send(question)
        (done,) = [each for each in self.messages() if each["msg"] == "process_completed"]
        assert done["success"], done
        (state,) = done["output"]["data"]
        assert state["state"] == "done", state
        self.asked.append(question)
        return Reply.from_dict(state["reply"])
