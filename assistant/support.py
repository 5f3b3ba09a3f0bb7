"""Does the evidence support a claim? Decided offline, before a sentence of a language model counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .question import STOPWORDS
from .text import WORD, words

COVERED = 0.6  # of a claim's words


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
        said = [word for word in words(claim) if word not in STOPWORDS]
        held = {word for sentence in evidence for word in words(sentence)}
        numbers = [word for word in WORD.findall(claim) if re.search(r"\d", word)]
        missing = [word for word in numbers if words(word)[0] not in held]
        if missing:
            return Support(False, 0.0, f"the text does not say {missing[0]}")
        score = sum(word in held for word in said) / len(said) if said else 0.0
        if score < COVERED:
            return Support(False, score, "the text does not say so")
        return Support(True, score)


def shipped_support() -> SupportCheck:
    """The check that ships with the package."""
    return SupportCheck()
