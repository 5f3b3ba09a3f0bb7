"""How far below the best span another one may score and still belong to the same list.

    python models/lists.py --data ../shared/data/train

Questions with answers in two or more sentences of their passage (Quoref, FairytaleQA, TAT-QA): of the
sentences that hold a span within the margin, how many hold an answer, and how many of those are found.
The table of docs/decisions/0008-answers.md comes from here. The reader learnt from some of these questions,
with one of their answers each.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assistant.documents import Span
from assistant.models import shipped_reader
from assistant.text import sentences

FILES = ("quoref_part", "fairytaleqa", "tatqa_text")
LONGEST = 3000  # characters of a passage
MARGINS = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0)


@dataclass(frozen=True)
class Several:
    """A question, its passage, the passage's sentences, and which of them answer."""

    question: str
    context: str
    bounds: tuple[Span, ...]
    right: frozenset[int]


def questions(data: Path) -> Iterator[Several]:
    for name in FILES:
        for line in gzip.decompress((data / f"{name}.jsonl.gz").read_bytes()).splitlines():
            fields = json.loads(line)
            context, first = fields["context"], fields["question"].split()[0].lower()
            if len(context) > LONGEST or first in ("how", "why"):  # these have one answer in several forms
                continue
            bounds = sentences(context, Span(0, len(context)))
            golds = [(a["answer_start"], a["answer_start"] + len(a["text"])) for a in fields["answers"]]
            right = frozenset(at for at, span in enumerate(bounds) if any(touch(span, *g) for g in golds))
            if len(right) > 1:
                yield Several(fields["question"], context, tuple(bounds), right)


def touch(span: Span, start: int, end: int) -> bool:
    return span.start < end and start < span.end


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    reader, asked = replace(shipped_reader(), spans=10), list(questions(parser.parse_args().data))
    readings = [reader.read(each.question, [each.context])[0] for each in asked]
    print(f"{len(asked)} questions\n\n| margin | sentences | precision | recall |\n|---|---|---|---|")
    for margin in MARGINS:
        rows = []
        for each, reading in zip(asked, readings, strict=True):
            spans = [s.span for s in reading.spans if s.score >= reading.score - margin]
            found = {at for at, bound in enumerate(each.bounds) if any(touch(bound, *s) for s in spans)}
            good = len(found & each.right)
            rows.append((len(found), good / len(found), good / len(each.right)))
        print(f"| {margin:g} | " + " | ".join(f"{value:.2f}" for value in np.mean(rows, axis=0)) + " |")


if __name__ == "__main__":
    main()
