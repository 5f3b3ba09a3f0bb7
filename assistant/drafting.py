"""What a language model wrote, as statements: plain sentences, each with the passages that it names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .documents import Span
from .text import BULLET, sentences

LONGEST = 600  # characters of a statement
MOST_CITED = 8  # passages that one statement may name

QUOTE = r"(?:\"[^\"\n]*\"|“[^”\n]*”)"
NUMBERS = r"\^?\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*"
NAMED = r"(?:(?:passages?|sources?|documents?)\s+)?"
MARK = re.compile(rf"[\[【]\s*{NAMED}(?P<numbers>{NUMBERS})(?:\s*[:,]?\s*(?P<quote>{QUOTE}))?\s*[\]】]")
MARKS = rf"(?:\s*[\[【]\s*{NAMED}{NUMBERS}(?:\s*[:,]?\s*{QUOTE})?\s*[\]】])+"
# A sentence with its marks, before or behind its full stop, and perhaps a quote behind them. It is over
# when what follows can be no more of it: neither a mark, nor a quote, nor the rest of the sentence.
UNIT = re.compile(
    rf".*?(?:[.!?…][\"'”’)*_]*{MARKS}|{MARKS}[.!?…][\"'”’)*_]*)(?:\s*(?P<behind>{QUOTE})[.,]?)?(?=\s+[^\s\[【\"“.,;:!?a-z])"
)
BEHIND = re.compile(rf"(?:[.!?…][\"'”’)*_]*{MARKS}|{MARKS}[.!?…][\"'”’)*_]*)\s*(?P<behind>{QUOTE})[.,]?\s*$")
FOREIGN = re.compile(
    r"!\[|\]\s*\(|\]\s*\[[^\]]*[a-z]|\]:\s|<\s*[/!?a-z]|&(?:#\w+|[a-z]{2,8});|\w+:/|\bwww\.|\b(?:javascript|data|mailto):",
    re.I,
)
EMPHASIS = re.compile(r"(\*{1,3}|_{1,3}|`+|~~)(?=\S)(.+?)(?<=\S)\1(?!\w)")
HEADING = re.compile(r"^\s*(?:#{1,6}|>+)\s+")
# "According to [1], it opens at nine": the mark stays, its introduction goes.
BY_NUMBER = re.compile(rf"^(?:according to|as stated in|as per|based on){MARKS}\s*,?\s*", re.I)
LABEL = re.compile(r"^(?:the )?(?:short |final )?(?:answer|summary)(?: is)?:\s+", re.I)
# Whole sentences that claim nothing about the text: they are neither shown nor missed.
TALK = re.compile(
    r"(?:(?:sure|certainly|of course|absolutely|okay|ok|great question|good question)\b[,.!:]*\s*)?"
    r"(?:here (?:is|are) (?:the|my|your|an?) (?:short )?(?:answer|summary|list|response|reply)"
    r"(?: to your question| you asked for)?|happy to help|(?:the )?(?:short |final )?(?:answer|summary))?"
    r"[.!:]*"
    r"|thank(?:s| you)(?: very much| so much)?(?: for (?:the|your|asking)(?: this)?(?: question)?)?[.!]*"
    r"|(?:i )?hope (?:this|that|it) helps(?: you)?[.!]*"
    r"|(?:please )?(?:let me know|feel free to ask)(?: if you (?:have|need|want) [\w ]{1,40}| more)?[.!]*"
    r"|if you have any (?:other|more|further) questions, (?:please )?"
    r"(?:let me know|(?:feel free to |just )?ask)[.!]*",
    re.I,
)
ABSENT = re.compile(
    r"\bnot (?:in|stated in|mentioned in|answered (?:in|by)) (?:the |this |these )?(?:given |provided )?"
    r"(?:text|passages?|documents?|article|context)\b"
    r"|\b(?:the|this|these) (?:given |provided )?(?:texts?|passages?|documents?|article|context|sources?)"
    r"(?: \w+)? (?:do(?:es)?|did|is|are|has|have|contains?|provides?|gives?|says?|mentions?)?\s*"
    r"(?:not|n't|no|nothing|never)\b"
    r"|\b(?:the|this|these) (?:given |provided )?(?:texts?|passages?|documents?|article|context|sources?) "
    r"(?:doesn|don|didn|isn|aren)['’]t\b"
    r"|^(?:sorry|unfortunately)?,?\s*i (?:cannot|can['’]?t|do not|don['’]t|am (?:not able|unable))\b"
    r"|\bthere is no (?:information|mention)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A passage that a statement names, by its number, and the words of it that were given."""

    number: int
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a model.

    Attributes:
        text: plain, in one line, without its marks.
        lead: what introduced the list that it is an item of, or "".
        item: whether it is one.
        objection: why it cannot be shown, whatever the passages say; or "".
    """

    text: str
    marks: tuple[Mark, ...] = ()
    lead: str = ""
    item: bool = False
    objection: str = ""

    @property
    def talk(self) -> bool:
        """Whether it is a politeness, or an announcement of what follows."""
        return bool(TALK.fullmatch(self.text))

    @property
    def absence(self) -> bool:
        """Whether it says that the passages do not answer."""
        return bool(ABSENT.search(self.text))


def statements(pieces: Iterable[str]) -> Iterator[Statement]:
    """The statements of a text that comes in pieces, each as soon as it is whole."""
    lead = ""
    for line, last in _units(pieces):
        yield from _read(line, lead)
        if last:
            lead = _lead(line, lead)


def _units(pieces: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Sentences with their marks, or what is left of a line; and whether the line ends there."""
    held = ""
    for piece in pieces:
        held += piece.replace("\r", "\n")
        while True:
            line, newline, _ = held.partition("\n")
            # Only a closed mark ends a unit; without that look, a long line costs the square of its length.
            if ("]" in line or "】" in line) and (unit := UNIT.match(line)) is not None:
                yield unit.group(), False
                held = held[unit.end() :]
            elif newline:
                yield line, True
                held = held[len(line) + 1 :]
            elif len(line) > 4 * LONGEST:  # nothing that long is shown
                yield line, True
                held = ""
            else:
                break
    yield held, True


def _lead(line: str, before: str) -> str:
    """What the next line is an item of: this line when it ends in a colon, else what this one is."""
    text = plain(line)
    if text.endswith(":") and not MARK.search(line):
        return text
    return before if not text or BULLET.match(line) else ""


def _read(unit: str, lead: str) -> Iterator[Statement]:
    """The sentences of a unit; all have the marks that stand anywhere in it."""
    if not any(map(str.isalnum, MARK.sub("", unit))):
        return
    bullet = BULLET.match(unit)
    item = bullet is not None
    body = visible(unit[bullet.end() :] if bullet else unit)
    marks = _marks(body)
    if behind := BEHIND.search(body):
        body = body[: behind.start("behind")]
    body = MARK.sub("", BY_NUMBER.sub("", body))
    text = LABEL.sub("", plain(body))
    text = text[:1].upper() + text[1:] if BY_NUMBER.match(visible(unit)) else text
    if not marks and text.endswith(":"):
        return
    if FOREIGN.search(body):
        yield Statement(text, marks, objection="it holds a link, a picture or markup")
        return
    for at, (start, end) in enumerate(sentences(text, Span(0, len(text)))):
        sentence = text[start:end]
        yield Statement(sentence, marks, lead if item else "", item and at == 0, _objection(sentence, marks))


def _marks(body: str) -> tuple[Mark, ...]:
    """The passages that are named, each once."""
    marks: dict[int, Mark] = {}
    for match in MARK.finditer(body):
        quote = (match["quote"] or "")[1:-1]
        for number in re.findall(r"\d+", match["numbers"]):
            if int(number) not in marks or quote:
                marks[int(number)] = Mark(int(number), quote)
        if "–" in match["numbers"] or "-" in match["numbers"]:
            first, last = (int(each) for each in re.findall(r"\d+", match["numbers"])[:2])
            for number in range(first, min(last, first + MOST_CITED)):
                marks.setdefault(number, Mark(number))
    if marks and (behind := BEHIND.search(body)):
        last_one = next(reversed(marks))
        marks[last_one] = Mark(last_one, behind["behind"][1:-1])
    return tuple(marks.values())[:MOST_CITED]


def _objection(sentence: str, marks: tuple[Mark, ...]) -> str:
    if len(sentence) > LONGEST:
        return "it is too long"
    if sentence.rstrip("\"'”’)").endswith("?"):
        return "it is a question"
    return "" if marks else "it names no passage"


def visible(text: str) -> str:
    """The text without what cannot be seen, which may hide markup from whoever looks for it."""
    return "".join(
        " " if unicodedata.category(each) in ("Cc", "Zl", "Zp") else each
        for each in text
        if unicodedata.category(each) not in ("Cf", "Cs", "Co", "Cn")
    )


def plain(text: str) -> str:
    """One line without Markdown's signs, control and invisible characters, or brackets like a citation's."""
    kept = HEADING.sub("", visible(text))
    while (bare := EMPHASIS.sub(r"\2", kept)) != kept:
        kept = bare
    kept = kept.translate(str.maketrans("[]【】", "()()"))
    return re.sub(r"\s+([.,;:!?])(?=\s|$)", r"\1", " ".join(kept.split()))
