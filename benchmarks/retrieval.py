"""How often the answer is found: vectors, BM25 and both; passage lengths; the reader's budget.

    python -m benchmarks.retrieval --data ../shared/data/train --out build/bench

hit@k: the share of questions with a passage among the k best that holds the whole answer; MRR: the mean of
1 / rank of the first such passage, among 50. The tables of docs/decisions/0009-corpora.md come from here. The
lengths are compared over 120 of the texts, as each needs an index of its own.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Sequence

import numpy as np

from assistant.documents import Span
from assistant.index import silent, update
from assistant.index.opened import Index
from assistant.index.place import Place
from assistant.models import shipped_encoder, shipped_reader
from assistant.question import Question
from assistant.readers import ExtractiveReader
from assistant.retrieve import HybridRetriever
from assistant.seams import Hit
from assistant.splitter import Splitter
from benchmarks.corpora import Asked, questions_of
from benchmarks.figures import Figure, Setting, say
from benchmarks.prepared import given, place, some

DEPTH = 50
SPLITTERS = (Splitter(100), Splitter(150), Splitter(200, 0), Splitter(), Splitter(300), Splitter(400))
BUDGETS = (200, 400, 800, 1200, 2000, 4000)
READ = 150  # questions that are read at each budget
SPLIT = 120  # texts that are split in each way


def measure(setting: Setting, name: str = "articles") -> list[Figure]:
    """hit@1, hit@5 and MRR of the three rankings, with the shipped splitter."""
    with update.ensure(place(setting, name), silent) as index:
        return [
            figure
            for ranking, retriever in _rankings(index, place(setting, name))
            for figure in _scored(f"{name}, {ranking}", retriever, questions_of(setting.out / name))
        ]


def _rankings(index: Index, here: Place) -> Iterator[tuple[str, HybridRetriever]]:
    both = HybridRetriever(index, here.encoder)
    yield "vectors", dataclasses.replace(both, lexical_weight=0.0)
    yield "BM25", dataclasses.replace(both, lexical_weight=1e6)
    yield "both", both


def _scored(name: str, retriever: HybridRetriever, asked: Sequence[Asked]) -> list[Figure]:
    ranks = []
    for each in asked:
        question = Question.of(each.question)
        hits = [] if isinstance(question, str) else retriever.retrieve(question, DEPTH)
        ranks.append(next((rank for rank, hit in enumerate(hits, 1) if _holds(hit, each)), np.inf))
    found = np.asarray(ranks)
    return [
        Figure(f"{name}: hit@1", "", [float(np.mean(found <= 1))]),
        Figure(f"{name}: hit@5", "", [float(np.mean(found <= 5))]),
        Figure(f"{name}: MRR", "", [float(np.mean(1 / found))]),
    ]


def _holds(hit: Hit, asked: Asked) -> bool:
    passage = hit.passage
    return passage.source == asked.source and passage.start <= asked.start and asked.end <= passage.end


def lengths(setting: Setting) -> list[Figure]:
    """hit@1, hit@5 and MRR of both rankings with passages of other lengths, over some of the texts."""
    figures = []
    corpus, asked = some(setting, SPLIT, setting.out / "lengths")
    for splitter in SPLITTERS:
        index = setting.out / "lengths" / f"{splitter.limit}-{splitter.overlap}"
        here = Place(corpus, index, shipped_encoder(), splitter)
        with update.ensure(here, silent) as opened:
            retriever = HybridRetriever(opened, here.encoder)
            figures += _scored(f"limit {splitter.limit}, overlap {splitter.overlap}", retriever, asked)
    return figures


def budgets(setting: Setting) -> list[Figure]:
    """The share of questions whose best span overlaps the answer, and milliseconds, at each budget."""
    here, figures = place(setting, "articles"), []
    asked = questions_of(setting.out / "articles")
    with update.ensure(here, silent) as index:
        retriever, model = HybridRetriever(index, here.encoder), shipped_reader()
        for budget in BUDGETS:
            reader = ExtractiveReader(model, index, budget=budget)
            right, spent = [], []
            for each in asked[:: max(1, len(asked) // READ)]:
                question = Question.of(each.question)
                assert isinstance(question, Question)
                hits = retriever.retrieve(question, DEPTH)
                started = time.process_time()
                findings = reader.findings(question, hits)
                spent.append((time.process_time() - started) * 1000)
                best = findings[0]
                right.append(best.passage.source == each.source and _overlap(best.span, each))
            figures += [
                Figure(f"budget {budget}: right span", "", [float(np.mean(right))]),
                Figure(f"budget {budget}: CPU a question", "ms", [float(np.median(spent))]),
            ]
    return figures


def _overlap(span: Span, asked: Asked) -> bool:
    return span.start < asked.end and asked.start < span.end


if __name__ == "__main__":
    chosen = given(__doc__)
    say(*measure(chosen), *budgets(chosen), *lengths(chosen))
