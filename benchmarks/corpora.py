"""Make the corpora: 600 article-length texts, and 100,000 passages, with questions whose answers are known.

    python benchmarks/corpora.py articles --data ../shared/data/train --out build/bench/articles
    python benchmarks/corpora.py passages --data ../shared/data/train --out build/bench/passages

Nothing is drawn by chance: the same data give the same files, byte for byte. A folder holds `corpus/`, the
texts, and `questions.jsonl`: question, source, and the span of the answer in code points.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

ARTICLES = 600
ARTICLE = 7_000  # characters, about what a news article has
PASSAGES = 100_000
PART = 330  # characters of a paragraph in the large corpus: one passage each
QUESTIONS = 1_000


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of the data, with its answerable questions: text, and bounds of the answer."""

    text: str
    questions: list[tuple[str, int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """A question and where its answer stands."""

    question: str
    source: str
    start: int
    end: int


def paragraphs_of(files: Iterable[Path]) -> list[Paragraph]:
    """Distinct paragraphs in the order of the files, but for lower-cased and tokenised ones."""
    found: dict[str, Paragraph] = {}
    for path in files:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                text = re.sub(r"\s", " ", row["context"])
                if text == text.lower() or " . " in text or len(text) < 200:
                    continue
                paragraph = found.setdefault(text, Paragraph(text))
                if not row.get("is_impossible") and row.get("answers"):
                    answer = row["answers"][0]
                    start = answer["answer_start"]
                    paragraph.questions.append((row["question"], start, start + len(answer["text"])))
    return list(found.values())


def parts_of(paragraph: Paragraph, size: int) -> Iterator[Paragraph]:
    """The paragraph cut at sentence ends into even parts of about `size` characters."""
    count = max(1, round(len(paragraph.text) / size))
    ends = [match.end() for match in re.finditer(r"[.!?][\"')\]]* ", paragraph.text)]
    wanted = [len(paragraph.text) * n // count for n in range(1, count)]
    cuts = sorted({min(ends, key=lambda end: abs(end - at)) for at in wanted if ends})
    for start, end in zip([0, *cuts], [*cuts, len(paragraph.text)], strict=True):
        text = paragraph.text[start:end].strip()
        if text:
            own = [(q, a - start, b - start) for q, a, b in paragraph.questions if start <= a < b <= end]
            yield Paragraph(text, [each for each in own if each[2] <= len(text)])


def write(paragraphs: Iterable[Paragraph], texts: int, out: Path) -> tuple[int, int]:
    """Write texts of `ARTICLE` characters, a paragraph a line; returns how many, and how many questions."""
    corpus = out / "corpus"
    shutil.rmtree(out, ignore_errors=True)
    corpus.mkdir(parents=True)
    asked: list[Asked] = []
    lines: list[str] = []
    written = 0
    for paragraph in paragraphs:
        source = f"text-{written:05}.txt"
        offset = sum(len(line) + 1 for line in lines)
        asked += [Asked(q, source, offset + a, offset + b) for q, a, b in paragraph.questions]
        lines.append(paragraph.text)
        if sum(map(len, lines)) >= ARTICLE:
            (corpus / source).write_text("\n".join(lines) + "\n", encoding="utf-8")
            written, lines = written + 1, []
            if written == texts:
                break
    asked = [each for each in asked if int(each.source[5:10]) < written]
    every = max(1, len(asked) // QUESTIONS)
    chosen = asked[::every][:QUESTIONS]
    rows = "".join(json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in chosen)
    (out / "questions.jsonl").write_text(rows, encoding="utf-8")
    return written, len(chosen)


def make(kind: str, data: Path, out: Path, most: int = ARTICLES) -> str:
    """Write a corpus unless it is there, of `most` texts; returns the digest of its texts and questions."""
    if not (out / "questions.jsonl").exists():
        if kind == "articles":
            paragraphs: Iterable[Paragraph] = paragraphs_of([data / "squad_train.jsonl.gz"])
            texts, questions = write(paragraphs, most, out)
        else:
            whole = paragraphs_of(sorted(data.glob("*.jsonl.gz")))
            parts = [part for each in whole for part in parts_of(each, PART)][:PASSAGES]
            texts, questions = write(parts, sys.maxsize, out)
        print(f"{kind}: {texts} texts, {questions} questions", file=sys.stderr)
    return digest(out)


def digest(out: Path) -> str:
    """sha256 over the names and bytes of a corpus and its questions."""
    whole = hashlib.sha256()
    for path in sorted(out.rglob("*.*")):
        if path.is_file() and (path.parent.name == "corpus" or path.name == "questions.jsonl"):
            whole.update(path.name.encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def questions_of(out: Path) -> list[Asked]:
    lines = (out / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [Asked(**json.loads(line)) for line in lines]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["articles", "passages"])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    print(make(given.kind, given.data, given.out))
