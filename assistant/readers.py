"""The extractive reader: quotes the sentence that holds the answer, or refuses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .answers import MARKER, Answer, Reason, Refusal
from .confidence import Calibration, Evidence
from .documents import Citation, Passage, Span, flat
from .models import ReaderModel
from .names import lacking, names_of
from .question import Question
from .retrieve import within_budget
from .seams import Hit, Texts

NEAREST = 3  # passages that a refusal shows
MOST_LISTED = 8  # sentences of an answer to a question that asks for several
ALIKE = 2.0  # scored so much less, a span beside the best is right as often (docs/decisions/0008-answers.md)


@dataclass(frozen=True, slots=True)
class Finding:
    """A span that may answer, in its document's offsets, and what speaks for it.

    Attributes:
        evidence: what the calibration makes a probability of.
    """

    passage: Passage
    span: Span
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class ExtractiveReader:
    """Reads the best passages and quotes whole sentences of them.

    Attributes:
        budget: tokens of passages that are read for one question. The curve of quality against
            it is in docs/decisions/0005-budget.md.
        off_topic: a question whose nearest passage has a smaller cosine, and of whose words the
            texts hold at most half, is about something else (docs/calibration.md).
        own: a calibration fitted to these texts, in the place of the model's.
    """

    model: ReaderModel
    texts: Texts
    own: Calibration | None = None
    budget: int = 2000
    off_topic: float = 0.3

    @property
    def name(self) -> str:
        return "extractive"

    @property
    def calibration(self) -> Calibration:
        return self.own or self.model.calibration

    @property
    def identity(self) -> str:
        return f"{self.name} budget={self.budget} off_topic={self.off_topic} {self.calibration}"

    @property
    def threshold(self) -> float:
        """The least confidence that is answered."""
        return self.calibration.threshold

    def at(self, threshold: float) -> ExtractiveReader:
        """The same reader, answering from this confidence on."""
        return replace(self, own=replace(self.calibration, threshold=threshold))

    def over(self, texts: Texts) -> ExtractiveReader:
        """The same reader, which looks into these texts for what a question lacks."""
        return replace(self, texts=texts)

    def read(self, question: Question, hits: Sequence[Hit]) -> Answer | Refusal:
        """An answer when its calibrated probability reaches the threshold, else a refusal."""
        calibration = self.calibration
        findings = self.findings(question, hits)
        proven = [(each, calibration.probability(each.evidence)) for each in findings]
        confidence = proven[0][1] if proven else 0.0
        if not proven or confidence < calibration.threshold:
            return self.refuse(question, hits, confidence)
        best = findings[0]
        several = [
            (each, sure)
            for each, sure in proven
            if sure >= calibration.threshold
            or (each.passage == best.passage and each.evidence.score >= best.evidence.score - ALIKE)
        ]
        citations = self._citations(several if question.kind == "list" else proven[:1])
        return Answer(
            question=question.text,
            confidence=confidence,
            reader=self.name,
            text=cited_text(citations),
            short=None if question.kind == "yes_no" else _short(findings[0]),
            citations=citations,
        )

    def findings(self, question: Question, hits: Sequence[Hit]) -> list[Finding]:
        """Spans of the best passages within the budget, best first; a span that two hold counts once."""
        hits = within_budget(hits, self.budget)
        texts = [hit.passage.text for hit in hits]
        names, cosine = names_of(question.text, texts), _nearest(hits)
        unknown = self._unknown(question)
        best: dict[tuple[str, Span], Finding] = {}
        for hit, reading in zip(hits, self.model.read(question.core, texts), strict=True):
            missing = bool(names) and bool(lacking(names, self._context(hit.passage)))
            for each in reading.spans:
                span = _whole_words(hit.passage, each.span)
                key = (hit.passage.source, span)
                if key not in best or best[key].evidence.score < each.score:
                    best[key] = Finding(hit.passage, span, Evidence(each.score, cosine, missing, unknown))
        return sorted(best.values(), key=lambda finding: -finding.evidence.score)

    def _unknown(self, question: Question) -> float:
        """Share of the question's words that the texts do not have."""
        return sum(not self.texts.knows(word) for word in question.terms) / len(question.terms)

    def _context(self, passage: Passage) -> str:
        """Where a name of the question may stand: in the passage, its heading or the title."""
        return "\n".join((self.texts.title(passage.source), passage.heading, passage.text))

    def refuse(self, question: Question, hits: Sequence[Hit], confidence: float) -> Refusal:
        off_topic = _nearest(hits) < self.off_topic and self._unknown(question) >= 0.5
        reason: Reason = "off_topic" if off_topic else "not_in_text"
        return Refusal(
            question=question.text,
            confidence=confidence,
            reader=self.name,
            reason=reason,
            missing=question.missing(self.texts.knows, self.texts.near),
            nearest=tuple(cite(self.texts, hit.passage, score=hit.cosine or 0.0) for hit in hits[:NEAREST]),
        )

    def _citations(self, proven: Sequence[tuple[Finding, float]]) -> tuple[Citation, ...]:
        """The sentences that hold these spans, each once, in the order of the findings."""
        citations: dict[tuple[str, str], Citation] = {}
        for finding, sure in proven:
            sentence = whole_sentence(finding.passage, finding.span)
            citation = cite(self.texts, finding.passage, sentence, sure)
            citations.setdefault((citation.source, citation.quote), citation)
        return tuple(citations.values())[:MOST_LISTED]


def _nearest(hits: Sequence[Hit]) -> float:
    """The cosine of the question and the passage nearest to it."""
    return max((hit.cosine for hit in hits if hit.cosine is not None), default=0.0)


QUALIFIER = re.compile(
    r"(?:up to|at (?:least|most)|(?:more|less|fewer) than|over|under|about|around|nearly|almost|some)\s+$",
    re.I,
)


UNIT = (
    r"(?:(?:square|cubic)\s)?(?:(?:kilo|centi|milli)?met(?:er|re)s?|km/h|km|cm|mm|miles?|mph|feet|foot|ft|inch(?:es)?"
    r"|yards?|acres?|hectares?|(?:kilo)?grams?|kg|pounds?|lbs?|tons?|tonnes?|ounces?|lit(?:er|re)s?|gallons?)"
)
CONVERTED = re.compile(
    rf"\d[\d.,]*[ \u00a0-]?{UNIT}\s\((?P<other>(?:[a-z]+\s){{0,2}}\d[\d.,]*[ \u00a0-]?{UNIT})\)", re.I
)


def _short(finding: Finding) -> str:
    """The span in one line; a number keeps what limits it, "up to 300 kilometers", and what it converts:
    "around 186 miles" is only the second half of "300 kilometers (around 186 miles)".
    """
    start, end = (offset - finding.passage.start for offset in finding.span)
    text = finding.passage.text
    for both in CONVERTED.finditer(text):
        if both.start("other") <= start and end <= both.end("other"):
            start, end = both.span()
    if text[start].isdigit() and (before := QUALIFIER.search(text, 0, start)):
        start = before.start()
    return flat(text[start:end])


def _whole_words(passage: Passage, span: Span) -> Span:
    """A span of word pieces as whole words of the document, without loose punctuation at its ends."""
    text, (start, end) = passage.text, span
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    start, end = _whole_number(text, start, end)
    end = _without_half_brackets(text, start, end)
    while end - start > 1 and text[end - 1] in ".,;:!?\"'”’)]» " and not _closes(text[start:end]):
        end -= 1
    while end - start > 1 and text[start] in ",;:\"'“‘([« " and not _opens(text[start:end]):
        start += 1
    return Span(passage.start + start, passage.start + end)


NUMBER = re.compile(r"\d+(?:[.,:]\d+)+")


def _whole_number(text: str, start: int, end: int) -> tuple[int, int]:
    """The piece with the rest of "4,300" or "10:30" where it cuts into one."""
    for number in NUMBER.finditer(text):
        if number.start() < start < number.end():
            start = number.start()
        if number.start() < end < number.end():
            end = number.end()
    return start, end


def _without_half_brackets(text: str, start: int, end: int) -> int:
    """The end of the piece before a bracket of which it holds one half alone, unless the other is next."""
    depth, opened = 0, start
    for at in range(start, end):
        if text[at] == "(":
            depth, opened = depth + 1, at if depth == 0 else opened
        elif text[at] == ")":
            depth -= 1
            if depth < 0:
                return max(at, start + 1)
    if depth == 0 or opened == start:
        return end
    return end + 1 if text[end : end + 1] == ")" else max(opened, start + 1)


PAIRS = {")": "(", "]": "[", "”": "“", "’": "‘", "»": "«"}


def _closes(piece: str) -> bool:
    """Whether the last character closes what was opened in the piece, or ends an abbreviation."""
    if piece[-1] in PAIRS:
        return PAIRS[piece[-1]] in piece
    return bool(re.search(r"\b(?:\w\.){2,}$", piece))


def _opens(piece: str) -> bool:
    return any(piece[0] == opening and closing in piece for closing, opening in PAIRS.items())


def whole_sentence(passage: Passage, span: Span) -> Span:
    """From the start of the sentence where a span starts to the end of the one where it ends."""
    first, last = passage.sentence_at(span.start), passage.sentence_at(span.end - 1)
    return Span(first.start, max(last.end, span.end))


def cite(texts: Texts, passage: Passage, span: Span | None = None, score: float = 1.0) -> Citation:
    """A span of a passage, or the whole of it, as a citation of its document."""
    document = texts.document(passage.source)
    assert document is not None, f"a passage of {passage.source!r}, which is not in the index"
    start, end = span or (passage.start, passage.end)
    return Citation.of(document, start, end, score=min(1.0, max(0.0, score)))


def cited_text(citations: Sequence[Citation]) -> str:
    """The quotes in order, each followed by its number."""
    return " ".join(f"{without_markers(citation.quote)} [{n}]" for n, citation in enumerate(citations, 1))


def without_markers(quote: str) -> str:
    """A quote in one line whose own "[12]", as in encyclopedias, cannot be taken for a citation."""
    return MARKER.sub(r"(\1)", flat(quote))
