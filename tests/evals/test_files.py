"""Reports for other programs: JSON Lines that read back, and JUnit XML that parses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from assistant import Answer, Citation, Document, Refusal, Reply
from assistant.errors import SettingError, SuiteProblem
from assistant.evals import Case, Result, Run
from assistant.evals.files import junit, read_runs, write

HOSTILE = "a\"b'<c>&amp;]]>\x00\x1b[2J\x85\u2028\ufffe\ud800日本\n%s {x}"


def said(name: str, outcome: str, text: str = "Yes.") -> Result:
    document = Document("a.txt", "a", text)
    reply = Answer(question="Why?", text=f"{text} [1]", citations=(Citation.of(document, 0, len(text)),))
    case = Case(id=name, question="Why?", answerable=True, answers=("yes",))
    reply = replace(reply, timings_ms={"total": 250.0})
    return Result("desk", case, outcome, "why", reply, {"answer": 1.0}, "a.txt:0", "x")  # type: ignore[arg-type]


def hostile() -> Result:
    case = Case(id=HOSTILE.replace("\ud800", ""), question=HOSTILE, answerable=False, tags=(HOSTILE,))
    reply = Refusal(question=HOSTILE, reason="off_topic", missing=(HOSTILE,), notices=(HOSTILE,))
    return Result(HOSTILE, case, "answered wrongly", HOSTILE, reply, {"decision": 0.0}, HOSTILE, HOSTILE)


BROKEN = Result("desk", Case(id="e", question="Why?", answerable=False), "error", "it broke", None)
DESK = Run("desk", (said("a", "correct"), said("b", "wrong"), BROKEN))


def test_a_line_has_what_is_promised(desk_run: Run) -> None:
    """Each line is an object with id, outcome, reason, reply and scores; the reply is a reply's JSON form."""
    lines = [json.loads(line) for line in desk_run.to_lines()]
    assert [line["id"] for line in lines] == [result.case.id for result in desk_run.results]
    for line, result in zip(lines, desk_run.results, strict=True):
        assert (line["outcome"], line["reason"]) == (result.outcome, result.reason)
        assert Reply.from_dict(line["reply"]) == result.reply
        assert line["scores"] == result.scores


def test_lines_are_read_back(desk_run: Run, tmp_path: Path) -> None:
    """What was written for several suites is read back as a run of each."""
    file = tmp_path / "report.jsonl"
    odd = Run(HOSTILE, (hostile(),))
    write(file, "".join(f"{line}\n" for each in (desk_run, odd) for line in each.to_lines()))
    read = read_runs(file)
    assert [(each.suite, each.results) for each in read] == [
        ("desk", desk_run.results),
        (HOSTILE, odd.results),
    ]


def changed(**fields: Any) -> str:
    return json.dumps(said("b", "wrong").to_dict() | fields)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "",
        "5",
        "[]",
        "{}",
        '"text"',
        changed(reply=5),
        changed(reply={}),
        changed(case={"id": "a"}),
        changed(outcome="splendid"),
        changed(scores=[1]),
        changed(scores={"f1": "high"}),
    ],
)
def test_another_file_is_named_with_its_line(line: str, tmp_path: Path) -> None:
    """What `--json` does not write is a problem with file and line."""
    file = tmp_path / "report.jsonl"
    file.write_text(f"{changed()}\n{line}\n{changed()}\n", encoding="utf-8")
    with pytest.raises(SuiteProblem, match=rf"{file}:2: not what `assistant eval --json` writes"):
        read_runs(file)


@pytest.mark.parametrize("name", ["nowhere.jsonl", "binary", ".", "~no-such-user/a", "x" * 300])
def test_a_file_that_cannot_be_read_is_named(name: str, tmp_path: Path) -> None:
    """A missing file, a folder and bytes that are no text are problems that name them, without a line."""
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    file = Path(name) if name.startswith("~") else tmp_path / name
    with pytest.raises(SuiteProblem) as raised:
        read_runs(file)
    assert str(file) in str(raised.value)
    assert ":0:" not in str(raised.value)


@pytest.mark.parametrize("name", ["nowhere/report.xml", ".", "~no-such-user/report.xml", "x" * 300])
def test_a_report_that_cannot_be_written_is_named(name: str, tmp_path: Path) -> None:
    """A report that has no place to be is an error that names it and says what to do."""
    file = Path(name) if name.startswith("~") else tmp_path / name
    with pytest.raises(SettingError, match=r"cannot be written.*name another file"):
        write(file, "<x/>")


def parsed(*runs: Run) -> ElementTree.Element:
    return ElementTree.fromstring(junit(runs))


def test_junit_counts_what_failed() -> None:
    """A test suite a suite, a test case a case, failures and errors apart, with reason and time."""
    root = parsed(DESK, Run("empty", ()))
    assert [suite.attrib for suite in root] == [
        {"name": "desk", "time": "0.500", "tests": "3", "failures": "1", "errors": "1"},
        {"name": "empty", "time": "0.000", "tests": "0", "failures": "0", "errors": "0"},
    ]
    right, wrong, broken = root.iter("testcase")
    assert (right.attrib, list(right)) == ({"name": "a", "classname": "desk", "time": "0.250"}, [])
    (failure,) = wrong
    assert (failure.tag, failure.attrib) == ("failure", {"message": "why", "type": "wrong"})
    assert failure.text is not None
    assert failure.text.startswith("Why?\nYes. [1]")
    (error,) = broken
    assert (error.tag, error.attrib) == ("error", {"message": "it broke", "type": "error"})


def test_junit_survives_hostile_words() -> None:
    """Markup, control characters and lone surrogates make XML that parses and still shows the rest."""
    (case,) = parsed(Run(HOSTILE, (hostile(),))).iter("testcase")
    assert case.attrib["name"].startswith("a\"b'<c>&amp;]]>\ufffd\ufffd[2J")
    assert "日本" in case[0].attrib["message"]
    assert "日本" in (case[0].text or "")


def test_reports_are_written_as_they_are(tmp_path: Path) -> None:
    """A report is UTF-8, and a lone surrogate in it is no error."""
    write(tmp_path / "a.txt", "日本\ud800")
    assert (tmp_path / "a.txt").read_text("utf-8") == "日本?"
