"""What is remembered of a visitor's chats, and for how long."""

from __future__ import annotations

from assistant import Refusal
from assistant.ui.memory import CHATS, HOURS, REPLIES, Memory


def said(*questions: str) -> list[Refusal]:
    return [Refusal(question=each, standalone=f"{each} indeed", reason="off_topic") for each in questions]


def test_a_chat_is_remembered_as_far_as_it_is_asked_for() -> None:
    """The replies to the chat's first questions come back, also when later ones were edited away."""
    memory, replies = Memory(), said("a", "b", "c")
    memory.keep("ann", "chat", replies)
    assert memory.recall("ann", "chat", ["a", "b", "c"]) == tuple(replies)
    assert memory.recall("ann", "chat", ["a", "b"]) == tuple(replies[:2])
    assert memory.recall("ann", "chat", ["b", "c"]) == tuple(replies[1:])
    assert memory.recall("ann", "chat", []) == ()


def test_visitors_do_not_see_each_other() -> None:
    """Whoever has another cookie, or none, gets the questions that they sent and no reply."""
    memory = Memory()
    memory.keep("ann", "chat", said("a"))
    for visitor in ("bob", ""):
        (reply,) = memory.recall(visitor, "chat", ["a"])
        assert reply.standalone == "a"
    memory.keep("", "chat", said("a"))
    assert memory.recall("", "chat", ["a"])[0].standalone == "a"


def test_questions_stand_for_what_was_forgotten() -> None:
    """After a restart only the user's own questions count, as they were asked."""
    replies = Memory().recall("ann", "chat", ["a", "b"])
    assert [reply.question for reply in replies] == ["a", "b"]
    assert all(isinstance(reply, Refusal) for reply in replies)


def test_memory_is_bounded() -> None:
    """The visitors, chats and replies that were not used for longest are forgotten."""
    now = [0.0]
    memory = Memory(visitors=2, clock=lambda: now[0])
    for visitor in ("ann", "bob", "cleo"):
        memory.keep(visitor, "chat", said("a"))
    assert len(memory) == 2
    assert memory.recall("ann", "chat", ["a"])[0].standalone == "a"
    for number in range(CHATS + 1):
        memory.keep("bob", f"chat {number}", said("a"))
    assert memory.recall("bob", "chat 0", ["a"])[0].standalone == "a"
    many = [str(number) for number in range(REPLIES + 5)]
    memory.keep("cleo", "long", said(*many))
    assert len(memory.recall("cleo", "long", many)) == REPLIES
    now[0] = HOURS * 3600 + 1
    memory.keep("dora", "chat", said("a"))
    assert len(memory) == 1
