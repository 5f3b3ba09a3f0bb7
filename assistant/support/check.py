"""The check itself: rules that object, and how much of a claim the evidence holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .facts import missing_fact
from .polarity import contradiction
from .roles import exchanged
from .statement import Statement

COVERED = 0.5  # of a claim's words


@dataclass(frozen=True, slots=True)
class Support:
    """What the check found.

    Attributes:
        supported: whether the evidence says what the claim says.
        score: how sure that is, from 0 to 1.
        objection: what speaks against it, in a few words; empty when it is supported.
    """

    supported: bool
    score: float
    objection: str = ""


class SupportCheck:
    """Judges claims by their evidence."""

    def check(self, claim: str, evidence: Sequence[str]) -> Support:
        """Whether the sentences of the text, taken together, support one sentence."""
        if said_whole(claim, evidence):
            return Support(True, 1.0)
        statement, held = Statement(claim), [Statement(sentence) for sentence in evidence]
        if objection := objections(statement, held):
            return Support(False, 0.0, objection)
        score = covered(statement, held)
        if score < COVERED:
            return Support(False, score, "the text does not say so")
        return Support(True, score)


def said_whole(claim: str, evidence: Sequence[str]) -> bool:
    """Whether the claim is a sentence of the evidence, letter by letter but for white space."""
    plain = " ".join(claim.split())
    return bool(plain) and any(plain == " ".join(sentence.split()) for sentence in evidence)


def objections(claim: Statement, evidence: Sequence[Statement]) -> str:
    """What the first rule that objects says; empty when none does."""
    return missing_fact(claim, evidence) or contradiction(claim, evidence) or exchanged(claim, evidence)


def covered(claim: Statement, evidence: Sequence[Statement]) -> float:
    """The share of the claim's words of meaning that the evidence has in some form."""
    said = [claim.tokens[at] for at in claim.content]
    if not said:
        return 0.0
    return sum(any(statement.places(token.concept) for statement in evidence) for token in said) / len(said)


def shipped_support() -> SupportCheck:
    """The check that ships with the package."""
    return SupportCheck()
