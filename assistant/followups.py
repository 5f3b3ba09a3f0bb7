"""A follow-up as a question that stands alone: "What did he say?" after "Who is the minister?".

Rules over the noun phrases of the chat; a few weights say when a question leaves out what it is about. What
cannot be resolved stays as it was typed, and so does, to the letter, a question that needs no other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .ellipsis import COMPLEMENT, leaves_out
from .fragments import fragment, is_short
from .lexicon import RELATIONAL
from .phrases import VERB_FORMS, Phrase, phrases
from .question import AUXILIARIES, STOPWORDS, Question
from .text import WORD, words
from .turns import PERSON, PLURAL, PRONOUNS, Turn, antecedent, wider

OWNING = frozenset("his her its their".split())
POINTING = frozenset("this that these those such".split())
LONGEST = 500  # characters; who writes more says what is meant

# "How long does it take", "Is it true that": nothing is meant.
EMPTY_IT = re.compile(
    r"\bit\s+(?:take|takes|took|seems?|rain\w*|snow\w*|means?\s+(?:to|that)|feel\s+to|becomes?\s+clear)\b"
    r"|\bwhat\s+time\s+is\s+it\b|\b(?:is|was|be|would)\s+it\s+(?:\w+\s+)?(?:true|possible|likely|clear|known)\b"
    r"|\b(?:is|was|be|would)\s+it\s+(?:(?:so|an?|too|very|really|\w+ly)\s+)*(?:necessary|important|worth|safe|legal|"
    r"normal|common|hard|difficult|easy|tough|wrong|right|good|bad|better|best|fair|wise|mistake|crime|time)\s+"
    r"(?:\w+\s+)?(?:to|that|for)\b"
    r"|\bit\s+(?:is|was)\s+(?:\w+\s+)?(?:that|to)\b|\bmakes?\s+it\s+\w+\s+(?:to|for)\b",
    re.I,
)
CLAUSE = re.compile(
    r"[,;:]|[.?!]\s|\b(?:and|but|or)\s+(?=(?:its|their|his|her|what|why|how|when|where|who|which|is|are|was|were|do|does|did|if)\b)"
    r"|\b(?:if|when|because|while|although|before|after|that)\b",
    re.I,
)
SAYING = re.compile(
    r"\b(?:say|says|said|think|claim|believe|know|hope|suggest|expect|warn|promise)\s+(?:that\s+)?$", re.I
)
QUOTED = re.compile(r"[\"“][^\"”]*[\"”]|(?<!\w)['‘][^'’]*['’](?!\w)")
ABOUT_IT = re.compile(r"\bwhat (?:is|was) (?:it|this|that) about\b", re.I)
THERE = re.compile(r"\bthere(?=[\s?.!]*$)(?<!are there)(?<!is there)(?<!were there)(?<!was there)", re.I)
PAIR = re.compile(r"\s+(?:and|or)\s+(?:the\s+)?[a-z]\w+(?=\s*[?.!]*$|\s+(?:of|for|in|between)\b)", re.I)
ANOTHER = re.compile(
    r"\b((?!(?:which|what|this|that|these|those|any|no|each|every|some|the|at|by|only|than|of|for|more|first|second|"
    r"third|last|next|other|best)\b)[a-z][\w'’-]+)"
    r"\s+one(s?)\b(?=\s*[?.!,]|\s*$|\s+(?:is|are|was|were|do|does|did|in|on|at|for|from|to|with|that|and|or|can)\b)"
)
LONGEST_ELLIPSIS = 9  # words
MARKS = frozenset("the other any some many common main best most key possible".split())


def standalone(question: str, turns: Sequence[Turn]) -> str:
    """The question with what it leaves to the chat put in; itself, to the letter, when it needs nothing.

    `turns` are those of the chat before it, oldest first.
    """
    if not turns or len(question) > LONGEST:
        return question
    made = by_rules(question, turns)
    return made if made != question or _of_the_text(question) else completed(question, turns)


def by_rules(question: str, turns: Sequence[Turn]) -> str:
    """The question with what its pronouns, "the missile" and "And why?" leave to the chat put in."""
    if made := fragment(question, turns[-1]):
        return made
    if _of_the_text(question):
        return question
    made = _resolved(_with_kind(question, turns[-1]), turns)
    return made if made != question else related(question, turns[-1])


def _of_the_text(question: str) -> bool:
    """Whether a question is about the text as a whole: "Can you summarise it?" means that."""
    return Question(question).whole == () and not ABOUT_IT.search(question)


# "What did he say?", "How far can the missile fly?"


def _resolved(question: str, turns: Sequence[Turn]) -> str:
    """The question with each pronoun, and each "that missile", by the phrase that it stands for."""
    tokens, own = list(WORD.finditer(question)), phrases(question)
    pieces: list[str] = []
    at, known = 0, set[str]()
    quoted = [match.span() for match in QUOTED.finditer(question)]
    for number, token in enumerate(tokens):
        word = re.sub(r"['’](?:s|re|ll|ve|d)$", "", token.group().lower())
        following = tokens[number + 1] if number + 1 < len(tokens) else None
        if (
            token.start() < at
            or word not in {*PRONOUNS, "the", "such"}
            or any(a < token.start() < b for a, b in quoted)
        ):
            continue
        noun = _noun_at(token, word, own)
        if noun is not None:
            if longer := None if COMPLEMENT.match(question, noun.end) else wider(noun, turns):
                pieces.append(question[at : token.start()] + longer)
                at = noun.end
            continue
        if word in ("the", "such") or not _refers(word, question, token, following, own):
            continue
        group = PRONOUNS[word]
        meant = None if group in known else antecedent(group, "".join(pieces) + question[at:], turns)
        known.add(group)
        if meant is None:
            continue
        pieces.append(question[at : token.start()] + _in_case(meant, word, following))
        at = token.start() + len(word)
    return "".join(pieces) + question[at:]


def _with_kind(question: str, before: Turn) -> str:
    """The question with "a smart one" as a smart thing of the kind that is talked about."""
    kind = next(iter(phrases(before.topic)), None)
    if kind is None or kind.head in RELATIONAL or not kind.bare.islower():
        return question
    plain = kind.bare.split()[-1]
    several = plain if kind.plural else f"{plain}s"
    return ANOTHER.sub(lambda found: f"{found[1]} {several if found[2] else plain}", question)


def _noun_at(token: re.Match[str], word: str, own: Sequence[Phrase]) -> Phrase | None:
    """The shortest phrase that "the" begins, or that "that" points at."""
    start = token.start() if word == "the" else token.end() + 1
    found = [each for each in own if each.start == start] if word == "the" or word in POINTING else []
    return min(found, key=lambda each: each.end, default=None)


def _refers(
    word: str, question: str, token: re.Match[str], following: re.Match[str] | None, own: Sequence[Phrase]
) -> bool:
    """Whether a pronoun stands for something of the chat."""
    behind = following.group().lower() if following else ""
    before = question[: token.start()].rstrip().lower()
    if word in POINTING and behind and behind not in AUXILIARIES | VERB_FORMS:
        return False  # "the plane that the pilot lost", "said that they would"
    if word in ("this", "that") and before.endswith((" say", " says", " said", " do", " mean")):
        return False  # a whole statement is meant
    if word == "that" and token.start() and behind in AUXILIARIES:
        return before[-1:] in (",", ";") or token.start() < FIRST_WORDS
    if word == "it" and any(m.start() <= token.start() < m.end() for m in EMPTY_IT.finditer(question)):
        return False
    return not _bound(word, question, token, own)


FIRST_WORDS = 8  # characters


def _bound(word: str, question: str, token: re.Match[str], own: Sequence[Phrase]) -> bool:
    """Whether a pronoun stands for something of its own question: "Does the West say what its aim is?"."""
    group, start = PRONOUNS[word], token.start()
    earlier = [each for each in own if each.end <= start]
    said = SAYING.search(question[:start])
    if words(question)[:1] in (["who"], ["which"]) and (said or word in OWNING):
        return True
    if word in OWNING and group != PERSON:
        return any(each.plural == (group == PLURAL) for each in earlier)
    if group == PERSON and any(each.named for each in earlier):
        return True
    boundaries = [m.start() for m in CLAUSE.finditer(question) if 0 < m.start() < start]
    if said:
        boundaries.append(said.start())
    agreeing = (each for each in earlier if group == PERSON or each.plural == (group == PLURAL))
    return bool(boundaries) and any(each.end <= boundaries[-1] + 1 and not each.asked for each in agreeing)


def _in_case(meant: str, word: str, following: re.Match[str] | None) -> str:
    """The phrase in the pronoun's place: "the missile's" for "its"."""
    behind = following.group().lower() if following else ""
    owns = word in OWNING and bool(behind)
    if word == "her":
        owns = owns and behind not in STOPWORDS and behind not in VERB_FORMS
    return meant + ("" if not owns else "'" if meant.endswith("s") else "'s")


# "What are the symptoms?", "Are events held there?"


def _is_question(text: str) -> bool:
    """Whether it begins as one."""
    first, *others = words(text) or [""]
    return bool(others) and (first in AUXILIARIES or first in ASKING)


ASKING = frozenset("what which who whom whose why when where how".split())


def related(question: str, before: Turn) -> str:
    """The question with what it is about behind "the symptoms", and for "there"."""
    own = phrases(question)
    asked_who = words(before.question)[:1] == ["who"]
    if any(each.named for each in own) or asked_who:
        return question
    told = words(before.question)[:1] == ["where"] and is_short(before.short)
    place = re.sub(r"^(?:in|at|on|near)\s+", "", before.short if told else before.topic, flags=re.I)
    if place and (found := THERE.search(question)) and _is_question(question):
        return f"{question[: found.start()]}in {place}{question[found.end() :]}"
    if not before.topic or len(words(question)) > LONGEST_ELLIPSIS:
        return question
    for each in own:
        before_it = words(question[: each.start])[-2:]
        marked = each.text.lower().startswith(("the ", "a ", "an ")) or MARKS & set(before_it)
        alone = each.head in RELATIONAL and " of " not in each.text
        end = pair.end() if (pair := PAIR.match(question, each.end)) else each.end  # "the pros and cons"
        if alone and marked and not COMPLEMENT.match(question, end):
            return f"{question[:end]} of {before.topic}{question[end:]}"
    return question


def completed(question: str, turns: Sequence[Turn]) -> str:
    """The question with what the chat is about at its end, where it leaves that out."""
    theme = leaves_out(question, turns) if _is_question(question) else ""
    if not theme:
        return question
    (phrase,) = phrases(f"of {theme}")[:1] or (None,)
    placed = phrase is not None and phrase.named and not phrase.plural
    typed = question.rstrip(" ?.!")
    return f"{typed} {'in' if placed else 'for'} {theme}{question[len(typed) :].rstrip()}"
