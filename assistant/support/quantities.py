"""Numbers and dates of a sentence, by their value: "three hundred" is 300, "Oct. 3" is October 3."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from .statement import Statement, Token

Kind = Literal["number", "ordinal", "decade", "weekday", "month", "year"]

UNITS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen
""".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SMALL = {word: at for at, word in enumerate(UNITS)} | {word: 20 + 10 * at for at, word in enumerate(TENS)}
SCALES = {
    "hundred": 100,
    "thousand": 1000,
    "million": 10**6,
    "millions": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "m": 10**6,
    "bn": 10**9,
    "dozen": 12,
}
PARTS = {
    "half": 2,
    "third": 3,
    "thirds": 3,
    "quarter": 4,
    "quarters": 4,
    "fifth": 5,
    "fifths": 5,
    "tenth": 10,
}
ORDINALS = {
    word: at + 1
    for at, word in enumerate(
        """
        first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
        fifteenth sixteenth seventeenth eighteenth nineteenth twentieth
        """.split()
    )
}
DECADES = {f"{word[:-1]}ies": 20 + 10 * at for at, word in enumerate(TENS)}
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
MONTHS = """
january february march april may june july august september october november december
""".split()
DIGITS = re.compile(r"(\d[\d,]*(?:\.\d+)?)(st|nd|rd|th|s|m|bn|k|km|kg)?")
SCALE_OF_SUFFIX = {"m": 10**6, "bn": 10**9, "k": 1000}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number or a part of a date.

    Attributes:
        start: the place of its first word in the sentence; `end` that behind its last.
        written: as the sentence has it.
        spelled: whether in letters.
    """

    kind: Kind
    value: float
    start: int
    end: int
    written: str
    spelled: bool = False


def quantities(statement: Statement) -> list[Quantity]:
    """All of a sentence, in order."""
    tokens = statement.tokens
    found, at = [], 0
    while at < len(tokens):
        here = _at(tokens, at)
        if here is not None:
            found.append(here)
        at = here.end if here is not None else at + 1
    return found


def _at(tokens: Sequence[Token], at: int) -> Quantity | None:
    token = tokens[at]
    if date := _date(token):
        return Quantity(*date, at, at + 1, token.text)
    if match := DIGITS.fullmatch(token.word):
        return _digits(tokens, at, match)
    if token.word in ORDINALS and not (
        token.word == "second" and tokens[at - 1 : at] and _is_number(tokens[at - 1])
    ):
        return Quantity("ordinal", ORDINALS[token.word], at, at + 1, token.text, spelled=True)
    return _spelled(tokens, at)


def _date(token: Token) -> tuple[Kind, float] | None:
    word, capital = token.word.rstrip("s"), token.text[0].isupper()
    if capital and word in WEEKDAYS:
        return "weekday", WEEKDAYS.index(word)
    if capital and token.word in MONTHS:
        return "month", MONTHS.index(token.word)
    if capital and len(token.word) in (3, 4) and token.word not in ("mar", "mari", "marc"):
        short = [
            at for at, month in enumerate(MONTHS) if month.startswith(token.word) and month != token.word
        ]
        if short:
            return "month", short[0]
    if token.word in DECADES:
        return "decade", DECADES[token.word]
    return None


def _digits(tokens: Sequence[Token], at: int, match: re.Match[str]) -> Quantity:
    value, suffix = float(match[1].replace(",", "") or 0), match[2]
    text = tokens[at].text
    if suffix == "s" and len(match[1]) in (2, 4):
        return Quantity("decade", value % 100, at, at + 1, text)
    if suffix in ("st", "nd", "rd", "th"):
        return Quantity("ordinal", value, at, at + 1, text)
    end = at + 1
    value *= SCALE_OF_SUFFIX.get(suffix or "", 1)
    if end < len(tokens) and tokens[end].word in SCALES and tokens[end].word not in ("m", "hundred"):
        value, end = value * SCALES[tokens[end].word], end + 1
    is_year = (
        match[1].isdigit()
        and len(match[1]) == 4
        and 1000 <= value <= 2100
        and suffix is None
        and end == at + 1
    )
    return Quantity("year" if is_year else "number", value, at, end, " ".join(t.text for t in tokens[at:end]))


def _spelled(tokens: Sequence[Token], at: int) -> Quantity | None:
    total, current, end = 0.0, 0.0, at
    for word in _words(tokens, at):
        if word in SMALL:
            current += SMALL[word]
        elif (
            word in SCALES
            and (current or word in ("hundred", "thousand", "million", "dozen"))
            and word != "m"
        ):
            current = (current or 1) * SCALES[word]
            if SCALES[word] > 100:
                total, current = total + current, 0.0
        elif not (word in ("-", "and") and end > at):
            break
        end += 1
    while end > at and tokens[end - 1].word in ("-", "and"):
        end -= 1
    value = total + current
    if end < len(tokens) - 1 and tokens[end].word == "-" and tokens[end + 1].word in PARTS:
        return Quantity(
            "number", (value or 1) / PARTS[tokens[end + 1].word], at, end + 2, tokens[at].text, True
        )
    if end < len(tokens) and tokens[end].word in PARTS and (end > at or tokens[end].word == "half"):
        return Quantity("number", (value or 1) / PARTS[tokens[end].word], at, end + 1, tokens[end].text, True)
    if end == at:
        return None
    return Quantity("number", value, at, end, " ".join(t.text for t in tokens[at:end]), True)


def _words(tokens: Sequence[Token], at: int) -> Iterator[str]:
    return (token.word for token in tokens[at:])


def _is_number(token: Token) -> bool:
    return token.word[0].isdigit() or token.word in SMALL
