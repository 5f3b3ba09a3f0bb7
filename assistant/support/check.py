"""The check itself: rules that object, and a model that says how likely the rest is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .. import resources
from .causes import turned
from .facts import missing_fact
from .model import SupportModel
from .owners import all_new, another_owner
from .polarity import contradiction
from .reserves import unreserved
from .roles import exchanged
from .sayings import hearsay
from .statement import Statement
from .wording import reworded

# The highest step of .05 that keeps 95 % of the true claims of the development part to which no rule objects.
LIKELY = 0.3
LIKELY_NEW = 0.5  # for a claim of whose subject the evidence says nothing in the claim's words
SHARED = 0.2  # of a claim's words: with fewer in common the model is asked what it never learned
UNHEARD = 4  # words in a row that the evidence does not have: of something else
LONGEST = 500  # characters of a claim: a model that does not see the end cannot vouch for it


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


@dataclass(frozen=True)
class SupportCheck:
    """Judges claims by their evidence.

    Attributes:
        model: decides where no rule objects.
        threshold: how likely it must find a claim.
    """

    model: SupportModel
    threshold: float = LIKELY

    def check(self, claim: str, evidence: Sequence[str]) -> Support:
        """Whether the sentences of the text, taken together, support one sentence.

        Raises:
            ModelProblem: the model's weights cannot be loaded.
        """
        if said_whole(claim, evidence):
            return Support(True, 1.0)
        if not claim.strip() or not any(sentence.strip() for sentence in evidence):
            return Support(False, 0.0, "there is nothing to compare")
        if len(claim) > LONGEST:
            return Support(False, 0.0, "it says too much at once")
        statement, held = Statement(claim), [Statement(sentence) for sentence in evidence]
        if objection := objections(statement, held):
            return Support(False, 0.0, objection)
        if covered(statement, held) < SHARED or unheard(statement, held) >= UNHEARD:
            return Support(False, 0.0, "the text does not say so")
        score = self.model.likely(claim, " ".join(evidence))
        needed = max(self.threshold, LIKELY_NEW) if all_new(statement, held) else self.threshold
        return Support(True, score) if score >= needed else Support(False, score, "the text does not say so")


def said_whole(claim: str, evidence: Sequence[str]) -> bool:
    """Whether the claim is a sentence of the evidence, letter by letter but for white space."""
    plain = " ".join(claim.split())
    return bool(plain) and any(plain == " ".join(sentence.split()) for sentence in evidence)


def objections(claim: Statement, evidence: Sequence[Statement]) -> str:
    """What the first rule that objects says; empty when none does."""
    rules = (missing_fact, contradiction, exchanged, unreserved, hearsay, another_owner, turned, reworded)
    return next(filter(None, (rule(claim, evidence) for rule in rules)), "")


def covered(claim: Statement, evidence: Sequence[Statement]) -> float:
    """The share of the claim's words of meaning that the evidence has in some form."""
    said = [claim.tokens[at] for at in claim.content]
    if not said:
        return 0.0
    return sum(any(statement.places(token.concept) for statement in evidence) for token in said) / len(said)


def unheard(claim: Statement, evidence: Sequence[Statement]) -> int:
    """How many of the claim's words of meaning, one behind another, the evidence has in no form."""
    longest = run = 0
    for at in claim.content:
        known = any(statement.places(claim.tokens[at].concept) for statement in evidence)
        run = 0 if known else run + 1
        longest = max(longest, run)
    return longest


def shipped_support() -> SupportCheck:
    """The check that ships with the package."""
    models = resources.folder("models")
    return SupportCheck(SupportModel(models / "support", models / "encoder" / "tokenizer.json"))
