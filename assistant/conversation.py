"""A conversation: questions and replies in order, and what a follow-up leans on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from .answers import MARKER, Answer, Done, Event, Refusal, Reply, Sent
from .documents import typed
from .errors import InvalidReply

if TYPE_CHECKING:
    from .turns import Turn

SCHEMA = 1
TURNS = 8  # that a follow-up may lean on
WORDS = 300  # of these turns together
ANSWERED = 60  # words of an answer that a model is told


@dataclass(frozen=True, slots=True)
class Standing:
    """A question that stands alone, and what left this computer to make it so."""

    question: str
    sent: Sent | None = None

    def finish(self, reply: Answer | Refusal, asked: str, timings_ms: dict[str, float]) -> Answer | Refusal:
        """The reply with the question as it was asked and searched, and with all that left this computer."""
        sent = replace(reply.sent, chat=True) if reply.sent and self.sent else reply.sent or self.sent
        return replace(reply, question=asked, standalone=self.question, sent=sent, timings_ms=timings_ms)


Rewriter = Callable[[str, "Sequence[Turn]"], Standing]
Answering = Callable[[str, Standing], Iterator[Event]]


def by_rules(question: str, turns: Sequence[Turn]) -> Standing:
    """What rules make of a follow-up; nothing leaves this computer."""
    from .followups import standalone  # whoever asks one question does without: a tenth of a cold process

    return Standing(standalone(question, turns))


class Chat:
    """A conversation: its questions and replies in order.

    A follow-up ("And why?", "What did he say?") is made a question that stands alone before it is
    searched and judged; the reply shows it as `standalone`. What was cited before is no more likely to be
    cited than any other passage. The last turns count, as many as fit a budget; older ones do not.

    A chat is a value: `copy` gives another one with the same past, `to_dict` its JSON form, which
    `Assistant.chat` reads back.

    Attributes:
        replies: oldest first.
    """

    def __init__(
        self,
        answer: Answering,
        replies: Iterable[Answer | Refusal] = (),
        rewrite: Rewriter = by_rules,
    ) -> None:
        self._answer = answer
        self._rewrite = rewrite
        self.replies: list[Answer | Refusal] = list(replies)

    def ask(self, question: str) -> Answer | Refusal:
        """The reply to the next question, as `Assistant.ask` gives it."""
        return last(self.stream(question))

    async def aask(self, question: str) -> Answer | Refusal:
        """`ask`, off the event loop."""
        import asyncio  # a tenth of a cold process' imports, and whoever awaits has it already

        return await asyncio.to_thread(self.ask, question)

    def stream(self, question: str) -> Iterator[Event]:
        """The events of `Assistant.stream`; the reply joins the chat when it is done."""
        for event in self._answer(question, self._rewrite(question, turns_of(self.replies))):
            if isinstance(event, Done):
                self.replies.append(event.reply)
            yield event

    def copy(self) -> Self:
        """A chat with the same past and a future of its own."""
        return type(self)(self._answer, self.replies, self._rewrite)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"schema": SCHEMA, "replies": [reply.to_dict() for reply in self.replies]}

    def __repr__(self) -> str:
        return f"<Chat: {len(self.replies)} replies>"


def replies_of(fields: Mapping[str, Any]) -> list[Answer | Refusal]:
    """The replies of a chat's JSON form.

    Raises:
        InvalidReply: it is none, or a newer version wrote it.
    """
    if not isinstance(fields, Mapping) or fields.get("schema") != SCHEMA:
        raise InvalidReply(f"this version reads chats with schema {SCHEMA}, not {fields!r:.80}")
    try:
        return [Reply.from_dict(each) for each in typed(fields, "replies", list)]
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidReply(f"not the JSON form of a chat: {error}") from error


def turns_of(replies: Sequence[Answer | Refusal]) -> list[Turn]:
    """What a follow-up may lean on: the last turns that fit the budget, oldest first."""
    from .followups import LONGEST
    from .turns import turn_of

    kept: list[Answer | Refusal] = []
    room = WORDS
    for reply in reversed(replies[-TURNS:]):
        refused = isinstance(reply, Refusal) and reply.reason in ("empty_question", "invalid_question")
        if refused or len(reply.standalone) > LONGEST:
            continue
        room -= len(reply.standalone.split()) + len(_short(reply).split())
        if room < 0:
            break
        kept.append(reply)
    turns: list[Turn] = []
    for reply in reversed(kept):
        turn = turn_of(reply.question, reply.standalone, _short(reply), turns)
        turns.append(replace(turn, answer=_begin(reply.text) if isinstance(reply, Answer) else ""))
    return turns


def _begin(text: str) -> str:
    """The first words of an answer, without its numbers."""
    return " ".join(MARKER.sub("", text).split()[:ANSWERED])


def _short(reply: Answer | Refusal) -> str:
    return (reply.short or "") if isinstance(reply, Answer) else ""


def last(events: Iterator[Event]) -> Answer | Refusal:
    """The reply that a stream of events ends with."""
    *_, done = events
    assert isinstance(done, Done)
    return done.reply
