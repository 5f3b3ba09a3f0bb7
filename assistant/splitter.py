"""Split a document into passages: whole sentences, within a paragraph, under a heading."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from .answers import Document, Passage, Span
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
            for part in self._joined([self._measured(text, each) for each in paragraphs])
        ]

    def _measured(self, text: str, paragraph: Span) -> list[_Sentence]:
        spans = sentences(text, paragraph)
        lengths = count_tokens([text[span.start : span.end] for span in spans])
        return [
            piece
            for span, tokens in zip(spans, lengths, strict=True)
            for piece in ([_Sentence(span, tokens)] if tokens <= self.limit else self._pieces(text, span))
        ]

    def _pieces(self, text: str, span: Span) -> list[_Sentence]:
        return [_Sentence(piece, self.limit) for piece in cut(text, span, self.limit)]

    def _joined(self, paragraphs: Sequence[list[_Sentence]]) -> Iterator[list[_Sentence]]:
        """Parts of at most `limit` tokens: long paragraphs cut, short ones joined."""
        waiting: list[_Sentence] = []
        for paragraph in paragraphs:
            small = min(_total(waiting), _total(paragraph)) < self.least
            if waiting and small and _total(waiting) + _total(paragraph) <= self.limit:
                waiting = waiting + paragraph
                continue
            if waiting:
                yield waiting
            *parts, waiting = self._cut(paragraph)
            yield from parts
        if waiting:
            yield waiting

    def _cut(self, paragraph: list[_Sentence]) -> list[list[_Sentence]]:
        """Even parts, so that no part is a leftover; each repeats the last sentence of the one before."""
        total = _total(paragraph)
        if total <= self.limit:
            return [paragraph]
        goal = total / -(-total // self.limit)
        parts: list[list[_Sentence]] = [[]]
        for sentence in paragraph:
            length = _total(parts[-1])
            if length and (length + sentence.tokens > self.limit or length + sentence.tokens / 2 > goal):
                repeated = parts[-1][-self.overlap :] if self.overlap else []
                parts.append(repeated if _total(repeated) + sentence.tokens <= self.limit else [])
            parts[-1].append(sentence)
        return parts


@dataclass(frozen=True, slots=True)
class _Sentence:
    span: Span
    tokens: int


def _total(part: Sequence[_Sentence]) -> int:
    return sum(sentence.tokens for sentence in part)


def _sections(text: str) -> Iterator[tuple[str, list[Span]]]:
    """Each heading with the paragraphs under it; headings in a row are read as one."""
    heading, paragraphs, last = "", list[Span](), Block(Span(0, 0))
    for block in blocks(text):
        if block.heading:
            if paragraphs:
                yield heading, paragraphs
            name = flat_heading(text[block.span.start : block.span.end])
            heading = f"{heading}: {name}" if last.heading else name
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
        tokens=_total(part),
    )
