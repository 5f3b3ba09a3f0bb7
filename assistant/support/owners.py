"""Whose a predicate is: what the text says of one thing may not be told of another that it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..lexicon import VERBS
from .parts import parts_of
from .roles import ARTICLES, AUXILIARIES, BE, PREPOSITIONS, RELATIVES
from .statement import BREAKS, Statement, Token
from .vocabulary import base, is_irregular, same

ANYBODY = frozenset("it he she they them this these which who that there one some".split())


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause with what it is about."""

    subject: tuple[Token, ...]
    rest: tuple[Token, ...]
    passive: bool = False


def another_owner(claim: Statement, evidence: Sequence[Statement]) -> str:
    """What is the other's in the text; empty when nothing shows it."""
    return _of_another(claim, parts_of(evidence)) or _of_its_noun(claim, evidence)


def all_new(claim: Statement, evidence: Sequence[Statement]) -> bool:
    """Whether the evidence has no word of what the claim says of its subject."""
    clauses = _joined(_clauses(claim))
    return all(
        clause.rest and not any(held.places(word.concept) for word in clause.rest for held in evidence)
        for clause in clauses
    )


def _of_another(claim: Statement, parts: Sequence[Statement]) -> str:
    """A clause says all of it, of something else, and the claim's subject stands in another."""
    ours = _joined(_clauses(claim))
    if len(ours) != 1 or not ours[0].subject or not ours[0].rest:
        return ""
    subject, rest = ours[0].subject, ours[0].rest
    clauses = [clause for held in parts for clause in _joined(_clauses(held))]
    known = [word for word in rest if any(_has(clause.rest, word) for clause in clauses)]
    owners = [clause for clause in clauses if known and all(_has(clause.rest, word) for word in known)]
    if len(known) * 2 < len(rest) or not owners:
        return ""
    for clause in owners:
        whole = (*clause.subject, *clause.rest)
        if not clause.subject or all(_has(whole, word) for word in subject):
            return ""
        if any(token.word in ANYBODY for token in clause.subject) or clause.passive != ours[0].passive:
            return ""
    for other in clauses:
        if other not in owners and all(_has((*other.subject, *other.rest), word) for word in subject):
            return f"the text says so of {owners[0].subject[-1].text!r}"
    return ""


def _of_its_noun(claim: Statement, evidence: Sequence[Statement]) -> str:
    """A quality of one thing told of another: the drip tray is red, where the text has a red float."""
    tokens = [token for token in claim.tokens if token.word not in (".", ",")]
    at = next((n for n, token in enumerate(tokens) if token.word in BE), 0)
    if not at or at != len(tokens) - 2:
        return ""
    quality, subject = tokens[-1], [token for token in tokens[:at] if token.content]
    found = [(held, place) for held in evidence for place in held.places(quality.concept)]
    nouns = [_noun_of(held, place) for held, place in found]
    if nouns and subject and all(noun and not any(_has(noun, word) for word in subject) for noun in nouns):
        return f"the text says {quality.text!r} of {nouns[0][-1].text!r}"
    return ""


def _noun_of(held: Statement, at: int) -> tuple[Token, ...]:
    """The words that a quality stands before; empty when it stands behind a verb."""
    if at and held.tokens[at - 1].word in AUXILIARIES:
        return ()
    found = []
    for token in held.tokens[at + 1 :]:
        if not token.content or token.word in PREPOSITIONS | BREAKS | AUXILIARIES:
            break
        found.append(token)
    return tuple(found[:3])


def _clauses(held: Statement) -> Iterator[Clause]:
    """Subjects stand before the verb; a clause without one has the last."""
    groups: dict[int, list[Token]] = {}
    for token in held.tokens:
        groups.setdefault(token.clause, []).append(token)
    subject: tuple[Token, ...] = ()
    beside: tuple[Token, ...] = ()
    for group in groups.values():
        opener, tokens = (group[0].word, group[1:]) if group[0].word in BREAKS else ("", group)
        verb = next((n for n in range(len(tokens)) if _is_verb(tokens, n)), None)
        if verb is None:
            if rest := _words(tokens):
                beside = rest
                yield Clause((), rest)
            continue
        own = tuple(t for t in tokens[:verb] if t.content or t.word in ANYBODY)
        if own and opener in ("and", "or"):  # "Hungary and Slovakia voted"
            own = (*beside, *own)
        beside = ()
        # "Belgorod, a city located in Russia": the clause is about what stands before it, as with "which".
        relative = opener in RELATIVES or (opener == "," and tokens[0].word in ("a", "an"))
        if not relative:
            subject = own = own or subject
        yield Clause(() if relative else own, _words(tokens[verb:]), _is_passive(tokens, verb))


def _joined(clauses: Iterable[Clause]) -> list[Clause]:
    """Without those that only go on with what the one before says: "is gentle and farmed"."""
    joined: list[Clause] = []
    for clause in clauses:
        if joined and not clause.subject:
            joined[-1] = replace(joined[-1], rest=joined[-1].rest + clause.rest)
        else:
            joined.append(clause)
    return joined


def _is_passive(tokens: Sequence[Token], verb: int) -> bool:
    after = tokens[verb + 1 : verb + 4]
    return tokens[verb].word in BE and any(is_irregular(t.word) or t.word.endswith("ed") for t in after)


def _is_verb(tokens: Sequence[Token], at: int) -> bool:
    word, before = tokens[at].word, tokens[at - 1].word if at else ""
    if word in AUXILIARIES - {"it", "they", "he", "she"}:
        return True
    form = base(word)
    is_form = word != form and (form in VERBS or word.endswith("ed"))
    return at > 0 and is_form and before not in ARTICLES | PREPOSITIONS


def _words(tokens: Sequence[Token]) -> tuple[Token, ...]:
    return tuple(token for token in tokens if token.content and token.word not in AUXILIARIES)


def _has(tokens: Sequence[Token], word: Token) -> bool:
    return any(same(token.concept, word.concept) for token in tokens)
