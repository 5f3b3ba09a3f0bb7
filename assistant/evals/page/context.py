"""Evidence and citations where they stand: the paragraphs of the text that hold them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import NamedTuple

from ...answers import Answer
from ...documents import Citation, Span
from ...markup import Child, Html, tag
from ...text import Block, blocks, flat_heading
from ..judging import Result

AROUND = 220  # characters of a paragraph that are shown before and behind what is marked in it
GAP = 80  # fewer than these are not worth leaving out
SHOWN = 2  # places of a piece of evidence that are shown, besides those in cited paragraphs
FOUND = 100  # places of a piece of evidence that are looked for


class Mark(NamedTuple):
    """A marked span: the number of a citation, or 0 for evidence."""

    start: int
    end: int
    number: int

    @property
    def kind(self) -> str:
        return "cited" if self.number else "evidence"


@dataclass(frozen=True, slots=True)
class Text:
    """A text in paragraphs.

    Attributes:
        starts: where each paragraph starts.
        headings: what each paragraph stands under.
    """

    text: str
    blocks: Sequence[Block]
    starts: Sequence[int]
    headings: Sequence[str]

    @classmethod
    def of(cls, text: str) -> Text:
        found = blocks(text)
        own = (flat_heading(text[slice(*each.span)]) if each.heading else None for each in found)
        headings = accumulate(own, lambda last, new: last if new is None else new, initial="")
        return cls(text, found, [each.span.start for each in found], list(headings)[1:])

    def around(self, mark: Mark) -> range:
        """The paragraphs that a mark touches, by their numbers."""
        first = max(0, bisect_right(self.starts, mark.start) - 1)
        return range(first, max(first, bisect_left(self.starts, mark.end)))

    def places(self, piece: str) -> Iterator[Mark]:
        at = self.text.find(piece)
        while at >= 0:
            yield Mark(at, at + len(piece), 0)
            at = self.text.find(piece, at + 1)


class Shelf:
    """A suite's texts, each cut into paragraphs once."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._cut: dict[str, Text] = {}

    def __contains__(self, source: str) -> bool:
        return source in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __getitem__(self, source: str) -> Text:
        if source not in self._cut:
            self._cut[source] = Text.of(self._texts[source])
        return self._cut[source]

    def holds(self, citation: Citation) -> bool:
        """Whether the quote stands where the citation says."""
        text = self._texts.get(citation.source, "")
        return text[citation.start : citation.end] == citation.quote


def in_context(result: Result, shelf: Shelf) -> list[Html]:
    """The paragraphs with the case's evidence and the reply's citations, marked; what is not there."""
    citations = result.reply.citations if isinstance(result.reply, Answer) else ()
    cited: dict[str, list[Mark]] = {}
    for number, each in enumerate(citations, 1):
        if shelf.holds(each):
            cited.setdefault(each.source, []).append(Mark(each.start, each.end, number))
    strays = [each for each in citations if not shelf.holds(each)]
    evidence, lost = _evidence(result, shelf)
    return [
        *(
            _document(source, shelf[source], cited.get(source, []), evidence.get(source, []))
            for source in shelf
            if source in cited or source in evidence
        ),
        *(_absent("The quote is not where the citation says:", each.quote) for each in strays),
        *(_absent("The evidence is not in the text:", piece) for piece in lost),
    ]


def _evidence(result: Result, shelf: Shelf) -> tuple[dict[str, list[Mark]], list[str]]:
    """Where each piece stands, by source; and the pieces that are nowhere."""
    source, found, lost = result.case.source, dict[str, list[Mark]](), []
    searched = list(shelf) if source is None else [source] if source in shelf else []
    for piece in result.case.evidence:
        before = sum(map(len, found.values()))
        for each in searched:
            if places := list(islice(shelf[each].places(piece), FOUND)):
                found.setdefault(each, []).extend(places)
        if sum(map(len, found.values())) == before:
            lost.append(piece)
    return found, lost


def _document(source: str, text: Text, cited: Sequence[Mark], evidence: Sequence[Mark]) -> Html:
    shown = {at for mark in (*cited, *evidence[:SHOWN]) for at in text.around(mark)}
    parts: list[Child] = []
    heading = None
    for at in sorted(shown):
        if text.headings[at] != heading:
            heading = text.headings[at]
            parts.append(tag("p.where", tag("span", source), tag("span", heading) if heading else None))
        span = text.blocks[at].span
        marks = [mark for mark in (*cited, *evidence) if mark.start < span.end and mark.end > span.start]
        parts.append(tag("p.text", _paragraph(text.text, span, marks)))
    return tag("div.document", parts)


def _paragraph(text: str, span: Span, marks: Sequence[Mark]) -> Iterable[Child]:
    """A paragraph, less what is far from every mark."""
    end = span.start
    for window in _windows(text, span, marks):
        if window.start > end:
            yield "\u00a0… "
        yield from _segments(text, window, marks)
        end = window.end
    if end < span.end:
        yield "\u00a0…"


def _windows(text: str, span: Span, marks: Iterable[Mark]) -> list[Span]:
    """What is near the marks, in whole words."""
    windows: list[Span] = []
    for mark in sorted(marks):
        start, end = max(mark.start - AROUND, span.start), min(mark.end + AROUND, span.end)
        if start > span.start:
            start = span.start if start - span.start < GAP else text.find(" ", start, mark.start) + 1 or start
        if end < span.end:
            cut = text.rfind(" ", mark.end, end)
            end = span.end if span.end - end < GAP else cut if cut > 0 else end
        if windows and start <= windows[-1].end + GAP:
            start, end = windows[-1].start, max(end, windows.pop().end)
        windows.append(Span(start, end))
    return windows


def _segments(text: str, window: Span, marks: Sequence[Mark]) -> Iterable[Child]:
    """The window cut wherever a mark starts or ends, each piece as what it is."""
    inside = {each for mark in marks for each in (mark.start, mark.end) if window.start < each < window.end}
    cuts = sorted({*window, *inside})
    for start, end in zip(cuts, cuts[1:], strict=False):
        covering = [mark for mark in marks if mark.start <= start and mark.end >= end]
        kinds = sorted({mark.kind for mark in covering})
        numbers = sorted({mark.number for mark in covering if mark.number and mark.start == start})
        yield [(tag("span.chip", number), "\u00a0") for number in numbers]
        yield tag(".".join(["mark", *kinds]), text[start:end]) if kinds else text[start:end]


def _absent(what: str, quote: str) -> Html:
    return tag("p.notice", what, " ", tag("q", quote))
