"""Names and numbers: which of them a question has, and which of those a passage lacks.

A reader likes a span that fits in kind, whoever it is about: asked for the range of the Himars, it
finds the range of another missile. That a name of the question is not where the span stands says
more against it than any other word would (docs/calibration.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from .question import STOPWORDS
from .text import WORD, words

SHARED_LETTERS = 4  # at the start of two forms of a name: Ukraine, Ukrainian
LONGEST_ENDING = 4
JOINTS = re.compile(r"[-’']")  # within a word


def names_of(question: str, texts: Sequence[str]) -> list[str]:
    """Words of a question that are written as names, and those with a digit.

    Where the question has no capital letters to go by, a word is a name that the texts write with
    a capital wherever they have it.
    """
    matches = [match for match in WORD.finditer(question) if words(match.group())[0] not in STOPWORDS]
    cased = any(map(str.islower, question)) and any(map(str.isupper, question[1:]))
    return [
        word
        for match in matches
        if _has_digit(word := match.group())
        or (cased and match.start() > 0 and word[0].isupper())
        or (not cased and _always_capital(word, texts))
    ]


def lacking(names: Iterable[str], context: str) -> list[str]:
    """Those of the names that a context has in no form: not inflected, not as initials."""
    forms, initials = _forms(context)
    return [name for name in names if not _in(name, forms, initials)]


@lru_cache(maxsize=2_000)  # a passage is read for many questions
def _forms(context: str) -> tuple[frozenset[str], str]:
    """The words of a context as they are compared, and the initials of what has a capital."""
    parts = [part for match in WORD.findall(context) for part in (match, *JOINTS.split(match)) if part]
    forms = frozenset(part.casefold().replace(".", "") for part in parts)
    return forms, "".join(part[0] if part[0].isupper() else " " for part in parts)


def _in(name: str, forms: frozenset[str], initials: str) -> bool:
    bare = words(name)[0].replace(".", "")
    start = bare[:SHARED_LETTERS]  # most words end the comparison here
    if bare in forms or any(_same(bare, form) for form in forms if form.startswith(start)):
        return True
    short = name.replace(".", "")
    return short.isupper() and len(short) > 1 and short in initials


def _same(name: str, form: str) -> bool:
    """Whether two words differ in an ending alone."""
    shared = 0
    for one, other in zip(name, form, strict=False):
        if one != other:
            break
        shared += 1
    ending, shorter = max(len(name), len(form)) - shared, min(len(name), len(form))
    return shared >= SHARED_LETTERS and ending <= LONGEST_ENDING and shared >= shorter - 2


def _always_capital(word: str, texts: Sequence[str]) -> bool:
    found = [each for text in texts for each in re.findall(rf"(?<=\w )\b{re.escape(word)}\b", text, re.I)]
    return bool(found) and all(each[0].isupper() for each in found)


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))
