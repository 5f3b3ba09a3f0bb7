"""Benchmarks of others: tiny files with numbers worked out by hand, samples, and files that are none."""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import SuiteProblem
from assistant.evals.benchmarks import (
    Figures,
    Paragraph,
    Question,
    as_articles,
    as_paragraphs,
    beir,
    read_squad2,
    sampled,
    squad2_articles,
    squad2_paragraphs,
)
from tests.conftest import OFFICE, SHARED

PARAGRAPH = " ".join(block.strip() for block in OFFICE.split("\n\n") if "." in block)
Squad = Callable[[Path, int | None, Any], Figures]


def silent(*_: object) -> None:
    """No progress is shown."""


def question(name: str, text: str, *answers: str, paragraph: str = PARAGRAPH) -> dict[str, Any]:
    found = [{"text": each, "answer_start": paragraph.index(each)} for each in answers]
    return {"id": name, "question": text, "answers": found, "is_impossible": not answers}


QUESTIONS = [
    question("exact", "When does the office open?", "nine", "at nine"),
    question("overlap", "Where do visitors sign?", "the green book"),  # read: "the green book at the desk"
    question("refused", "What does the cafeteria sell?"),
    question("answered", "Who wrote the letter?"),  # read: "Ann Berg"
]


def squad(folder: Path, *articles: dict[str, list[dict[str, Any]]], packed: bool = False) -> Path:
    """A SQuAD 2.0 file of articles, each with its paragraphs' texts and questions."""
    data = [
        {
            "title": f"Article {number}",
            "paragraphs": [{"context": text, "qas": asked} for text, asked in article.items()],
        }
        for number, article in enumerate(articles)
    ]
    text = json.dumps({"version": "v2.0", "data": data}).encode()
    file = folder / "squad.json"
    file.write_bytes(gzip.compress(text) if packed else text)
    return file


def values(figures: Figures) -> dict[str, float]:
    return {row.name: row.value for row in figures.rows}


@pytest.mark.parametrize("adapter", [squad2_paragraphs, squad2_articles])
def test_squad_figures_are_worked_out_by_hand(adapter: Squad, tmp_path: Path) -> None:
    """Four questions: one exact, one that overlaps by two of four words, one refused, one that was not."""
    figures = adapter(squad(tmp_path, {PARAGRAPH: QUESTIONS}), None, silent)
    found = values(figures)
    f1 = 2 * 0.5 * 1 / 1.5  # "green book at desk" for "green book"
    assert figures.title.endswith("given: 4 questions")
    assert found["exact match"] == 50
    assert found["F1"] == pytest.approx(100 * (1 + f1 + 1 + 0) / 4)
    assert found["HasAns F1"] == found["HasAns F1, threshold off"] == pytest.approx(100 * (1 + f1) / 2)
    assert found["NoAns accuracy"] == 50
    assert (found["decision, %"], found["refusal precision, %"], found["refusal recall, %"]) == (75, 100, 50)
    assert (found["hit@1, %"], found["cases that failed"]) == (100, 0)
    # Of four pairs of an answerable and another question, three are in order, or all four: then a
    # threshold answers both answerable ones alone, and otherwise the surest.
    best = {0.75: 1 + 2, 1.0: 1 + f1 + 2}[found["AUC of answerability"]]
    assert found["best F1 of any threshold"] == pytest.approx(100 * best / 4)
    assert next(value for name, value in found.items() if name.startswith("cited sentence")) == 100


def test_a_file_may_be_packed(tmp_path: Path) -> None:
    """A gzipped file is read as it would be unpacked."""
    plain = read_squad2(squad(tmp_path, {PARAGRAPH: QUESTIONS}))
    assert read_squad2(squad(tmp_path, {PARAGRAPH: QUESTIONS}, packed=True)) == plain
    assert plain[0].questions[0] == Question(
        "exact", QUESTIONS[0]["question"], (("nine", 20), ("at nine", 17))
    )
    assert plain[0].questions[2].answers == ()


def test_a_paragraph_is_a_corpus_or_an_article_is(tmp_path: Path) -> None:
    """Each paragraph alone, or all paragraphs of an article with the questions of those asked."""
    other = "Bicycles are free in the whole of the town."
    paragraphs = read_squad2(squad(tmp_path, {PARAGRAPH: QUESTIONS, other: []}, {other: []}))
    alone = list(as_paragraphs(paragraphs))
    assert [suite.corpus for suite in alone] == [
        {"Article 0": PARAGRAPH},
        {"Article 0": other},
        {"Article 1": other},
    ]
    first = next(as_articles(paragraphs, paragraphs[:1]))
    assert first.corpus == {"Article 0": f"{PARAGRAPH}\n{other}"}
    assert (first.cluster, [case.id for case in first.cases]) == (
        "Article 0",
        [each["id"] for each in QUESTIONS],
    )
    assert first.cases[1].evidence == ("Visitors sign the green book at the desk.",)
    assert (first.cases[1].answerable, first.cases[2].answerable) == (True, False)


def test_an_article_without_a_question_is_not_opened(tmp_path: Path) -> None:
    """Texts that a sample asks nothing about are not indexed."""
    paragraphs = read_squad2(squad(tmp_path, {PARAGRAPH: QUESTIONS}, {"Nothing is asked here.": []}))
    assert [suite.name for suite in as_articles(paragraphs, paragraphs[:1])] == ["Article 0"]


@pytest.mark.parametrize("adapter", [squad2_paragraphs, squad2_articles])
def test_line_breaks_in_a_paragraph_do_no_harm(adapter: Squad, tmp_path: Path) -> None:
    """A sentence that a line break runs through is found as evidence all the same."""
    broken = "The tower in the park is\n40 metres high. It was built in 1912."
    asked = [question("high", "How high is the tower?", "40 metres", paragraph=broken)]
    found = values(adapter(squad(tmp_path, {broken: asked, PARAGRAPH: QUESTIONS[2:3]}), None, silent))
    assert (found["cases that failed"], found["exact match"]) == (0, 100)


def many() -> list[Paragraph]:
    return [
        Paragraph(f"article {n % 4}", f"text {n}", tuple(Question(f"{n}-{k}", "Why?", ()) for k in range(3)))
        for n in range(40)
    ]


def test_a_sample_is_spread_over_the_articles() -> None:
    """Of each article as many questions, none of them twice, and the same ones each time."""
    kept = sampled(many(), 28)
    asked = [question.id for each in kept for question in each.questions]
    assert len(set(asked)) == len(asked) == 28
    assert set(Counter(each.article for each in kept for _ in each.questions).values()) == {7}
    assert kept == sampled(many(), 28)
    assert set(asked) != {question.id for each in many()[:10] for question in each.questions}


def test_a_sample_of_more_than_all_is_all() -> None:
    """Without a limit, or with a large one, every question of every paragraph is asked."""
    everything = {question.id for each in many() for question in each.questions}
    assert sampled(many(), None) == many()
    assert {question.id for each in sampled(many(), 10_000) for question in each.questions} == everything


def test_a_small_sample_is_of_few_articles() -> None:
    """Fewer questions than articles are each of another article."""
    kept = sampled(many(), 2)
    assert [len(each.questions) for each in kept] == [1, 1]
    assert len({each.article for each in kept}) == 2


def case_with(**changed: Any) -> dict[str, Any]:
    data = {"context": PARAGRAPH, "qas": [QUESTIONS[0] | changed]}
    return {"data": [{"title": "Office", "paragraphs": [data]}]}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"5",
        b'{"data": 5}',
        b'{"data": [{}]}',
        b'{"data": []}',
        gzip.compress(b'{"data": []}' * 99)[:30],
        gzip.compress(b"{}")[:10] + b"\xff" * 40,
        json.dumps(case_with(id=7)).encode(),
        json.dumps(case_with(question=None)).encode(),
        json.dumps(case_with(answers=None)).encode(),
        json.dumps(case_with(answers=[{"text": "nine"}])).encode(),
        json.dumps(case_with(answers=[{"text": " ", "answer_start": 3}])).encode(),
        json.dumps({"data": [{"title": "Office", "paragraphs": [{"context": 5, "qas": []}]}]}).encode(),
    ],
    ids=range(16),
)
def test_what_is_no_squad_file_is_named(data: bytes, tmp_path: Path) -> None:
    """Whatever is wrong with a file, the error is ours and names it."""
    file = tmp_path / "squad.json"
    file.write_bytes(data)
    with pytest.raises(SuiteProblem, match=r"squad.json' is no SQuAD 2.0 file"):
        squad2_paragraphs(file, None, silent)


def test_no_file_is_named(tmp_path: Path) -> None:
    """A missing file and a folder are named, too."""
    for path in (tmp_path / "nowhere.json", tmp_path):
        with pytest.raises(SuiteProblem, match=r"is no SQuAD 2.0 file"):
            read_squad2(path)


DOCUMENTS = [
    {"_id": "ladder", "title": "The ladder", "text": "The ladder belongs to Ann Berg."},
    {"_id": "cat", "text": "A cat sleeps most of the day."},
]
QUERIES = [
    {"_id": "first", "text": "Who owns the ladder?"},
    {"_id": "second", "text": "Whose ladder is it?"},
    {"_id": "both", "text": "the ladder of Ann Berg"},
    {"_id": "unjudged", "text": "What is a ladder?"},
    {"_id": "nothing", "text": "What is a dog?"},
]
JUDGED = ["first\tladder\t1", "second\tcat\t1", "both\tladder\t1", "both\tcat\t2", "nothing\tcat\t0"]


def beir_folder(folder: Path, **changed: str) -> Path:
    """A BEIR folder; a file's text may be changed by name."""
    (folder / "qrels").mkdir(exist_ok=True)
    files = {
        "corpus.jsonl": "".join(f"{json.dumps(each)}\n" for each in DOCUMENTS),
        "queries.jsonl": "".join(f"{json.dumps(each)}\n" for each in QUERIES),
        "qrels/test.tsv": "\n".join(["query-id\tcorpus-id\tscore", *JUDGED]) + "\n",
    }
    for name, text in (files | changed).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_beir_figures_are_worked_out_by_hand(tmp_path: Path) -> None:
    """The ladder ranks first: right for one query, second for another, graded lower for the third."""
    figures = beir(beir_folder(tmp_path), None, silent)
    discount = 1 / math.log2(3)
    graded = (1 + 2 * discount) / (2 + 1 * discount)
    assert "2 documents" in figures.title
    assert values(figures) == pytest.approx(
        {
            "nDCG@10": (1 + discount + graded) / 3,
            "recall@100": 1.0,
            "MRR@10": (1 + 1 / 2 + 1) / 3,
        }
    )
    assert all(row.mean and row.mean.n == 3 for row in figures.rows)


def test_a_sample_of_queries_is_the_same_each_time(tmp_path: Path) -> None:
    """A limit takes that many of the judged queries, always the same ones."""
    folder = beir_folder(tmp_path)
    first, second = beir(folder, 2, silent), beir(folder, 2, silent)
    assert first == second
    assert all(row.mean and row.mean.n == 2 for row in first.rows)
    assert "2 queries" in first.title


@pytest.mark.parametrize(
    "changed",
    [
        {"corpus.jsonl": ""},
        {"corpus.jsonl": "{\n"},
        {"corpus.jsonl": "[]\n"},
        {"corpus.jsonl": '{"_id": "a"}\n'},
        {"corpus.jsonl": '{"_id": 7, "text": "A cat."}\n'},
        {"queries.jsonl": '{"_id": "a"}\n'},
        {"queries.jsonl": ""},
        {"qrels/test.tsv": "query-id\tcorpus-id\tscore\nfirst ladder 1\n"},
        {"qrels/test.tsv": "query-id\tcorpus-id\tscore\nfirst\tladder\tgood\n"},
        {"qrels/test.tsv": "query-id\tcorpus-id\tscore\n"},
    ],
    ids=range(10),
)
def test_what_is_no_beir_folder_is_named(changed: dict[str, str], tmp_path: Path) -> None:
    """Whatever is wrong with one of the files, or when nothing is judged, the error is ours and names it."""
    folder = beir_folder(tmp_path, **changed)
    with pytest.raises(SuiteProblem, match=r"is no BEIR folder"):
        beir(folder, None, silent)
    with pytest.raises(SuiteProblem, match=r"is no BEIR folder"):
        beir(tmp_path / "nowhere", None, silent)


@pytest.mark.shared
def test_the_half_of_squad_is_read() -> None:
    """The half of SQuAD 2.0's development set has its questions, with answers where they say."""
    paragraphs = read_squad2(SHARED / "data" / "dev" / "squad2-dev-half.json.gz")
    assert sum(len(each.questions) for each in paragraphs) > 5000
    for each in paragraphs:
        for asked in each.questions:
            assert all(each.text[at : at + len(text)] == text for text, at in asked.answers)
    sample = sampled(paragraphs, 1000)
    asked = Counter(each.article for each in sample for _ in each.questions)
    assert asked.total() == 1000
    assert set(asked) == {each.article for each in paragraphs}
    assert max(asked.values()) - min(asked.values()) <= 1


@pytest.mark.shared
def test_evidence_of_squad_is_in_its_text() -> None:
    """Every sentence that holds an answer is found again, in the paragraph and in the article."""
    paragraphs = read_squad2(SHARED / "data" / "dev" / "squad2-dev-half.json.gz")
    for suites in (as_paragraphs(paragraphs), as_articles(paragraphs, paragraphs)):
        for suite in suites:
            assert isinstance(suite.corpus, dict)
            (text,) = suite.corpus.values()
            assert all(piece in text for case in suite.cases for piece in case.evidence)
