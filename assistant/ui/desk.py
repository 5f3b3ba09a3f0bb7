"""The desk: what the page asks of the server. Fields of JSON in, fields of JSON out.

Nothing that comes from a browser is believed: names are looked up, replies are read as `Reply.from_dict`
reads them, and every string that goes back as markup is escaped.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import anyio.to_thread

from .. import transcripts
from ..answers import Answer, Done, Event, Piece, Refusal, Reply, Step
from ..assistant import Assistant
from ..documents import Citation, Span, typed
from ..errors import AssistantError, CorpusError, InvalidReply
from ..text import encodable
from . import feedback, library
from .gate import Full, Gate
from .memory import Memory
from .reading import Reading
from .replies import Turn, working
from .shelf import Shelf

CONSULTED = 5  # passages looked at for "also consulted"
EVERY = 0.08  # seconds between two states of an answer that is being written
LONGEST = 20_000  # characters of a question that are kept; no question has so many

Fields = Mapping[str, Any]


class Desk:
    """One assistant behind one page, for all its visitors."""

    def __init__(self, assistant: Assistant, shelf: Shelf, memory: Memory, gate: Gate) -> None:
        self._assistant = assistant
        self._shelf = shelf
        self._memory = memory
        self._gate = gate

    async def ask(self, fields: Fields, visitor: str) -> AsyncIterator[dict[str, Any]]:
        """The states of a turn: waiting where it has to, working, then done, failed or busy.

        Args:
            fields: `turn`, a name for it; `chat`; `question`; `earlier`, the chat's questions before;
                `scope`, what to ask, as `_sources` takes it.
            visitor: the cookie; "" for none.
        """
        turn = typed(fields, "turn", str)
        try:
            if self._gate.crowded:
                yield _state(turn, "waiting", working(["wait"], ""))
            async with self._gate.place():
                async for state in self._answer(fields, visitor):
                    yield {"turn": turn} | state
        except Full:
            waiting = "1 question is" if self._gate.most == 1 else f"{self._gate.most} questions are"
            words = f"Busy: {waiting} waiting. Yours was not sent and is still in the box."
            yield {"turn": turn, "state": "busy", "notice": words}
        except AssistantError as error:
            yield {"turn": turn, "state": "failed", "notice": str(error)}
        except Exception:
            words = "The answer stopped before it was finished. Nothing of it was kept."
            yield {"turn": turn, "state": "failed", "notice": words}
            raise  # a bug of ours, which the log shows

    async def _answer(self, fields: Fields, visitor: str) -> AsyncIterator[dict[str, Any]]:
        turn, chat = typed(fields, "turn", str), typed(fields, "chat", str)
        question = encodable(typed(fields, "question", str))[:LONGEST]
        earlier = _strings(fields, "earlier")
        asked = self._asked(typed(fields, "scope", dict))
        conversation = asked.chat()
        conversation.replies = list(self._memory.recall(visitor, chat, earlier))
        steps, written, shown = list[str](), "", 0.0
        async for event in _off_the_loop(conversation.stream(question)):
            if isinstance(event, Done):
                break
            if isinstance(event, Step):
                steps.append(event.name)
            elif isinstance(event, Piece):
                written += event.text
            # A sentence that is whole is shown at once: a model may think long about the next one.
            if isinstance(event, Step) or written.endswith("]") or time.monotonic() - shown > EVERY:
                yield _state(turn, "working", working(steps, written))
                shown = time.monotonic()
        self._memory.keep(visitor, chat, conversation.replies)
        reply = conversation.replies[-1]
        shown_turn = await anyio.to_thread.run_sync(self._turn, turn, reply, earlier, asked)
        yield _state(turn, "done", shown_turn.html()) | {"reply": reply.to_dict()}

    def _turn(self, name: str, reply: Answer | Refusal, earlier: Sequence[str], asked: Assistant) -> Turn:
        """A reply with what the page shows around it."""
        cited = reply.citations if isinstance(reply, Answer) else ()
        searched = bool(cited) and reply.timings_ms.get("retrieve", 0.0) > 0
        near = asked.search(reply.standalone or reply.question, CONSULTED) if searched else ()
        consulted = tuple(each for each in near if not any(_overlap(each, other) for other in cited))
        changed = not all(map(self._holds, cited))
        return Turn(self._shelf, name, reply, frozenset((*earlier, reply.question)), consulted, changed)

    def _holds(self, citation: Citation) -> bool:
        """Whether a quote still stands where the citation says."""
        try:
            text = self._shelf.document(citation.source).text
        except CorpusError:
            return False
        return text[citation.start : citation.end] == citation.quote

    def _asked(self, scope: Fields) -> Assistant:
        """The assistant, within the documents that the visitor chose.

        Args:
            scope: `only`, the names to ask, or None for all; `without`, names to leave out of all.
        """
        names = set(self._shelf.entries)
        only = _strings(scope, "only") if typed(scope, "only", list, type(None)) is not None else None
        chosen = names & set(only) if only is not None else names - set(_strings(scope, "without"))
        return self._assistant if chosen == names else self._assistant.within(chosen)

    def rebuild(self, fields: Fields) -> dict[str, Any]:
        """The turns of a chat that the browser kept: `turns`, each a `name` and a `reply`."""
        turns, earlier = list[str](), list[str]()
        for each in typed(fields, "turns", list):
            try:
                reply = Reply.from_dict(typed(_object(each), "reply", dict))
                turns.append(self._turn(typed(each, "name", str), reply, earlier, self._assistant).html())
                earlier.append(reply.question)
            except InvalidReply:  # an older version wrote it, or somebody else
                turns.append("")
        return {"turns": turns}

    def passage(self, fields: Fields) -> dict[str, Any]:
        """A text with a passage marked: `source`, `start`, `end`, `quote`, and `others`' spans."""
        source = typed(fields, "source", str)
        opened = Span(typed(fields, "start", int), typed(fields, "end", int))
        others = [_span(each) for each in typed(fields, "others", list)]
        document = self._shelf.document(source)
        held = document.text[opened.start : opened.end] == typed(fields, "quote", str)
        reading = Reading(
            document,
            self._shelf.entries[source],
            opened if held and opened.start < opened.end else None,
            tuple(each for each in others if each != opened and each.start < each.end),
            opened.start,
        )
        return {"html": reading.html(), "title": document.title, "held": held}

    def document(self, fields: Fields) -> dict[str, Any]:
        """A text to be read: `source`, and `at`, the place to show."""
        source = typed(fields, "source", str)
        document = self._shelf.document(source)
        reading = Reading(document, self._shelf.entries[source], at=typed(fields, "at", int))
        return {"html": reading.html(), "title": document.title}

    def documents(self, fields: Fields) -> dict[str, Any]:
        """Rows of the library: `words` to find, and their `order`."""
        entries = library.found(self._shelf, typed(fields, "words", str), typed(fields, "order", str))
        return {"html": library.documents(entries)}

    def outline(self, fields: Fields) -> dict[str, Any]:
        """The headings of a text, `source`."""
        return {"html": library.outline(self._shelf, typed(fields, "source", str))}

    def copy(self, fields: Fields) -> dict[str, Any]:
        """A reply as Markdown, with its references."""
        return {"text": transcripts.reply_markdown(Reply.from_dict(typed(fields, "reply", dict)))}

    def export(self, fields: Fields) -> dict[str, Any]:
        """A chat as Markdown: `title` and `replies`."""
        replies = [Reply.from_dict(each) for each in typed(fields, "replies", list)]
        return {"text": transcripts.markdown(encodable(typed(fields, "title", str)), replies)}

    def judge(self, fields: Fields) -> dict[str, Any]:
        """Keep what was wrong with a `reply` as a test case: `verdict`, and `words`."""
        reply = Reply.from_dict(typed(fields, "reply", dict))
        if isinstance(reply, Answer) and not all(map(self._holds, reply.citations)):
            raise InvalidReply("the passage has changed since the answer was given: ask again")
        words = encodable(typed(fields, "words", str))[:2000]
        feedback.save(self._assistant, reply, typed(fields, "verdict", str), words)
        return {}


def _state(turn: str, state: str, html: str) -> dict[str, Any]:
    return {"turn": turn, "state": state, "html": html}


def _object(value: object) -> Fields:
    if not isinstance(value, Mapping):
        raise InvalidReply(f"{value!r:.80} has no fields")
    return value


def _span(value: object) -> Span:
    if not isinstance(value, list) or [type(each) for each in value] != [int, int]:
        raise InvalidReply(f"{value!r:.80} is no start and end")
    return Span(*value)


def _strings(fields: Fields, name: str) -> list[str]:
    values = typed(fields, name, list)
    if not all(isinstance(value, str) for value in values):
        raise InvalidReply(f"{name} holds more than strings")
    return [encodable(value) for value in values]


def _overlap(one: Citation, other: Citation) -> bool:
    return one.source == other.source and one.start < other.end and other.start < one.end


async def _off_the_loop(events: Iterator[Event]) -> AsyncIterator[Event]:
    """The same events, each waited for in a thread."""
    following = partial(next, events, None)
    while (event := await anyio.to_thread.run_sync(following)) is not None:
        yield event
