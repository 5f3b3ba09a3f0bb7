"""Where a quote stands in a passage, however a language model wrote it down."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from rapidfuzz import fuzz

from .documents import Label, Passage, Span

ALIKE = 88.0  # of 100; a quote that is less like the best window of the passage is none of it
SAME = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "`": "'", "…": "..."}
)
DASHES = "‐‑‒–—−"


@dataclass(frozen=True, slots=True)
class Located:
    """A span of a document, and how the quote was found there."""

    span: Span
    label: Label


@dataclass(frozen=True, slots=True)
class Normal:
    """A text with one form for each character, and where each of its characters stood.

    Attributes:
        starts: for each character, the offset of what it was made from.
        ends: for each character, the offset behind that.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Normal:
        """Forms, cases, quotation marks, dashes and white space are one; the invisible is left out."""
        made: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for start, end in _characters(text):
            for character in _form(text[start:end]):
                if character == " " and (not made or made[-1] == " "):
                    continue
                made.append(character)
                starts.append(start)
                ends.append(end)
        if made and made[-1] == " ":
            made.pop()
        return cls("".join(made), tuple(starts[: len(made)]), tuple(ends[: len(made)]))

    def span(self, start: int, end: int) -> Span:
        """The span of the text itself that became these characters."""
        return Span(self.starts[start], self.ends[end - 1])


def locate(quote: str, passage: Passage) -> Located | None:
    """Where the quote stands in the passage, as a span of the document; None when it does not.

    To the letter; else in one form of all letters and marks; else by likeness, and then it is the
    whole sentences that the likest window is made of: its own ends are where chance put them
    (rapidfuzz cuts it to the quote's length).
    """
    quote = quote.strip()
    if len(quote.split()) < 2:
        return None
    if (at := passage.text.find(quote)) >= 0:
        return Located(_shifted(passage, Span(at, at + len(quote))), "exact")
    sought, text = Normal.of(quote), Normal.of(passage.text)
    if not sought.text or len(sought.text) > len(text.text):
        return None
    if (at := text.text.find(sought.text)) >= 0:
        return Located(_shifted(passage, text.span(at, at + len(sought.text))), "normalised")
    window = fuzz.partial_ratio_alignment(sought.text, text.text, score_cutoff=ALIKE)
    if window is None or window.dest_end <= window.dest_start:
        return None
    return Located(
        _held_by(passage, _shifted(passage, text.span(window.dest_start, window.dest_end))), "located"
    )


def _held_by(passage: Passage, window: Span) -> Span:
    """The sentences that lie in the window for the better part, or hold most of it."""
    held = [
        each
        for each in passage.sentences
        if 2 * (min(each.end, window.end) - max(each.start, window.start))
        >= min(each.end - each.start, window.end - window.start)
    ]
    return Span(held[0].start, held[-1].end) if held else sentences_around(passage, window)


def sentences_around(passage: Passage, span: Span) -> Span:
    """From the start of the sentence where the span starts to the end of the one where it ends."""
    first, last = passage.sentence_at(span.start), passage.sentence_at(span.end - 1)
    return Span(min(first.start, span.start), max(last.end, span.end))


def _shifted(passage: Passage, span: Span) -> Span:
    return Span(passage.start + span.start, passage.start + span.end)


def _characters(text: str) -> list[Span]:
    """Each letter with the accents behind it."""
    spans: list[Span] = []
    for at, character in enumerate(text):
        if spans and unicodedata.combining(character):
            spans[-1] = Span(spans[-1].start, at + 1)
        else:
            spans.append(Span(at, at + 1))
    return spans


def _form(character: str) -> str:
    kind = unicodedata.category(character[0])
    if kind == "Cf":
        return ""
    if kind == "Cc" or character.isspace():
        return " "
    if character in DASHES:
        return "-"
    return unicodedata.normalize("NFKC", character.translate(SAME)).translate(SAME).casefold()
