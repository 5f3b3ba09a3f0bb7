"""Fit the reader's confidence and choose its threshold, on questions that are about no shipped text.

    python models/calibrate.py --data ../shared/data/dev

Every twenty paragraphs of an article of the data become one text, about as long as a long news
article, and each of their questions is asked of that whole text, through the same retrieval and
reading as in use. Every fourth question is also asked of a text about something else. Writes
models/reader/calibration.json and the curve in docs/calibration.md. What judges the product
elsewhere has no part in it.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.assistant import RETRIEVED, Assistant
from assistant.confidence import Calibration, Evidence, write_calibration
from assistant.models import shipped_reader
from assistant.question import Question
from assistant.readers import ExtractiveReader
from assistant.scoring.fitting import held_out, logistic
from assistant.scoring.statistics import mean_of, paired_difference

ROOT = Path(__file__).parent.parent
PARAGRAPHS = 20  # of one text
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """A question that was asked: what was found, and whether it should have been."""

    article: int
    evidence: Evidence
    answerable: bool
    right: bool  # the found span overlaps an answer
    foreign: bool  # asked of a text about something else
    off_topic: bool  # what a refusal would say


def texts_of(data: Path) -> list[tuple[int, list[dict[str, Any]]]]:
    """Articles in texts of at most twenty paragraphs, each with its article's number."""
    articles = json.loads(gzip.decompress(next(data.glob("squad2-*.json.gz")).read_bytes()))["data"]
    return [
        (number, article["paragraphs"][first : first + PARAGRAPHS])
        for number, article in enumerate(articles)
        for first in range(0, len(article["paragraphs"]), PARAGRAPHS)
    ]


def ask_all(data: Path, every: int) -> Iterator[Asked]:
    """Each text's own questions, and some of another article's."""
    texts, number = texts_of(data), 0
    for at, (article, paragraphs) in enumerate(texts):
        contexts = [paragraph["context"].replace("\n", " ") for paragraph in paragraphs]
        starts = np.cumsum([0, *(len(context) + 1 for context in contexts)])
        other = next(each for its, each in texts[at:] + texts if its != article)
        with Assistant.from_texts({"text.txt": "\n".join(contexts)}) as assistant:
            for start, paragraph in zip(starts, paragraphs, strict=False):
                for question in paragraph["qas"]:
                    number += 1  # over all of them: a paragraph's answerable questions come first
                    if number % every:
                        continue
                    golds = [(start + a["answer_start"], a["text"]) for a in question["answers"]]
                    yield from asked(assistant, article, question["question"], golds, foreign=False)
            for paragraph in other:
                for question in paragraph["qas"][:: 4 * every]:
                    yield from asked(assistant, article, question["question"], [], foreign=True)


def asked(
    assistant: Assistant, article: int, text: str, golds: list[tuple[int, str]], *, foreign: bool
) -> Iterator[Asked]:
    """The question, through the assistant's own parts, before they decide."""
    question, reader = Question.of(text), assistant.reader
    if isinstance(question, str) or not isinstance(reader, ExtractiveReader):
        return
    hits = assistant.retriever.retrieve(question, RETRIEVED)
    if found := reader.findings(question, hits):
        best = found[0]
        right = any(s < best.span.end and best.span.start < s + len(t) for s, t in golds)
        off_topic = reader.refuse(question, hits, 0.0).reason == "off_topic"
        yield Asked(article, best.evidence, bool(golds), right, foreign, off_topic)


def interval(values: NDArray[np.generic], articles: NDArray[np.int_]) -> str:
    """The mean with its 95 % bootstrap interval, articles drawn whole."""
    mean = mean_of(values.astype(float).tolist(), articles.astype(str).tolist())
    return f"{mean.value:.3f} ({mean.low:.3f} to {mean.high:.3f})" if mean else "none"


def costs(asked: list[Asked], probabilities: Floats, wrong: float) -> dict[float, Floats]:
    """What each decision would cost at each threshold: to refuse what the text answers 1, to answer what it
    does not `wrong`.
    """
    answerable = np.array([each.answerable for each in asked])
    return {
        round(float(threshold), 2): np.where(
            probabilities >= threshold, wrong * ~answerable, 1.0 * answerable
        )
        for threshold in np.arange(0.2, 0.85, 0.05)
    }


def cheapest(table: dict[float, Floats], articles: NDArray[np.int_]) -> float:
    """The least threshold whose cost is not surely above the least cost, articles drawn whole."""
    best = min(table.values(), key=lambda each: float(each.mean()))
    for threshold, cost in table.items():
        if paired_difference(best.tolist(), cost.tolist(), articles.astype(str).tolist()).low <= 0:
            return threshold
    raise AssertionError("the best threshold is as good as itself")


def report(
    asked: list[Asked],
    probabilities: Floats,
    articles: NDArray[np.int_],
    chosen: Calibration,
    table: dict[float, Floats],
) -> str:
    """The page: what was asked, how right the decisions are, the curve, the reliability table."""
    answerable, right, foreign, off_topic = (
        np.array([getattr(each, name) for each in asked])
        for name in ("answerable", "right", "foreign", "off_topic")
    )
    own = ~foreign
    decided = (probabilities >= chosen.threshold) == answerable
    lines = [
        "# Confidence: how it is fitted, and the curve behind the threshold",
        "",
        "Made by `python models/calibrate.py --data ../shared/data/dev`; not edited by hand.",
        "",
        f"{own.sum():,} questions of half of SQuAD 2.0's dev set, {answerable[own].mean():.0%} of them",
        f"answerable, each asked of a whole text of up to {PARAGRAPHS} paragraphs of its article, and",
        f"{foreign.sum():,} asked of a text about something else. Probabilities are held out: an article's",
        "come from a fit on the others.",
        f"Intervals are 95 %, bootstrapped over the {len(np.unique(articles))} articles.",
        "",
        "The weights, in `models/reader/calibration.json`: "
        + ", ".join(f"{name} {value}" for name, value in asdict(chosen).items())
        + ".",
        "",
        f"- right decisions at the threshold, own texts: {interval(decided[own], articles[own])}",
        f"- of these, the answerable ones: {interval(decided[answerable], articles[answerable])}",
        f"- right decisions, foreign texts: {interval(decided[foreign], articles[foreign])}",
        f"- the best span is right, of the answerable: {interval(right[answerable], articles[answerable])}",
        f"- Brier score: {interval((probabilities - answerable) ** 2, articles)}",
        f"- called off topic: {interval(off_topic[foreign], articles[foreign])} of the foreign questions,"
        f" {interval(off_topic[own], articles[own])} of a text's own",
        "",
        "The threshold is the least one whose cost is not surely above the least: to refuse what the text",
        "answers costs 1, to answer what it does not as much as 2 (`--wrong`). Users set their own:",
        "`Assistant.open(threshold=...)`, or `assistant calibrate` with questions of their own.",
        "",
        "| threshold | right decisions | answered | of those, answerable | answerable, refused | cost |",
        "|---|---|---|---|---|---|",
    ]
    for threshold, cost in table.items():
        yes, truth = probabilities[own] >= threshold, answerable[own]
        row = ((yes == truth).mean(), yes.mean(), truth[yes].mean(), (~yes[truth]).mean(), cost.mean())
        lines.append(f"| {threshold:.2f} | " + " | ".join(f"{value:.3f}" for value in row) + " |")
    lines += ["", "| confidence | questions | mean confidence | answerable |", "|---|---|---|---|"]
    for low in np.arange(0, 1, 0.1):
        inside = (probabilities >= low) & (probabilities < low + 0.1)
        if inside.any():
            values = f"{inside.sum()} | {probabilities[inside].mean():.2f} | {answerable[inside].mean():.2f}"
            lines.append(f"| {low:.1f} to {low + 0.1:.1f} | {values} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, help="ask only every n-th question")
    parser.add_argument("--wrong", type=float, default=2.0, help="what a wrong answer costs, in refusals")
    arguments = parser.parse_args()
    questions = list(ask_all(arguments.data, arguments.every))
    features = np.array(
        [[float(getattr(q.evidence, name)) for name in Evidence.__slots__] for q in questions]
    )
    answerable = np.array([each.answerable for each in questions])
    articles = np.array([each.article for each in questions])
    weights = [round(float(weight), 4) for weight in logistic(features, answerable)]
    each_article = len(np.unique(articles))
    held = held_out(features, answerable, articles.tolist(), folds=each_article)
    own = np.array([not each.foreign for each in questions])
    table = costs([each for each in questions if not each.foreign], held[own], arguments.wrong)
    chosen = Calibration(*weights, threshold=cheapest(table, articles[own]))
    write_calibration(ROOT / "models" / "reader" / "calibration.json", chosen, shipped_reader().sha256)
    text = report(questions, held, articles, chosen, table)
    (ROOT / "docs" / "calibration.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
