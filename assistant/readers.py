"""The extractive reader: quotes the sentence that holds the answer, or refuses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .answers import MARKER, Answer, Citation, Passage, Reason, Refusal, Span, flat
from .models import ReaderModel, ReadSpan
from .question import Question
from .retrieve import Hit, within_budget
from .seams import Texts

NEAREST = 3  # passages that a refusal shows
MOST_SENTENCES = 3  # of an answer


@dataclass(frozen=True, slots=True)
class Finding:
    """A span that may answer, in its document's offsets."""

    passage: Passage
    span: Span
    score: float


@dataclass(frozen=True, slots=True)
class ExtractiveReader:
    """Reads the best passages and quotes whole sentences of them.

    Attributes:
        budget: tokens of passages that are read for one question. The curve of quality against
            it is in docs/decisions/0005-budget.md.
        off_topic: a question whose nearest passage has a smaller cosine, and of whose words the
            texts hold less than half, is about something else.
    """

    model: ReaderModel
    texts: Texts
    budget: int = 2000
    off_topic: float = 0.3

    @property
    def name(self) -> str:
        return "extractive"

    def read(self, question: Question, hits: Sequence[Hit]) -> Answer | Refusal:
        """An answer when its calibrated probability reaches the threshold, else a refusal."""
        findings = self._findings(question, within_budget(hits, self.budget))
        calibration = self.model.calibration
        confidence = calibration.probability(findings[0].score) if findings else 0.0
        if confidence < calibration.threshold:
            return self.refuse(question, hits, confidence)
        good = [each for each in findings if calibration.probability(each.score) >= calibration.threshold]
        chosen = good if question.kind == "list" else good[:1]
        citations = self._citations(chosen)
        short = None if question.kind == "yes_no" else self._short(findings[0])
        return Answer(
            question=question.text,
            confidence=confidence,
            reader=self.name,
            text=cited_text(citations),
            short=short,
            citations=citations,
        )

    def refuse(self, question: Question, hits: Sequence[Hit], confidence: float) -> Refusal:
        known = [self.texts.knows(word) for word in question.terms]
        cosine = max((hit.cosine for hit in hits if hit.cosine is not None), default=0.0)
        off_topic = cosine < self.off_topic and sum(known) * 2 < len(known)
        reason: Reason = "off_topic" if off_topic else "not_in_text"
        return Refusal(
            question=question.text,
            confidence=confidence,
            reader=self.name,
            reason=reason,
            missing=question.missing(self.texts.knows, self.texts.near),
            nearest=tuple(cite(self.texts, hit.passage, score=hit.cosine or 0.0) for hit in hits[:NEAREST]),
        )

    def _findings(self, question: Question, hits: Sequence[Hit]) -> list[Finding]:
        """Spans of all passages, best first; a span in the overlap of two passages counts once."""
        readings = self.model.read(question.text, [hit.passage.text for hit in hits])
        best: dict[tuple[str, Span], Finding] = {}
        for hit, reading in zip(hits, readings, strict=True):
            for each in reading.spans:
                finding = _finding(hit.passage, each)
                key = (hit.passage.source, finding.span)
                if key not in best or best[key].score < finding.score:
                    best[key] = finding
        return sorted(best.values(), key=lambda finding: -finding.score)

    def _citations(self, findings: Sequence[Finding]) -> tuple[Citation, ...]:
        """The sentences that hold these spans, each once, in the order of the findings."""
        citations: dict[tuple[str, str], Citation] = {}
        for finding in findings:
            sentence = whole_sentence(finding.passage, finding.span)
            score = self.model.calibration.probability(finding.score)
            citation = cite(self.texts, finding.passage, sentence, score)
            citations.setdefault((citation.source, citation.quote), citation)
        return tuple(citations.values())[:MOST_SENTENCES]

    def _short(self, finding: Finding) -> str:
        passage, span = finding.passage, finding.span
        return flat(passage.text[span.start - passage.start : span.end - passage.start])


def _finding(passage: Passage, read: ReadSpan) -> Finding:
    """A span of word pieces as whole words, without loose punctuation at its ends."""
    text, (start, end) = passage.text, read.span
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    while end - start > 1 and text[end - 1] in ".,;:!?\"'”’)]» " and not _closes(text[start:end]):
        end -= 1
    while end - start > 1 and text[start] in ",;:\"'“‘([« " and not _opens(text[start:end]):
        start += 1
    return Finding(passage, Span(passage.start + start, passage.start + end), read.score)


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
