"""Suites: what is wrong with them is said at once, with file and line; the shipped ones hold together."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant import Document, resources
from assistant.corpus.load import documents_of
from assistant.errors import SuiteProblem
from assistant.evals import Case, Suite, load_suite, load_suites
from assistant.evals.judging import keys_of
from tests.conftest import OFFICE
from tests.evals.conftest import DESK, fields

Write = Callable[..., Path]


def test_a_suite_is_read_with_its_lines(lines: Write) -> None:
    """Every field comes back, what may be missing is empty, blank lines count, and a case has a place."""
    full = fields(id="a", history=["Who?"], evidence=["at nine"], source="office.txt", tags=["fact"])
    file = lines(full, "", fields(id="b"), name="mine/suite.jsonl")
    suite = load_suite(file)
    assert (suite.name, suite.corpus, suite.file) == ("mine", None, file)
    assert [json.loads(case.to_line()) for case in suite.cases] == [full, fields(id="b")]
    assert suite.cases[1].history == suite.cases[1].evidence == suite.cases[1].tags == ()
    assert suite.place(suite.cases[1]) == f"{file}:3"
    assert [case.id for case in suite.tagged("fact").cases] == ["a"]


def test_a_suite_is_named_after_its_folder_from_within(lines: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the suite's own folder, `suite.jsonl` is the same suite as its folder from elsewhere."""
    file = lines(fields(), name="mine/suite.jsonl")
    monkeypatch.chdir(file.parent)
    assert load_suite("suite.jsonl").name == load_suite(file.parent).name == "mine"


def test_here_is_the_current_folder(lines: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.` names the folder that one is in, not that of the shipped suites."""
    file = lines(fields(), name="mine/suite.jsonl")
    monkeypatch.chdir(file.parent)
    assert [suite.name for suite in load_suites(["."])] == ["mine"]


def test_a_folder_brings_its_texts(lines: Write) -> None:
    """A folder with suite.jsonl and corpus/ asks about these; a folder of files is a suite each."""
    file = lines(fields(), name="mine/suite.jsonl")
    (file.parent / "corpus").mkdir()
    assert load_suite(str(file.parent)).corpus == file.parent / "corpus"
    lines(fields(), name="many/one.jsonl")
    many = lines(fields(), name="many/two.jsonl").parent
    assert [suite.name for suite in load_suites([many, file])] == ["one", "two", "mine"]
    with pytest.raises(SuiteProblem, match="many"):
        load_suite(many)


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    """What Windows puts before and between the lines does not matter."""
    file = tmp_path / "mine.jsonl"
    rows = (json.dumps(fields(id=name)) for name in "ab")
    file.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(rows).encode())
    assert [case.id for case in load_suite(file).cases] == ["a", "b"]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (fields(question=None), "question: field required"),
        (fields(answerable=None), "answerable: field required"),
        (fields(colour="red"), "colour"),
        (fields(answerable="yes"), "answerable: input should be a valid boolean"),
        (fields(answerable=1), "answerable"),
        (fields(id=7), "id: input should be a valid string"),
        (fields(id=""), "id"),
        (fields(answers="nine"), "answers"),
        (fields(answers=[9]), "answers.0"),
        (fields(answers=[" "]), "empty"),
        (fields(evidence=[""], answerable=False), "empty"),
        (fields(answers=None), "an answerable case needs answers or evidence"),
        (fields(question="  "), "an answerable case needs a question"),
        ("{", "not JSON"),
        ('{"id": "a"', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "not a case"),
        ('"opens"', "not a case"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_a_wrong_line_is_named(row: object, says: str, lines: Write) -> None:
    """Each way for a line to be wrong is a problem with file, line and field."""
    file = lines(fields(id="first"), row)
    with pytest.raises(SuiteProblem) as raised:
        load_suite(file)
    assert str(raised.value).startswith(f"{file}:2: ")
    assert says in str(raised.value)


def test_all_wrong_lines_are_told_at_once(lines: Write) -> None:
    """Several wrong lines in several files are one error with a line for each."""
    one = lines(fields(), "no", fields(question=None, answers="x"), fields(), name="one.jsonl")
    two = lines(name="two.jsonl")
    with pytest.raises(SuiteProblem) as raised:
        load_suites([one, str(lines(fields(), name="good.jsonl")), two])
    said = str(raised.value).splitlines()
    assert [line.partition(": ")[0] for line in said] == [f"{one}:2", *[f"{one}:3"] * 2, f"{one}:4", f"{two}"]
    assert "the id 'opens' is that of line 1" in said[3]
    assert "no case" in said[4]


def test_a_wrong_line_says_what_json_calls_it(lines: Write) -> None:
    """The message speaks of lists, which a suite has, not of Python's tuples."""
    with pytest.raises(SuiteProblem, match=r"answers: .*(list|array)"):
        load_suite(lines(fields(answers="nine")))


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf", b'{"id": "caf\xe9"}', b"\xff\xfe{\x00"])
def test_a_file_without_cases_is_named(data: bytes, tmp_path: Path) -> None:
    """An empty file and one that is not UTF-8 are problems that name it."""
    file = tmp_path / "mine.jsonl"
    file.write_bytes(data)
    with pytest.raises(SuiteProblem, match=str(file)):
        load_suite(file)


@pytest.mark.parametrize("name", ["nowhere", "nowhere.jsonl", "x" * 300, "~no-such-user/suite", "a\0b", ""])
def test_no_such_suite(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is no suite is a problem that names it and the shipped ones, whatever the name."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SuiteProblem, match=r"is no suite.*article, others"):
        load_suites([name])


def test_wrong_evidence_is_told_at_once(lines: Write) -> None:
    """All cases whose evidence or source is not in the texts are one error with a place for each."""
    file = lines(
        fields(id="a", evidence=["The office opens at ten."]),
        fields(id="b", evidence=["The office opens at nine.", "It never\ncloses."]),
        fields(id="c", source="garden.txt"),
        fields(id="d", evidence=["Bicycles are free."], source="office.txt"),
        fields(id="e", answerable=False, evidence=["not looked for"]),
    )
    office = Document("office.txt", "office", OFFICE)
    with pytest.raises(SuiteProblem) as raised:
        keys_of(load_suite(file), {"office.txt": office})
    said = str(raised.value).splitlines()
    assert [line.partition(": ")[0] for line in said] == [f"{file}:{number}" for number in (1, 2, 3)]
    assert "The office opens at ten." in said[0]
    assert "It never" in said[1]
    assert "'garden.txt'" in said[2]


def test_a_digest_is_of_what_is_asked() -> None:
    """A suite's digest changes with a case and only then: not with the name or the order."""
    first, *others = DESK.cases
    assert Suite("other", (*others, first)).sha256 == DESK.sha256
    for changed in ({"question": "Why?"}, {"answers": ("ten",)}, {"tags": ()}, {"history": ("Who?",)}):
        assert Suite("desk", (first.model_copy(update=changed), *others)).sha256 != DESK.sha256


def shipped_texts(suite: Suite) -> dict[str, Document]:
    folder = suite.corpus if isinstance(suite.corpus, Path) else resources.folder("corpus")
    texts = {file.name: file.read_bytes().decode("utf-8") for file in sorted(folder.glob("*.txt"))}
    return {document.source: document for document in documents_of(texts)}


@pytest.mark.parametrize("name", ["article", "others"])
def test_shipped_evidence_is_verbatim(name: str) -> None:
    """Each piece of evidence of a shipped suite stands in its text, and nothing is asked twice."""
    suite = load_suite(name)
    keys = keys_of(suite, shipped_texts(suite))
    assert all(keys[case.id].pieces for case in suite.cases if case.answerable)
    assert len({(case.history, case.question) for case in suite.cases}) == len(suite.cases)


def test_the_article_has_enough_cases() -> None:
    """The article's suite has the cases that a trusted score takes, of every kind."""
    cases = load_suite("article").cases
    kinds = Counter(tag for case in cases for tag in case.tags)
    assert len(cases) >= 160
    assert min(Counter(case.answerable for case in cases).values()) >= 80
    assert sum("list" in case.tags and len(case.evidence) >= 2 for case in cases) >= 15
    assert min(kinds[each] for each in ("fact", "reason", "paraphrase", "yes_no", "list", "whole")) >= 5
    assert min(kinds[each] for each in ("near_miss", "swap", "false_premise", "off_topic", "injection")) >= 5
    assert all(case.yes_no == ("yes_no" in case.tags) for case in cases if case.answerable)


def test_each_other_text_has_enough_cases() -> None:
    """Each of the three texts of other genres has twenty cases, answerable and not."""
    cases = load_suite("others").cases
    for genre in ("manual", "minutes", "encyclopedia"):
        own = Counter(case.answerable for case in cases if genre in case.tags)
        assert own.total() >= 20
        assert min(own[True], own[False]) >= 8


def test_all_shipped_suites_are_the_default() -> None:
    """No name means all of evals/."""
    assert [suite.name for suite in load_suites([])] == ["article", "others"]


def test_a_case_is_yes_or_no_when_nothing_else_is_right() -> None:
    """A case asks for yes or no if its answers are these words alone, in any case."""

    def asks(*answers: str) -> bool:
        return Case(id="a", question="Is it?", answerable=True, answers=answers, evidence=("x",)).yes_no

    assert (asks("Yes"), asks("no", "NO"), asks(), asks("yes", "nine")) == (True, True, False, False)
