"""What the text says with a reserve: under a condition, with an exception, of some, or at times.

Told without it, it says more than the text does.
"""

from __future__ import annotations

from collections.abc import Sequence

from .parts import met, part, phrase
from .statement import Statement

CONDITIONS = (
    ("if",),
    ("unless",),
    ("provided", "that"),
    ("as", "long", "as"),
    ("on", "condition"),
    ("only", "when"),
    ("in", "case"),
)
NO_CONDITION = frozenset("even as ask asked asks know see wonder wondered".split())  # before an "if"
CONDITIONAL = frozenset(
    """
    if unless when whenever once provided until till only would could might may without otherwise case long after
    before depend depends depending condition conditional subject possible possibly
    """.split()
)
EXCEPTIONS = (("except",), ("excluding",), ("apart", "from"), ("other", "than"), ("with", "the", "exception"))
EVERYBODY = frozenset(
    "everyone everybody everything all every anyone anything nobody nothing none one".split()
)
WHOLE = frozenset(
    "all every each always entire whole everyone everybody everything entirely throughout".split()
)
AS_WHOLE = WHOLE | frozenset(
    "both unanimously unanimous any anyone no none nobody nothing total never full".split()
)
NEVER = frozenset("never no none ever nowhere nobody nothing neither any".split())
ALONE = frozenset("only sole solely alone exclusively".split())
AS_ALONE = ALONE | frozenset(
    "just nothing nowhere except limit limited exclusive single other else unless".split()
)
AT_TIMES = frozenset("usually often sometimes occasionally rarely seldom normally mostly partly".split())
SOME = frozenset("one some few several many most half part two three four five any none".split())


def unreserved(claim: Statement, evidence: Sequence[Statement]) -> str:
    """The reserve that the claim leaves out; empty when it leaves out none."""
    held = part(claim, evidence)
    words = {token.word for statement in evidence for token in statement.tokens}
    return (
        _more_than_said(claim, words)
        or _without_condition(claim, held)
        or _excepted(claim, held)
        or _of_some(claim, held)
        or _at_times(claim, held)
    )


def _more_than_said(claim: Statement, held: set[str]) -> str:
    """Words such as "all" and "never" that the evidence has nothing like."""
    for at, token in enumerate(claim.tokens):
        before = claim.tokens[at - 1].word if at else ""
        for ours, theirs in ((WHOLE, AS_WHOLE), ({"never"}, NEVER), (ALONE, AS_ALONE)):
            if token.word in ours and before not in ("at", "above", "not") and not held & theirs:
                return f"the text does not say {token.text!r}"
    return ""


def _without_condition(claim: Statement, held: Statement) -> str:
    if any(token.word in CONDITIONAL for token in claim.tokens):
        return ""
    for words in CONDITIONS:
        at = phrase(held, words)
        if at < 0 or (at and held.tokens[at - 1].word in NO_CONDITION):
            continue
        under = range(at, _comma(held, at) if at == 0 else len(held.tokens))
        kept = sum(place in under for place in held.content)
        named = {place for place in held.content if place in under} & _places(claim, held)
        if kept > 1 and met(claim, held) and len(named) * 3 <= kept:  # "if needed" says nothing
            return f"the text says so only {' '.join(words)!r} something else holds"
    return ""


def _excepted(claim: Statement, held: Statement) -> str:
    """What the text takes out of a whole, told as a part of it."""
    starts = [at + len(words) for words in EXCEPTIONS if (at := phrase(held, words)) >= 0]
    starts += [
        at + 1
        for at, token in enumerate(held.tokens)
        if token.word == "but" and any(each.word in EVERYBODY for each in held.tokens[max(0, at - 2) : at])
    ]
    told = {token.word for token in claim.tokens}
    if told & {"except", "excluding", "apart", "but", "exception", "not", "only"}:
        return ""
    for start in starts:
        end = next(
            (n for n in range(start, len(held.tokens)) if held.tokens[n].word in ",;"), len(held.tokens)
        )
        out = met(claim, held, range(start, min(end, start + 6)))
        if out and not held.tokens[start].denied:
            return f"the text makes an exception of {out[0].text!r}"
    return ""


def _of_some(claim: Statement, held: Statement) -> str:
    """The claim is of "the councillors", the text of one of them."""
    told = [token.word for token in claim.tokens]
    for at, token in enumerate(held.tokens[:-3]):
        if token.word not in SOME or [each.word for each in held.tokens[at + 1 : at + 3]] != ["of", "the"]:
            continue
        whole = next((each for each in held.tokens[at + 3 : at + 6] if each.text[-1] == "s"), None)
        place = told.index(whole.word) if whole and whole.word in told else -1
        if place > 0 and whole and "the" in told[max(0, place - 2) : place] and not set(told[:place]) & SOME:
            return f"the text says so of {token.text} of the {whole.text}"
    return ""


def _at_times(claim: Statement, held: Statement) -> str:
    """What happens at times, told as if always."""
    if any(token.word in AT_TIMES or token.modal for token in claim.tokens):
        return ""
    for at, token in enumerate(held.tokens):
        if token.word in AT_TIMES and met(claim, held, range(at + 1, at + 3)):
            return f"the text says so only {token.text!r}"
    return ""


def _places(claim: Statement, held: Statement) -> set[int]:
    return {place for at in claim.content for place in held.places(claim.tokens[at].concept)}


def _comma(held: Statement, at: int) -> int:
    return next((n for n in range(at, len(held.tokens)) if held.tokens[n].word in ",—–"), len(held.tokens))
