"""What the reader learns from: rows of a question, a passage, and the answer's place or none.

Each group is a kind of lesson:

    human           questions that people wrote about a paragraph, answerable or not (SQuAD 2.0)
    styles          answerable questions of other styles: search, adversarial, news, stories, tweets
    far             the best BM25 passage of another text
    near            a paragraph close in vectors that holds no answer: a whole text is read passage
                    by passage, and the wrong ones must not look right
    swaps           a name in the question exchanged for another one of the passage, and the original
    cuts            the passage without the sentence that answers
    windows         one to three sentences of the passage, with the answer or without
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from assistant.documents import Span
from assistant.models import Encoder
from assistant.text import sentences

MODELS = Path(__file__).parents[1]
LONGEST = 2500  # characters of a context
STYLES = {
    "squadshifts_new_wiki": 5000,
    "squadshifts_reddit": 2000,
    "squadshifts_amazon": 1500,
    "adversarial_qa_part": 2900,
    "tydiqa_goldp_en_train": 3600,
    "mlqa_en_dev": 1100,
    "qed_nq_train": 4000,
    "uda_nq": 1200,
    "quoref_part": 1500,
    "fairytaleqa": 1000,
    "aqa_answerability": 1300,
    "iirc": 1500,
    "pira": 480,
    "qamr_capped": 1200,
    "qadiscourse": 800,
    "tweetqa": 600,
}
COUNTS = {"far": 9000, "near": 15_000, "swaps": 16_000, "cuts": 13_000, "windows": 10_000}

NAME = re.compile(r"\b[A-Z][\w.'’-]*\w(?:\s+(?:of\s+)?[A-Z][\w.'’-]*\w)*|\b\d{4}\b")
OPENERS = frozenset(
    """
    The A An In On At It He She They This That These Those His Her Their Its What Who When Where Which Why
    How For By From With As After Before During And But If While Although However Of To
    """.split()
)

Fields = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """`start` and `end` are the answer's characters in the context, or -1."""

    question: str
    context: str
    start: int
    end: int
    group: str = ""


def mix(data: Path, groups: Iterable[str], seed: int, most: int | None = None) -> list[Row]:
    """The rows of these groups, shuffled; the same each time. Of each file at most so many are read."""
    draw = random.Random(seed)
    pool = Pool(data, draw, most)
    rows: list[Row] = []
    for name in groups:
        found = [replace(each, group=name) for each in islice(GROUPS[name](pool), COUNTS.get(name))]
        none = sum(row.start < 0 for row in found)
        print(f"{name}: {len(found):,} rows, {none:,} of them without an answer", flush=True)
        rows += found
    draw.shuffle(rows)
    return rows


class Pool:
    """The files, each read once, and the order that chance gives them."""

    def __init__(self, data: Path, draw: random.Random, most: int | None = None) -> None:
        self.data, self.draw, self.most = data, draw, most
        self.squad = self.file("squad_train")
        self.answerable = [each for each in self.squad if not each["is_impossible"]]
        self.styles = [each for name, count in STYLES.items() for each in islice(self.short(name), count)]

    def file(self, name: str) -> list[Fields]:
        data = gzip.decompress((self.data / f"{name}.jsonl.gz").read_bytes())
        rows = [json.loads(line) for line in data.splitlines()]
        self.draw.shuffle(rows)
        return rows[: self.most]

    def short(self, name: str) -> Iterator[Fields]:
        return (each for each in self.file(name) if len(each["context"]) < LONGEST)

    def asked(self) -> list[Fields]:
        """Answerable questions of all kinds, in another order each time."""
        every = self.answerable + [each for each in self.styles if not each["is_impossible"]]
        return self.draw.sample(every, len(every))


def row(fields: Fields, context: str | None = None) -> Row:
    """A row with its own context, or, unanswerable, with another one."""
    question = fields["question"].rstrip(" ?") + "?"
    if context is not None or fields["is_impossible"]:
        return Row(question, context or fields["context"], -1, -1)
    start, end = place(fields)
    return Row(question, fields["context"], start, end)


def place(fields: Fields) -> tuple[int, int]:
    """The first answer's characters."""
    answer = fields["answers"][0]
    return answer["answer_start"], answer["answer_start"] + len(answer["text"])


def holds(fields: Fields, text: str) -> bool:
    """Whether an answer stands in a text, by its letters."""
    return any(answer["text"].lower() in text.lower() for answer in fields["answers"])


def human(pool: Pool) -> Iterator[Row]:
    yield from map(row, pool.squad)


def styles(pool: Pool) -> Iterator[Row]:
    yield from map(row, pool.styles)


def far(pool: Pool) -> Iterator[Row]:
    yield from map(row, pool.short("bm25_negatives"))


def near(pool: Pool) -> Iterator[Row]:
    """Each question with one of the twelve nearest paragraphs that hold none of its answers."""
    encoder = Encoder(MODELS / "encoder")
    contexts = sorted({each["context"] for each in pool.squad})
    vectors = encoder.encode(contexts)
    asked = pool.draw.sample(pool.answerable, min(COUNTS["near"], len(pool.answerable)))
    for fields, vector in zip(asked, encoder.encode([each["question"] for each in asked]), strict=True):
        nearest = [contexts[at] for at in np.argpartition(-(vectors @ vector), 12)[:12]]
        wrong = [c for c in nearest if c != fields["context"] and not holds(fields, c)]
        if wrong:
            yield row(fields, pool.draw.choice(wrong))


def swaps(pool: Pool) -> Iterator[Row]:
    """Each question that names something of its passage, with another name of it, and as it was."""
    draw = pool.draw
    for each in draw.sample(pool.answerable, len(pool.answerable)) + pool.file("squadshifts_new_wiki"):
        question, known = each["question"], names(each["context"])
        own = sorted(name for name in known if re.search(rf"\b{re.escape(name)}\b", question[1:]))
        if not own:
            continue
        old = draw.choice(own)
        said = question.lower() + " ".join(answer["text"] for answer in each["answers"]).lower()
        others = sorted(name for name in known if is_like(name, old) and name.lower() not in said)
        if others:
            swapped = re.sub(rf"\b{re.escape(old)}\b", draw.choice(others), question)
            yield row(each | {"question": swapped}, each["context"])
            yield row(each)


def names(text: str) -> set[str]:
    """Runs of capitalised words within sentences, and years."""
    found = (match.group().strip(".'’") for match in NAME.finditer(text) if match.start() > 0)
    return {re.sub(r"['’]s$", "", name) for name in found if name.split()[0] not in OPENERS and len(name) > 1}


def is_like(name: str, old: str) -> bool:
    """Of the same kind, and not a part of the other."""
    return name.isdigit() == old.isdigit() and not set(name.lower().split()) & set(old.lower().split())


def cuts(pool: Pool) -> Iterator[Row]:
    """The passage without its answering sentence, when no answer is left in it."""
    for fields in pool.asked():
        (start, end), context = place(fields), fields["context"]
        bounds = sentences(context, Span(0, len(context)))
        kept = [context[s.start : s.end] for s in bounds if not (s.start < end and start < s.end)]
        rest = " ".join(kept)
        if len(bounds) > 2 and len(kept) == len(bounds) - 1 and not holds(fields, rest):
            yield row(fields, rest)


def windows(pool: Pool) -> Iterator[Row]:
    """A few sentences of the passage: half of them with the answer, half without."""
    for fields in pool.asked():
        (start, end), context = place(fields), fields["context"]
        bounds = sentences(context, Span(0, len(context)))
        length = min(pool.draw.choice((1, 1, 2, 2, 3)), len(bounds))
        first = pool.draw.randrange(len(bounds) - length + 1)
        if pool.draw.random() < 0.5:  # one that begins where the answer does
            first = max((at for at, span in enumerate(bounds) if span.start <= start), default=0)
            first = max(0, min(len(bounds) - length, first - pool.draw.randrange(length)))
        low, high = bounds[first].start, bounds[first + length - 1].end
        part = context[low:high]
        if low <= start and end <= high:
            yield Row(row(fields).question, part, start - low, end - low)
        elif not holds(fields, part):
            yield row(fields, part)


GROUPS: Mapping[str, Callable[[Pool], Iterator[Row]]] = {
    "human": human,
    "styles": styles,
    "far": far,
    "near": near,
    "swaps": swaps,
    "cuts": cuts,
    "windows": windows,
}
