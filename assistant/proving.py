"""A statement and the sentences that prove it, or why nothing does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .documents import Label, Passage, Span
from .drafting import Mark, Statement
from .locating import locate, sentences_around
from .question import STOPWORDS
from .support import SupportCheck
from .text import words

TRIED = 3  # sentences of a passage that are checked when no quote says which
DENIAL = re.compile(r"\b(?:not|no|never|none|nobody|nothing|false|untrue|wrong|neither)\b|n['’]t\b", re.I)
SAYING = re.compile(
    r"^(?:in short|in summary|in other words|to sum up|overall),?\s+"
    r"|^(?:according to|as stated in|as per) (?:the |this )?"
    r"(?:texts?|article|passages?|documents?)(?: \d+)?,?\s+"
    r"|^(?:the|this) (?:text|article|passage|document)(?: \d+)? "
    r"(?:says|states|reports|mentions|notes|explains|adds|tells us) (?:that )?",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a statement rests on: a span of a passage, and how it was found."""

    passage: Passage
    span: Span
    label: Label
    score: float

    @property
    def sentence(self) -> str:
        """The whole sentences that the span lies in: a part of one may say what the whole denies."""
        return self.passage.slice(sentences_around(self.passage, self.span))


@dataclass(frozen=True, slots=True)
class Proven:
    """A statement that its evidence supports."""

    statement: Statement
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Unproven:
    """A statement that cannot be shown, and what speaks against it."""

    statement: Statement
    objection: str


def prove(statement: Statement, passages: Sequence[Passage], check: SupportCheck) -> Proven | Unproven:
    """The statement with the sentences of the passages that it names, if these support it."""
    if statement.objection:
        return Unproven(statement, statement.objection)
    named = [mark for mark in statement.marks if 1 <= mark.number <= len(passages)]
    if not named:
        return Unproven(statement, "it names a passage that was not given")
    if statement.lead and DENIAL.search(statement.lead):
        return Unproven(statement, "what introduces it denies it, and is not shown with it")
    claim = _claim(statement)
    found: list[Evidence] = []
    for mark in named:
        evidence = _evidence(claim, mark, passages[mark.number - 1], check)
        if evidence is None:
            return Unproven(statement, f"the quote is not in passage {mark.number}")
        found.append(evidence)
    alone = [each for each in found if check.check(claim, [each.sentence]).supported]
    if alone:  # what is named besides proves nothing, and is not cited
        return Proven(statement, tuple(alone))
    judged = check.check(claim, [each.sentence for each in found])
    if judged.supported and len(found) > 1:
        return Proven(statement, tuple(found))
    return Unproven(statement, judged.objection or "the text does not say so")


def _claim(statement: Statement) -> str:
    """What is to be proven: an item says what its list is of; that the text says so goes without saying."""
    said = f"{statement.lead} {statement.text}" if statement.lead else statement.text
    return said_by_the_text(said)


def said_by_the_text(said: str) -> str:
    """What the text is told to say, without that it does."""
    bare = SAYING.sub("", said)
    return bare[0].upper() + bare[1:] if bare else said


def _evidence(claim: str, mark: Mark, passage: Passage, check: SupportCheck) -> Evidence | None:
    """Where the quote stands, None when nowhere; without one, the sentence that supports the claim best."""
    if mark.quote:
        located = locate(mark.quote, passage)
        return Evidence(passage, located.span, located.label, 1.0) if located else None
    best = (False, -1.0, passage.sentence_at(passage.start))
    for spans in _likely(claim, passage):
        for span in spans:
            judged = check.check(claim, [passage.slice(span)])
            best = max(best, (judged.supported, judged.score, span), key=lambda each: each[:2])
        if best[0]:
            break
    return Evidence(passage, best[2], "located", max(0.0, best[1]))


def _likely(claim: str, passage: Passage) -> tuple[list[Span], list[Span]]:
    """The sentences that share most words with the claim; and these with the one before them."""
    spans = list(passage.sentences) or [Span(passage.start, passage.end)]
    sought = set(words(claim)) - STOPWORDS
    shared = [len(sought & set(words(passage.slice(span)))) for span in spans]
    order = sorted(range(len(spans)), key=lambda at: (-shared[at], at))[:TRIED]
    return [spans[at] for at in order], [Span(spans[at - 1].start, spans[at].end) for at in order if at]
