"""Measure retrieval and reading: passage lengths, dense against BM25 against both, the reader's budget.

    python models/measure.py --data ../shared/data/dev [--every 8]

Each article of half of SQuAD 2.0's dev set is one text. hit@k: the share of answerable questions with
an answer in the k best passages. The tables of docs/decisions/0004 and 0005 come from here.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.documents import Document, Span
from assistant.index import silent
from assistant.index.build import Source, write_generation
from assistant.index.fingerprint import Fingerprint
from assistant.index.opened import Index
from assistant.models import Encoder, shipped_encoder, shipped_reader
from assistant.question import Question
from assistant.readers import ExtractiveReader
from assistant.retrieve import HybridRetriever, within_budget
from assistant.splitter import Splitter

SPLITTERS = (
    Splitter(100),
    Splitter(150),
    Splitter(200, 0),
    Splitter(),
    Splitter(300),
    Splitter(400),
)
BUDGETS = (200, 400, 800, 1200, 2000, 4000)


@dataclass(frozen=True)
class Article:
    """A text and its answerable questions with the places of their answers."""

    document: Document
    questions: list[tuple[Question, list[Span]]]


def articles_of(data: Path, every: int) -> Iterator[Article]:
    articles = json.loads(gzip.decompress(next(data.glob("squad2-*.json.gz")).read_bytes()))["data"]
    for article in articles:
        contexts = [paragraph["context"].replace("\n", " ") for paragraph in article["paragraphs"]]
        starts = np.cumsum([0, *(len(context) + 1 for context in contexts)]).tolist()
        asked = [
            (Question(q["question"]), [_span(start, answer) for answer in q["answers"]])
            for start, paragraph in zip(starts, article["paragraphs"], strict=False)
            for q in paragraph["qas"]
            if q["answers"]
        ]
        yield Article(Document("text.txt", article["title"], "\n".join(contexts)), asked[::every])


def _span(start: int, answer: dict[str, Any]) -> Span:
    first = start + answer["answer_start"]
    return Span(first, first + len(answer["text"]))


@contextmanager
def indexed(article: Article, encoder: Encoder, splitter: Splitter) -> Iterator[Index]:
    with tempfile.TemporaryDirectory() as scratch:
        write_generation(Path(scratch), Source([article.document], list, 1), encoder, splitter, {}, silent)
        with Index.open(Path(scratch), Fingerprint.of(encoder, splitter)) as index:
            yield index


def overlap(start: int, end: int, golds: list[Span]) -> bool:
    return any(start < gold.end and gold.start < end for gold in golds)


def hits(
    articles: list[Article], encoder: Encoder, splitter: Splitter, lexical: float
) -> tuple[list[int], float]:
    """The rank of the first passage with an answer for each question, 99 for none; tokens of a passage."""
    ranks, tokens = [], []
    for article in articles:
        with indexed(article, encoder, splitter) as index:
            retriever = HybridRetriever(index, encoder, lexical_weight=lexical)
            for question, golds in article.questions:
                found = retriever.retrieve(question, 20)
                right = [overlap(hit.passage.start, hit.passage.end, golds) for hit in found]
                ranks.append(right.index(True) if any(right) else 99)
                tokens += [hit.passage.tokens for hit in found]
    return ranks, float(np.mean(tokens))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--every", type=int, default=4)
    arguments = parser.parse_args()
    articles, encoder = list(articles_of(arguments.data, arguments.every)), shipped_encoder()
    print(f"{sum(len(article.questions) for article in articles)} questions, {len(articles)} articles\n")
    print("| limit, overlap | tokens of a passage | hit@1 | hit@3 | hit@5 |\n|---|---|---|---|---|")
    for splitter in SPLITTERS:
        ranks, tokens = hits(articles, encoder, splitter, 1.0)
        shares = " | ".join(f"{np.mean(np.array(ranks) < k):.3f}" for k in (1, 3, 5))
        print(f"| {splitter.limit}, {splitter.overlap} | {tokens:.0f} | {shares} |", flush=True)
    print("\n| weight of BM25 | hit@1 | hit@3 | hit@5 |\n|---|---|---|---|")
    for weight in (0.0, 0.3, 0.5, 0.7, 1.0, 2.0, 1000.0):
        ranks, _ = hits(articles, encoder, Splitter(), weight)
        shares = " | ".join(f"{np.mean(np.array(ranks) < k):.3f}" for k in (1, 3, 5))
        print(f"| {weight:g} | {shares} |", flush=True)
    print("\n| budget, tokens | right span |\n|---|---|")
    for budget, share in budget_curve(articles, encoder).items():
        print(f"| {budget:,} | {share:.3f} |", flush=True)


def budget_curve(articles: list[Article], encoder: Encoder) -> dict[int, float]:
    """The share of questions whose best span overlaps an answer, by the tokens that are read."""
    right: dict[int, list[bool]] = {budget: [] for budget in BUDGETS}
    for article in articles:
        with indexed(article, encoder, Splitter()) as index:
            reader = ExtractiveReader(shipped_reader(), index, budget=max(BUDGETS))
            retriever = HybridRetriever(index, encoder)
            for question, golds in article.questions:
                hits = retriever.retrieve(question, 100)
                found = reader.findings(question, hits)
                for budget in BUDGETS:
                    read = [hit.passage for hit in within_budget(hits, budget)]
                    spans = [f.span for f in found if any(p.start <= f.span.start < p.end for p in read)]
                    right[budget].append(bool(spans) and overlap(*spans[0], golds))
    return {budget: float(np.mean(each)) for budget, each in right.items()}


if __name__ == "__main__":
    main()
