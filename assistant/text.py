"""Texts as spans: paragraphs and headings, sentences, words, tokens.

Every offset is a code point of the text as given. Nothing is searched for again, so a repeated
sentence keeps its own place; nothing is changed, so a span quotes what the file holds.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import sentencex

from .documents import Span, flat
from .errors import ModelProblem

if TYPE_CHECKING:
    from tiktoken import Encoding

BREAK = re.compile(r"\r\n|[\r\n\f\v\x85\u2028\u2029]")
LINE = re.compile(r"[^\r\n\f\v\x85\u2028\u2029]+")
WORD = re.compile(r"\w+(?:[.'’\-]\w+|(?<=\d),\d{3}(?!\d))*")
BULLET = re.compile(r"\s*(?:[-*+•‣·▪–—]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+", re.IGNORECASE)
NUMBERED = re.compile(r"\s*\(?\d{1,3}[.)]\s+")
HASHES = re.compile(r"\s{0,3}#{1,6}\s+")
SURROGATE = re.compile(r"[\ud800-\udfff]")
ENDS_SENTENCE = re.compile(r"[.!?;:,…。！？][\"'”’»)\]]*$")

WRAPPED = range(50, 121)  # the longest line of a hard-wrapped paragraph, in characters
HEADING_CHARACTERS = 100
HEADING_WORDS = 14


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph or a heading: a span of whole lines, less the white space at its ends."""

    span: Span
    heading: bool = False


def encodable(text: str) -> str:
    """The same text, code point by code point, with lone surrogates made U+FFFD."""
    return SURROGATE.sub("\ufffd", text)


def clean_question(text: str) -> str:
    """A question as it can be searched: NFC, no control or invisible characters, single spaces."""
    kinds = ((character, unicodedata.category(character)) for character in text)
    kept = "".join(" " if kind in ("Cc", "Cs") else character for character, kind in kinds if kind != "Cf")
    return " ".join(unicodedata.normalize("NFC", kept).split())


def words(text: str) -> list[str]:
    """Words in lower case, in order, without a possessive's ending; apostrophes are straight."""
    plain = (match.casefold().replace("’", "'") for match in WORD.findall(text))
    return [re.sub(r"'s?$", "", word) for word in plain]


def whole_characters(text: str, span: Span) -> Span:
    """The span with the accents that stand behind its last letter as characters of their own."""
    end = span.end
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return Span(span.start, end)


def trimmed(text: str, start: int, end: int) -> Span:
    """The span less the white space at its ends."""
    piece = text[start:end]
    return Span(end - len(piece.lstrip()), start + len(piece.rstrip()))


def sentences(text: str, span: Span) -> list[Span]:
    """The sentences of a paragraph, in order, without the white space between them."""
    piece = encodable(text[span.start : span.end])
    found = (
        trimmed(text, span.start + each["start_index"], span.start + each["end_index"])
        for each in sentencex.get_sentence_boundaries("en", piece)
    )
    return [sentence for sentence in found if sentence.start < sentence.end]


def blocks(text: str) -> list[Block]:
    """Paragraphs and headings, in order; every letter and digit of the text is in one of them.

    A line is a paragraph of its own unless the lines around it were wrapped by hand, which shows
    in a break only where the next word would not have fitted. A heading is a short line without a
    full stop above a paragraph; runs of such lines are a list.
    """
    spans = [span for group in _groups(text) for span in _unwrapped(text, group)]
    spans = [span for span in spans if any(map(str.isalnum, text[span.start : span.end]))]
    runs = _runs([_may_head(text[span.start : span.end]) for span in spans])
    return [Block(span, _heads(text, spans, runs[at], at)) for at, span in enumerate(spans)]


def _groups(text: str) -> Iterator[list[Span]]:
    """Runs of lines without a blank line between them."""
    group: list[Span] = []
    for match in LINE.finditer(text):
        line = trimmed(text, *match.span())
        if line.start >= line.end:
            continue
        if group and _apart(text, group[-1], line):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _unwrapped(text: str, lines: Sequence[Span]) -> Iterator[Span]:
    width = max(line.end - line.start for line in lines)
    current = lines[0]
    for above, line in zip(lines, lines[1:], strict=False):
        content = text[line.start : line.end]
        room = width - (above.end - above.start)
        fits = len(content.split(maxsplit=1)[0]) + 1 <= room
        if width in WRAPPED and not fits and not BULLET.match(content) and not HASHES.match(content):
            current = Span(current.start, line.end)
        else:
            yield current
            current = line
    yield current


def _may_head(content: str) -> bool:
    if HASHES.match(content):
        return True
    short = len(content) <= HEADING_CHARACTERS and len(content.split()) <= HEADING_WORDS
    bullet = BULLET.match(content) and not NUMBERED.match(content)
    return short and not bullet and not content[0].islower() and not ENDS_SENTENCE.search(content)


def _heads(text: str, spans: Sequence[Span], run: Span | None, at: int) -> bool:
    """Whether a block is a heading; `run` is the first and last of the possible ones in a row with it."""
    if run is None or at + 1 == len(spans):
        return False
    content = text[spans[at].start : spans[at].end]
    if HASHES.match(content):
        return True
    numbered = [bool(NUMBERED.match(text[s.start : s.end])) for s in spans[max(0, at - 1) : at + 2]]
    first, last = run
    if sum(numbered) > 1 or last + 1 == len(spans):
        return False
    if last - first > 1:  # three and more in a row: a list, unless the first or last stands apart
        return at in (0, last) and (at == 0 or _apart(text, spans[at - 1], spans[at]))
    return len(content) < spans[last + 1].end - spans[last + 1].start


def _runs(maybe: Sequence[bool]) -> list[Span | None]:
    """For each block the first and last of the run of possible headings that it is in, or None."""
    runs: list[Span | None] = []
    for possible, members in groupby(maybe):
        length = len(list(members))
        run = Span(len(runs), len(runs) + length - 1)
        runs += [run if possible else None] * length
    return runs


def _apart(text: str, above: Span, below: Span) -> bool:
    """Whether a blank line stands between two blocks."""
    return len(BREAK.findall(text, above.end, below.start)) > 1


def flat_heading(content: str) -> str:
    """A heading in one line, without the marks that make it one."""
    return flat(HASHES.sub("", content, count=1).rstrip("# "))[:HEADING_CHARACTERS] or flat(content)


@cache
def encoding() -> Encoding:
    """The encoding cl100k_base of tiktoken, from the copy that llama-index-core ships.

    Neither downloads anything, nor imports llama_index, nor keeps a copy in the shared temporary
    folder, as tiktoken's own loader does.

    Raises:
        ModelProblem: the copy is not there, or not what it should be.
    """
    # Only an indexer counts tokens: a question never comes here.
    import tiktoken

    spec = importlib.util.find_spec("llama_index.core")
    if spec is None or spec.origin is None:
        raise ModelProblem("llama-index-core is not installed; run: make setup")
    file = Path(spec.origin).parent / "_static" / "tiktoken_cache" / VOCABULARY
    data = file.read_bytes() if file.is_file() else b""
    if hashlib.sha256(data).hexdigest() != VOCABULARY_SHA256:
        raise ModelProblem(f"the vocabulary of cl100k_base is not in {str(file)!r}; run: make setup")
    ranks = {base64.b64decode(token): int(rank) for token, rank in map(bytes.split, data.splitlines())}
    return tiktoken.Encoding("cl100k_base", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})


# As tiktoken_ext.openai_public has them: the sha1 of the vocabulary's address, its digest, the pattern.
VOCABULARY = "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
VOCABULARY_SHA256 = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
PATTERN = (
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|"""
    r"""\s++$|\s*[\r\n]|\s+(?!\S)|\s"""
)


def count_tokens(texts: Sequence[str]) -> list[int]:
    """cl100k_base tokens of each text; control tokens count as ordinary text."""
    # What stands between most sentences is one token, or none, and needs no looking up.
    return [
        len(text) if text in ("", " ") else len(encoding().encode_ordinary(encodable(text))) for text in texts
    ]


def cut(text: str, span: Span, limit: int) -> list[Span]:
    """The span in pieces of at most `limit` tokens, for what has no sentences to cut at.

    A piece is tokenised anew, as other neighbours may make other tokens of it. Only a single
    character can have more tokens than the limit.
    """
    piece = encodable(text[span.start : span.end])
    _, offsets = encoding().decode_with_offsets(encoding().encode_ordinary(piece))
    offsets.append(len(piece))
    pieces, start = [], 0
    while start < len(piece):
        first = bisect_left(offsets, start)
        # A character of several tokens has the same offset in each: a cut falls before it.
        stops = [each for each in offsets[first + 1 : first + limit + 1] if each > start]
        while len(stops) > 1 and count_tokens([piece[start : stops[-1]].strip()])[0] > limit:
            stops.pop()
        stop = stops[-1] if stops else offsets[bisect_right(offsets, start)]
        pieces.append(trimmed(text, span.start + start, span.start + stop))
        start = stop
    return [each for each in pieces if each.start < each.end]
