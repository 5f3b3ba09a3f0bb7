"""What comes of what: cause and effect, or before and after, may not be exchanged."""

from __future__ import annotations

from collections.abc import Sequence

from .parts import parts_of
from .statement import Statement, Token
from .vocabulary import same

FIRST = frozenset("so before therefore hence until cause".split())  # the cause stands first
SECOND = frozenset("because since after once due".split())  # it stands second
WHEN = frozenset(["when"])  # of a text: what comes first; of a claim: also at the same time


def turned(claim: Statement, evidence: Sequence[Statement]) -> str:
    """Cause and effect, or before and after, the other way round."""
    ours = _halves(claim, SECOND)
    if ours is None:
        return ""
    for held in parts_of(evidence):
        theirs = _halves(held, SECOND | WHEN)
        if theirs is None:
            continue
        straight = _shared(ours[0], theirs[0]) + _shared(ours[1], theirs[1])
        crossed = _shared(ours[0], theirs[1]) + _shared(ours[1], theirs[0])
        if crossed > straight and _shared(ours[0], theirs[1]) and _shared(ours[1], theirs[0]):
            return "in the text the one comes before the other"
    return ""


def _halves(held: Statement, second: frozenset[str]) -> tuple[Sequence[Token], Sequence[Token]] | None:
    """What comes first and what second in time; None where no word tells."""
    for at, token in enumerate(held.tokens):
        as_reason = token.word == "as" and at > 0 and held.tokens[at - 1].word == ","
        if token.word not in FIRST | second and not as_reason:
            continue
        before, behind = held.tokens[:at], held.tokens[at + 1 :]
        if not any(each.content for each in before):
            comma = next((n for n, each in enumerate(behind) if each.word == ","), 0)
            before, behind = behind[comma:], behind[:comma]
        if before and behind:
            return (before, behind) if token.word in FIRST else (behind, before)
    return None


def _shared(ours: Sequence[Token], theirs: Sequence[Token]) -> int:
    return sum(any(same(word.concept, other.concept) for other in theirs) for word in ours if word.content)
