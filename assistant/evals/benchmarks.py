"""Benchmarks that others wrote: SQuAD 2.0 and BEIR folders, with their official metrics."""

from __future__ import annotations

import gzip
import json
import random
import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..answers import Answer
from ..assistant import Assistant
from ..documents import Span, typed
from ..errors import SuiteProblem
from ..index import Progress
from ..scoring.answers import Prediction, squad2
from ..scoring.calibration import expected_calibration_error
from ..scoring.fitting import area_under_curve
from ..scoring.spans import ndcg_at, recall_at
from ..scoring.statistics import Mean, mean_of
from ..text import sentences
from .judging import Result
from .running import run
from .suites import Case, Suite
from .summary import means

SEED = 20
DEEP = 100  # documents that are ranked for a query


@dataclass(frozen=True, slots=True)
class Figure:
    """A named number; `mean` when it has an interval."""

    name: str
    value: float
    mean: Mean | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a benchmark came to."""

    title: str
    rows: tuple[Figure, ...]


# SQuAD 2.0


@dataclass(frozen=True, slots=True)
class Question:
    """A question of SQuAD, and its answers with their offsets in the paragraph."""

    id: str
    text: str
    answers: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, and what is asked about it."""

    article: str
    text: str
    questions: tuple[Question, ...]


def read_squad2(file: Path) -> list[Paragraph]:
    """The paragraphs of a SQuAD 2.0 file, gzipped or not.

    Raises:
        SuiteProblem: it is no such file.
    """
    try:
        data = file.read_bytes()
        fields = json.loads(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
        found = [
            Paragraph(
                article["title"], _one_line(paragraph["context"]), tuple(map(_question, paragraph["qas"]))
            )
            for article in fields["data"]
            for paragraph in article["paragraphs"]
        ]
        if not any(_case(question, each.text) for each in found for question in each.questions):
            raise ValueError("no question in it")
        return found
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SuiteProblem(f"{str(file)!r} is no SQuAD 2.0 file ({error!r:.120})") from error


def _one_line(text: str) -> str:
    """A paragraph without line breaks, each of which is a space, so that offsets hold."""
    return re.sub(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", " ", text)


def _question(fields: Mapping[str, Any]) -> Question:
    answers = () if fields.get("is_impossible") else fields["answers"]
    return Question(
        fields["id"], fields["question"], tuple((each["text"], each["answer_start"]) for each in answers)
    )


def sampled(paragraphs: Sequence[Paragraph], limit: int | None) -> list[Paragraph]:
    """The paragraphs of `limit` questions, evenly over the articles; the same each time."""
    if limit is None:
        return list(paragraphs)
    articles: dict[str, list[Paragraph]] = defaultdict(list)
    for each in paragraphs:
        articles[each.article].append(each)
    draw = random.Random(SEED)  # noqa: S311 a sample, not a secret
    kept = []
    for number, own in enumerate(articles.values()):
        room = limit * (number + 1) // len(articles) - limit * number // len(articles)
        for each in draw.sample(own, len(own)):
            if room > 0:
                questions = draw.sample(each.questions, min(room, len(each.questions)))
                kept.append(replace(each, questions=tuple(questions)))
                room -= len(questions)
    return kept


def as_paragraphs(paragraphs: Iterable[Paragraph]) -> Iterator[Suite]:
    """A suite for each paragraph, which alone is its corpus."""
    for each in paragraphs:
        cases = tuple(_case(question, each.text) for question in each.questions)
        yield Suite(each.article, cases, {each.article: each.text}, cluster=each.article)


def as_articles(paragraphs: Sequence[Paragraph], asked: Iterable[Paragraph]) -> Iterator[Suite]:
    """A suite for each article: what is asked about some paragraphs, asked of all of them as one text."""
    cases: dict[str, list[Case]] = defaultdict(list)
    for each in asked:
        cases[each.article] += [_case(question, each.text) for question in each.questions]
    for title, own in cases.items():
        whole = (each.text for each in paragraphs if each.article == title)
        yield Suite(title, tuple(own), {title: "\n".join(whole)}, cluster=title)


def _case(question: Question, paragraph: str) -> Case:
    """The case of a question; its evidence is the sentences that hold an answer."""
    bounds = sentences(paragraph, Span(0, len(paragraph)))
    holding = [
        paragraph[span.start : span.end]
        for span in bounds
        if any(span.start < at + len(text) and at < span.end for text, at in question.answers)
    ]
    return Case(
        id=question.id,
        question=question.text,
        answerable=bool(question.answers),
        answers=tuple(dict.fromkeys(text for text, _ in question.answers)),
        evidence=tuple(holding),
    )


def squad2_paragraphs(file: Path, limit: int | None, progress: Progress) -> Figures:
    """Each question asked of its own paragraph, as the benchmark has it."""
    kept = sampled(read_squad2(file), limit)
    return _squad_figures("SQuAD 2.0, paragraph given", list(as_paragraphs(kept)), progress)


def squad2_articles(file: Path, limit: int | None, progress: Progress) -> Figures:
    """Each question asked of the whole article, all its paragraphs."""
    everything = read_squad2(file)
    suites = list(as_articles(everything, sampled(everything, limit)))
    return _squad_figures("SQuAD 2.0, article given", suites, progress)


def _squad_figures(title: str, suites: Sequence[Suite], progress: Progress) -> Figures:
    results = results_of(suites, lambda done: progress(title, done, len(suites)))
    return Figures(f"{title}: {len(results):,} questions", tuple(squad2_rows(results)))


def results_of(suites: Sequence[Suite], progress: Callable[[int], None]) -> list[Result]:
    """What comes of every case of these suites; `progress` is told how many suites are done."""
    results: list[Result] = []
    for done, suite in enumerate(suites):
        progress(done)
        results += run(suite, strict=False).results
    return results


def squad2_rows(results: Sequence[Result]) -> Iterator[Figure]:
    """The official metrics, those of the decision and of the citations, and those of the confidence."""
    official = squad2([_prediction(result, result.reply) for result in results])
    bold = squad2([_prediction(result, None) for result in results])
    yield Figure("exact match", official.exact)
    yield Figure("F1", official.f1)
    if official.has_answer and bold.has_answer and official.no_answer:
        yield Figure("HasAns F1", official.has_answer.f1)
        yield Figure("NoAns accuracy", official.no_answer.f1)
        yield Figure("HasAns F1, threshold off", bold.has_answer.f1)
    yield Figure("best F1 of any threshold", bold.best_f1.score)
    for name, mean in means(results, ("decision", "refusal_precision", "refusal_recall")).items():
        yield Figure(f"{name.replace('_', ' ')}, %", 100 * mean.value, mean)
    yield from _evidence_rows(results)
    confidences = [result.confidence for result in results]
    answerable = [result.case.answerable for result in results]
    yield Figure("AUC of answerability", area_under_curve(confidences, answerable))
    yield Figure("ECE", expected_calibration_error(confidences, answerable))
    yield Figure("Brier score", means(results, ("brier",))["brier"].value)
    yield Figure("cases that failed", sum(result.outcome == "error" for result in results))


def _evidence_rows(results: Sequence[Result]) -> Iterator[Figure]:
    answered = [r for r in results if isinstance(r.reply, Answer) and r.case.answerable]
    cited = [float(r.scores.get("citation_recall", 0.0) > 0) for r in answered]
    holds = mean_of(cited, [r.cluster for r in answered])
    if holds:
        yield Figure("cited sentence holds the answer, %", 100 * holds.value, holds)
    for name, mean in means(results, ("hit@1", "hit@5")).items():
        yield Figure(f"{name}, %", 100 * mean.value, mean)


def _prediction(result: Result, reply: object | None) -> Prediction:
    """What was said; without a reply, what would have been said by a reader that never refuses."""
    said = (result.candidate or "") if reply is None or isinstance(reply, Answer) else ""
    return Prediction(said, result.case.answers, 1 - result.confidence)


# BEIR


def beir(folder: Path, limit: int | None, progress: Progress) -> Figures:
    """Retrieval alone, of documents: corpus.jsonl, queries.jsonl and qrels/test.tsv in a folder.

    A document's rank is that of its best passage. Raises `SuiteProblem` for another folder.
    """
    texts, queries, relevant = _read_beir(folder)
    judged = {name for name, grades in relevant.items() if any(grade > 0 for grade in grades.values())}
    asked = sorted(set(queries) & judged)  # those without anything relevant are in no mean: trec_eval
    if not asked or not texts:
        raise SuiteProblem(f"{str(folder)!r} is no BEIR folder (no document, or no judged query)")
    if limit is not None and limit < len(asked):
        asked = sorted(random.Random(SEED).sample(asked, limit))  # noqa: S311 a sample, not a secret
    columns: dict[str, list[float]] = defaultdict(list)
    with Assistant.from_texts(texts) as assistant:
        for done, query in enumerate(asked):
            progress(folder.name, done, len(asked))
            ranked = _ranked(assistant, queries[query])
            grades = relevant[query]
            columns["nDCG@10"].append(
                ndcg_at(10, [grades.get(each, 0.0) for each in ranked], list(grades.values()))
            )
            good = {name for name, grade in grades.items() if grade > 0}
            columns["recall@100"].append(recall_at(DEEP, ranked, good))
            first = next((rank for rank, each in enumerate(ranked[:10], 1) if each in good), None)
            columns["MRR@10"].append(1 / first if first else 0.0)
    rows = (Figure(name, mean.value, mean) for name, of in columns.items() if (mean := mean_of(of, asked)))
    return Figures(f"{folder.name}: {len(asked):,} queries, {len(texts):,} documents", tuple(rows))


def _ranked(assistant: Assistant, query: str) -> list[str]:
    return list(dict.fromkeys(each.source for each in assistant.search(query, 3 * DEEP)))[:DEEP]


Grades = dict[str, dict[str, float]]


def _read_beir(folder: Path) -> tuple[dict[str, str], dict[str, str], Grades]:
    try:
        texts = {
            typed(d, "_id", str): f"{d.get('title') or ''}\n{d['text']}".strip()
            for d in _lines(folder / "corpus.jsonl")
        }
        queries = {query["_id"]: query["text"] for query in _lines(folder / "queries.jsonl")}
        relevant: Grades = defaultdict(dict)
        rows = (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]
        for query, document, grade in (row.split("\t") for row in rows if row):
            relevant[query][document] = float(grade)
        return texts, queries, relevant
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SuiteProblem(f"{str(folder)!r} is no BEIR folder ({error!r:.120})") from error


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as stream:
        yield from map(json.loads, stream)


FORMATS: Mapping[str, Callable[[Path, int | None, Progress], Figures]] = {
    "squad2": squad2_paragraphs,
    "squad2-articles": squad2_articles,
    "beir": beir,
}
