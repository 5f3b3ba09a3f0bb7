"""The reader that asks a language model, and shows what the text proves of its answer.

The offline reader is asked first: what it calls off topic goes nowhere. The model's sentences are shown as
each is proven; what is not proven is asked for once more, and removed when that does not help. Whatever the
model's server does wrong, the offline reader's reply is given, with a notice.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from .answers import Answer, Done, Event, Piece, Refusal, Sent, Step, pieces
from .conversation import last
from .documents import Citation, Passage
from .drafting import statements
from .errors import LanguageModelProblem
from .prompts import prompt, prompts_digest, tame
from .proving import Proven, Unproven, prove
from .question import STOPWORDS, Question
from .readers import ExtractiveReader
from .retrieve import within_budget
from .seams import Hit, LanguageModel, Message, Texts
from .support import SupportCheck, shipped_support
from .text import words

SENTENCES = 3  # of an answer to a question that asks for one thing
LISTED = 12  # of one that asks for several


@dataclass
class _Shown:
    """What was proven so far: the text as it is shown, and its citations in the order of their numbers."""

    reader: ExtractiveReader
    text: str = ""
    citations: list[Citation] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    unproven: list[Unproven] = field(default_factory=list)

    def holds(self, proven: Proven) -> bool:
        """Whether the statement is shown already: a model that mends one repeats the others."""
        return proven.statement.text in self.said

    def add(self, proven: Proven) -> Piece:
        """Show a statement, behind what is shown, with the numbers of its citations."""
        numbers = dict.fromkeys(self._number(each) for each in _citations(self.reader, proven))
        marks = "".join(f" [{number}]" for number in numbers)
        gap = ("\n" if self.text else "") + "- " if proven.statement.item else " " if self.text else ""
        piece = f"{gap}{proven.statement.text}{marks}"
        self.text += piece
        self.said.append(proven.statement.text)
        return Piece(piece)

    def _number(self, citation: Citation) -> int:
        for number, known in enumerate(self.citations, 1):
            if (known.source, known.start, known.end) == (citation.source, citation.start, citation.end):
                return number
        self.citations.append(citation)
        return len(self.citations)


@dataclass(frozen=True, slots=True)
class ModelReader:
    """Answers in a model's words, each sentence proven by the text.

    Attributes:
        offline: judges what is asked, gives the confidence, and answers when the model cannot.
        seconds: for the whole of an answer, repair included; a follow-up takes ten more to be understood.
        budget: tokens of passages that the model is given.
        asks_off_topic: whether it is also asked what the offline reader calls off topic.
    """

    offline: ExtractiveReader
    model: LanguageModel
    check: SupportCheck = field(default_factory=shipped_support)
    seconds: float = 50.0
    budget: int = 2000
    asks_off_topic: bool = False

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def identity(self) -> str:
        return f"{self.name} at {self.model.host!r} prompts={prompts_digest()} {self.offline.identity}"

    @property
    def threshold(self) -> float:
        """The least confidence that the offline reader answers from."""
        return self.offline.threshold

    def at(self, threshold: float) -> ModelReader:
        """The same reader, whose offline part answers from this confidence on."""
        return replace(self, offline=self.offline.at(threshold))

    def over(self, texts: Texts) -> ModelReader:
        """The same reader, whose offline part looks into these texts."""
        return replace(self, offline=self.offline.over(texts))

    def read(self, question: Question, hits: Sequence[Hit]) -> Answer | Refusal:
        """The reply that `stream` ends with."""
        return last(self.stream(question, hits))

    def stream(self, question: Question, hits: Sequence[Hit]) -> Iterator[Event]:
        """Each sentence once it is proven, then the reply."""
        offline = self.offline.read(question, hits)
        if not self.asks_off_topic and isinstance(offline, Refusal) and offline.reason == "off_topic":
            yield Done(offline)
            return
        until = time.monotonic() + self.seconds
        passages = [hit.passage for hit in within_budget(hits, self.budget)]
        shown = _Shown(self.offline)
        yield Step("write")
        try:
            yield from self._written(question, passages, shown, until)
        except LanguageModelProblem as problem:
            notice = f"{problem}: this is the offline reader's reply"
            if not shown.text:
                yield from pieces(offline)
            yield Done(replace(offline, notices=(notice,), sent=self._sent(passages)))
            return
        yield Done(self._reply(question, hits, offline, shown, self._sent(passages)))

    def _written(
        self, question: Question, passages: Sequence[Passage], shown: _Shown, until: float
    ) -> Iterator[Piece]:
        """What the model writes and the passages prove; then, once, what it mends of the rest.

        When the model fails at mending, what was proven before stays, and the rest is removed.
        """
        most = LISTED if question.kind == "list" else SENTENCES
        messages = [Message("system", prompt("system").text), self._asked(question, passages, most)]
        draft = list[str]()
        yield from self._proven(_kept(self.model.write(messages, until), draft), passages, shown, most)
        if not "".join(draft).strip():
            raise LanguageModelProblem(
                f"the language model {self.name!r} wrote nothing; ask again, or take another"
            )
        if shown.unproven and len(shown.said) < most:
            listed = "\n".join(f"- {each.statement.text}" for each in shown.unproven)
            mend = Message("user", prompt("repair").render({"statements": listed}))
            asked = [*messages, Message("assistant", "".join(draft)), mend]
            failed, shown.unproven, before = shown.unproven, [], len(shown.said)
            try:
                yield from self._proven(self.model.write(asked, until), passages, shown, most)
            except LanguageModelProblem:
                if not shown.said:
                    raise
            shown.unproven = _left(failed, shown.said[before:])

    def _proven(
        self, pieces: Iterator[str], passages: Sequence[Passage], shown: _Shown, most: int
    ) -> Iterator[Piece]:
        for statement in statements(pieces):
            if statement.absence or statement.talk:  # no claim: nothing to prove or to show
                continue
            judged = prove(statement, passages, self.check)
            if isinstance(judged, Unproven):
                shown.unproven.append(judged)
            elif not shown.holds(judged):
                yield shown.add(judged)
            if len(shown.said) == most:  # what would follow is not shown, so it is not waited for
                return

    def _asked(self, question: Question, passages: Sequence[Passage], most: int) -> Message:
        """The passages as data, between lines that no document can foresee; the rules behind them."""
        mark = secrets.token_hex(8)
        opening, closing = f"<<{mark}", f"{mark}>>"
        blocks = (
            f"{opening} {number}\n{tame(passage.text)}\n{closing}"
            for number, passage in enumerate(passages, 1)
        )
        values = {
            "opening": opening,
            "closing": closing,
            "passages": "\n\n".join(blocks),
            "question": tame(question.text),
            "sentences": most,
        }
        return Message("user", prompt("answer").render(values))

    def _reply(
        self,
        question: Question,
        hits: Sequence[Hit],
        offline: Answer | Refusal,
        shown: _Shown,
        sent: Sent | None,
    ) -> Answer | Refusal:
        refused = self.offline.refuse(question, hits, offline.confidence)
        notices = _removed(len(shown.unproven))
        if shown.citations:
            short = offline.short if isinstance(offline, Answer) else None
            return Answer(
                question=question.text,
                confidence=offline.confidence,
                reader=self.name,
                notices=notices,
                sent=sent,
                text=shown.text,
                short=short if short and short.casefold() in shown.text.casefold() else None,
                citations=tuple(shown.citations),
            )
        if shown.unproven:
            refused = replace(refused, reason="unsupported", missing=())
        return replace(refused, reader=self.name, notices=notices, sent=sent)

    def _sent(self, passages: Sequence[Passage]) -> Sent | None:
        return Sent(self.model.host, len(passages), prompts=prompts_digest()) if self.model.host else None


def _kept(pieces: Iterator[str], draft: list[str]) -> Iterator[str]:
    """The same pieces, which are kept for the model to mend."""
    for piece in pieces:
        draft.append(piece)
        yield piece


def _left(failed: Sequence[Unproven], mended: Sequence[str]) -> list[Unproven]:
    """The statements that were not mended: a mended one replaces that which it shares most words with."""
    left = list(failed)
    for said in mended:
        shared = [set(words(said)) & set(words(each.statement.text)) - STOPWORDS for each in left]
        if any(shared):
            del left[max(range(len(left)), key=lambda at: len(shared[at]))]
    return left


def _citations(reader: ExtractiveReader, proven: Proven) -> Iterator[Citation]:
    for each in proven.evidence:
        document = reader.texts.document(each.passage.source)
        assert document is not None, f"a passage of {each.passage.source!r}, which is not in the index"
        score = min(1.0, max(0.0, each.score))
        yield Citation.of(document, each.span.start, each.span.end, score=score, label=each.label)


def _removed(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    what, it = ("1 statement", "it") if count == 1 else (f"{count} statements", "them")
    return (f"{what} removed: the text does not support {it}",)
