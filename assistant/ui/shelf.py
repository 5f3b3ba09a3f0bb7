"""The shelf: what is known of the texts besides their words. Titles, dates, lengths, headings, questions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from ..assistant import Assistant
from ..corpus.files import list_files
from ..corpus.manifest import read_manifest
from ..documents import Document
from ..text import Block, blocks, flat_heading

OUTLINES = 256  # texts whose headings are kept at hand
OPENING = "Opening"  # where a passage stands before the first heading


@dataclass(frozen=True, slots=True)
class Entry:
    """A text in the library.

    Attributes:
        date: as the manifest says it; of the file's last change otherwise; "" for texts in memory.
        changed: seconds since the epoch, to sort by; 0 for texts in memory.
    """

    source: str
    title: str
    words: int
    date: str = ""
    changed: float = 0.0


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, and where it stands in the text."""

    start: int
    text: str


class Shelf:
    """What the page tells of the texts, without keeping them in memory.

    Attributes:
        entries: by name, in order of the names.
        questions: that the manifest lists as worth asking.
    """

    def __init__(self, assistant: Assistant, entries: Sequence[Entry], questions: Sequence[str]) -> None:
        self._assistant = assistant
        self.entries: Mapping[str, Entry] = {entry.source: entry for entry in entries}
        self.questions = tuple(questions)
        self._outline = lru_cache(OUTLINES)(self._read_outline)

    @classmethod
    def of(cls, assistant: Assistant) -> Shelf:
        """Read the texts once, for their lengths, and the manifest."""
        dates, changed, questions = _known(assistant.corpus)
        entries = [
            Entry(
                each.source,
                each.title,
                len(each.text.split()),
                dates.get(each.source, ""),
                changed.get(each.source, 0.0),
            )
            for each in assistant.documents
        ]
        return cls(assistant, entries, questions)

    def document(self, source: str) -> Document:
        """The text of this name; raises `CorpusError` when there is none."""
        return self._assistant.document(source)

    def headings(self, source: str) -> tuple[Heading, ...]:
        """The headings of a text, in order."""
        return self._outline(source)

    def section(self, source: str, offset: int) -> str:
        """The heading that this place stands under."""
        if source not in self.entries:
            return ""
        headings = self.headings(source)
        at = bisect_right([heading.start for heading in headings], offset)
        if at:
            return headings[at - 1].text
        return OPENING if headings else "Text"

    def _read_outline(self, source: str) -> tuple[Heading, ...]:
        text = self.document(source).text
        return tuple(
            Heading(each.span.start, heading_text(text, each)) for each in blocks(text) if each.heading
        )


def heading_text(text: str, block: Block) -> str:
    """A heading without the marks of Markdown."""
    return flat_heading(text[block.span.start : block.span.end])


def _known(corpus: Path | None) -> tuple[dict[str, str], dict[str, float], tuple[str, ...]]:
    """Dates in words, times of change, and the questions, of a corpus that lies in files."""
    if corpus is None:
        return {}, {}, ()
    listing = list_files(corpus)
    manifest = read_manifest(listing)
    changed = {file.source: file.path.stat().st_mtime for file in listing.files if file.path.exists()}
    dates = {source: f"{datetime.fromtimestamp(time):%-d %b %Y}" for source, time in changed.items()}
    dates |= {source: entry.date for source, entry in manifest.documents.items() if entry.date}
    return dates, changed, manifest.questions
