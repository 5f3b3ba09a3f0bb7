"""Chats: follow-ups are searched as they stand alone, whatever door they come through; chats are values."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from assistant import Answer, Assistant, Chat, Done, Refusal
from assistant.conversation import TURNS, last, turns_of
from assistant.errors import InvalidReply
from assistant.evals import Case, Suite
from assistant.evals.running import run
from assistant.followups import LONGEST
from tests.conftest import OFFICE

FIRST, FOLLOW_UP = "When does the office open?", "And when does it close?"
ALONE = "And when does the office close?"


def test_a_follow_up_is_searched_as_it_stands_alone(office: Assistant) -> None:
    """The reply keeps what was typed, and shows what was searched and judged."""
    chat = office.chat()
    first, second = chat.ask(FIRST), chat.ask(FOLLOW_UP)
    assert (first.question, first.standalone) == (FIRST, FIRST)
    assert (second.question, second.standalone) == (FOLLOW_UP, ALONE)
    direct = office.ask(ALONE)
    assert (second.refused, second.confidence) == (direct.refused, direct.confidence)
    assert f"Searched for: {ALONE}" in str(second)
    assert "Searched for" not in str(first)


def test_every_door_gives_the_same_reply(office: Assistant) -> None:
    """`ask`, `aask`, `stream` and a case with history of a suite: the same chat, the same reply."""
    chats = [office.chat() for _ in range(3)]
    for chat in chats:
        chat.ask(FIRST)
    asked = chats[0].ask(FOLLOW_UP)
    assert asyncio.run(chats[1].aask(FOLLOW_UP)) == asked
    assert last(chats[2].stream(FOLLOW_UP)) == asked
    case = Case(id="a", question=FOLLOW_UP, history=(FIRST,), answerable=False)
    (result,) = run(Suite("office", (case,), {"office.txt": OFFICE}), office).results
    assert result.reply == asked


def test_a_refusal_is_context_and_no_citation_is(office: Assistant) -> None:
    """After a refusal what was asked still counts; what was cited does not answer it."""
    chat = office.chat()
    chat.ask(FIRST)
    refused = chat.ask("How old is the tower of Kell?")
    assert isinstance(refused, Refusal)
    follow_up = chat.ask("Who built it?")
    assert follow_up.standalone == "Who built the tower of Kell?"
    assert isinstance(follow_up, Refusal)


def test_chats_are_values(office: Assistant) -> None:
    """A copy has the same past and a future of its own; so has a chat that was written and read."""
    chat = office.chat()
    chat.ask(FIRST)
    copy = chat.copy()
    again = office.chat(json.loads(json.dumps(chat.to_dict())))
    assert copy.replies == again.replies == chat.replies
    replies = [each.ask(FOLLOW_UP) for each in (copy, again)]
    assert [reply.standalone for reply in replies] == [ALONE, ALONE]
    assert len(chat.replies) == 1
    assert office.chat().replies == []


@pytest.mark.parametrize(
    "saved", [[], {}, {"schema": 2, "replies": []}, {"schema": 1}, {"schema": 1, "replies": [{}]}]
)
def test_what_is_no_chat_is_an_invalid_reply(office: Assistant, saved: object) -> None:
    """A newer schema or another shape is refused by name."""
    with pytest.raises(InvalidReply):
        office.chat(saved)  # type: ignore[arg-type]  # what a file may hold


def test_only_the_last_turns_count() -> None:
    """Whole turns, newest first, as many as fit; what was no question takes no room."""
    short = Refusal(question="Who?", standalone="Who is Ann?", reason="not_in_text")
    words = " ".join(["a"] * (LONGEST // 2))
    long = Refusal(question="x", standalone=words, reason="not_in_text")
    nothing = Refusal(question=" ", standalone=" ", reason="empty_question")
    assert [turn.question for turn in turns_of([short, nothing])] == ["Who is Ann?"]
    assert len(turns_of([short] * 500)) == TURNS
    assert len(turns_of([short, long, short])) == 3
    assert len(turns_of([long] * 3)) == 1


def test_a_long_chat_costs_what_a_short_one_does(office: Assistant) -> None:
    """A follow-up after 500 turns takes at most twice the work of one after 20."""
    reply = office.ask(FIRST)

    def work(turns: int) -> float:
        chat = Chat(lambda asked, alone: iter([Done(reply)]), [reply] * turns)
        started = time.process_time()
        for _ in range(50):
            chat.copy().ask(FOLLOW_UP)
        return time.process_time() - started

    work(20)
    assert work(500) < 2 * work(20) + 0.05


def test_what_is_no_question_is_refused_in_a_chat(office: Assistant) -> None:
    """Nothing that is typed raises, and the chat goes on."""
    chat = office.chat()
    for typed in ("", "???", "\ud800", "it " * 2000, FIRST):
        chat.ask(typed)
    assert isinstance(chat.replies[-1], Answer)
    assert chat.replies[0].standalone == ""
