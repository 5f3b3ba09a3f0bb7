"""Split a document into passages: whole sentences, within a paragraph, under a heading."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from .documents import Document, Passage, Span
from .text import Block, blocks, count_tokens, cut, flat_heading, sentences


@dataclass(frozen=True, slots=True)
class Splitter:
    """How long passages are. Lengths in cl100k_base tokens; chosen in docs/decisions/0004-passages.md.

    Attributes:
        limit: the longest passage. A longer paragraph is cut into even parts.
        overlap: sentences that the next part of a cut paragraph repeats.
        least: paragraphs shorter than this, list items above all, are joined with their neighbours.
    """

    limit: int = 200
    overlap: int = 1
    least: int = 40

    def parameters(self) -> dict[str, int]:
        """What a passage's bounds depend on, for the index's fingerprint."""
        return asdict(self)

    def split(self, document: Document) -> list[Passage]:
        """The passages, in order. Every letter and digit is in a passage or a heading."""
        text, seen = document.text, Counter[str]()
        return [
            _passage(document, heading, part, seen)
            for heading, paragraphs in _sections(text)
            for part in self._joined(self._measured(text, paragraphs))
        ]

    def _measured(self, text: str, paragraphs: Sequence[Span]) -> list[list[_Sentence]]:
        """A section's paragraphs in sentences, none longer than a passage may be."""
        measured, end = [], paragraphs[0].start
        for paragraph in paragraphs:
            spans = [piece for span in sentences(text, paragraph) for piece in self._pieces(text, span)]
            starts = [end, *(span.end for span in spans)]
            lengths = count_tokens([text[span.start : span.end] for span in spans])
            gaps = count_tokens(
                [text[start : span.start] for start, span in zip(starts, spans, strict=False)]
            )
            measured.append([_Sentence(*each) for each in zip(spans, lengths, gaps, strict=True)])
            end = starts[-1]
        return measured

    def _pieces(self, text: str, span: Span) -> list[Span]:
        sentence = text[span.start : span.end]
        bytes_ = len(sentence.encode("utf-8", "surrogatepass"))  # a token has at least one
        short = bytes_ <= self.limit or count_tokens([sentence])[0] <= self.limit
        return [span] if short else cut(text, span, self.limit)

    def _joined(self, paragraphs: Sequence[list[_Sentence]]) -> Iterator[list[_Sentence]]:
        """Parts of at most `limit` tokens: long paragraphs cut, short ones joined."""
        waiting: list[_Sentence] = []
        for paragraph in paragraphs:
            small = min(_total(waiting), _total(paragraph)) < self.least
            if waiting and small and _total([*waiting, *paragraph]) <= self.limit:
                waiting = waiting + paragraph
                continue
            if waiting:
                yield waiting
            *parts, waiting = self._cut(paragraph)
            yield from parts
        if waiting:
            yield waiting

    def _cut(self, paragraph: list[_Sentence]) -> list[list[_Sentence]]:
        """As few parts as the limit allows, as even as that many can be."""
        parts = self._packed(paragraph, self.limit)
        low, high = max(sentence.tokens for sentence in paragraph), self.limit
        while low < high:
            middle = (low + high) // 2
            if len(self._packed(paragraph, middle)) > len(parts):
                low = middle + 1
            else:
                high = middle
        return self._packed(paragraph, high)

    def _packed(self, paragraph: list[_Sentence], limit: int) -> list[list[_Sentence]]:
        """Parts filled one after the other; each repeats the last sentences of the one before."""
        parts: list[list[_Sentence]] = [[]]
        for sentence in paragraph:
            if parts[-1] and _total([*parts[-1], sentence]) > limit:
                repeated = parts[-1][-self.overlap :] if self.overlap else []
                parts.append(repeated if _total([*repeated, sentence]) <= limit else [])
            parts[-1].append(sentence)
        return parts


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence, its length, and that of what stands before it, which counts inside a passage."""

    span: Span
    tokens: int
    gap: int


def _total(part: Sequence[_Sentence]) -> int:
    return sum(sentence.tokens + sentence.gap for sentence in part) - (part[0].gap if part else 0)


def _sections(text: str) -> Iterator[tuple[str, list[Span]]]:
    """Each heading with the paragraphs under it; two in a row are read as one."""
    heading, above, paragraphs, last = "", "", list[Span](), Block(Span(0, 0))
    for block in blocks(text):
        if block.heading:
            if paragraphs:
                yield heading, paragraphs
            name = flat_heading(text[block.span.start : block.span.end])
            heading = f"{above}: {name}" if last.heading else name
            above = name
            paragraphs = []
        else:
            paragraphs.append(block.span)
        last = block
    if paragraphs:
        yield heading, paragraphs


def _passage(document: Document, heading: str, part: Sequence[_Sentence], seen: Counter[str]) -> Passage:
    start, end = part[0].span.start, part[-1].span.end
    text = document.text[start:end]
    seen[text] += 1
    content = "\0".join((document.source, text, str(seen[text])))
    return Passage(
        id=hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32],
        source=document.source,
        start=start,
        end=end,
        text=text,
        heading=heading,
        sentences=tuple(sentence.span for sentence in part),
        tokens=count_tokens([text])[0],
    )
