"""A sentence as the check reads it: words with what they stand for, clauses, what is denied in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ..lexicon import VERBS
from ..question import STOPWORDS
from ..text import encodable
from .countries import country
from .vocabulary import base, concept, is_irregular, same

LONGEST = 6000  # characters of a sentence that count

TOKEN = re.compile(
    r"\d[\d,]*(?:\.\d+)?(?:st|nd|rd|th|s|m|bn|k|km|kg)?(?![\w])|[A-Z](?:\.[A-Z])+\.?|[ap]\.m\.?|\w+(?:['’]\w+)?|[%$€£]|[,;:()—–-]",
    re.UNICODE,
)
BREAKS = frozenset(
    """
    , ; : ( ) — – and or but while which who whom whose that because although though whereas when if after before
    as since unless despite
    """.split()
)
# Function words: no claim stands or falls with them.
LIGHT = (
    STOPWORDS
    | frozenset(
        """
    according would could will shall also about around some nearly almost roughly approximately its the a an of
    be been have has had do did does get got go went take took taken make made one ones there their who
    """.split()
    )
) - frozenset("about over under before after more most few less against same".split())

DENIALS = frozenset(
    """
    not no never neither nor none nobody nothing without hardly barely scarcely cannot
    """.split()
)
# These deny what follows them, without a "not".
DENYING = frozenset(
    """
    fail refuse deny prevent lack avoid reject ban block unable impossible failure refusal
    absence instead rather cancel few unlikely doubt dispute cease
    """.split()
)
ATTACHED = frozenset("no without hardly neither none instead".split())
REACH = 7  # words
MODALS = frozenset(
    """
    may might could can would should will shall plan intend aim hope expect consider threaten propose want seek
    promise pledge try attempt prepare likely risk
    """.split()
)
UNSURE = frozenset("may might could possibly perhaps consider propose".split())


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a mark.

    Attributes:
        text: as written; `word` in lower case, without a possessive's ending.
        concept: what it stands for.
        clause: the number of its clause in the sentence.
        name: whether it is written as a name.
        denied: whether something before it denies it.
        attached: whether what denies it stands right before it, as in "no trace".
        modal: the modal word that it depends on, if any.
    """

    text: str
    word: str
    concept: str
    clause: int
    name: bool
    denied: bool = False
    attached: bool = False
    modal: str = ""

    @property
    def content(self) -> bool:
        """Whether the word carries meaning of its own."""
        return self.word[0].isalnum() and self.word not in LIGHT

    @property
    def deed(self) -> bool:
        """Whether it may be a verb, or says how something is."""
        form = base(self.word)
        return (
            form in VERBS
            or is_irregular(self.word)
            or (self.word != form and self.word.endswith(("ed", "ing")))
            or self.word.endswith(("able", "ible", "ful", "ous", "ive", "fe"))
        )


class Statement:
    """A sentence, read once."""

    def __init__(self, text: str) -> None:
        self.text = encodable(text)[:LONGEST]

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        tokens = _clauses(self.text)
        return tuple(_judged(tokens, at) for at in range(len(tokens)))

    @cached_property
    def content(self) -> tuple[int, ...]:
        """The places of words with a meaning of their own."""
        return tuple(at for at, token in enumerate(self.tokens) if token.content)

    @cached_property
    def concepts(self) -> frozenset[str]:
        return frozenset(token.concept for token in self.tokens)

    def places(self, wanted: str) -> list[int]:
        """Where a concept stands, or else a word of its family."""
        exact = [at for at, token in enumerate(self.tokens) if token.concept == wanted]
        return exact or [at for at, t in enumerate(self.tokens) if t.content and same(t.concept, wanted)]

    @cached_property
    def negative(self) -> bool:
        """Whether anything in it denies anything."""
        tokens = self.tokens
        return any(_denies(token) or _rules_out(tokens, at) for at, token in enumerate(tokens))


def _clauses(text: str) -> list[Token]:
    found: list[Token] = []
    clause, capitals = 0, _mostly_capitals(text)
    for at, match in enumerate(TOKEN.finditer(text)):
        written = match.group()
        for piece in _pieces(written):
            word = piece.casefold()
            if word in BREAKS:
                clause += 1
            # A country's name in small letters is a word: turkey, us.
            meant = word if word in ("us", "turkey", "un", "china") and piece.islower() else concept(word)
            begins = at == 0 or (found and found[-1].text == ":")
            name = piece[0].isupper() and not capitals and (not begins or country(word) is not None)
            found.append(Token(piece, word, meant, clause, name))
    return found


def _pieces(written: str) -> list[str]:
    """A contraction's denial apart; a possessive's ending left out."""
    plain = written.replace("’", "'")
    if plain.casefold().endswith("n't"):
        return [plain[:-3] or plain, "not"]
    if "." in plain and not plain[0].isdigit():
        return [plain.rstrip(".")]
    return [re.sub(r"'\w*$", "", plain) or plain]


def _mostly_capitals(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    return sum(map(str.isupper, letters)) * 2 > len(letters)


def _denies(token: Token) -> bool:
    return token.word in DENIALS or token.concept in DENYING


def _rules_out(tokens: Sequence[Token], at: int) -> bool:
    return tokens[at].concept == "rule" and [t.word for t in tokens[at + 1 : at + 2]] == ["out"]


def _judged(tokens: list[Token], at: int) -> Token:
    """The token with what stands before it in its clause."""
    token = tokens[at]
    denials, modal = 0, ""
    for back in range(at - 1, max(-1, at - 1 - REACH), -1):
        other = tokens[back]
        # "denied that she had promised": a denial reaches over "that".
        reaches = tokens[back + 1].word == "that" and other.concept in ("deny", "doubt", "dispute", "reject")
        neither = other.word in DENIALS and other.word == "neither"
        if other.clause != token.clause and not neither and not reaches:
            break
        a_few = other.word == "few" and back and tokens[back - 1].word == "a"
        if (_denies(other) and not a_few) or _rules_out(tokens, back):
            denials += 1
        if other.concept in MODALS and not modal:
            modal = other.concept
    after = tokens[at + 1 : at + 3]
    if after and after[0].word in ("no", "none", "nothing", "nobody", "neither", "hardly"):
        denials += 1  # "found no trace", "made no offer"
    near = tokens[max(0, at - 4) : at]
    attached = any(t.clause == token.clause and (t.word in ATTACHED or t.concept == "lack") for t in near)
    attached = attached or any(_rules_out(tokens, back) for back in range(max(0, at - 3), at))
    return replace(token, denied=denials % 2 == 1, attached=attached, modal=modal)
