"""Programs at the page's door: gradio_client and plain HTTP get the JSON form of a reply."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from assistant import Answer, Refusal, Reply
from assistant.assistant import Assistant
from assistant.ui.serve import listen, serving

TIMEOUT = 60


@pytest.fixture(scope="module")
def address(office: Assistant) -> Iterator[str]:
    with listen(port=0) as listening, serving(office, listening) as served:
        yield served


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, verbose=False, analytics_enabled=False, httpx_kwargs={"timeout": TIMEOUT})


def rest(address: str, data: list[object]) -> tuple[str, object]:
    """The event and the data that a call ends with."""
    call = f"{address}/gradio_api/call/ask"
    event = httpx.post(call, json={"data": data}, timeout=TIMEOUT).raise_for_status().json()["event_id"]
    *_, kind, told = httpx.get(f"{call}/{event}", timeout=TIMEOUT).raise_for_status().text.strip().split("\n")
    return kind.removeprefix("event: "), json.loads(told.removeprefix("data: "))


@pytest.mark.parametrize(
    ("question", "kind"),
    [("When does the office open?", Answer), ("Who won the match?", Refusal), ("", Refusal)],
)
def test_gradio_client_gets_a_reply(question: str, kind: type, client: Client, office: Assistant) -> None:
    """What comes back is read as the reply that Python gives."""
    reply = Reply.from_dict(client.predict(question=question, api_name="/ask"))
    assert isinstance(reply, kind)
    assert reply == office.ask(question)


def test_plain_http_gets_a_reply(address: str, office: Assistant) -> None:
    """Two requests without any library: one to ask, one that waits for the reply."""
    kind, data = rest(address, ["Who has the key?"])
    assert kind == "complete"
    assert isinstance(data, list)
    assert Reply.from_dict(data[0]) == office.ask("Who has the key?")


def test_what_is_no_question_is_refused_in_words(address: str, client: Client) -> None:
    """A number is no question; a program is told so, and the server goes on."""
    with pytest.raises(AppError, match="a question is a string, not 5"):
        client.predict(question=5, api_name="/ask")
    kind, _ = rest(address, [["Who?"]])
    assert kind == "error"
    assert rest(address, ["Who has the key?"])[0] == "complete"


def test_nothing_else_is_public(client: Client, address: str) -> None:
    """Programs see one function; those of the page can neither be seen nor called by them."""
    described = client.view_api(return_format="dict", print_info=False)
    assert isinstance(described, dict)
    assert list(described["named_endpoints"]) == ["/ask"]
    assert not described["unnamed_endpoints"]
    config = httpx.get(f"{address}/config", timeout=TIMEOUT).json()
    for function in config["dependencies"]:
        if function["api_name"] != "ask":
            assert function["api_visibility"] == "private"
            called = f"{address}/gradio_api/call/{function['api_name']}"
            assert httpx.post(called, json={"data": []}, timeout=TIMEOUT).status_code == 404
