"""A claim in the text's own words, with one name where the text has another, or from two sentences in one."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from .parts import sentences_of
from .roles import PREPOSITIONS
from .statement import Statement, Token
from .vocabulary import same

SAME_WORDS = 0.7  # of the claim's, in the same order: then what stands in a place is meant for it
RUN = 3  # words


def reworded(claim: Statement, evidence: Sequence[Statement]) -> str:
    """What is not as the text has it; empty when nothing is."""
    return _another_name(claim, evidence) or _stitched(claim, evidence)


def _another_name(claim: Statement, evidence: Sequence[Statement]) -> str:
    """The name that the text has in the place of the claim's; empty when none."""
    reasons = []
    ours = claim.tokens
    for held in sentences_of(evidence):
        if sum(token.concept in held.concepts for token in ours) < SAME_WORDS * len(ours):
            continue
        matcher = SequenceMatcher(a=_concepts(ours), b=_concepts(held.tokens), autojunk=False)
        if sum(block.size for block in matcher.get_matching_blocks()) < SAME_WORDS * len(ours):
            continue
        found = [
            f"the text has {theirs[0].text!r} where the claim has {named[0].text!r}"
            for kind, a, b, c, d in matcher.get_opcodes()
            if kind == "replace"
            and (named := _names(ours[a:b]))
            and (theirs := [each for each in held.tokens[c:d] if each.name])
            and not any(same(one.concept, other.concept) for one in named for other in theirs)
        ]
        if not found and (moved := _moved(ours, held.tokens)):
            found = [f"the text has {moved!r} elsewhere in the sentence"]
        if not found:
            return ""
        reasons += found
    return reasons[0] if reasons else ""


def _moved(ours: Sequence[Token], held: Sequence[Token]) -> str:
    """A name that stands on another side of a second one, without a word such as "on" that moves with it."""
    places = [token.concept for token in held]
    found = [
        (places.index(token.concept), token.text)
        for at, token in enumerate(ours)
        if _names([token]) and token.concept in places and not _led(ours, at)
    ]
    found = [(at, text) for at, text in found if not _led(held, at)]
    return next((one[1] for one, other in pairwise(found) if one[0] > other[0]), "")


def _led(tokens: Sequence[Token], at: int) -> bool:
    """Whether a preposition stands before the name that a token is of."""
    while at and _names([tokens[at]]):
        at -= 1
    return tokens[at].word in PREPOSITIONS or (at > 0 and tokens[at - 1].word in PREPOSITIONS)


def _stitched(claim: Statement, evidence: Sequence[Statement]) -> str:
    """The start of one sentence with the end of another, to the word."""
    ours, held = _words(claim.tokens), [_words(each.tokens) for each in sentences_of(evidence)]
    if len(held) < 2 or len(set(ours) - {word for words in held for word in words}) > 1:
        return ""
    starts = [_run(ours, words) for words in held]
    ends = [_run(ours[::-1], words[::-1]) for words in held]
    for one, start in enumerate(starts):
        for other, end in enumerate(ends):
            whole = start >= len(held[one]) or end >= len(held[other])
            if one != other and not whole and min(start, end) >= RUN and start + end >= len(ours) - 1:
                alone = max(starts[other], ends[one], _both(starts, ends, one), _both(starts, ends, other))
                return "" if alone >= len(ours) else "it puts two sentences into one"
    return ""


def _both(starts: Sequence[int], ends: Sequence[int], at: int) -> int:
    """How much of the claim one sentence has by itself."""
    return starts[at] + ends[at]


def _run(ours: Sequence[str], theirs: Sequence[str]) -> int:
    """How many of the first words stand in the same order, one behind another, somewhere in the other."""
    match = SequenceMatcher(a=ours, b=theirs, autojunk=False)
    return max((block.size for block in match.get_matching_blocks() if block.a == 0), default=0)


def _concepts(tokens: Sequence[Token]) -> list[str]:
    return [token.concept for token in tokens]


def _words(tokens: Sequence[Token]) -> list[str]:
    return [token.word for token in tokens]


def _names(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if token.content and token.text[0].isupper()]
