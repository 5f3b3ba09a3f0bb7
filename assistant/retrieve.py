"""The passages that a question is about: by meaning and by word, fused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .documents import Document
from .index.opened import Index
from .models import Encoder
from .question import Question
from .seams import Hit, Retriever


@dataclass(frozen=True, slots=True)
class HybridRetriever:
    """Dense and BM25 rankings, fused by reciprocal ranks (Cormack, Clarke and Büttcher, SIGIR 2009).

    Attributes:
        depth: passages of each ranking that are fused.
        constant: the `k` of `weight / (k + rank)`; 60 in the paper.
        lexical_weight: of the BM25 ranking, against 1 of the dense one.
    """

    index: Index
    encoder: Encoder
    depth: int = 50
    constant: int = 60
    lexical_weight: float = 1.0

    @property
    def identity(self) -> str:
        return f"hybrid depth={self.depth} constant={self.constant} lexical={self.lexical_weight}"

    def retrieve(self, question: Question, count: int) -> list[Hit]:
        """At most `count` passages, best first."""
        (vector,) = self.encoder.encode([question.text])
        depth = max(self.depth, count)
        dense = self.index.nearest(vector, depth)
        cosines = dict(dense)
        scores: dict[int, float] = {}
        rankings: tuple[tuple[Sequence[int], float], ...] = (
            ([number for number, _ in dense], 1.0),
            (self.index.matches(question.terms, depth), self.lexical_weight),
        )
        for ranking, weight in rankings:
            for rank, number in enumerate(ranking, 1):
                scores[number] = scores.get(number, 0.0) + weight / (self.constant + rank)
        best = sorted(scores, key=lambda number: (-scores[number], number))[:count]
        passages = self.index.passages(best)
        return [
            Hit(passage, scores[number], cosines.get(number))
            for number, passage in zip(best, passages, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Within:
    """The passages of some texts alone, in the order in which all are found.

    Attributes:
        sources: names of these texts.
        total: passages that all texts have together.
    """

    inner: Retriever
    sources: frozenset[str]
    total: int

    @property
    def identity(self) -> str:
        return f"{self.inner.identity} within {sorted(self.sources)}"

    def retrieve(self, question: Question, count: int) -> list[Hit]:
        """At most `count` passages, best first: as deep as it takes to find so many."""
        depth = count
        while True:
            hits = self.inner.retrieve(question, depth)
            kept = [hit for hit in hits if hit.passage.source in self.sources]
            if len(kept) >= count or depth >= self.total:
                return kept[:count]
            depth = min(self.total, 8 * depth)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is known of some texts alone."""

    index: Index
    sources: frozenset[str]

    def document(self, source: str) -> Document | None:
        return self.index.document(source)

    def title(self, source: str) -> str:
        return self.index.title(source)

    def knows(self, word: str) -> bool:
        """Whether these texts hold the word, in any of its English forms."""
        return self.index.knows(word, self.sources)

    def near(self, words: Sequence[str]) -> bool:
        """Whether these texts hold all the words close together."""
        return self.index.near(words, self.sources)


def within_budget(hits: Sequence[Hit], tokens: int) -> list[Hit]:
    """The first hits whose passages have at most so many tokens together; always the first."""
    kept: list[Hit] = []
    for hit in hits:
        tokens -= hit.passage.tokens
        if kept and tokens < 0:
            break
        kept.append(hit)
    return kept
