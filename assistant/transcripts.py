"""A chat as Markdown that can be kept, sent, and checked against the texts again.

Whatever a text, a question or a name holds, it stays text: it makes no heading, link, picture or HTML.
Each source stands below a heading that no text can forge, so `read` finds each quote as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .answers import MARKER, REASONS, Answer, Refusal
from .documents import Citation, Document, flat

SOURCES = "### Sources"
NEAREST = "Nearest passages, which do not answer it:"

# What Markdown gives a meaning anywhere, a link without brackets included; what it does at the start of a
# line; what is not to be seen, or turns a line around; and all of these as they are written.
SPECIAL = re.compile(r"[\\`*_\[\]<>&#~|$^]|:(?=//)|(?<=[wW]{3})\.")
BRACKETS = re.compile(rf"{SPECIAL.pattern}|[()]")
STARTING = re.compile(r"(?m)^([ \t]*)(?:([-+=])|(\d+)([.)]))")
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
WRITTEN = re.compile(r"\\(\n|[!-/:-@\[-`{-~])|&#(\d{1,7});")

SOURCE = re.compile(
    r"\[(?P<number>\d+)\] .* \((?P<source>(?:[^()\\]|\\.)+), characters (?P<start>\d+) to (?P<end>\d+)\)"
)


@dataclass(frozen=True, slots=True)
class Exported:
    """A citation of an exported chat: what stood at this place of a text.

    Attributes:
        number: the one that it has in the chat.
    """

    number: int
    source: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a citation holds: its text still has the quote at its place. Else, what became of it."""

    holds: bool
    says: str


def markdown(title: str, replies: Sequence[Answer | Refusal]) -> str:
    """A chat: each question with its reply and sources, which are numbered through the whole chat."""
    parts = [f"# {_line(title) or 'Chat'}"]
    numbered = 0
    for reply in replies:
        parts += [f"## {_line(reply.question) or 'No question'}", *_body(reply, numbered)]
        numbered += len(reply.citations) if isinstance(reply, Answer) else 0
    return "\n\n".join(parts) + "\n"


def reply_markdown(reply: Answer | Refusal) -> str:
    """One reply, to be copied with its references."""
    return "\n\n".join(_body(reply, 0)) + "\n"


def _body(reply: Answer | Refusal, before: int) -> Iterator[str]:
    """The blocks of a reply whose first citation is the next after `before` others."""
    for note in reply.notes:
        yield f"*{_line(note)}*"
    if isinstance(reply, Refusal):
        yield _line(REASONS[reply.reason])
        if reply.missing:
            yield f"Missing: {'; '.join(f'**{_line(each)}**' for each in reply.missing)}"
        if reply.nearest:
            yield NEAREST
        for near in reply.nearest:
            yield f"- {_place(near)}\n\n{_quoted(near.quote, '  > ')}"
        return
    if reply.short is not None:
        yield f"**{_line(reply.short)}**"
    yield _numbered(reply.text, before)
    yield SOURCES
    for number, citation in enumerate(reply.citations, before + 1):
        yield f"[{number}] {_place(citation)}\n\n{_quoted(citation.quote, '> ')}"


def _place(citation: Citation) -> str:
    source = _escaped(citation.source, BRACKETS).replace("\\\n", "&#10;")
    return f"{_line(citation.title)} ({source}, characters {citation.start} to {citation.end})"


def _numbered(text: str, before: int) -> str:
    """An answer's text with its numbers moved up by those before."""
    pieces = MARKER.split(text)  # text and numbers take turns
    moved = [f"[{int(each) + before}]" if at % 2 else _escaped(each) for at, each in enumerate(pieces)]
    return re.sub(r"(\[\d+\])(?=[(:])", r"\1\\", "".join(moved))  # a number is no link, whatever follows


def _quoted(text: str, mark: str) -> str:
    return mark + _escaped(text).replace("\n", f"\n{mark}")


def _line(text: str) -> str:
    return _escaped(flat(text))


def _escaped(text: str, special: re.Pattern[str] = SPECIAL) -> str:
    """The text as Markdown that shows it: `_plain` gives it back."""
    escaped = special.sub(r"\\\g<0>", text)
    escaped = STARTING.sub(
        lambda found: f"{found[1]}\\{found[2]}" if found[2] else f"{found[1]}{found[3]}\\{found[4]}", escaped
    )
    escaped = UNSEEN.sub(lambda found: f"&#{ord(found[0])};", escaped)
    return escaped.replace("\n", "\\\n")


def _plain(markdown: str) -> str:
    return WRITTEN.sub(lambda found: found[1] or chr(min(int(found[2]), 0x10FFFF)), markdown)


def read(markdown: str) -> list[Exported]:
    """The numbered citations of an exported chat, in their order; what is none of ours is passed over."""
    found: list[Exported] = []
    lines = markdown.split("\n")
    inside = False
    for at, line in enumerate(lines):
        if line.startswith("#"):
            inside = line == SOURCES
        elif inside and (match := SOURCE.fullmatch(line)):
            quote = _plain("\n".join(_quote_below(lines, at + 1)))
            place = (int(match["start"]), int(match["end"]))
            found.append(Exported(int(match["number"]), _plain(match["source"]), *place, quote))
    return found


def _quote_below(lines: Sequence[str], at: int) -> Iterator[str]:
    """The lines of the block quote that starts here, behind an empty line."""
    at += at < len(lines) and not lines[at]
    while at < len(lines) and lines[at].startswith(">"):
        yield lines[at].removeprefix("> ")
        at += 1


def check(exported: Exported, document: Document | None) -> Check:
    """Whether a citation still holds in the document of its name, which is None when there is none."""
    if document is None:
        return Check(False, "the text is not in the corpus any more")
    if not exported.quote:
        return Check(False, "it has no quote: the file was changed")
    text, quote = document.text, exported.quote
    if text[exported.start : exported.end] == quote:
        return Check(True, "holds")
    places = [found.start() for found in re.finditer(f"(?={re.escape(quote)})", text)]
    if not places:
        return Check(False, "the text does not say this any more")
    start = min(places, key=lambda place: abs(place - exported.start))
    return Check(False, f"moved to characters {start} to {start + len(quote)}")
