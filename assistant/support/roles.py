"""Who did what to whom: the same verb in claim and evidence must have the same two sides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..lexicon import IRREGULAR, VERBS
from .statement import BREAKS, Statement, Token
from .vocabulary import base, same

# The same deed seen from the other side: its first noun stands for the other one's last.
CONVERSES = {
    "buy": ("trade", False),
    "sell": ("trade", True),
    "lend": ("loan", True),
    "borrow": ("loan", False),
    "give": ("gift", True),
    "get": ("gift", False),
    "supply": ("gift", True),
    "lose": ("victory", False),
    "beat": ("victory", True),
    "ahead": ("order", True),
    "behind": ("order", False),
    "precede": ("sequence", True),
    "follow": ("sequence", False),
    "succeed": ("sequence", False),
}
NO_DEED = frozenset("be have do say become remain include follow according plan will accord call".split())
PREPOSITIONS = frozenset("of in on at to for from by with over about into against near during under".split())
AUXILIARIES = frozenset(
    "is are was were be been being am has have had will would could can may might did does do".split()
)


@dataclass(frozen=True, slots=True)
class Deed:
    """A verb with the words on its two sides, in the order of the active voice."""

    verb: str
    first: tuple[Token, ...]
    last: tuple[Token, ...]


def exchanged(claim: Statement, evidence: Sequence[Statement]) -> str:
    """A verb of the claim whose two sides are exchanged or another's in the evidence; empty when none."""
    theirs = [deed for statement in evidence for deed in deeds(statement)]
    for deed in deeds(claim):
        met = [other for other in theirs if other.verb == deed.verb]
        if met and all(_crossed(deed, other) for other in met):
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
    last: list[Token] = []
    for clause in clauses.values():
        opener, tokens = (clause[0].word, clause[1:]) if clause[0].word in BREAKS else ("", clause)
        verbs = [at for at in range(len(tokens)) if _is_verb(tokens, at)]
        if verbs:
            first = _nouns(tokens[: verbs[0]]) or (
                _nouns(_last_phrase(last)) if opener in ("which", "who", "that") else subject
            )
            if opener not in ("which", "who", "that"):
                subject = first
            for number, at in enumerate(verbs):
                until = verbs[number + 1] if number + 1 < len(verbs) else len(tokens)
                yield from _deed(tokens, at, until, first)
        last = tokens or last


def _is_verb(tokens: Sequence[Token], at: int) -> bool:
    token = tokens[at]
    form = base(token.word)
    if form in NO_DEED or not token.content or token.name:
        return token.word in ("ahead", "behind")
    if token.word in ("ahead", "behind"):
        return True
    changed = token.word != form and token.word.endswith(("ed", "en")) or token.word in IRREGULAR
    # After an article a participle describes: "the stolen car".
    described = at and tokens[at - 1].word in ("the", "a", "an", "its", "his", "her", "their")
    if changed:
        return not described
    before = tokens[at - 1].word if at else ""
    return (form in VERBS or form in CONVERSES) and not described and before not in PREPOSITIONS - {"to"}


def _deed(tokens: Sequence[Token], at: int, until: int, first: tuple[Token, ...]) -> Iterator[Deed]:
    verb, rest = tokens[at].concept, tokens[at + 1 : until]
    passive = any(
        t.word in ("was", "were", "is", "are", "been", "be", "being") for t in tokens[max(0, at - 3) : at]
    )
    passive = passive and (tokens[at].word.endswith(("ed", "en", "n")) or tokens[at].word in IRREGULAR)
    words = [token.word for token in tokens[at + 1 :]]
    if passive:
        by = words.index("by") if "by" in words else len(words)
        agent = _nouns(tokens[at + 2 + by :][:8])
        yield _turned(verb, _nouns(_until_preposition(tokens[at + 2 + by :])) if agent else (), first)
    else:
        yield _turned(verb, first, _nouns(rest))


def _turned(verb: str, first: tuple[Token, ...], last: tuple[Token, ...]) -> Deed:
    name, straight = CONVERSES.get(verb, (verb, True))
    return Deed(name, first, last) if straight else Deed(name, last, first)


def _nouns(tokens: Sequence[Token]) -> tuple[Token, ...]:
    return tuple(t for t in tokens if t.content and t.word not in AUXILIARIES and not t.word[0].isdigit())


def _until_preposition(tokens: Sequence[Token]) -> Sequence[Token]:
    for at, token in enumerate(tokens):
        if at and token.word in PREPOSITIONS - {"of"}:
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


def _names(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if token.name]


def _crossed(ours: Deed, theirs: Deed) -> bool:
    """Whether more of the claim's sides is met on the other side than on its own; names count alone first."""
    for pick in (_names, list):
        first, last, other_first, other_last = (
            pick(each) for each in (ours.first, ours.last, theirs.first, theirs.last)
        )
        straight = _common(first, other_first) + _common(last, other_last)
        crossed = _common(first, other_last) + _common(last, other_first)
        if crossed > straight:
            return True
        if straight > crossed:
            return False
    return False


def _another(ours: Deed, theirs: Deed, others: Sequence[Deed]) -> bool:
    """Whether the doer is the doer of another verb of the evidence, and this verb has one of its own."""
    if (
        not ours.first
        or not theirs.first
        or _common(ours.first, theirs.first)
        or _common(ours.first, theirs.last)
    ):
        return False
    return any(_common(ours.first, deed.first) for deed in others if deed.verb != theirs.verb)
