"""What a text is about: its most central sentences, from different sections, each cited."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .answers import Answer
from .documents import Citation, Passage, Span
from .index.opened import Index
from .models import Encoder, Floats
from .question import Question
from .readers import MOST_SENTENCES, cite, cited_text

CONFIDENCE = 0.99  # every text says what it is about
SECTIONS = 200  # whose first passages are compared
READ = 8  # passages whose sentences are compared


@dataclass(frozen=True, slots=True)
class Overview:
    """Answers questions about the whole ("What is this about?") without the reader.

    A section's first passage stands for it; those nearest to the mean of all are central, as in
    Radev et al., Centroid-based summarization (2004), with the encoder's vectors for words.
    """

    index: Index
    encoder: Encoder

    def answer(self, question: Question) -> Answer:
        """Three sentences from three sections, in their order; of short texts, what there is."""
        passages, vectors = self._central()
        centroid = vectors.mean(axis=0)
        sentences = [(p, span) for p in passages for span in p.sentences]
        texts = [p.slice(span) for p, span in sentences]
        order = np.argsort(-(self.encoder.encode(texts) @ centroid), kind="stable")
        citations = self._cite(_spread([sentences[at] for at in order]))
        return Answer(
            question=question.text,
            confidence=CONFIDENCE,
            text=cited_text(citations),
            citations=citations,
        )

    def _central(self) -> tuple[list[Passage], Floats]:
        """The most central passages, best first, and the vectors that they were compared with."""
        leads = self.index.section_leads(SECTIONS)
        if len(leads) < MOST_SENTENCES:
            leads = list(range(min(len(self.index), SECTIONS)))
        vectors = self.index.vectors(leads)
        order = np.argsort(-(vectors @ vectors.mean(axis=0)), kind="stable")[:READ]
        return self.index.passages([leads[at] for at in order]), vectors

    def _cite(self, sentences: list[tuple[Passage, Span]]) -> tuple[Citation, ...]:
        ordered = sorted(sentences, key=lambda each: (each[0].source, each[1].start))
        return tuple(cite(self.index, passage, span) for passage, span in ordered)


def _spread(sentences: list[tuple[Passage, Span]]) -> list[tuple[Passage, Span]]:
    """The first sentences, each text once, and at most one a section as long as there are sections."""
    chosen: dict[str, tuple[Passage, Span]] = {}
    sections: set[tuple[str, str]] = set()
    for passage, span in sentences:
        text, section = passage.slice(span), (passage.source, passage.heading)
        if section not in sections and text not in chosen:
            sections.add(section)
            chosen[text] = (passage, span)
    for passage, span in sentences:
        chosen.setdefault(passage.slice(span), (passage, span))
    return list(chosen.values())[:MOST_SENTENCES]
