"""Fit the reader's confidence and choose its threshold, on questions that are about no shipped text.

    python models/calibrate.py --data ../shared/data/dev

Every article of the data becomes one text, and each of its questions is asked of that whole text,
through the same retrieval and reading as in use. Writes models/reader/calibration.json and the curve
in docs/calibration.md. What judges the product elsewhere has no part in it.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.assistant import RETRIEVED, Assistant
from assistant.models import Calibration, Evidence
from assistant.question import Question
from assistant.readers import ExtractiveReader, Finding

ROOT = Path(__file__).parent.parent
SEED = 20
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """A question that was asked: what was found, and whether it should have been."""

    article: int
    evidence: Evidence
    answerable: bool
    right: bool  # the found span overlaps an answer


def ask_all(data: Path, every: int) -> Iterator[Asked]:
    articles = json.loads(gzip.decompress(next(data.glob("squad2-*.json.gz")).read_bytes()))["data"]
    for number, article in enumerate(articles):
        paragraphs = [paragraph["context"].replace("\n", " ") for paragraph in article["paragraphs"]]
        starts = np.cumsum([0, *(len(paragraph) + 1 for paragraph in paragraphs)])
        with Assistant.from_texts({article["title"]: "\n".join(paragraphs)}) as assistant:
            for start, paragraph in zip(starts, article["paragraphs"], strict=False):
                for question in paragraph["qas"][::every]:
                    if found := findings(assistant, question["question"]):
                        golds = [(start + a["answer_start"], a["text"]) for a in question["answers"]]
                        best = found[0]
                        right = any(s < best.span.end and best.span.start < s + len(t) for s, t in golds)
                        yield Asked(number, best.evidence, bool(golds), right)


def findings(assistant: Assistant, asked: str) -> list[Finding]:
    """What the assistant's own parts find, before they decide."""
    question, reader = Question.of(asked), assistant._reader
    if isinstance(question, str) or not isinstance(reader, ExtractiveReader):
        return []
    return reader.findings(question, assistant._retriever.retrieve(question, RETRIEVED))


def fit(features: Floats, answerable: NDArray[np.bool_]) -> Floats:
    """Logistic regression by Newton's method, with a ridge of 0.01 against collinearity."""
    rows = np.c_[features, np.ones(len(features))]
    weights = np.zeros(rows.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-rows @ weights))
        gradient = rows.T @ (p - answerable) + 0.01 * weights
        weights -= np.linalg.solve(
            (rows * (p * (1 - p))[:, None]).T @ rows + 0.01 * np.eye(len(weights)), gradient
        )
    return weights


def held_out(features: Floats, answerable: NDArray[np.bool_], articles: NDArray[np.int_]) -> Floats:
    """Each article's probabilities from a fit on the others."""
    probabilities = np.zeros(len(answerable))
    for article in np.unique(articles):
        own = articles == article
        weights = fit(features[~own], answerable[~own])
        probabilities[own] = 1 / (1 + np.exp(-np.c_[features[own], np.ones(own.sum())] @ weights))
    return probabilities


def interval(values: NDArray[np.generic], articles: NDArray[np.int_]) -> str:
    """The mean with its 95 % bootstrap interval, articles drawn whole."""
    generator = np.random.default_rng(SEED)
    groups = [np.flatnonzero(articles == article) for article in np.unique(articles)]
    means = [
        np.mean(values[np.concatenate([groups[i] for i in generator.integers(0, len(groups), len(groups))])])
        for _ in range(1000)
    ]
    low, high = np.quantile(means, [0.025, 0.975])
    return f"{np.mean(values):.3f} ({low:.3f} to {high:.3f})"


def report(asked: list[Asked], probabilities: Floats, articles: NDArray[np.int_], chosen: Calibration) -> str:
    answerable = np.array([each.answerable for each in asked])
    right = np.array([each.right for each in asked])
    lines = [
        "# Confidence: how it is fitted, and the curve behind the threshold",
        "",
        "Made by `python models/calibrate.py --data ../shared/data/dev`: do not edit.",
        "",
        f"{len(asked):,} questions of half of SQuAD 2.0's dev set, {answerable.mean():.0%} of them answerable, each",
        f"asked of its whole article ({len(np.unique(articles))} articles). Probabilities are held out: an article's come",
        "from a fit on the others. Intervals are 95 %, bootstrapped over articles.",
        "",
        f"The weights, in `models/reader/calibration.json`: {', '.join(f'{k} {v}' for k, v in asdict(chosen).items())}.",
        "",
        f"- right decisions at the threshold: {interval((probabilities >= chosen.threshold) == answerable, articles)}",
        f"- the found span overlaps an answer, of the answerable: {interval(right[answerable], articles[answerable])}",
        f"- Brier score: {interval((probabilities - answerable) ** 2, articles)}",
        "",
        "| threshold | right decisions | answered | of those, answerable | answerable, refused |",
        "|---|---|---|---|---|",
    ]
    for threshold in np.arange(0.2, 0.85, 0.05):
        yes = probabilities >= threshold
        row = ((yes == answerable).mean(), yes.mean(), answerable[yes].mean(), (~yes[answerable]).mean())
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
    parser.add_argument("--every", type=int, default=1, help="ask only every n-th question of a paragraph")
    parser.add_argument("--threshold", type=float, default=0.5, help="the least probability that is answered")
    arguments = parser.parse_args()
    asked = list(ask_all(arguments.data, arguments.every))
    features = np.array([[float(getattr(a.evidence, name)) for name in Evidence.__slots__] for a in asked])
    answerable = np.array([each.answerable for each in asked])
    articles = np.array([each.article for each in asked])
    weights = [round(float(weight), 4) for weight in fit(features, answerable)]
    chosen = Calibration(*weights, threshold=arguments.threshold)
    path = ROOT / "models" / "reader" / "calibration.json"
    path.write_text(json.dumps(asdict(chosen), indent=1) + "\n", encoding="utf-8")
    text = report(asked, held_out(features, answerable, articles), articles, chosen)
    (ROOT / "docs" / "calibration.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
