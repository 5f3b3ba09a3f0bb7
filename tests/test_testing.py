"""The public fakes: honest about what they were asked, and about a script that has ended."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request

import pytest

from assistant.errors import LanguageModelProblem
from assistant.seams import Message
from assistant.testing import FAULTS, Fault, ScriptedModel, ScriptedServer, ScriptEnded

ASKED = [Message("user", "When?")]


def post(address: str, **more: object) -> dict[str, object]:
    body = {"model": "m", "messages": [{"role": "user", "content": "When?"}], **more}
    request = urllib.request.Request(f"{address}/chat/completions", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=60) as answer:
        return dict(json.loads(answer.read()))


def test_a_scripted_model_says_its_replies_in_order() -> None:
    """Texts, pieces and exceptions come in order; one more question is an error."""
    model = ScriptedModel(["Nine.", ["At ", "ten."], LanguageModelProblem("down")])
    assert list(model.write(ASKED, 0.0)) == ["Nine."]
    assert list(model.write(ASKED, 0.0)) == ["At ", "ten."]
    with pytest.raises(LanguageModelProblem, match="down"):
        list(model.write(ASKED, 0.0))
    with pytest.raises(ScriptEnded, match=r"'When\?'"):
        list(model.write(ASKED, 0.0))
    assert model.asked == [tuple(ASKED)] * 4


def test_a_scripted_model_keeps_its_deadline() -> None:
    """What is waited for in vain ends as a real model's lateness does."""
    model = ScriptedModel([["Nine", threading.Event()]])
    with pytest.raises(LanguageModelProblem, match="in time"):
        list(model.write(ASKED, time.monotonic() + 0.1))


def test_a_script_may_be_a_function() -> None:
    """A function of the messages answers as often as it is asked."""
    model = ScriptedModel(lambda messages: messages[-1].text.upper())
    assert [list(model.write(ASKED, 0.0)) for _ in range(2)] == [["WHEN?"]] * 2


def test_a_server_answers_whole_where_no_stream_is_asked_for() -> None:
    """A client that does not stream gets one JSON, and the request is kept."""
    with ScriptedServer([["Ni", "ne."]]) as server:
        answer = post(server.address, temperature=0)
    assert answer["choices"][0]["message"]["content"] == "Nine."  # type: ignore[index]
    assert server.asked[0].messages == tuple(ASKED)
    assert server.asked[0].body["temperature"] == 0


def test_a_server_whose_script_has_ended_says_so() -> None:
    """A request too many gets a 500, and leaving the `with` raises."""
    server = ScriptedServer([])
    with pytest.raises(ScriptEnded, match="1 requests"), server:
        try:
            post(server.address)
        except urllib.error.HTTPError as error:
            assert error.code == 500
            error.close()


def test_a_fault_has_a_name_in_the_list() -> None:
    """Faults are named, each with what it does; another name is refused with the list."""
    assert len(FAULTS) >= 14
    assert all(each.says for each in FAULTS.values())
    with pytest.raises(ValueError, match="hang"):
        Fault("sulk")


def test_closing_a_server_ends_what_it_was_saying() -> None:
    """No thread of a server outlives it, though a client still waits."""
    before = threading.active_count()
    server = ScriptedServer([Fault("hang")])

    def wait() -> None:
        with pytest.raises(OSError):
            post(server.address)

    waiting = threading.Thread(target=wait)
    waiting.start()
    while not server.asked:
        time.sleep(0.01)
    server.close()
    waiting.join(60)
    assert threading.active_count() == before
