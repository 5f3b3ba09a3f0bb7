"""A text as an article, with the cited passage marked. The text is cut here, in code points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..documents import Document, Span
from ..markup import Child, Html, tag
from ..text import Block, blocks
from .parts import counted
from .shelf import Entry, heading_text

SHOWN = 200_000  # characters of a longer text that are shown at once


@dataclass(frozen=True, slots=True)
class Reading:
    """A text to be read.

    Attributes:
        opened: the passage that is open, marked; None when the text is read from its start.
        others: passages that the same answer cites, underlined.
        at: the place to show of a text that is too long to show whole.
    """

    document: Document
    entry: Entry
    opened: Span | None = None
    others: tuple[Span, ...] = ()
    at: int = 0

    def html(self) -> Html:
        """The article; every element's text is exactly a piece of the document."""
        found = blocks(self.document.text)
        first, last = self._window(found)
        facts = [counted(self.entry.words, "word"), *[self.entry.date] * bool(self.entry.date)]
        whole = first == 0
        return tag(
            "div.article",
            tag("p.head", self.document.title, role="heading", aria_level=2) if whole else None,
            tag("p.by", " · ".join(facts))
            if whole
            else self._more("Earlier text", found[first].span.start - 1),
            [self._block(block, at) for at, block in enumerate(found[first:last], first)],
            self._more("Later text", found[last].span.start) if last < len(found) else None,
        )

    def _window(self, found: Sequence[Block]) -> tuple[int, int]:
        """The blocks to show: all of them, or those around the place."""
        if len(self.document.text) <= SHOWN:
            return 0, len(found)
        centre = self.opened.start if self.opened else self.at
        near = [at for at, each in enumerate(found) if abs(each.span.start - centre) <= SHOWN // 2]
        return (near[0], near[-1] + 1) if near else (0, min(len(found), 100))

    def _more(self, words: str, at: int) -> Html:
        source = self.document.source
        return tag("button.btn.plain.more", words, type="button", data_document=source, data_at=max(0, at))

    def _block(self, block: Block, number: int) -> Html:
        place: dict[str, str | int] = {"id": f"at-{block.span.start}", "data_pos": block.span.start}
        if block.heading and not self._touched(block.span):
            if number == 0 and heading_text(self.document.text, block) == self.document.title:
                return tag("span", **place)  # it stands above already
            return tag("h3", heading_text(self.document.text, block), **place)
        return tag("h3" if block.heading else "p", list(self._pieces(block.span)), **place)

    def _touched(self, span: Span) -> bool:
        marked = [*self.others, *[self.opened] * (self.opened is not None)]
        return any(each and each.start < span.end and span.start < each.end for each in marked)

    def _pieces(self, block: Span) -> Iterator[Child]:
        """A block cut where a passage starts or ends."""
        spans = [*self.others, *([self.opened] if self.opened else [])]
        inner = {edge for span in spans for edge in span if block.start < edge < block.end}
        edges = sorted({block.start, block.end} | inner)
        for start, end in zip(edges, edges[1:], strict=False):
            yield self._piece(start, end)

    def _piece(self, start: int, end: int) -> Child:
        text = self.document.text[start:end]
        if self.opened and self.opened.start <= start < self.opened.end:
            first = start == self.opened.start
            return tag("mark", text, id="hit" if first else None, tabindex=-1, data_start=start, data_end=end)
        if any(span.start <= start < span.end for span in self.others):
            return tag("span.also", text)
        return text
