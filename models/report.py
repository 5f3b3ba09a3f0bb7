"""Report how good the shipped reader is, in docs/reader.md, through the project's own evals and scoring.

    python models/report.py --data ../shared/data/dev --study models/reader/study.jsonl [--weights DIR]

Half of SQuAD 2.0's dev set is asked twice: each question of its own paragraph, and of its whole article.
Decisions and calibration are cross-fitted: an article's probabilities come from a fit on the others. With the
fp32 weights at hand, their accuracy and speed are measured beside int8's. `study.jsonl` is what
models/train/study.py wrote.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from assistant.evals.benchmarks import (
    as_articles,
    as_paragraphs,
    read_squad2,
    results_of,
    sampled,
    squad2_rows,
)
from assistant.evals.judging import Result
from assistant.models import ReaderModel, cores, shipped_reader
from assistant.scoring.answers import token_f1
from assistant.scoring.calibration import brier, expected_calibration_error, risk_coverage
from assistant.scoring.fitting import held_out

ROOT = Path(__file__).parent.parent
WORST = 30
SHAPES = ("paragraph given", "article given")
PUBLISHED = """\
Published, of others, on the full dev set and with a paragraph given: bert-base-uncased F1 76.1,
deepset/minilm-uncased-squad2 (12 layers, all of the training set) F1 79.5, roberta-base-squad2 82.9,
humans 89.5. On 3,092 questions of this half: BERT (Google, single) F1 81.2, BiDAF + ELMo 66.9."""


def cross_fitted(results: Sequence[Result]) -> np.ndarray:
    """Probabilities, each article's from a fit on the others."""
    p = np.clip([each.confidence for each in results], 1e-6, 1 - 1e-6)
    answerable = np.array([each.case.answerable for each in results])
    articles = [each.cluster for each in results]
    return held_out(np.log(p / (1 - p))[:, None], answerable, articles, folds=len(set(articles)))


def table(shapes: dict[str, list[Result]]) -> Iterator[str]:
    columns = [
        {f.name: f"{f.value:.3f}" if f.value < 1 else f"{f.value:.1f}" for f in squad2_rows(r)}
        for r in shapes.values()
    ]
    for column, results in zip(columns, shapes.values(), strict=True):
        held, answerable = cross_fitted(results), [each.case.answerable for each in results]
        column["right decisions, cross-fitted threshold, %"] = (
            f"{100 * np.mean((held >= 0.5) == answerable):.1f}"
        )
        column["ECE, cross-fitted"] = f"{expected_calibration_error(held.tolist(), answerable):.3f}"
        column["Brier score, cross-fitted"] = f"{brier(held.tolist(), answerable):.3f}"
    yield f"| | {' | '.join(shapes)} |"
    yield "|---|" + "---|" * len(shapes)
    for name in dict.fromkeys(name for column in columns for name in column):
        yield f"| {name} | {' | '.join(column.get(name, '') for column in columns)} |"


def curve(results: Sequence[Result]) -> Iterator[str]:
    points = risk_coverage([r.confidence for r in results], [not r.candidate_right for r in results])
    yield "| answered | of those, wrong |\n|---|---|"
    for share in np.arange(0.1, 1.01, 0.1):
        point = min(points, key=lambda each: abs(each.coverage - share))
        yield f"| {point.coverage:.0%} | {point.risk:.1%} |"


def worst(results: Sequence[Result]) -> Iterator[str]:
    """The surest mistakes; a refusal's are those with the least confidence."""
    wrong = [each for each in results if not each.right and each.reply]
    wrong.sort(key=lambda each: -abs(each.confidence - 0.5))
    yield "| question | said | should be | confidence | what happened |\n|---|---|---|---|---|"
    for each in wrong[:WORST]:
        gold = each.case.answers[0] if each.case.answers else "nothing"
        cells = (each.case.question, each.candidate or "", gold, f"{each.confidence:.2f}", cause(each))
        yield "| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in cells) + " |"


def cause(result: Result) -> str:
    """What can be told of a mistake without reading it."""
    if result.case.answerable and result.reply and result.reply.refused:
        right = "the right span was its best" if result.candidate_right else "its best span was another"
        return f"refused, though {right}"
    if result.case.answerable:
        return "another span of the text"
    asked = {word.lower().strip("?,.") for word in result.case.question.split() if len(word) > 3}
    quote = result.reply.citations[0].quote.lower() if result.reply and not result.reply.refused else ""
    there = sum(word[:5] in quote for word in asked) / max(1, len(asked))
    return f"answered; {there:.0%} of the question's longer words stand in the sentence"


def study(file: Path) -> Iterator[str]:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    head = "| | AUC, paragraph | AUC, six paragraphs | F1 of the answerable | right paragraph of six |"
    for title, wanted in (("Learning curve", "rows"), ("Levers", "steps")):
        yield f"\n### {title}\n\n{head}\n|---|---|---|---|---|"
        for row in rows:
            if wanted in row:
                figures = (row[name] for name in ("paragraph", "article", "f1", "right_paragraph"))
                yield f"| {row['variant']} | " + " | ".join(f"{value:.3f}" for value in figures) + " |"


@contextmanager
def fp32(weights: Path) -> Iterator[ReaderModel]:
    """The reader before it was made int8."""
    import onnx  # of the `models` extra, which nothing else here needs
    from export import reader

    shipped = shipped_reader()
    with tempfile.TemporaryDirectory() as folder:
        onnx.save(reader(weights), Path(folder) / "model.onnx")
        shutil.copyfile(shipped.folder / "calibration.json", Path(folder) / "calibration.json")
        yield replace(shipped, folder=Path(folder))


def accuracy(model: ReaderModel, data: Path, every: int) -> tuple[float, float]:
    """F1 of the answerable with the threshold off, and cross-fitted right decisions, a paragraph given."""
    scores, answerable, articles, f1 = [], [], [], []
    asked = [(q, p) for p in read_squad2(data) for q in p.questions][::every]
    for question, paragraph in asked:
        (reading,) = model.read(question.text, [paragraph.text])
        start, end = reading.spans[0].span
        scores.append(reading.score)
        answerable.append(bool(question.answers))
        articles.append(paragraph.article)
        if question.answers:
            f1.append(token_f1(paragraph.text[start:end], [text for text, _ in question.answers]))
    held = held_out(np.array(scores)[:, None], np.array(answerable), articles, folds=len(set(articles)))
    return 100 * float(np.mean(f1)), 100 * float(np.mean((held >= 0.5) == answerable))


def speed(model: ReaderModel, data: Path, passages: int) -> float:
    """Milliseconds for one question over so many of the paragraphs, the median of 7."""
    texts = [paragraph.text for paragraph in read_squad2(data)][:passages]
    model.read("Warm?", texts[:1])
    times = []
    for _ in range(7):
        started = time.perf_counter()
        model.read("Who wrote the first of these laws?", texts)
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


@contextmanager
def on_cores(count: int) -> Iterator[None]:
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(own)[:count]))
    try:
        yield
    finally:
        os.sched_setaffinity(0, own)


def precision(weights: Path, data: Path, every: int) -> Iterator[str]:
    yield (
        "| | F1 of the answerable | right decisions, % | "
        + " | ".join(
            f"{count} passages, {threads} threads, ms" for count in (1, 25, 100) for threads in (1, cores())
        )
        + " |"
    )
    yield "|---|" + "---|" * 8
    with fp32(weights) as plain:
        for name, model in (("int8, shipped", shipped_reader()), ("fp32", plain)):
            cells = [f"{value:.1f}" for value in accuracy(model, data, every)]
            for count in (1, 25, 100):
                for threads in (1, cores()):
                    with on_cores(threads):
                        cells.append(f"{speed(model, data, count):.0f}")
            yield f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--study", type=Path, default=ROOT / "models" / "reader" / "study.jsonl")
    parser.add_argument("--weights", type=Path, help="fp32, to measure what int8 loses and gains")
    parser.add_argument(
        "--limit", type=int, help="ask so many questions, evenly over the articles; default: all"
    )
    parser.add_argument("--every", type=int, default=4, help="of int8 against fp32, ask every n-th")
    options = parser.parse_args()
    file = next(options.data.glob("squad2-*.json.gz"))
    everything = read_squad2(file)
    kept = sampled(everything, options.limit)
    suites = (list(as_paragraphs(kept)), list(as_articles(everything, kept)))
    shapes = {name: results_of(of, lambda _: None) for name, of in zip(SHAPES, suites, strict=True)}
    asked = len(shapes[SHAPES[0]])
    lines = ["# The reader, measured", "", "Made by `python models/report.py`; not edited by hand.", ""]
    lines += [
        f"{asked:,} questions of half of SQuAD 2.0's dev set, 16 articles, of the reader "
        f"{shipped_reader().sha256[:12]}.",
        "",
    ]
    lines += [*table(shapes), "", PUBLISHED, "", "## Risk and coverage", ""]
    lines += ["An article given; were the threshold moved.", "", *curve(shapes[SHAPES[1]]), ""]
    if options.weights:
        lines += ["## int8 against fp32", "", f"Every {options.every}th question, its paragraph given.", ""]
        lines += [*precision(options.weights, file, options.every), ""]
    lines += ["## What was learnt from what", *study(options.study), ""]
    lines += [f"## The {WORST} surest mistakes, an article given", "", *worst(shapes[SHAPES[1]]), ""]
    (ROOT / "docs" / "reader.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
