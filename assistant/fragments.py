"""Questions with little of their own: "And why?", "How far?", "What about X?", "And American ones?"."""

from __future__ import annotations

import re

from .lexicon import DETERMINERS, RELATIONAL
from .phrases import VERB_FORMS, Phrase, is_plural, phrases
from .question import AUXILIARIES
from .text import WORD, words
from .turns import LONGEST_ANSWER, PRONOUNS, Turn

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
WITHOUT_SENSE = re.compile(
    r"(?:what|who|which|how (?:many|much)|why not)(?:\s+(?:else|now|then|next|so|ones?|exactly|not))*$", re.I
)
WHAT_ABOUT = re.compile(
    rf"{LEAD}(?:what|how)\s+about\s+(?:(for|in|with|by|from|on|at|during|to)\s+)?(.+?)[\s?.!]*$", re.I
)
AND = re.compile(r"(?:and|or)\s+(?:(about|for|in|on|with|by|of|from)\s+)?(.+?)[\s?.!]*$", re.I)
LONGEST_FRAGMENT = 6  # words
NO_FRAGMENT = AUXILIARIES | VERB_FORMS | set(PRONOUNS) | set("what who why how when where you i".split())
ONES = re.compile(r"((?:the\s+)?(?:\w+\s+){1,2})ones?$", re.I)


def fragment(question: str, before: Turn) -> str | None:
    """A question with little of its own, "And why?" or "What about X?", with the rest of the one before.

    None for another question, and where the two do not fit together.
    """
    found = FRAGMENT.match(question)
    if found and WITHOUT_SENSE.match(found[1]):
        return None
    if found and not any(_says_more(word) for name in ("noun", "of") for word in (found[name] or "").split()):
        return _asked_again(found[1], before)
    other = WHAT_ABOUT.match(question) or AND.match(question)
    if other and len(other[2].split()) <= LONGEST_FRAGMENT and not any(map(_says_more, other[2].split())):
        return _exchanged(other[2], other[1] or "", before)
    return None


def _says_more(word: str) -> bool:
    """Whether a word makes more than a fragment: a verb, a pronoun, a second question word."""
    return word.lower() in NO_FRAGMENT


def _asked_again(asked: str, before: Turn) -> str | None:
    """The question before with another question word: "Why" and "Did Ann leave?" is "Why did Ann leave?"."""
    asked = asked[0].upper() + asked[1:]
    tokens = before.question.strip().rstrip("?!. ").split()
    verb = next((at for at, token in enumerate(tokens) if token.lower() in AUXILIARIES), None)
    if verb is None:
        what = before.short if is_short(before.short) else before.topic
        return f"{asked} of {what}?" if what and asked.lower().startswith("how many") else None
    subject, rest = tokens[:verb], tokens[verb + 1 :]
    helps = tokens[verb].lower() in ("do", "does", "did")
    identity = not subject[1:] and tokens[0].lower() in ("who", "what") and tokens[verb].lower() in COPULAS
    if identity and asked.lower().startswith(("why", "how")):
        return None  # "Who is the minister?" "Why?"
    inverted = helps or bool(rest and (rest[0].lower() in DETERMINERS or rest[0][0].isupper()))
    if subject and not inverted:  # it asked for the subject: "Which missile was used?"
        known = before.short if is_short(before.short) and not before.short[0].isdigit() else ""
        thing = known or " ".join(["the", *subject[1:]])
        return f"{asked} {tokens[verb]} {thing} {' '.join(rest)}?" if known or subject[1:] else None
    return f"{asked} {' '.join([tokens[verb].lower(), *rest])}?"


COPULAS = frozenset("is are was were".split())


def is_short(answer: str) -> bool:
    """Whether an answer can be put into a question."""
    return 0 < len(answer.split()) <= LONGEST_ANSWER


def _exchanged(other: str, preposition: str, before: Turn) -> str | None:
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
        placed = question[: phrase.start].lower().endswith(f" {preposition} ")
        return (placed, phrase.head == head, counted == number, phrase.named == named, *alike)

    best = max(found, key=likeness)
    if preposition and not likeness(best)[0] and preposition != "about":  # "And on the barbecue?"
        return f"{question.rstrip(' ?.!')} {preposition} {other}?"
    same_kind = best.head == head or best.named or best.text == before.topic or number
    unlike = best.named != named or any(map(str.isdigit, best.text)) != number
    related = best.head in RELATIONAL and head not in RELATIONAL
    counts = not best.named and best.plural != is_plural(head)  # "the advantages", "a missile"
    if unlike or related or counts or not same_kind:
        return None
    return f"{question[: best.start]}{other}{question[best.end :]}"


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
