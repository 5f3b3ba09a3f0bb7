"""The desk: questions in, states of a turn out; nothing of a browser's is believed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from assistant import AssistantError
from assistant.assistant import Assistant
from assistant.ui.desk import Desk
from assistant.ui.gate import Gate
from assistant.ui.memory import Memory
from assistant.ui.shelf import Shelf

ALL = {"only": None, "without": []}


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def desk(office: Assistant, memory: Memory) -> Desk:
    return Desk(office, Shelf.of(office), memory, Gate())


def states(desk: Desk, question: str, visitor: str = "ann", **fields: Any) -> list[dict[str, Any]]:
    """All states of a turn."""
    asked = {"turn": "t", "chat": "c", "question": question, "earlier": [], "scope": ALL} | fields

    async def collect() -> list[dict[str, Any]]:
        return [state async for state in desk.ask(asked, visitor)]

    return asyncio.run(collect())


def test_a_turn_ends_with_its_reply(desk: Desk, office: Assistant) -> None:
    """Steps come first, the same reply as `ask` gives comes last."""
    *before, done = states(desk, "What does the car park cost?")
    assert {state["state"] for state in before} == {"working"}
    expected = office.ask("What does the car park cost?").to_dict()
    assert {**done["reply"], "timings_ms": None} == {**expected, "timings_ms": None}
    assert done["state"] == "done"


@pytest.mark.parametrize("question", ["", "???", "\ud800", "x " * 30_000, "{{x}} ${y} `z`"])
def test_any_string_can_be_asked(desk: Desk, question: str) -> None:
    """No question breaks a turn, and what goes back can be encoded."""
    done = states(desk, question)[-1]
    assert done["state"] == "done"
    str(done).encode()


def test_a_chat_goes_on_for_its_visitor_alone(desk: Desk, memory: Memory) -> None:
    """A follow-up leans on what this visitor was told; another one who names the chat gets nothing of it."""
    question = "Who has the key to the archive?"
    states(desk, question)
    own = states(desk, "What is her name?", earlier=[question])[-1]["reply"]
    assert own["standalone"] != ""
    assert len(memory.recall("ann", "c", [question, "What is her name?"])) == 2
    states(desk, "And then?", visitor="bob", earlier=[question])
    assert memory.recall("bob", "c", [question])[0].standalone == question


def test_only_chosen_documents_are_asked(desk: Desk) -> None:
    """Of no document nothing is cited; names that are none are passed over."""
    for scope in ({"only": [], "without": []}, {"only": ["/etc/passwd"], "without": []}):
        done = states(desk, "What does the car park cost?", scope=scope)[-1]
        assert done["reply"]["refused"]
        assert done["reply"]["nearest"] == []


def test_a_full_house_is_told(office: Assistant) -> None:
    """Whoever comes when too many wait keeps their question, and is told so."""
    gate = Gate(at_once=1, most=0)
    desk = Desk(office, Shelf.of(office), Memory(), gate)

    async def scene() -> list[dict[str, Any]]:
        async with gate.place():
            asked = {"turn": "t", "chat": "c", "question": "Who?", "earlier": [], "scope": ALL}
            return [state async for state in desk.ask(asked, "ann")]

    last = asyncio.run(scene())[-1]
    assert last["state"] == "busy"
    assert last["notice"].startswith("Busy: 0 questions are waiting.")


def test_who_waits_is_told(office: Assistant) -> None:
    """Whoever comes when all places are taken waits, is told so, and is answered when one is free."""
    gate = Gate(at_once=1, most=1)
    desk = Desk(office, Shelf.of(office), Memory(), gate)

    async def scene() -> list[str]:
        asked = {"turn": "t", "chat": "c", "question": "Who has the key?", "earlier": [], "scope": ALL}
        turn = desk.ask(asked, "ann")
        async with gate.place():
            told = [(await anext(turn))["state"]]
        return told + [state["state"] async for state in turn]

    first, *_, last = asyncio.run(scene())
    assert (first, last) == ("waiting", "done")


def test_a_kept_chat_is_rebuilt(desk: Desk) -> None:
    """The same markup comes back for a kept reply; what is no reply is left out; a changed text is told."""
    done = states(desk, "What does the car park cost?")[-1]
    forged = done["reply"] | {"citations": [done["reply"]["citations"][0] | {"start": 0, "end": 23}]}
    turns = [{"name": "t", "reply": each} for each in (done["reply"], {"schema": 99}, forged)]
    same, none, changed, nothing = desk.rebuild({"turns": [*turns, None]})["turns"]
    assert same == done["html"]
    assert none == nothing == ""
    assert "This passage has changed" in changed


def test_a_passage_is_cut_by_the_server(desk: Desk) -> None:
    """The quote must stand where the browser says; otherwise the text is shown without a mark."""
    fields = {
        "source": "office.txt",
        "start": 0,
        "end": 25,
        "quote": "The office opens at nine.",
        "others": [],
    }
    assert "<mark" in desk.passage(fields)["html"]
    wrong = desk.passage(fields | {"quote": "The office opens at five."})
    assert "<mark" not in wrong["html"]
    assert not wrong["held"]


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("passage", {}),
        ("passage", {"source": "../secret", "start": 0, "end": 1, "quote": "", "others": []}),
        ("document", {"source": 7, "at": 0}),
        ("outline", {"source": "/etc/passwd"}),
        ("documents", {"words": None, "order": "name"}),
        ("rebuild", {"turns": "all"}),
        ("copy", {"reply": {"schema": 1}}),
        ("passage", {"source": "office.txt", "start": 0, "end": 1, "quote": "", "others": [["a"]]}),
        ("export", {"title": "x", "replies": [None]}),
        ("judge", {"reply": {}, "verdict": "", "words": ""}),
    ],
)
def test_foreign_fields_are_refused_in_words(desk: Desk, method: str, fields: dict[str, Any]) -> None:
    """What is missing or of another kind is an error of ours, not a crash."""
    with pytest.raises(AssistantError):
        getattr(desk, method)(fields)


def test_documents_are_found_and_sorted(desk: Desk) -> None:
    """Words of a title find it, an unknown order is the order of names, and nothing found is said."""
    assert "office" in desk.documents({"words": "OFF", "order": "longest"})["html"]
    assert "No document has these words." in desk.documents({"words": "zebra", "order": "?"})["html"]
