"""Whether a question leaves out what it is about: "Are there any film festivals?", asked of a city.

A logistic regression over the shape of the question, a few additions. How the weights were learned, and
how much they gain: models/ellipsis.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .lexicon import RELATIONAL
from .phrases import phrases
from .question import STOPWORDS
from .text import words
from .turns import PRONOUNS, Turn

COMPLEMENT = re.compile(r"\s+(?:of|for|in|between|to|that|which|who|about|from)\b", re.I)
COMPARED = re.compile(
    r"\b(?:most|best|worst|main|first|last|popular|famous|important|common|typical|different|other|similar|"
    r"\w{3,}est)\b",
    re.I,
)
INTRODUCING = re.compile(
    r"(?:(?:what|who)(?:'s|’s| is| are| was| were)|(?:tell|describe|explain)\b.*?(?: about)?"
    r"|(?:what|how) about) (?!the\b)(?:an? )?(?:[\w'’-]+\s?){1,4}(?:$|[?.])",
    re.I,
)
CLAUSE = re.compile(r"\b(?:if|when|because|while|although)\b", re.I)
EXISTING = re.compile(r"\b(?:are|is|was|were) there\b", re.I)
# There is one, whatever is talked about.
UNIQUE = frozenset(
    """
    world earth government economy country sun moon internet future past public law state environment
    day night summer winter weather market war universe army police president
    """.split()
)
FEW = 2  # content words
DEMANDED = 1.5  # a word put into a question that stands alone is worse than one that lacks


def leaves_out(question: str, turns: Sequence[Turn]) -> str:
    """What a question is about without saying so: what the chat is about. "" when it says enough."""
    meant = theme(question, turns)
    return meant if meant and score(question, turns) > 0 else ""


def theme(question: str, turns: Sequence[Turn]) -> str:
    """What the chat began with, if a question can be about that: without a pronoun, and not after "Who"."""
    first = next((turn.topic for turn in turns if any(map(str.isalpha, turn.topic))), "")
    named = frozenset(words(first)) - STOPWORDS
    people = any(words(turn.question)[:1] == ["who"] for turn in (turns[0], turns[-1]))
    asked = frozenset(words(question))
    says = not asked.isdisjoint(PRONOUNS) or not named.isdisjoint(asked)  # "it" may mean all that was said
    return first if named and not people and not says else ""


def score(question: str, turns: Sequence[Turn]) -> float:
    """The logarithm of the odds that a question leaves out what it is about, less what is demanded of it."""
    return sum(WEIGHTS.get(name, 0.0) for name in features(question, turns)) - DEMANDED


def features(question: str, turns: Sequence[Turn]) -> Iterator[str]:
    """Names of what holds of a question."""
    asked, own = words(question), phrases(question)
    content = frozenset(asked) - STOPWORDS
    known = frozenset(word for turn in turns for word in words(turn.question))
    compared, relation = bool(COMPARED.search(question)), any(each.head in RELATIONAL for each in own)
    introduces = bool(INTRODUCING.match(question) and own) and not compared and own[0].head not in RELATIONAL
    complement = bool(CLAUSE.search(question, 1)) or any(
        COMPLEMENT.match(question, each.end) or " of " in each.text for each in own
    )
    holds = {
        "always": True,
        "few words": len(content) <= FEW,
        "many words": len(content) > 2 * FEW,
        "only known words": content <= known,
        "no phrase": not own,
        "I or you": not frozenset(("i", "you", "my", "me")).isdisjoint(asked),
        "introduces": introduces,
        "what about": asked[:2] in (["what", "about"], ["how", "about"]),
        "name": any(each.named for each in own),
        "complement": complement,
    }
    plain = {
        "are there": bool(EXISTING.search(question)),
        "compared": compared,
        "relation": relation,
        "the": any(each.text.lower().startswith("the ") and each.head not in UNIQUE for each in own),
        "several": any(each.plural for each in own),
    }
    yield from (name for name, held in holds.items() if held)
    if not holds["name"] and not introduces:
        with_complement = " with a complement" * complement
        yield from (name + with_complement for name, held in plain.items() if held)


WEIGHTS = {
    "I or you": 0.29,
    "always": -0.69,
    "are there": 2.69,
    "are there with a complement": -1.81,
    "compared": 0.95,
    "compared with a complement": 2.29,
    "complement": -0.16,
    "few words": 0.27,
    "introduces": -0.82,
    "many words": -1.1,
    "name": -0.14,
    "no phrase": 2.5,
    "only known words": 0.58,
    "relation": 0.7,
    "relation with a complement": 0.42,
    "several": 1.26,
    "several with a complement": -0.36,
    "the": 2.18,
    "the with a complement": 0.14,
    "what about": 1.63,
}
