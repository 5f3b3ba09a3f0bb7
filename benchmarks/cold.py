"""A cold process: `--help`, one answer with the index on disk, one with the index to build.

    python -m benchmarks.cold --data ../shared/data/train --out build/bench

A cold answer is a whole process of `assistant ask`: what a person at a shell waits for.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from benchmarks.corpora import questions_of
from benchmarks.figures import Figure, Setting, Spent, assistant, say, spend
from benchmarks.prepared import built, given

QUESTION = "How far can the missile fly?"


def measure(setting: Setting) -> list[Figure]:
    article, texts = built(setting, "article"), built(setting, "articles")
    asked = questions_of(setting.out / "articles")[:: 1000 // setting.runs]
    helps, one, many, first = [], [], [], []
    for run in range(setting.runs):
        helps.append(spend(assistant("--help")))
        one.append(_ask(QUESTION, article.corpus, article.folder))
        many.append(_ask(asked[run].question, texts.corpus, texts.folder))
        with tempfile.TemporaryDirectory() as scratch:
            first.append(_ask(QUESTION, article.corpus, Path(scratch) / "index"))
    return [
        *_figures("`--help`", helps, "0.4 s CPU"),
        *_figures("cold ask, the article", one, "350 MB"),
        *_figures(f"cold ask, {setting.texts} texts", many, "350 MB"),
        *_figures("cold ask, the article, its index to build", first, ""),
    ]


def _ask(question: str, corpus: Path, index: Path) -> Spent:
    spent = spend(assistant("ask", "--json", question, "--corpus", corpus, "--index", index))
    assert json.loads(spent.output)["reader"] == "extractive", spent.output
    return spent


def _figures(name: str, spent: list[Spent], goal: str) -> list[Figure]:
    return [
        Figure(f"{name}: CPU", "s", [each.cpu for each in spent], goal if goal.endswith("CPU") else ""),
        Figure(f"{name}: wall", "s", [each.wall for each in spent]),
        Figure(f"{name}: memory", "MB", [each.peak for each in spent], goal if goal.endswith("MB") else ""),
    ]


if __name__ == "__main__":
    say(*measure(given(__doc__)))
