"""Names of a claim: each must stand in the evidence, in some form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..question import STOPWORDS
from .countries import country
from .statement import Statement, Token
from .vocabulary import same

TITLES = frozenset(
    """
    mr mrs ms dr sir lady lord president minister prime chancellor senator governor mayor king queen prince princess
    pope general colonel captain professor judge secretary chairman chairwoman coach the a an foreign defence defense
    finance interior justice environment health republic kingdom united states federation university party
    """.split()
)
# At the start of a sentence a capital tells nothing; these are no names there.
COMMON_ENDINGS = (
    "s",
    "ed",
    "ing",
    "ly",
    "ion",
    "ment",
    "ness",
    "ity",
    "ance",
    "ence",
    "age",
    "ism",
    "er",
    "or",
)
COMMON = frozenset(
    """
    heavy rain snow fog people police water heat fire work nobody everyone parliament smoke two both half neither each
    children women men residents divers few many most all some several hardly last next this it they he she there
    construction unemployment wheat milk oil gas coal power food wine beer music art film sport football tennis
    light wind ice traffic trade demand supply war peace crime prices voters workers drivers doctors nurses teachers
    students pupils farmers scientists researchers engineers officials prosecutors investigators critics experts
    """.split()
)
DIRECTIONS = frozenset(
    "new north south east west northern southern eastern western central san saint st".split()
)


def missing_name(claim: Statement, evidence: Sequence[Statement], numbers: set[int]) -> str:
    """A name of the claim that the evidence has in no form; empty when none. `numbers` are no names."""
    held = [token for statement in evidence for token in statement.tokens]
    initials = {initial for statement in evidence for initial in _initials(statement.tokens)}
    for at, token in enumerate(claim.tokens):
        if at in numbers or not _is_name(claim.tokens, at) or token.word in TITLES:
            continue
        if token.word in initials or any(_same_name(token, other) for other in held):
            continue
        if not _spelt_out(token, held) and not _first_name(claim.tokens, at, held):
            return f"the text does not name {token.text}"
    return ""


def _first_name(tokens: Sequence[Token], at: int, held: Sequence[Token]) -> bool:
    """Whether a surname follows that the evidence has, and no other first name before it there."""
    follows = tokens[at + 1] if at + 1 < len(tokens) else None
    if follows is None or not follows.name or tokens[at].word in DIRECTIONS or country(follows.word):
        return False
    places = [
        place for place, other in enumerate(held) if _same_name(follows, other) and other.text[0].isupper()
    ]
    before = [held[place - 1] for place in places if place]
    # At a sentence's start "Ann" is written as "The" is: any capital counts as another's first name.
    foreign = [each.text[0].isupper() and each.word not in STOPWORDS | TITLES for each in before]
    return bool(places) and (len(before) < len(places) or not all(foreign))


def _is_name(tokens: Sequence[Token], at: int) -> bool:
    token = tokens[at]
    if at and tokens[at - 1].text not in '."“”':
        return token.name and token.word not in ("i",)
    if not token.text[0].isupper() or token.word in STOPWORDS | COMMON or len(token.word) < 3:
        return country(token.word) is not None
    follows = tokens[at + 1] if at + 1 < len(tokens) else None
    if follows is not None and follows.name:
        return True
    return not token.word.endswith(COMMON_ENDINGS)


def _same_name(one: Token, other: Token) -> bool:
    if one.concept == other.concept or one.word.replace(".", "") == other.word.replace(".", ""):
        return True
    if country(one.word) or country(other.word):
        return False
    # Leeds and Leeds', Berlin and Berliner, Kosovo and Kosovan.
    short, long = sorted((one.word, other.word), key=len)
    return len(short) > 3 and long.startswith(short) and len(long) - len(short) <= 3


def _initials(tokens: Sequence[Token]) -> Iterable[str]:
    """The initials of runs of names: "eu" for European Union."""
    run = ""
    for token in tokens:
        if token.text[0].isupper():
            run += token.word[0]
        elif token.word not in ("of", "the", "and", "for"):
            if len(run) > 1:
                yield run
            run = ""
    yield run


def _spelt_out(one: Token, held: Sequence[Token]) -> bool:
    """Whether a word of a long name belongs to initials that the evidence has."""
    return any(
        len(token.text) > 1 and token.text.replace(".", "").isupper() and token.word[0] == one.word[0]
        for token in held
    ) or any(token.word[0].islower() and same(token.concept, one.concept) for token in held)
