"""A question, looked at without a model: may it be searched, what kind is it, which words count."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from .answers import Reason
from .text import WORD, clean_question, words

LONGEST = 4000  # characters

Kind = Literal["lookup", "yes_no", "list", "whole"]

STOPWORDS = frozenset(
    """
    a about above after again against all also am an and any are aren't as at be because been before
    being below between both but by can can't cannot could did didn't do does doesn't doing don't down
    during each else few for from further had has have having he her here hers herself him himself his
    how i i'd i'll i'm i've if in into is isn't it its itself just let's many may me might more most
    much must my myself no nor not now of off on once only or other ought our ours out over own please
    same shall she should so some such tell than that the their theirs them themselves then there these
    they this those through to too under until up upon us very was wasn't we were what when where
    whether which while who whom whose why will with within without won't would you your yours explain
    describe mention mentioned say says said state stated according text article document passage story
    """.split()
)

AUXILIARIES = frozenset(
    """
    is are was were am do does did has have had can could will would should shall may might must isn't
    aren't wasn't weren't don't doesn't didn't hasn't haven't hadn't can't won't
    """.split()
)

# Asks for the text as a whole: nothing but these words, and at least one of the telling ones.
WHOLE = frozenset(
    """
    about all article attempt boil brief briefly content contents cover covered covers deal deals describe
    described discuss discussed discusses document down everything explain few file five four from gist
    give general going here highlight highlights idea ideas important in key know learn line main make
    makes me message most news of on one outline overview page paper passage piece please pls point points
    provide purpose quick report say says sentence sentences short shortly should some story subject sum
    summarise summarize summary summing takeaway takeaways talk talking tell text texts thing things theme
    themes three topic topics treat two up us we which whole words write what what's whats is are the this
    that there it a an does do can could would you i s tl dr tldr to with for overall nutshell essence
    recap synopsis abstract rundown
    """.split()
)
TELLING = frozenset(
    """
    about boil cover covers covered deals deal discuss discusses discussed gist highlight highlights idea
    important learn message news outline overview point points subject sum summarise summarize summary
    summing takeaway takeaways theme themes tldr topic topics purpose nutshell essence recap synopsis
    abstract rundown
    """.split()
)
# These tell only of a text that is named: "What does it say?" may mean someone.
TEXTS = frozenset("article document file page paper passage piece report story text texts".split())
TELLING_OF_TEXTS = frozenset("content contents describe explain going in know say says tell".split())

# "What does the article say about NATO?", "Tell me all about the ATACMS."
ABOUT = re.compile(
    rf"(?:\b(?:what|which|anything|everything|all)\b.*\b(?:{'|'.join(sorted(TEXTS))}|it|we|i|you|us|there|is|been)\b"
    r".*\b(?:says?|said|tells?|told|know|known|learn|written|mentions?|mentioned|reports?|reported)\b.*?"
    r"|^(?:please )?(?:tell|inform) (?:me|us)\b.*?|^what is (?:known|said|written)\b.*?)"
    r"\b(?:about|regarding|concerning) (?P<topic>.+)",
    re.I,
)

# "List the ...", "Which people are ...", "What warnings and threats has ...", "In what ways ..."
SINGULAR = r"(?!(?:is|was|does|has)\b)"
LIST = re.compile(
    r"^(?:list|name|enumerate)\b"
    r"|\b(?:what|which|who)\s+(?:all\s+)?(?:are|were)\b"
    r"|\bwhich\s+(?:ones|\w{3,}[a-rt-z]s)\b"
    rf"|\b(?:what|which)\s+{SINGULAR}(?:[\w'’-]+\s+){{0,5}}?{SINGULAR}\w{{3,}}[a-rt-z]s\s+"
    r"(?:are|were|do|does|did|have|has|had|can|could|will|would|may|might|should|must)\b"
    r"|\b(?:what|which)\s+(?:\w+\s+)?(?:forms|kinds|reasons|sorts|types|ways)\b"
    r"|\b(?:everything|all (?:of )?(?:the|its|his|her|their))\b",
    re.I,
)
POINTED = re.compile(
    r"\b(?:key|main|central|core|most important) (points?|ideas?|messages?|takeaways?|topics?|themes?)\b",
    re.I,
)
GAP = re.compile(
    r"(?:\s+(?:of|the|a|an|for|in|on|to|by|and|were|was|is|are|be|been|did|has|have|had)\b)*\s*", re.I
)
SPACE = re.compile(r"\s+")
NOUN_GAP = re.compile(r"(?:\s+(?:of|for|in|on|from)\b)?(?:\s+(?:the|a|an)\b)?\s*", re.I)
# Verbs so light that a text lacks no more than their form.
LIGHT = frozenset(
    """
    become becomes became come comes came cause causes caused find finds found get gets got give gives gave
    given go goes went gone happen happens happened make makes made take takes took taken use uses used
    """.split()
)
POLITE = re.compile(
    r"^(?:please[\s,]+)?(?:(?:can|could|would|will|do) you )?(?:please )?(?:tell me|know|explain)\b[\s,:]*",
    re.I,
)
COUNTING = re.compile(r"\bhow (?:many|much|long|often|old|tall|far|big|large|high|deep|fast)\b\s*", re.I)


@dataclass(frozen=True)
class Question:
    """A question as it is searched and read."""

    text: str

    @classmethod
    def of(cls, asked: str) -> Question | Reason:
        """The question in what was typed, or why there is none."""
        if not asked.strip():
            return "empty_question"
        if len(asked) > LONGEST:
            return "invalid_question"
        text = clean_question(asked)
        return cls(text) if any(map(str.isalnum, text)) else "invalid_question"

    @cached_property
    def core(self) -> str:
        """The question without "Can you tell me" before it."""
        return POLITE.sub("", self.text) or self.text

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(words(self.text))

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """The words that are searched: all but function words, each once; all when nothing is left."""
        asked = words(COUNTING.sub("", self.core))
        content = [word for word in asked if word not in STOPWORDS and len(word) > 1]
        return tuple(dict.fromkeys(content or self.words))

    @cached_property
    def kind(self) -> Kind:
        if self.whole == ():
            return "whole"
        asked = words(self.core)
        if asked and asked[0] in AUXILIARIES and "or" not in asked:
            return "yes_no"
        return "list" if LIST.search(self.core) else "lookup"

    @cached_property
    def whole(self) -> tuple[str, ...] | None:
        """Of a question about a whole text, the words that may name which text; None for another one."""
        asked = set(words(POINTED.sub(r"\1", self.text)))
        of_a_text = asked & TEXTS and asked & TELLING_OF_TEXTS
        if not (asked & TELLING or of_a_text or {"tl", "dr"} <= asked):
            return None
        others = asked - WHOLE
        named = tuple(sorted(others - STOPWORDS))
        return named if named or not others else None  # "What is he talking about?" is about him

    @cached_property
    def topic(self) -> tuple[str, ...]:
        """The words that name what "What does the text say about ..." asks about; () for another one."""
        found = ABOUT.search(self.text)
        asked = words(found["topic"]) if found else []
        return tuple(dict.fromkeys(word for word in asked if word not in STOPWORDS and len(word) > 1))

    def missing(
        self, known: Callable[[str], bool], together: Callable[[Sequence[str]], bool]
    ) -> tuple[str, ...]:
        """What a text lacks to answer this, in words of the question.

        Words that the text never has, with what stands between them; else the smallest combination
        of words that it has but never says together; else all that was asked.

        Args:
            known: whether the text has a word.
            together: whether the text has all of these words close to each other.
        """
        counted = {at for match in COUNTING.finditer(self.text) for at in range(*match.span())}
        found = (match for match in WORD.finditer(self.text) if match.start() not in counted)
        content = [match for match in found if _counts(match.group())]
        unknown = [match for match in content if not known(_bare(match))]
        if telling := [match for match in unknown if _bare(match) not in LIGHT] or unknown:
            capital = [match for match in content if match.start() and match.group()[0].isupper()]
            names = [run for run in self._runs(capital, SPACE) if any(each in telling for each in run)]
            lacking = [each for each in content if each in telling or any(each in name for name in names)]
            return tuple(dict.fromkeys(self._phrase(run) for run in self._runs(lacking, GAP)))
        for gap in (NOUN_GAP, GAP):
            for run in self._runs(content, gap):
                if len(run) > 1 and not together([_bare(match) for match in run]):
                    return (self._phrase(run),)
        return (self.text.rstrip(" ?!."),)

    def _runs(self, matches: Sequence[re.Match[str]], gap: re.Pattern[str]) -> list[list[re.Match[str]]]:
        """Neighbours with nothing but the gap's words between them."""
        runs: list[list[re.Match[str]]] = []
        for match in matches:
            if runs and gap.fullmatch(self.text, runs[-1][-1].end(), match.start()):
                runs[-1].append(match)
            else:
                runs.append([match])
        return runs

    def _phrase(self, run: Sequence[re.Match[str]]) -> str:
        start, end = run[0].start(), run[-1].end()
        counted = next((m for m in COUNTING.finditer(self.text) if m.end() == start), None)
        phrase = self.text[counted.start() if counted else start : end]
        return phrase[0].lower() + phrase[1:] if counted else phrase


def _bare(match: re.Match[str]) -> str:
    return words(match.group())[0]


def _counts(word: str) -> bool:
    bare = words(word)
    return bool(bare) and bare[0] not in STOPWORDS and len(bare[0]) > 1
