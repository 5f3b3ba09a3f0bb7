"""A warm assistant: how long an answer takes and what of it is what, and the memory of the process.

    python -m benchmarks.warm --data ../shared/data/train --out build/bench

`python -m benchmarks.warm ask NAME ...` is one such process: 20 questions to warm up, then others.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from assistant.assistant import Assistant
from assistant.models import Encoder, Floats, ReaderModel, Reading, shipped_encoder
from assistant.readers import ExtractiveReader
from assistant.retrieve import HybridRetriever
from benchmarks.corpora import questions_of
from benchmarks.figures import Figure, Setting, say, script, spend
from benchmarks.prepared import built, given

WARM_UP = 20
ARTICLE = Path("evals/article/suite.jsonl")


@dataclass
class Watch:
    """Milliseconds by part, of one question."""

    parts: dict[str, float] = field(default_factory=dict)

    def time(self, part: str, function: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        result = function()
        self.parts[part] = self.parts.get(part, 0.0) + (time.perf_counter() - started) * 1000
        return result


@dataclass(frozen=True)
class TimedEncoder(Encoder):
    """The encoder, watched."""

    watch: Watch = field(default_factory=Watch, compare=False)

    def encode(self, texts: Sequence[str]) -> Floats:
        rows: Floats = self.watch.time("encode", lambda: Encoder.encode(self, texts))
        return rows


@dataclass(frozen=True)
class TimedModel(ReaderModel):
    """The reader's model, watched."""

    watch: Watch = field(default_factory=Watch, compare=False)

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        readings: list[Reading] = self.watch.time("read", lambda: ReaderModel.read(self, question, passages))
        return readings


def measure(setting: Setting) -> list[Figure]:
    figures = []
    names = {"article": "the article", "articles": f"{setting.texts} texts"}
    if (setting.out / "passages" / "index").exists():  # python -m benchmarks.large made it
        names["passages"] = "100,000 passages"
    goals = {"article": "5 ms", "articles": "8 ms", "passages": "20 ms"}
    p95 = {}
    for name, what in names.items():
        built(setting, name)
        command = script("warm", "ask", name, setting.out, str(setting.questions))
        runs = [json.loads(spend(command).output) for _ in range(max(1, setting.runs // 2))]
        p95[name] = [float(np.percentile(run["total"], 95)) for run in runs]
        for part in ("total", "encode", "search", "read", "decide", "rest"):
            goal = {"search": "", "total": ""}.get(part, "")
            values = [float(np.median(run[part])) for run in runs]
            figures.append(Figure(f"warm ask, {what}: {part}, p50", "ms", values, goal))
        outside = [
            float(np.median(np.asarray(run["total"]) - np.asarray(run["encode"]) - np.asarray(run["read"])))
            for run in runs
        ]
        figures += [
            Figure(f"warm ask, {what}: p95", "ms", p95[name]),
            Figure(f"warm ask, {what}: outside encoder and reader, p50", "ms", outside, goals[name]),
            Figure(f"warm ask, {what}: memory", "MB", [run["memory"] for run in runs], "1,000 MB"),
        ]
    ratio = [a / b for a, b in zip(p95["articles"], p95["article"], strict=True)]
    return [*figures, Figure("warm ask: p95 over many texts, of p95 over one", "", ratio, "at most 2")]


def _ask(name: str, out: Path, count: int) -> dict[str, Any]:
    """The milliseconds of each question by part, and the process' megabytes at the end."""
    questions = _questions(name, out)[: count + WARM_UP]
    watch = Watch()
    corpus = None if name == "article" else out / name / "corpus"
    with Assistant.open(corpus, out / name / "index") as opened:
        index, reader = opened._index, opened.reader
        assert isinstance(reader, ExtractiveReader)
        encoder = TimedEncoder(shipped_encoder().folder, watch=watch)
        model = reader.model
        timed = TimedModel(model.folder, model.tokenizer, watch=watch)
        asked = opened.variant(
            retriever=HybridRetriever(index, encoder), reader=dataclasses.replace(reader, model=timed)
        )
        rows = []
        for question in questions:
            watch.parts.clear()
            reply = watch.time("total", lambda question=question: asked.ask(question))
            encode, read = (watch.parts.get(part, 0.0) for part in ("encode", "read"))
            search = reply.timings_ms["retrieve"] - encode
            decide = reply.timings_ms["read"] - read
            total = watch.parts["total"]
            rest = total - encode - search - read - decide
            rows.append((total, encode, search, read, decide, rest))
        memory = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    columns = zip(*rows[WARM_UP:], strict=True)
    named = dict(
        zip(("total", "encode", "search", "read", "decide", "rest"), map(list, columns), strict=True)
    )
    return named | {"memory": memory}


def _questions(name: str, out: Path) -> list[str]:
    if name != "article":
        return list(dict.fromkeys(each.question for each in questions_of(out / name)))
    return [json.loads(line)["question"] for line in ARTICLE.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    if sys.argv[1:2] == ["ask"]:
        print(json.dumps(_ask(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))))
    else:
        say(*measure(given(__doc__)))
