"""What a claim affirms that the evidence denies, and the other way round; opposites; what is only planned."""

from __future__ import annotations

from collections.abc import Sequence

from ..lexicon import VERBS
from .statement import MODALS, UNSURE, Statement, Token
from .vocabulary import base, is_irregular, opposite, same

WINDOW = 6  # words around an opposite in which the two sentences must share one
# Words that are denied in passing: whether they stand under a "not" tells little.
OUTRIGHT = frozenset("not never no cannot neither nor none".split())
OPEN = MODALS - frozenset("will shall can".split())  # what may never be: "opens" is said of what will open
LOOSE = frozenset("say call ask people year time day thing way part make".split())


def contradiction(claim: Statement, evidence: Sequence[Statement]) -> str:
    """What in the claim contradicts the evidence; empty when nothing does."""
    return _other_polarity(claim, evidence) or _opposite(claim, evidence) or _only_planned(claim, evidence)


def _other_polarity(claim: Statement, evidence: Sequence[Statement]) -> str:
    negative = any(statement.negative for statement in evidence)
    if (
        any(token.word in OUTRIGHT for token in claim.tokens)
        and not negative
        and not _explained(claim, evidence)
    ):
        return "the text does not deny it"
    for at in claim.content:
        token = claim.tokens[at]
        if token.concept in LOOSE or token.word[0].isdigit() or token.name:
            continue
        met = [statement.tokens[place] for statement in evidence for place in statement.places(token.concept)]
        met = [other for other in met if other.attached or (other.deed and token.deed)]
        if met and all(other.denied != token.denied for other in met):
            return f"the text {'affirms' if token.denied else 'denies'} {token.text!r}"
    return ""


def _explained(claim: Statement, evidence: Sequence[Statement]) -> bool:
    """Whether what the claim denies is the opposite of a word of the evidence: "not open", "closed"."""
    denied = [token for token in claim.tokens if token.content and token.denied]
    return any(
        opposite(one.concept, other.concept)
        for one in denied
        for statement in evidence
        for other in statement.tokens
    )


def _opposite(claim: Statement, evidence: Sequence[Statement]) -> str:
    ours = claim.concepts
    theirs = frozenset().union(*(statement.concepts for statement in evidence)) if evidence else frozenset()
    for at, token in enumerate(claim.tokens):
        if token.concept in theirs:
            continue
        for statement in evidence:
            for place, other in enumerate(statement.tokens):
                if other.concept in ours or not opposite(token.concept, other.concept):
                    continue
                if token.denied == other.denied and _share(claim, at, statement, place):
                    return f"the text says {other.text!r}, not {token.text!r}"
    return ""


def _share(claim: Statement, at: int, statement: Statement, place: int) -> bool:
    """Whether the two words stand beside a common one."""
    ours, theirs = _near(claim, at), _near(statement, place)
    return any(same(one, other) for one in ours for other in theirs)


def _near(statement: Statement, at: int) -> set[str]:
    places = range(max(0, at - WINDOW), min(len(statement.tokens), at + WINDOW + 1))
    return {statement.tokens[n].concept for n in places if n != at and statement.tokens[n].content}


def _only_planned(claim: Statement, evidence: Sequence[Statement]) -> str:
    """A verb that the evidence has under "may" or "plans to", told as done, or as sure."""
    for at in claim.content:
        token = claim.tokens[at]
        met = [statement.tokens[place] for statement in evidence for place in statement.places(token.concept)]
        if not met or any(_is_past(other) for other in met):
            continue
        told = _is_past(token) or (_is_present(token) and all(other.modal in OPEN for other in met))
        if told and not token.modal and all(other.modal for other in met):
            return f"the text has {met[0].text!r} only as {met[0].modal!r}"
        if not _is_past(token):
            continue
        if token.modal == "will" and all(other.modal in UNSURE for other in met):
            return f"the text is not sure of {met[0].text!r}"
    return ""


def _is_past(token: Token) -> bool:
    if token.concept in MODALS or token.word == base(token.word):
        return False
    return token.word.endswith("ed") or (is_irregular(token.word) and not token.word.endswith("s"))


def _is_present(token: Token) -> bool:
    return token.word.endswith("s") and base(token.word) in VERBS and token.word != base(token.word)
