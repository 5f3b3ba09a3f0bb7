"""Noun phrases of a question, by their shape: what a later "it" or "the missile" may stand for.

There is no parser: a phrase is a run of words that are neither function words nor, where they stand, verbs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .lexicon import DETERMINERS, IRREGULAR, OTHERS, PLURALS, PREPOSITIONS, VERBS
from .question import AUXILIARIES, STOPWORDS
from .text import WORD, words

PARTICIPLE = re.compile(r"\w\w[^e]ed$")
NOT_PLURAL = re.compile(r"(?:ss|us|is|ics|news|series|species)$")
ADJECTIVE = re.compile(r"(?:able|ible|ous|less|ful|ical|ent|ant)$")


def _forms(verb: str) -> Iterator[str]:
    stem = verb[:-1] if verb.endswith("e") else verb
    third = verb[:-1] + "ies" if re.search(r"[^aeiou]y$", verb) else verb + "s"
    past = verb[:-1] + "ied" if re.search(r"[^aeiou]y$", verb) else stem + "ed"
    yield from (verb, third, verb + "es", past, stem + "ing", stem + verb[-1] + "ed", stem + verb[-1] + "ing")


VERB_FORMS = frozenset([*IRREGULAR, *(form for verb in VERBS for form in _forms(verb))])


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a question names.

    Attributes:
        text: as it stands, with its article.
        start, end: its place in the question.
        head: its main word, in lower case.
        inner: whether it stands in a wider phrase: the missile, in "the range of the missile".
        asked: whether it is what the question asks for: "Which missile".
    """

    text: str
    start: int
    end: int
    head: str
    inner: bool = False
    asked: bool = False

    @property
    def bare(self) -> str:
        """Without its article."""
        return re.sub(r"^(?:the|a|an|this|that|these|those|some|any)\s+", "", self.text, flags=re.I)

    @property
    def plural(self) -> bool:
        head = next((word for word in WORD.findall(self.text) if words(word)[0] == self.head), "")
        return " and " in self.text or (is_plural(self.head) and not head[:-1].isupper())

    @property
    def named(self) -> bool:
        """Whether it is or holds a name."""
        return any(word[0].isupper() for word in WORD.findall(self.bare)) and self.start > 0

    @property
    def content(self) -> frozenset[str]:
        return frozenset(words(self.bare))


def is_plural(word: str) -> bool:
    """Whether a noun means several, by its form."""
    return word in PLURALS or (word.endswith("s") and len(word) > 3 and not NOT_PLURAL.search(word))


@lru_cache(maxsize=1024)
def phrases(text: str) -> tuple[Phrase, ...]:
    """The noun phrases of a question, in order; "the range of the missile" comes before "the missile"."""
    tokens = list(WORD.finditer(text))
    found: list[Phrase] = []
    for run in _runs(text, tokens):
        found.append(_phrase(text, tokens, run))
        for at in run[:-1]:
            if re.search(r"['’]s?$", tokens[at].group()):  # "Russia's minister": Russia too
                owner = text[found[-1].start : tokens[at].end()]
                owner = re.sub(r"['’]s?$", "", owner)
                head = words(tokens[at].group())[0]
                found.append(Phrase(owner, found[-1].start, tokens[at].end(), head))
                break
    return tuple(_joined(text, found))


def _runs(text: str, tokens: Sequence[re.Match[str]]) -> list[list[int]]:
    """Numbers of neighbouring tokens that can make a phrase."""
    runs: list[list[int]] = []
    for at, can_name in enumerate(_nameable(tokens)):
        if not can_name:
            continue
        last = runs[-1][-1] if runs else -2
        between = text[tokens[last].end() : tokens[at].start()] if runs else ""
        joined = last == at - 1 and (not between.strip(' -“"(') or _initial(tokens[last], between))
        pair = between == " and " and _capital(tokens[at]) and _capital(tokens[last])  # "Lewis and Clark"
        if joined or pair:
            runs[-1] += range(last + 1, at + 1)
        else:
            runs.append([at])
    runs = [_without_verb(tokens, run) for run in runs]
    return [run for run in runs if not _describes(tokens, run)]


def _nameable(tokens: Sequence[re.Match[str]]) -> list[bool]:
    """Which tokens can be part of a phrase."""
    can: list[bool] = []
    determined = helped = False  # an article before the phrase so far; a "did" or "can" before
    for at, token in enumerate(tokens):
        word, before = words(token.group())[0], tokens[at - 1].group().lower() if at else ""
        near = before in DETERMINERS or before.endswith(("'s", "’s"))
        determined = near or (determined and can[-1])
        between = token.string[tokens[at - 1].end() : token.start()] if at else ""
        opens = not at or (re.search(r"[.?!:]", between) and not _initial(tokens[at - 1], between))
        if word in CONTRACTED:
            can.append(False)
        elif not opens and _capital(token) and not re.match(r"I\b", token.group()):
            can.append(True)
        elif between.endswith("-"):
            can.append(can[-1])  # "U.S.-made"
        elif before in SUBJECTS or (before in ("this", "that") and PARTICIPLE.search(word)):
            can.append(False)  # "they launched", "When was this measured?"
        elif word in NO_NAMES or word.endswith("ly"):
            can.append(False)
        elif word in VERB_FORMS or PARTICIPLE.search(word):
            ends = bool(can) and can[-1] and word.endswith(("s", "ing")) and _closes(tokens, at)
            placed = before in PREPOSITIONS - {"to"} and not word.endswith("ing")
            can.append(
                ends or placed or near or (determined and (not helped or _verb_follows(tokens, at)))
            )  # "energy drinks", "a 529 plan"
        else:
            can.append(True)
        helped = helped or word in HELPING
    return can


SUBJECTS = frozenset("i you we they he she it".split())
HELPING = frozenset("do does did can could will would shall should may might must".split())
CONTRACTED = frozenset(word for word in OTHERS if "'" in word)
NO_NAMES = STOPWORDS | DETERMINERS | PREPOSITIONS | OTHERS


def _initial(token: re.Match[str], between: str) -> bool:
    """Whether a point behind a word ends no sentence: "Mr. Putin", "John F. Kennedy", "U.S.-made"."""
    return between == ".-" or (between == ". " and (len(token.group()) == 1 or token.group() in TITLES))


TITLES = frozenset("Mr Mrs Ms Dr Gen Sen St Prof Col Lt".split())


def _capital(token: re.Match[str]) -> bool:
    return token.group()[0].isupper()


def _without_verb(tokens: Sequence[re.Match[str]], run: list[int]) -> list[int]:
    """A run behind "did" without the verb at its end, of which every such question has one."""
    first = run[0] - 1 if run[0] and tokens[run[0] - 1].group().lower() in DETERMINERS else run[0]
    asked = first > 0 and tokens[first - 1].group().lower() in HELPING
    if not asked or len(run) < 2 or _capital(tokens[run[-1]]):
        return run
    return run if _verb_follows(tokens, run[-1]) else run[:-1]


def _verb_follows(tokens: Sequence[re.Match[str]], at: int) -> bool:
    return any(words(token.group())[0] in VERBS for token in tokens[at + 1 :])


def _closes(tokens: Sequence[re.Match[str]], at: int) -> bool:
    """Whether no object follows, so that a word is more likely a noun."""
    after = tokens[at + 1].group().lower() if at + 1 < len(tokens) else ""
    return not after or after in PREPOSITIONS | AUXILIARIES or after in VERB_FORMS


def _describes(tokens: Sequence[re.Match[str]], run: Sequence[int]) -> bool:
    """Whether a run is an adjective alone: "Is it treatable?", "How reliable is"."""
    word, before = tokens[run[0]].group(), tokens[run[0] - 1].group().lower() if run[0] else ""
    if len(run) > 1 or word[0].isupper() or before in DETERMINERS | PREPOSITIONS:
        return False
    return before == "how" or bool(ADJECTIVE.search(word))


def _phrase(text: str, tokens: Sequence[re.Match[str]], run: Sequence[int]) -> Phrase:
    first, last = run[0], run[-1]
    before = tokens[first - 1].group().lower() if first else ""
    start, end = tokens[first].start(), tokens[last].end()
    if re.search(r"\w\.\w$", text[start:end]) and text[end : end + 1] == ".":
        end += 1  # "the U.S."
    if before in ("the", "a", "an"):
        start = tokens[first - 1].start()
    asked = before in ("what", "which", "whose") or (before in ("many", "much") and first > 1)
    return Phrase(text[start:end], start, end, words(tokens[last].group())[0], asked=asked)


def _joined(text: str, found: Sequence[Phrase]) -> Iterator[Phrase]:
    """Phrases with what "of" joins to them as a whole first, then that by itself."""
    skip = -1
    for at, phrase in enumerate(found):
        if phrase.start < skip:
            yield Phrase(phrase.text, phrase.start, phrase.end, phrase.head, inner=True)
            continue
        following = next((each for each in found[at + 1 :] if each.start >= phrase.end), None)
        if following and text[phrase.end : following.start].strip().lower() == "of":
            whole = text[phrase.start : following.end]
            yield Phrase(whole, phrase.start, following.end, phrase.head, asked=phrase.asked)
            skip = following.end
        else:
            yield phrase
