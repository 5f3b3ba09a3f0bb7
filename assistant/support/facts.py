"""Numbers, dates and names of a claim: each must stand in the evidence, a number in its own place there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .naming import missing_name
from .quantities import Quantity, quantities
from .statement import Statement

NEARER = 1.35  # times as near to the claim's words: then another number stands there
APART = 5  # what a clause's end counts for, in words
COUNTABLE = 5  # so many may be counted in a list without being named as a number
UP_TO = (
    ("up", "to"),
    ("at", "most"),
    ("no", "more", "than"),
    ("as", "many", "as"),
    ("less", "than"),
    ("fewer", "than"),
    ("under",),
    ("below",),
    ("as", "much", "as"),
    ("maximum", "of"),
)
AT_LEAST = (
    ("at", "least"),
    ("more", "than"),
    ("over",),
    ("above",),
    ("no", "fewer", "than"),
    ("no", "less", "than"),
    ("minimum", "of"),
)
BOUNDS = {"since": "since", "until": "until", "till": "until", "before": "before", "after": "after"}
PAST = frozenset("ago earlier previously formerly originally".split())
MOVED = frozenset("move shift postpone change delay raise rise fall grow".split())


def missing_fact(claim: Statement, evidence: Sequence[Statement]) -> str:
    """A number, date or name of the claim that the evidence lacks or has elsewhere; empty when none."""
    ours = quantities(claim)
    held = [(statement, quantities(statement)) for statement in evidence]
    theirs = [each for _, found in held for each in found]
    for each in ours:
        if not _held(each, theirs) and not _counted(each, ours, theirs, claim, evidence):
            return f"the text does not say {each.written}"
    for each in ours:
        if objection := _misplaced(each, ours, claim, held):
            return objection
    return missing_name(claim, evidence, {at for each in ours for at in range(each.start, each.end)})


def _held(one: Quantity, others: Iterable[Quantity]) -> bool:
    return any(_equal(one, other) for other in others)


def _equal(one: Quantity, other: Quantity) -> bool:
    kinds = {one.kind, other.kind}
    if one.kind == other.kind or kinds <= {"number", "year", "ordinal"}:
        return abs(one.value - other.value) <= 1e-6 * max(1.0, abs(one.value))
    return kinds == {"year", "decade"} and any(
        each.kind == "year" and int(each.value) % 100 // 10 * 10 == (one.value + other.value - each.value)
        for each in (one, other)
    )


def _counted(
    one: Quantity,
    ours: Sequence[Quantity],
    theirs: Sequence[Quantity],
    claim: Statement,
    evidence: Sequence[Statement],
) -> bool:
    """Whether the number may count what the evidence lists, or is none: "one of them", "both"."""
    if one.kind == "ordinal" and one.value == 1:
        return not any(each.kind == "ordinal" for each in theirs)
    if one.kind == "number" and one.value == 1 and one.spelled:
        return True
    rivals = [each for each in theirs if each.kind == one.kind and not _held(each, ours) and each.value != 1]
    both = one.value == 2 and any(
        token.word in ("both", "pair", "twins", "two") for s in evidence for token in s.tokens
    )
    small = one.kind == "number" and one.spelled and 1 < one.value <= COUNTABLE
    return both or (small and not rivals and _unit(claim, one) is not None)


def _unit(statement: Statement, one: Quantity) -> str | None:
    """What a number counts: the next word of its clause with a meaning of its own."""
    for token in statement.tokens[one.end : one.end + 2]:
        if token.content and token.word not in ("people",):
            return token.concept
    return None


def _misplaced(
    one: Quantity,
    ours: Sequence[Quantity],
    claim: Statement,
    held: Sequence[tuple[Statement, list[Quantity]]],
) -> str:
    """What stands where the claim has the number, when that is another one."""
    reasons = []
    for statement, found in held:
        equal = [each for each in found if _equal(one, each)]
        if not equal:
            continue
        rivals = [each for each in found if each.kind == one.kind and not _equal(one, each)]
        reason = (
            _wrong_bound(one, claim, equal, statement)
            or _wrong_unit(one, claim, equal, rivals, statement)
            or _given_up(one, claim, equal, rivals, statement)
            or _wrong_place(one, claim, equal, [r for r in rivals if not _held(r, ours)], statement)
        )
        if not reason:
            return ""
        reasons.append(reason)
    return reasons[0] if reasons else ""


def _wrong_bound(one: Quantity, claim: Statement, equal: Sequence[Quantity], statement: Statement) -> str:
    said, is_so = _bound(claim, one), [_bound(statement, each) for each in equal]
    if said and all(said != each and each for each in is_so):
        return f"the text has another bound for {one.written}"
    if one.kind not in ("number", "ordinal"):
        word = _before(claim, one)
        words = [_before(statement, each) for each in equal]
        # "in 1954" is not "since 1954"; both "in" and "on" are the same here.
        if all((word in BOUNDS or each in BOUNDS) and BOUNDS.get(word) != BOUNDS.get(each) for each in words):
            return f"the text does not say {word} {one.written}".replace("  ", " ")
    return ""


def _bound(statement: Statement, one: Quantity) -> str:
    words = tuple(token.word for token in statement.tokens[max(0, one.start - 3) : one.start])
    for name, phrases in (("most", UP_TO), ("least", AT_LEAST)):
        if any(words[len(words) - len(phrase) :] == phrase for phrase in phrases):
            return name
    return ""


def _before(statement: Statement, one: Quantity) -> str:
    """The preposition of a date; a day or month within it does not hide it."""
    for token in reversed(statement.tokens[max(0, one.start - 4) : one.start]):
        if token.word in BOUNDS or token.word in ("in", "on", "at", "by", "from", "to", "of", ","):
            return token.word
    return ""


def _wrong_unit(
    one: Quantity,
    claim: Statement,
    equal: Sequence[Quantity],
    rivals: Sequence[Quantity],
    statement: Statement,
) -> str:
    unit = _unit(claim, one)
    if unit is None or one.kind != "number":
        return ""
    own = any(token.concept == unit for each in equal for token in statement.tokens[each.end : each.end + 4])
    other = [each for each in rivals if unit == _unit(statement, each)]
    if other and not own:
        return f"the text says {other[0].written} there, not {one.written}"
    return ""


def _wrong_place(
    one: Quantity,
    claim: Statement,
    equal: Sequence[Quantity],
    rivals: Sequence[Quantity],
    statement: Statement,
) -> str:
    """Another number of the sentence that is clearly nearer to the words around the claim's."""
    anchors = [
        (at, 1 / (1 + min(abs(place - one.start), abs(place - one.end + 1))))
        for place in claim.content
        if not one.start <= place < one.end and not claim.tokens[place].word[0].isdigit()
        for at in statement.places(claim.tokens[place].concept)[:2]
    ]
    rivals = [rival for rival in rivals if not _part_of_whole(statement, equal, rival)]
    if len(anchors) < 2:
        return ""
    own = max(_nearness(each, anchors, statement) for each in equal)
    for rival in rivals:
        if _alike(one, rival, claim, statement) and _nearness(rival, anchors, statement) > NEARER * own:
            return f"the text says {rival.written} there, not {one.written}"
    return ""


def _part_of_whole(statement: Statement, equal: Sequence[Quantity], rival: Quantity) -> bool:
    """Whether the sentence says "three of the nine"."""
    between = [[token.word for token in statement.tokens[each.end : rival.start]] for each in equal]
    return any(words[:1] == ["of"] and len(words) <= 2 for words in between)


def _alike(one: Quantity, rival: Quantity, claim: Statement, statement: Statement) -> bool:
    if one.kind != "number":
        return True
    ours, theirs = _unit(claim, one), _unit(statement, rival)
    return ours is None or theirs is None or ours == theirs


def _nearness(one: Quantity, anchors: Sequence[tuple[int, float]], statement: Statement) -> float:
    clause = statement.tokens[one.start].clause
    return sum(
        weight
        / (
            1
            + min(abs(at - one.start), abs(at - one.end + 1))
            + APART * abs(statement.tokens[at].clause - clause)
        )
        for at, weight in anchors
        if not one.start <= at < one.end
    )


def _from(statement: Statement, one: Quantity) -> bool:
    """Whether it stands for what was: "up from 52", "moved from Monday"."""
    before = statement.tokens[max(0, one.start - 8) : one.start]
    return (
        bool(before)
        and before[-1].word == "from"
        and any(t.concept in MOVED or t.word in ("up", "down") for t in before)
    )


def _given_up(
    one: Quantity,
    claim: Statement,
    equal: Sequence[Quantity],
    rivals: Sequence[Quantity],
    statement: Statement,
) -> str:
    """What was, told as what is: "from 8 to 7", "moved from Monday", "instead of May"."""
    tokens = statement.tokens
    if PAST & {token.word for token in claim.tokens}:
        past = [each for each in (*equal, *rivals) if _from(statement, each)]
        return f"the text says {past[0].written} of that time" if past and not set(past) & set(equal) else ""
    for each in equal:
        denied = tokens[each.start].denied and not claim.negative
        was = _from(statement, each)
        ours = {token.word for token in claim.tokens[max(0, one.start - 3) : one.start]}
        if not (was and not ours & {"from", "between", "was", "were", "than", "earlier"}) and not denied:
            return ""
    return f"the text no longer says {one.written}"
