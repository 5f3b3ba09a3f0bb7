"""What the text has only as somebody's word: an accusation is no fact, and has one who makes it."""

from __future__ import annotations

from collections.abc import Sequence

from .parts import met, part
from .roles import ARTICLES
from .statement import Statement, Token
from .vocabulary import base, same

CLAIMED = frozenset(
    """
    argue allege claim accuse suggest insist contend assert believe think suspect fear blame purport warn
    accusation allegation suspicion rumour rumor
    """.split()
)
# These are sayings where "that" follows: a system is maintained, too.
WITH_THAT = frozenset("maintain object complain hold charge assure imply feel warning fear".split())
HEARSAY = frozenset("allegedly reportedly supposedly purportedly".split())
HEDGED = frozenset("may might could can possible possibly".split())
# Whatever tells the reader that somebody says it.
SAID = (
    CLAIMED
    | WITH_THAT
    | HEARSAY
    | frozenset(
        """
        according say tell state announce declare add explain report note remark call describe view opinion deny reject
        criticise condemn oppose accept admit confirm want demand concern worry worried
        """.split()
    )
)
TITLES = frozenset("councillor mr mrs ms dr president minister prime officials official the".split())


def hearsay(claim: Statement, evidence: Sequence[Statement]) -> str:
    """Whose word the claim tells as a fact, or as another's; empty when it does not."""
    held = part(claim, evidence)
    for at, token in enumerate(held.tokens):
        if not _claims(held, at):
            continue
        said = _said(held, at)
        inside, outside = met(claim, held, said), len(met(claim, held))
        if len(inside) * 5 < outside * 3 or len(inside) < 2:
            continue
        speaker = _saying(claim)
        if speaker is None and not (token.concept in ("warn", "fear") and _hedges(claim)):
            return f"the text has it only as what somebody has to {token.concept}"
        if speaker and not _same_speaker(speaker, held.tokens[:at]):
            return "in the text somebody else says so"
    return ""


def _stem(token: Token) -> str:
    """Its form in a dictionary: "argued" is not taken for "argu"."""
    form = base(token.word)
    return f"{form}e" if f"{form}e" in SAID else form


def _claims(held: Statement, at: int) -> bool:
    token = held.tokens[at]
    if token.word in HEARSAY or _stem(token) in CLAIMED:
        return True
    return _stem(token) in WITH_THAT and any(each.word == "that" for each in held.tokens[at + 1 : at + 3])


def _said(held: Statement, at: int) -> range:
    """The places of what is said: behind the word, or around a clause such as "Moscow argued"."""
    clause = held.tokens[at].clause
    own = [n for n, token in enumerate(held.tokens) if token.clause == clause]
    between = held.tokens[own[0]].word == "," and sum(held.tokens[n].content for n in own) <= 3
    around = held.tokens[at].word in HEARSAY or (between and at == own[-1])
    return range(len(held.tokens)) if around else range(at + 1, len(held.tokens))


def _saying(claim: Statement) -> tuple[Token, ...] | None:
    """Who says it in the claim, by name; None when nobody does."""
    for at, token in enumerate(claim.tokens):
        if at and claim.tokens[at - 1].word in ARTICLES:
            continue  # "the report" is no saying
        if token.concept in SAID or _stem(token) in SAID:
            behind = any(each.word in ("by", "to") for each in claim.tokens[at + 1 : at + 2])
            around = claim.tokens[at + 1 : at + 5] if behind else claim.tokens[:at]
            return tuple(each for each in around if each.content and each.text[0].isupper())
    return None


def _same_speaker(ours: Sequence[Token], before: Sequence[Token]) -> bool:
    """Whether a name of the one is the other's; "he" and "they" may be anybody."""
    theirs = [each for each in before if each.content and each.text[0].isupper() and each.word not in TITLES]
    named = [each for each in ours if each.word not in TITLES]
    return (
        not theirs or not named or any(same(one.concept, other.concept) for one in named for other in theirs)
    )


def _hedges(claim: Statement) -> bool:
    return any(token.word in HEDGED for token in claim.tokens)
