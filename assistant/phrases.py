"""Noun phrases of a question, by their shape: what a later "it" or "the missile" may stand for.

There is no parser: a phrase is a run of words that are neither function words nor, where they stand, verbs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
        return is_plural(self.head) or " and " in self.text

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


def phrases(text: str) -> list[Phrase]:
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
    return list(_joined(text, found))


def _runs(text: str, tokens: Sequence[re.Match[str]]) -> list[list[int]]:
    """Numbers of neighbouring tokens that can make a phrase."""
    runs: list[list[int]] = []
    for at, token in enumerate(tokens):
        if not _can_name(tokens, at):
            continue
        last = runs[-1][-1] if runs else -2
        between = text[tokens[last].end() : token.start()] if runs else ""
        pair = between == " and " and token.group()[0].isupper() and tokens[last].group()[0].isupper()
        if pair or (last == at - 1 and not between.strip(' -“"(')):  # "Lewis and Clark", "foreign minister"
            runs[-1] += range(last + 1, at + 1)
        else:
            runs.append([at])
    runs = [_without_verb(tokens, run) for run in runs]
    return [run for run in runs if not _describes(tokens, run)]


def _without_verb(tokens: Sequence[re.Match[str]], run: list[int]) -> list[int]:
    """A run behind "did" without the verb at its end, of which every such question has one."""
    first = run[0] - 1 if run[0] and tokens[run[0] - 1].group().lower() in DETERMINERS else run[0]
    asked = first > 0 and tokens[first - 1].group().lower() in ("do", "does", "did")
    if not asked or len(run) < 2 or not tokens[run[-1]].group().islower():
        return run
    verb_follows = any(words(token.group())[0] in VERB_FORMS for token in tokens[run[-1] + 1 :])
    return run if verb_follows else run[:-1]


def _opens(tokens: Sequence[re.Match[str]], at: int) -> bool:
    """Whether a word begins a sentence, where a capital letter makes no name."""
    between = tokens[at].string[tokens[at - 1].end() : tokens[at].start()]
    return not at or bool(re.search(r"[.?!:]", between))


def _can_name(tokens: Sequence[re.Match[str]], at: int) -> bool:
    typed = tokens[at].group()
    word = words(typed)[0]
    before = tokens[at - 1].group().lower() if at else ""
    opening = not at or _opens(tokens, at)
    if not opening and typed[0].isupper() and not re.match(r"I(?:['’]\w+)?$", typed):
        return True
    if (
        word in STOPWORDS
        or word in DETERMINERS
        or word in PREPOSITIONS
        or word in OTHERS
        or word.endswith("ly")
    ):
        return False
    if word in VERB_FORMS or PARTICIPLE.search(word):
        if word.endswith(("s", "ing")) and at and _can_name(tokens, at - 1) and _closes(tokens, at):
            return True  # "energy drinks"
        if before in PREPOSITIONS:
            return before != "to" and not word.endswith("ing")
        return before in DETERMINERS or before.endswith(("'s", "’s")) or _determined(tokens, at)
    return True


def _determined(tokens: Sequence[re.Match[str]], at: int) -> bool:
    """Whether an article stands before the words before it: "a 529 plan"."""
    while at and _can_name(tokens, at - 1):
        at -= 1
        if at and tokens[at - 1].group().lower() in DETERMINERS:
            return True
    return False


def _closes(tokens: Sequence[re.Match[str]], at: int) -> bool:
    """Whether no object follows, so that a word is more likely a noun."""
    after = tokens[at + 1].group() if at + 1 < len(tokens) else ""
    return not after or after.lower() in PREPOSITIONS | AUXILIARIES or after.lower() in VERB_FORMS


def _describes(tokens: Sequence[re.Match[str]], run: Sequence[int]) -> bool:
    """Whether a run is an adjective alone: "Is it treatable?", "How reliable is"."""
    word = tokens[run[0]].group()
    before = tokens[run[0] - 1].group().lower() if run[0] else ""
    return len(run) == 1 and word[0].islower() and (before == "how" or bool(ADJECTIVE.search(word)))


def _phrase(text: str, tokens: Sequence[re.Match[str]], run: Sequence[int]) -> Phrase:
    first, last = run[0], run[-1]
    before = tokens[first - 1].group().lower() if first else ""
    start, end = tokens[first].start(), tokens[last].end()
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
