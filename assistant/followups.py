"""A follow-up as a question that stands alone: "What did he say?" after "Who is the minister?".

Rules over the noun phrases of the chat, no model. What cannot be resolved stays as it was typed, and so
does, to the letter, a question that needs no other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .lexicon import DETERMINERS, RELATIONAL
from .phrases import VERB_FORMS, Phrase, is_plural, phrases
from .question import AUXILIARIES, STOPWORDS
from .text import WORD, words
from .turns import LONGEST_ANSWER, PERSON, PLURAL, THING, Turn, antecedent, wider

PRONOUNS = {
    **dict.fromkeys("he him his she her hers himself herself".split(), PERSON),
    **dict.fromkeys("they them their theirs themselves these those".split(), PLURAL),
    **dict.fromkeys("it its itself this that".split(), THING),
}
OWNING = frozenset("his her its their".split())
POINTING = frozenset("this that these those".split())
LOOK_BACK = 8  # turns
LONGEST = 500  # characters; who writes more says what is meant

LEAD = r"(?:(?:and|but|so|or|ok|okay|then)[\s,]+)*"
AMOUNT = (
    r"far|long|many|much|often|old|big|large|high|deep|fast|tall|heavy|wide|late|early|soon|come|so|exactly"
)
# A question word with little else: "And why?", "How many times?", "Since when?", "Which ones?"
FRAGMENT = re.compile(
    rf"{LEAD}((?:(?:since|until|by|for|from|to|with|at|in|on|of|about)\s+)?"
    rf"(?:why|when|where|whom?|whose|(?:what|which)(?P<noun>(?:\s+(?!about\b)[\w'’-]+){{0,2}})|how(?:\s+(?:{AMOUNT}))*(?P<of>(?:\s+\w+)?))"
    r"(?:\s+(?:exactly|not|then|so|else))?)[\s?.!]*$",
    re.I,
)
WHAT_ABOUT = re.compile(rf"{LEAD}(?:what|how)\s+about\s+(?:(?:for|in|with|by|from)\s+)?(.+?)[\s?.!]*$", re.I)
AND = re.compile(r"(?:and|or)\s+(?:(?:for|in|on|with|by|of|from)\s+)?(.+?)[\s?.!]*$", re.I)
LONGEST_FRAGMENT = 6  # words
NO_FRAGMENT = AUXILIARIES | VERB_FORMS | set(PRONOUNS) | set("what who why how when where you i".split())
# "How long does it take", "Is it true that": nothing is meant.
EMPTY_IT = re.compile(
    r"\bit\s+(?:take|takes|took|seems?|rains?|snows?|means?\s+(?:to|that))\b|\bwhat\s+time\s+is\s+it\b"
    r"|\b(?:is|was|be|would)\s+it\s+(?:\w+\s+)?(?:true|possible|likely|clear|known)\b"
    r"|\b(?:is|was|be|would)\s+it\s+(?:\w+\s+)?(?:necessary|important|worth|safe|legal|normal|common)\s+(?:to|that|for)\b"
    r"|\bit\s+(?:is|was)\s+(?:\w+\s+)?(?:that|to)\b|\bmakes?\s+it\s+\w+\s+(?:to|for)\b",
    re.I,
)
CLAUSE = re.compile(
    r"[,;:]|\b(?:and|but|or)\s+(?=(?:its|their|his|her|what|why|how|when|where|who|which|is|are|was|were|do|does|did|if)\b)"
    r"|\b(?:if|when|because|while|although|before|after|that)\b",
    re.I,
)
THERE = re.compile(r"\bthere(?=[\s?.!]*$)(?<!are there)(?<!is there)(?<!were there)(?<!was there)", re.I)
COMPLEMENT = re.compile(r"\s+(?:of|on|for|in|between|to|that|which|who)\b", re.I)

BARE_SUPERLATIVE = re.compile(
    r"\bthe\s+(first|last|only|\w{2,}est|(?:most|least)\s+\w+)(?=\s*(?:\?|$)|\s+(?:ever|in|to|on|at|\w+ed|caught|made|built)\b)",
    re.I,
)


def standalone(question: str, turns: Sequence[Turn]) -> str:
    """The question with what it leaves to the chat put in; itself, to the letter, when it needs nothing.

    `turns` are those of the chat before it, oldest first.
    """
    if not turns or len(question) > LONGEST:
        return question
    recent = turns[-LOOK_BACK:]
    made = _fragment(question, recent[-1]) or _resolved(_with_kind(question, recent[-1]), recent)
    return made if made != question else _completed(question, recent[-1])


# "And why?", "What about X?"


def _fragment(question: str, before: Turn) -> str | None:
    found = FRAGMENT.match(question)
    if found and not any(_is_verb(word) for name in ("noun", "of") for word in (found[name] or "").split()):
        return _asked_again(found[1], before)
    other = WHAT_ABOUT.match(question) or AND.match(question)
    if other and len(other[1].split()) <= LONGEST_FRAGMENT and not any(map(_is_verb, other[1].split())):
        return _exchanged(other[1], before)
    return None


def _is_verb(word: str) -> bool:
    return word.lower() in NO_FRAGMENT


def _asked_again(asked: str, before: Turn) -> str | None:
    """The question before with another question word: "Why" and "Did Ann leave?" is "Why did Ann leave?"."""
    asked = asked[0].upper() + asked[1:]
    tokens = before.question.strip().rstrip("?!. ").split()
    verb = next((at for at, token in enumerate(tokens) if token.lower() in AUXILIARIES), None)
    if verb is None:
        what = before.short if _is_short(before.short) else before.topic
        return f"{asked} of {what}?" if what and asked.lower().startswith("how many") else None
    subject, rest = tokens[:verb], tokens[verb + 1 :]
    helps = tokens[verb].lower() in ("do", "does", "did")
    inverted = helps or bool(rest and (rest[0].lower() in DETERMINERS or rest[0][0].isupper()))
    if subject and not inverted:  # it asked for the subject: "Which missile was used?"
        known = before.short if _is_short(before.short) else ""
        thing = known or " ".join(["the", *subject[1:]])
        return f"{asked} {tokens[verb]} {thing} {' '.join(rest)}?" if known or subject[1:] else None
    return f"{asked} {' '.join([tokens[verb].lower(), *rest])}?"


def _is_short(answer: str) -> bool:
    return 0 < len(answer.split()) <= LONGEST_ANSWER


def _exchanged(other: str, before: Turn) -> str | None:
    """The question before with its phrase that is most like another one exchanged for that."""
    question = before.question
    typed = WORD.findall(other)
    if ones := ONES.match(other):
        return _of_another_kind(ones[1], question)
    found = [each for each in phrases(question) if not each.asked]
    if not found or not typed:
        return None
    named, number, head = any(w[0].isupper() for w in typed), any(map(str.isdigit, other)), words(other)[-1]

    def likeness(phrase: Phrase) -> tuple[bool, ...]:
        counted = any(map(str.isdigit, phrase.text))
        alike = (phrase.text == before.topic, phrase.plural == is_plural(head), phrase.inner)
        return (phrase.head == head, counted == number, phrase.named == named, *alike)

    best = max(found, key=likeness)
    same_kind = best.head == head or best.named or best.text == before.topic
    if best.named != named or not same_kind:
        return None
    return f"{question[: best.start]}{other}{question[best.end :]}"


ONES = re.compile(r"((?:the\s+)?(?:\w+\s+){1,2})ones?$", re.I)


def _of_another_kind(kind: str, question: str) -> str | None:
    """What was described, of another kind: "American weapons" for "American ones"."""
    found = [each for each in phrases(question) if " of " not in each.text and each.bare[-1:].isalpha()]
    described = [each for each in found if len(names := each.bare.split()) > 1 and names[-1].islower()]
    if not described:
        return None
    best = max(described, key=lambda each: (_definite(each.text) == _definite(kind), each.asked, each.start))
    return f"{question[: best.start]}{kind}{best.bare.split()[-1]}{question[best.end :]}"


def _definite(text: str) -> bool:
    return text.lower().startswith("the ")


# "What did he say?", "How far can the missile fly?"


def _resolved(question: str, turns: Sequence[Turn]) -> str:
    """The question with each pronoun, and each "that missile", by the phrase that it stands for."""
    tokens, own = list(WORD.finditer(question)), phrases(question)
    pieces: list[str] = []
    at, known = 0, set[str]()
    for number, token in enumerate(tokens):
        word = re.sub(r"['’](?:s|re|ll|ve|d)$", "", token.group().lower())
        following = tokens[number + 1] if number + 1 < len(tokens) else None
        if token.start() < at or word not in {*PRONOUNS, "the"}:
            continue
        noun = _noun_at(token, word, own)
        if noun is not None:
            if longer := None if COMPLEMENT.match(question, noun.end) else wider(noun, turns):
                pieces.append(question[at : token.start()] + longer)
                at = noun.end
            continue
        if word == "the" or not _refers(word, question, token, following, own):
            continue
        group = PRONOUNS[word]
        if group in known or not (meant := antecedent(group, "".join(pieces) + question[at:], turns)):
            continue
        known.add(group)
        pieces.append(question[at : token.start()] + _in_case(meant, word, following))
        at = token.start() + len(word)
    return "".join(pieces) + question[at:]


ANOTHER = re.compile(
    r"\b((?!(?:which|what|this|that|these|those|any|no|each|every|some|the|at|by|only|than|of|for|more)\b)[a-z][\w'’-]+)"
    r"\s+one(s?)\b(?=\s*[?.!,]|\s*$|\s+(?:is|are|was|were|do|does|did|in|on|at|for|from|to|with|that|and|or|can)\b)"
)


def _with_kind(question: str, before: Turn) -> str:
    """The question with "a smart one" as a smart thing of the kind that is talked about."""
    kind = next((each for each in phrases(before.topic) if not each.named), None)
    if kind is None or kind.head in RELATIONAL:
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
    if word in POINTING and behind and behind not in AUXILIARIES and not _is_verb(behind):
        return False  # "the plane that the pilot lost"
    if word == "that" and token.start() and behind in AUXILIARIES:
        return question[: token.start()].rstrip()[-1:] in ",;" or token.start() < 8
    if word == "it" and any(m.start() <= token.start() < m.end() for m in EMPTY_IT.finditer(question)):
        return False
    if word in OWNING and any(
        each.end <= token.start() and not each.asked and each.plural == (word == "their") for each in own
    ):
        return False  # "Does the West say what its aim is?"
    if PRONOUNS[word] == PERSON:
        return not any(phrase.named and phrase.end <= token.start() for phrase in own)
    boundaries = [m.start() for m in CLAUSE.finditer(question) if 0 < m.start() < token.start()]
    return not boundaries or not any(
        each.end <= boundaries[-1] + 1 and each.plural == (PRONOUNS[word] == PLURAL) and not each.asked
        for each in own
    )


def _in_case(meant: str, word: str, following: re.Match[str] | None) -> str:
    """The phrase in the pronoun's place: "the missile's" for "its"."""
    behind = following.group().lower() if following else ""
    owns = word in OWNING and bool(behind)
    if word == "her":
        owns = owns and behind not in STOPWORDS and behind not in VERB_FORMS
    return meant + ("" if not owns else "'" if meant.endswith("s") else "'s")


# "What are the symptoms?", "Are events held there?"


def _completed(question: str, before: Turn) -> str:
    """The question with what it is about behind "the symptoms", and for "there"."""
    own = phrases(question)
    if not before.topic or any(each.named for each in own):
        return question
    if found := THERE.search(question):
        return f"{question[: found.start()]}in {before.topic}{question[found.end() :]}"
    if len(words(question)) > LONGEST_ELLIPSIS:
        return question
    for each in own:
        before_it = words(question[: each.start])[-2:]
        marked = each.text.lower().startswith(("the ", "a ", "an ")) or MARKS & set(before_it)
        alone = each.head in RELATIONAL and " of " not in each.text
        if alone and marked and not OWNED.match(question, each.end):
            return f"{question[: each.end]} of {before.topic}{question[each.end :]}"
    return question


LONGEST_ELLIPSIS = 9  # words
MARKS = frozenset("the other any some many common main best most key possible".split())
OWNED = re.compile(r"\s+(?:of|between|that|which|who|about|from)\b", re.I)
