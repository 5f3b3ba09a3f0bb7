"""Who did what to whom: the same verb in claim and evidence must have the same two sides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..lexicon import IRREGULAR, VERBS
from .statement import BREAKS, Statement, Token
from .vocabulary import base, is_irregular, same

# The same deed seen from the other side: its doer stands for the other one's partner.
CONVERSES = {
    "buy": ("trade", False),
    "sell": ("trade", True),
    "lend": ("loan", True),
    "borrow": ("loan", False),
    "give": ("gift", True),
    "get": ("gift", False),
    "supply": ("gift", True),
}
# Where the doer stands in a row, and whom it is compared with.
ORDERS = {"ahead": True, "behind": False, "than": True}
NO_DEED = frozenset("be have do say become remain include accord plan will base know".split())
PREPOSITIONS = frozenset(
    """
    of in on at to for from by with over about into against near during under as than after before since until out
    up off down forward through between within across along around
    """.split()
)
BE = frozenset("was were is are been be being".split())
AUXILIARIES = BE | frozenset(
    "am have has had will would could can may might did does do it they he she".split()
)
ARTICLES = frozenset("the a an its his her their this that".split())
RELATIVES = frozenset("which who that whom".split())
# Names of kinds: "Bank" alone tells no bank from another.
KINDS = frozenset(
    """
    bank university party city ministry minister president company team council court church club union state states
    republic government army navy police agency foreign prime former senator mr mrs ms dr
    """.split()
)


@dataclass(frozen=True, slots=True)
class Deed:
    """A verb with the words on its two sides, in the order of the active voice."""

    verb: str
    first: tuple[Token, ...]
    last: tuple[Token, ...]
    rest: tuple[Token, ...] = ()


def exchanged(claim: Statement, evidence: Sequence[Statement]) -> str:
    """A verb of the claim whose sides are exchanged, or another's, in the evidence; empty when none."""
    theirs = [deed for statement in evidence for deed in deeds(statement)]
    for deed in deeds(claim):
        met = [other for other in theirs if other.verb == deed.verb]
        if any(_crossed(deed, other) for other in met) and not any(
            _is_the_same(deed, other) for other in met
        ):
            return f"in the text the sides of {deed.verb!r} are the other way round"
        if met and all(_another(deed, other, theirs) for other in met):
            return f"in the text another one is the one of {deed.verb!r}"
    return ""


def deeds(statement: Statement) -> Iterator[Deed]:
    """The verbs of a sentence with their two sides, as far as the order of words tells them."""
    clauses: dict[int, list[Token]] = {}
    for token in statement.tokens:
        clauses.setdefault(token.clause, []).append(token)
    subject: tuple[Token, ...] = ()
    before: list[Token] = []
    for clause in clauses.values():
        opener, tokens = (clause[0].word, clause[1:]) if clause[0].word in BREAKS else ("", clause)
        verbs = [at for at in range(len(tokens)) if _is_verb(tokens, at)]
        first = _nouns(tokens[: verbs[0]]) if verbs else ()
        if opener in RELATIVES:
            # "which Madrid proposed" has a subject of its own, "which flooded Paris" the words before it.
            first = first or _nouns(_last_phrase(before))
        else:
            subject = first = first or subject
        for number, at in enumerate(verbs):
            until = verbs[number + 1] if number + 1 < len(verbs) else len(tokens)
            yield from _deed(tokens, at, until, first)
        yield from _orders(tokens, first or subject)
        before = tokens or before


def _is_verb(tokens: Sequence[Token], at: int) -> bool:
    token = tokens[at]
    form = base(token.word)
    if form in NO_DEED or not token.content or token.name or not token.word.isalpha():
        return False
    before = tokens[at - 1].word if at else ""
    # After an article a participle describes: "the stolen car".
    if before in ARTICLES and not (before == "that" and at > 1):
        return False
    if (
        (token.word != form and token.word.endswith("ed"))
        or is_irregular(token.word)
        or token.word in IRREGULAR
    ):
        return True
    return form in VERBS and before not in PREPOSITIONS - {"to"} and at > 0 and not before[:1].isdigit()


def _deed(tokens: Sequence[Token], at: int, until: int, first: tuple[Token, ...]) -> Iterator[Deed]:
    verb, rest = tokens[at].concept, tokens[at + 1 :]
    is_participle = tokens[at].word.endswith(("ed", "en", "n")) or is_irregular(tokens[at].word)
    helped = any(token.word in BE for token in tokens[max(0, at - 3) : at])
    words = [token.word for token in rest[: 4 + until - at]]
    if verb in CONVERSES and not (helped and is_participle):
        name, straight = CONVERSES[verb]
        partner = _partner(rest)
        yield (
            Deed(name, first, partner, _nouns(rest)) if straight else Deed(name, partner, first, _nouns(rest))
        )
    elif is_participle and "by" in words and (helped or words.index("by") < 2):
        doers = _nouns(_phrase(rest[words.index("by") + 1 :]))
        done_to = first if helped else _nouns(_last_phrase(tokens[:at])) or first
        yield Deed(verb, doers, done_to, _nouns(rest))
    elif is_participle and helped:
        yield Deed(verb, (), first, _nouns(rest))
    elif not rest or rest[0].word not in PREPOSITIONS:
        yield Deed(verb, first, _nouns(_phrase(tokens[at + 1 : until])), _nouns(rest))
    elif rest[0].word != "by":
        yield Deed(verb, first, (), _nouns(rest))


def _orders(tokens: Sequence[Token], first: tuple[Token, ...]) -> Iterator[Deed]:
    for at, token in enumerate(tokens):
        if token.word in ORDERS:
            last = _nouns(_phrase([each for each in tokens[at + 1 :] if each.word != "of"]))[:3]
            yield Deed("order", first, last) if ORDERS[token.word] else Deed("order", last, first)


def _partner(rest: Sequence[Token]) -> tuple[Token, ...]:
    """Of a trade: who stands behind "from" or "to", or else right behind the verb, by name."""
    for at, token in enumerate(rest):
        if token.word in ("from", "to"):
            return _nouns(_phrase(rest[at + 1 :]))
    return _nouns(rest[:2])


def _nouns(tokens: Iterable[Token]) -> tuple[Token, ...]:
    return tuple(t for t in tokens if t.content and t.word not in AUXILIARIES and not t.word[0].isdigit())


def _phrase(tokens: Sequence[Token]) -> Sequence[Token]:
    """Up to the first preposition."""
    for at, token in enumerate(tokens):
        if token.word in PREPOSITIONS or (at and token.word in BREAKS):
            return tokens[:at]
    return tokens


def _last_phrase(tokens: Sequence[Token]) -> Sequence[Token]:
    """What stands behind the last preposition or verb: what "which" and "who" mean."""
    for at in range(len(tokens) - 1, -1, -1):
        if tokens[at].word in PREPOSITIONS or _is_verb(tokens, at):
            return tokens[at + 1 :]
    return tokens


def _common(ours: Sequence[Token], theirs: Sequence[Token]) -> int:
    return sum(any(same(one.concept, other.concept) for other in theirs) for one in ours)


def _names(tokens: Sequence[Token]) -> tuple[Token, ...]:
    return tuple(token for token in tokens if token.name and token.word not in KINDS)


def _crossed(ours: Deed, theirs: Deed) -> bool:
    """Whether more of the claim's sides is met on the other side than on its own; names count first."""
    if not (ours.first and ours.last and theirs.first and theirs.last):
        return False
    for pick in (_names, tuple[Token, ...]):
        first, last = pick(ours.first), pick(ours.last)
        other_first, other_last = pick(theirs.first), pick(theirs.last)
        straight = _common(first, other_first) + _common(last, other_last)
        crossed = _common(first, other_last) + _common(last, other_first)
        if crossed != straight:
            return crossed > straight
    return False


def _is_the_same(ours: Deed, theirs: Deed) -> bool:
    return (
        bool(_common(ours.first, theirs.first))
        and bool(_common(ours.last, theirs.last))
        and not _crossed(ours, theirs)
    )


def _another(ours: Deed, theirs: Deed, others: Sequence[Deed]) -> bool:
    """Whether one side is met, and on the other the evidence has one thing and the claim another of its things."""
    if ours.verb == "order" or any(token.word in ORDERS for token in ours.rest):
        return False
    named = _names(ours.first), _names(theirs.first)
    if all(named) and not _common(*named) and _common(ours.rest or ours.last, theirs.rest or theirs.last):
        return True
    elsewhere = [deed for deed in others if deed.verb != theirs.verb]
    for side, other_side, met in (
        (ours.first, theirs.first, _common(ours.rest or ours.last, theirs.rest or theirs.last)),
        (ours.last, theirs.last, _common(ours.first, theirs.first)),
    ):
        if side and other_side and met and not _common(side, other_side) and not _common(side, theirs.rest):
            return any(_common(side, deed.first) for deed in elsewhere)
    return False
