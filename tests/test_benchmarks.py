"""What the benchmarks rest on: corpora that are the same every time, spans that hold, costs counted."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pytest

from benchmarks import corpora
from benchmarks.figures import Figure, spend
from tests.conftest import SHARED


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Fifty paragraphs, each with a question that it answers and one that it does not."""
    folder = tmp_path / "data"
    folder.mkdir()
    with gzip.open(folder / "squad_train.jsonl.gz", "wt", encoding="utf-8") as rows:
        for n in range(50):
            text = f"Keeper {n} lives here. " + " ".join(
                f"He counted {n + k} birds in May." for k in range(20)
            )
            start = text.index(f"counted {n + 11} ") + len("counted ")
            answer = {"text": str(n + 11), "answer_start": start}
            row = {"context": text, "question": f"How many were it, {n}?", "answers": [answer]}
            rows.write(json.dumps(row) + "\n")
            rows.write(json.dumps(row | {"is_impossible": True, "answers": []}) + "\n")
            rows.write(json.dumps(row | {"context": text.lower()}) + "\n")
    return folder


@pytest.mark.parametrize("kind", ["articles", "passages"])
def test_answers_stand_where_they_are_said_to(data: Path, tmp_path: Path, kind: str) -> None:
    """The span of each question is its answer, in texts of article length and in short paragraphs."""
    corpora.make(kind, data, tmp_path / kind)
    asked = corpora.questions_of(tmp_path / kind)
    assert len(asked) > 20
    for each in asked:
        text = (tmp_path / kind / "corpus" / each.source).read_text(encoding="utf-8")
        number = int(each.question.split()[-1].rstrip("?"))
        assert text[each.start : each.end] == str(number + 11)
        assert text[: each.start].endswith("counted ")


def test_the_corpora_are_the_same_every_time(data: Path, tmp_path: Path) -> None:
    """Made twice from the same data they have the same digest; from other data another."""
    digests = [corpora.make("articles", data, tmp_path / name) for name in ("one", "two")]
    assert digests[0] == digests[1]
    assert corpora.make("passages", data, tmp_path / "three") != digests[0]


@pytest.mark.shared
def test_six_hundred_texts(tmp_path: Path) -> None:
    """The published data make 600 texts of article length, with 1,000 questions."""
    corpora.make("articles", SHARED / "data" / "train", tmp_path / "articles")
    sizes = [len(path.read_text(encoding="utf-8")) for path in (tmp_path / "articles" / "corpus").iterdir()]
    assert len(sizes) == 600 and min(sizes) >= corpora.ARTICLE
    assert len(corpora.questions_of(tmp_path / "articles")) == 1000


def test_a_childs_children_are_counted() -> None:
    """The cost of a command is its own and that of the processes that it waited for."""
    burn = "import time; begun = time.process_time()\nwhile time.process_time() < begun + 0.3: pass"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}]); print('done')"
    spent = spend([sys.executable, "-c", program])
    assert spent.output == "done\n" and spent.cpu >= 0.3 and spent.peak > 1


def test_a_row_says_median_and_range() -> None:
    """A line of the table has the median, the range where there were several runs, the unit and the goal."""
    assert Figure("cold", "s", [3, 1, 2], "at most 4").row() == "| cold | 2 (1 to 3) s | at most 4 |"
    assert Figure("disk", "MB", [1234.5]).row() == "| disk | 1,234 MB |  |"
