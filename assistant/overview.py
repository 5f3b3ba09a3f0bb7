"""What a text is about: its most central sentences, from different sections, each cited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .answers import Answer
from .documents import Citation, Passage, Span
from .index.opened import Index
from .models import Encoder, Floats
from .names import lacking
from .question import STOPWORDS, Question
from .readers import cite, cited_text
from .seams import Hit
from .text import words

CONFIDENCE = 0.99  # every text says what it is about
SECTIONS = 200  # whose first passages are compared
MOST_SENTENCES = 3  # about the whole
MOST_LISTED = 8  # sentences of all that a text says about something
TITLES = 1000  # among which a text is looked for by its title
READ = 8  # passages whose sentences are compared


@dataclass(frozen=True, slots=True)
class Overview:
    """Answers questions about the whole ("What is this about?") without the reader.

    A section's first passage stands for it; those nearest to the mean of all are central, as in
    Radev et al., Centroid-based summarization (2004), with the encoder's vectors for words.

    Attributes:
        sources: names of the texts that it is asked about; None for all.
    """

    index: Index
    encoder: Encoder
    sources: frozenset[str] | None = None

    def about(self, question: Question, hits: Sequence[Hit]) -> Answer | None:
        """The sentences that have all words of the question's topic, nearest first; None without any.

        What the text says about something is no span: a sentence that speaks of it says it.
        """
        sentences = [(hit.passage, span) for hit in hits for span in hit.passage.sentences]
        named = [each for each in sentences if not lacking(question.topic, each[0].slice(each[1]))]
        unique = {passage.slice(span): (passage, span) for passage, span in reversed(named)}
        if not unique:
            return None
        (vector,) = self.encoder.encode([question.text])
        near = self.encoder.encode(list(unique)) @ vector
        best = [list(unique.values())[at] for at in np.argsort(-near, kind="stable")[:MOST_LISTED]]
        return self._answer(question, best)

    def answer(self, question: Question) -> Answer | None:
        """Three sentences from three sections, in their order; of short texts, what there is.

        About all texts, or the one that the question names by its title; None for another question.
        """
        if question.whole is None:
            return None
        source = self._named(question.whole) if question.whole else None
        if question.whole and source is None:
            return None
        passages, vectors = self._central(source)
        if not passages:
            return None
        centroid = vectors.mean(axis=0)
        sentences = [(p, span) for p in passages for span in p.sentences]
        texts = [p.slice(span) for p, span in sentences]
        order = np.argsort(-(self.encoder.encode(texts) @ centroid), kind="stable")
        return self._answer(question, _spread([sentences[at] for at in order]))

    def _named(self, names: Sequence[str]) -> str | None:
        """The text whose title has all these words, and of whose title they are more than half."""
        for source, title in self.index.titles(TITLES):
            if self.sources is not None and source not in self.sources:
                continue
            content = {word for word in words(title) if word not in STOPWORDS}
            if not lacking(names, f"{title} {source}") and 2 * len(names) > len(content):
                return source
        return None

    def _answer(self, question: Question, sentences: list[tuple[Passage, Span]]) -> Answer:
        citations = self._cite(sentences)
        return Answer(
            question=question.text,
            confidence=CONFIDENCE,
            text=cited_text(citations),
            citations=citations,
        )

    def _central(self, source: str | None) -> tuple[list[Passage], Floats]:
        """The most central passages, best first, and the vectors that they were compared with."""
        leads = self._asked(self.index.section_leads(SECTIONS, source))
        if len(leads) < MOST_SENTENCES:
            leads = self._asked(self.index.leads(SECTIONS, source))
        if not leads:
            return [], np.empty((0, 0), np.float32)
        vectors = self.index.vectors(leads)
        order = np.argsort(-(vectors @ vectors.mean(axis=0)), kind="stable")[:READ]
        return self.index.passages([leads[at] for at in order]), vectors

    def _asked(self, leads: list[int]) -> list[int]:
        """Those of the texts that it is asked about."""
        if self.sources is None:
            return leads
        passages = self.index.passages(leads)
        return [lead for lead, each in zip(leads, passages, strict=True) if each.source in self.sources]

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
