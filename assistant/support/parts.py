"""The part of the evidence that a claim is about: what is said in another one stands or falls by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from .statement import Statement, Token

# The end of a sentence, or of what stands against the next: "it opens on Monday, whereas the pool is shut".
STOP = re.compile(r"(?<!\b[A-Z]\.)(?<!Mr\.)(?<!Ms\.)(?<!Dr\.)(?<!St\.)(?<!Mrs\.)(?<=[.!?…])[\"”’)]*\s+")
END = re.compile(rf"{STOP.pattern}|;\s+|,\s+(?:but|whereas|while|and)\s+(?=[A-Za-z]+ )")


def sentences_of(evidence: Sequence[Statement]) -> list[Statement]:
    """Evidence may be several sentences in one."""
    return _split(STOP, evidence)


def parts_of(evidence: Sequence[Statement]) -> list[Statement]:
    """What is said on its own: sentences, and their halves where these stand against each other."""
    return _split(END, evidence)


def _split(end: re.Pattern[str], evidence: Sequence[Statement]) -> list[Statement]:
    whole = {held.text: (held,) for held in evidence if not end.search(held.text)}  # read already
    return [each for held in evidence for each in whole.get(held.text) or _cut(end, held.text)]


@lru_cache(maxsize=256)  # each rule asks for the same few
def _cut(end: re.Pattern[str], text: str) -> tuple[Statement, ...]:
    return tuple(Statement(each) for each in end.split(text) if each.strip())


def part(claim: Statement, evidence: Sequence[Statement]) -> Statement:
    """Where most of the claim's words stand; the first of several."""
    return max(parts_of(evidence), key=lambda each: len(met(claim, each)), default=Statement(""))


def met(claim: Statement, held: Statement, places: range | None = None) -> list[Token]:
    """The claim's words of meaning that the statement has in some form, at these places of it."""
    return [
        claim.tokens[at]
        for at in claim.content
        if any(places is None or place in places for place in held.places(claim.tokens[at].concept))
    ]


def phrase(held: Statement, words: Sequence[str]) -> int:
    """Where these words stand one behind another; -1 when nowhere."""
    told = [token.word for token in held.tokens]
    return next(
        (at for at in range(len(told) - len(words) + 1) if told[at : at + len(words)] == list(words)), -1
    )
