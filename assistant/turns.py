"""What a chat remembers of its questions, and which phrase of them a pronoun stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .lexicon import RELATIONAL
from .phrases import Phrase, phrases
from .question import STOPWORDS
from .text import WORD, words

PERSON, PLURAL, THING = "person", "plural", "thing"
PRONOUNS = {
    **dict.fromkeys("he him his she her hers".split(), PERSON),
    **dict.fromkeys("they them their theirs these those".split(), PLURAL),
    **dict.fromkeys("it its this that".split(), THING),
}
LONGEST_ANSWER = 8  # words of an answer that can be put in for a pronoun
ANSWERED = 10_000  # where an answer's phrase stands: behind the question's
ROLE = -1  # where "the mayor" of "Who is the mayor?" stands
WHO_IS = re.compile(r"who(?:'s|’s|\s+(?:is|was|are|were))\s+(?:the\s+)?$", re.I)


@dataclass(frozen=True, slots=True)
class Turn:
    """What a chat remembers of a question.

    Attributes:
        question: made to stand alone.
        short: what answered it, in a few words; "" for a refusal.
        topic: what it is about, as a phrase; "" when it names nothing.
        answer: how the answer began; "" for a refusal.
    """

    question: str
    short: str = ""
    topic: str = ""
    answer: str = ""


def turn_of(question: str, standing: str, short: str, turns: Sequence[Turn]) -> Turn:
    """What to remember of a question; one that leaned on the chat, made `standing`, keeps its topic."""
    before = turns[-1].topic if turns else ""
    own = [each for each in phrases(standing) if not each.asked]
    if before and standing != question and before.lower() in standing.lower():
        return Turn(standing, short, before)
    if before and standing == question:  # what is named in passing changes no topic
        own = [each for each in own if _introduced(each, own, standing)]
    chosen = max(own, key=lambda each: (each.named, each.head not in RELATIONAL, -each.start), default=None)
    return Turn(standing, short, chosen.text if chosen else before)


def _introduced(phrase: Phrase, own: Sequence[Phrase], question: str) -> bool:
    """Whether a question turns to a phrase: a name that is no place or time of it, or its only thing."""
    if phrase.named:
        return words(question[: phrase.start])[-1:] not in (["in"], ["at"], ["during"])
    definite = phrase.text.lower().startswith("the ")
    return len(own) == 1 and not definite and phrase.head not in RELATIONAL


def antecedent(group: str, question: str, turns: Sequence[Turn]) -> str | None:
    """The phrase of the latest turn that can be meant, the best of it."""
    already = frozenset(words(question)) - STOPWORDS
    found: list[tuple[Phrase, Turn]] = []
    for turn in reversed(turns):
        agreeing = [e for e in _candidates(turn) if not e.content & already and _agrees(e, group)]
        if group == PLURAL:
            agreeing = [each for each in agreeing if each.plural] or agreeing
        found += [(each, turn) for each in agreeing]
        if lasting := [each for each in agreeing if _lasts(each, turn, group)]:
            return max(lasting, key=lambda each: _salience(each, turn, group)).text
    topic = turns[-1].topic  # "it" for what has a plural's form, "they" for each of a kind
    if group != PERSON and topic and not frozenset(words(topic)) & already:
        return topic
    return max(found, key=lambda each: _salience(each[0], each[1], group))[0].text if found else None


def _lasts(phrase: Phrase, turn: Turn, group: str) -> bool:
    """Whether a phrase is likely to be meant later: "the causes" of what is talked about seldom are."""
    passing = phrase.head in RELATIONAL and phrase.start != ANSWERED and phrase.text != turn.topic
    return group == PERSON or not passing


def _candidates(turn: Turn) -> Iterator[Phrase]:
    for each in phrases(turn.question):
        yield replace(each, start=ROLE) if WHO_IS.match(turn.question[: each.start]) else each
    if turn.topic:
        yield Phrase(turn.topic, 1, len(turn.topic), words(turn.topic)[-1], inner=True)
    if 0 < len(typed := WORD.findall(turn.short)) <= LONGEST_ANSWER:
        found = phrases(f"of {turn.short}")
        if found and found[0].end >= len(f"of {turn.short}".rstrip(")]”\"' ")):  # it is no clause
            yield Phrase(turn.short, ANSWERED, ANSWERED, words(typed[-1])[0])


def _agrees(phrase: Phrase, group: str) -> bool:
    if group == PERSON:
        if phrase.start == ANSWERED and not all(map(str.isupper, (w[0] for w in WORD.findall(phrase.bare)))):
            return False
        if phrase.start == ROLE:
            return not phrase.plural
        return phrase.named and not any(map(str.isdigit, phrase.text)) and not phrase.plural
    if any(map(str.isdigit, phrase.head)):
        return False
    return group == PLURAL or phrase.named or not phrase.plural


def _salience(phrase: Phrase, turn: Turn, group: str) -> tuple[float, float]:
    """How likely it is what a pronoun of the next question stands for."""
    score = 2.0 * (phrase.text == turn.topic) + 0.6 * phrase.named - 1.0 * phrase.asked
    score += 0.5 * (phrase.plural == (group == PLURAL)) - 1.5 * (phrase.head in RELATIONAL)
    if phrase.start == ROLE and group == PERSON:
        return 3.2, 0.0  # above the country of "the president of Ukraine", below who it is
    if phrase.start == ANSWERED:
        score += 3.5 if _asked_for(group, turn.question) else -1.5
    return score, -phrase.start


def _asked_for(group: str, question: str) -> bool:
    """An answer to "Who" is what "he" means next, one to "Which missile" what "it" does."""
    people = bool({"who", "whom", "whose"} & set(words(question)[:3]))
    return people if group == PERSON else people or any(each.asked for each in phrases(question))


def wider(noun: Phrase, turns: Sequence[Turn]) -> str | None:
    """A longer phrase of the chat with the same main word: "the Stanford experiment" for "the experiment"."""
    for turn in reversed(turns):
        for each in (*phrases(turn.question), *phrases(f"of {turn.short}")):
            longer = each.head == noun.head and each.content > noun.content
            if longer and not each.asked and " of " not in each.text:
                stands = each.text.lower().startswith(("the ", "a ")) or "'s " in each.text.replace("’", "'")
                return each.text if stands else f"the {each.text}"
    return None
