"""The commands `eval`, `calibrate` and `case add`: output, exit codes, files, prompts."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from assistant import Reply
from assistant.cli import main
from assistant.evals import load_suite
from assistant.evals.baseline import load_baseline
from assistant.seams import Message
from assistant.testing import Fault, ScriptedServer
from tests.conftest import OFFICE, ROOT
from tests.evals.conftest import DESK, fields


class Said(NamedTuple):
    """What a command left: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The office as a corpus with its index, and a cache, named by the variables."""
    folder = tmp_path_factory.mktemp("places")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "office.txt").write_text(OFFICE, encoding="utf-8")
    variables = {"CORPUS": str(folder / "corpus"), "INDEX": str(folder / "index")}
    yield {f"ASSISTANT_{name}": value for name, value in variables.items()}


@pytest.fixture
def assistant(
    places: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Command]:
    """Runs the command line in this process, over the office unless told otherwise."""
    for name, value in (places | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "COLUMNS": "200"}).items():
        monkeypatch.setenv(name, value)
    before = signal.getsignal(signal.SIGPIPE)

    def run(*arguments: object, stdin: str = "") -> Said:
        monkeypatch.setattr(sys, "argv", ["assistant", *map(str, arguments)])
        monkeypatch.setattr(
            sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode("utf-8", "surrogateescape")))
        )
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    yield run
    signal.signal(signal.SIGPIPE, before)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A copy of the suite about the office, for the test to change."""
    file = tmp_path / "desk.jsonl"
    file.write_text("".join(f"{case.to_line()}\n" for case in DESK.cases), encoding="utf-8")
    return file


@pytest.fixture
def accepted(desk: Path, assistant: Command) -> Path:
    """The suite with a baseline beside it."""
    assert assistant("eval", desk, "--accept").code == 0
    return desk


def moved_threshold(file: Path, places: dict[str, str], threshold: float) -> None:
    """Give the office a calibration that answers from this confidence on, and otherwise changes nothing."""
    from assistant.models import shipped_reader

    shipped = json.loads((shipped_reader().folder / "calibration.json").read_text("utf-8"))
    file.write_text(json.dumps(shipped | {"threshold": threshold}), encoding="utf-8")


# eval


def test_a_run_is_shown_with_its_figures(desk: Path, assistant: Command) -> None:
    """Outcomes, means with intervals and the figures of each tag are printed, and the exit code is 0."""
    said = assistant("eval", desk)
    assert (said.code, said.err) == (0, "")
    assert "desk: 6 cases\n4 correct, 2 refused rightly\n" in said.out
    assert "decision accuracy" in said.out
    assert "1.000 to 1.000" in said.out
    assert "fact" in said.out
    assert "error" not in said.out.replace("calibration error", "")


def test_a_case_that_is_wrong_is_no_failure(assistant: Command, tmp_path: Path) -> None:
    """Without --check a wrong case is shown with its reason, and the exit code is 0."""
    file = tmp_path / "mine.jsonl"
    file.write_text(json.dumps(fields(answers=["ten"])) + "\n", encoding="utf-8")
    said = assistant("eval", file)
    assert said.code == 0
    assert "wrong  opens: answered 'nine', not 'ten'" in said.out


def test_an_unchanged_run_says_so(desk: Path, assistant: Command) -> None:
    """The second run comes from the cache and says so; --fresh asks again."""
    assert "nothing has changed" not in assistant("eval", desk).out
    assert "desk: 6 cases; nothing has changed since the last run" in assistant("eval", desk).out
    assert "nothing has changed" not in assistant("eval", desk, "--fresh").out


def test_a_cache_without_room_is_no_error(
    desk: Path, assistant: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no cache can be written, cases are asked each time."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    assert assistant("eval", desk).code == 0


def test_reports_are_written(desk: Path, assistant: Command, tmp_path: Path) -> None:
    """--json has a line a case with all that is promised; --junit counts; --html is a page."""
    report, junit, page = tmp_path / "report.jsonl", tmp_path / "junit.xml", tmp_path / "page.html"
    said = assistant("eval", desk, "--json", report, "--junit", junit, "--html", page)
    assert said.code == 0
    lines = [json.loads(line) for line in report.read_text("utf-8").splitlines()]
    assert [line["id"] for line in lines] == [case.id for case in DESK.cases]
    assert all({"outcome", "reason", "reply", "scores"} <= set(line) for line in lines)
    assert Reply.from_dict(lines[0]["reply"]).question == DESK.cases[0].question
    assert [suite.attrib["tests"] for suite in ElementTree.parse(junit).getroot()] == ["6"]
    assert page.read_text("utf-8").lower().startswith("<!doctype html>")
    assert assistant("eval", desk, "--html", page, "--against", report).code == 0


def test_a_tag_is_a_part(desk: Path, assistant: Command) -> None:
    """--tag runs its cases alone; an unknown tag is wrong usage that lists the known ones."""
    assert "desk: 2 cases" in assistant("eval", desk, "--tag", "fact").out
    said = assistant("eval", desk, "--tag", "colour")
    assert said.code == 2
    assert "fact, name" in " ".join(said.err.split())


# The gate


def test_the_gate_passes_what_was_accepted(accepted: Path, assistant: Command) -> None:
    """An unchanged run is no worse: exit code 0, and the baseline stays as it is."""
    baseline = accepted.parent / "baseline.json"
    before = baseline.read_bytes()
    said = assistant("eval", accepted, "--check")
    assert said.code == 0
    assert "no case is worse" in said.out
    assert baseline.read_bytes() == before


def test_the_gate_names_what_a_changed_number_breaks(
    accepted: Path, assistant: Command, tmp_path: Path
) -> None:
    """A number changed in a suite's own text fails with the case, its question, and the reply before."""
    folder = tmp_path / "desk"
    (folder / "corpus").mkdir(parents=True)
    (folder / "corpus" / "office.txt").write_text(OFFICE.replace("40 cars", "45 cars"), encoding="utf-8")
    accepted.rename(folder / "suite.jsonl")
    baseline = Path(shutil.copy(accepted.parent / "baseline.json", folder))
    before = baseline.read_bytes()
    said = assistant("eval", folder, "--check")
    assert said.code == 1
    assert "worse  cars: correct before, error now" in said.out
    assert "How many cars does the car park hold?" in said.out
    assert "before: '40'" in said.out
    assert "The car park holds 40 cars." in said.out
    assert "1 case is worse" in said.out
    assert baseline.read_bytes() == before
    assert "Traceback" not in said.err


def test_the_gate_names_what_a_threshold_breaks(
    accepted: Path, assistant: Command, places: dict[str, str]
) -> None:
    """A threshold of one's own that refuses everything fails, and --accept alone takes it as it is."""
    calibration = Path(places["ASSISTANT_INDEX"]) / "calibration.json"
    moved_threshold(calibration, places, 1.0)
    try:
        said = assistant("eval", accepted, "--check")
        assert said.code == 1
        for name in ("opens", "key", "cars", "leave"):
            assert f"worse  {name}: correct before, refused wrongly now" in said.out
        assert "4 cases are worse" in said.out
        assert "McNemar" in said.out
        assert assistant("eval", accepted, "--accept").code == 0
        assert assistant("eval", accepted, "--check").code == 0
    finally:
        calibration.unlink()
    better = assistant("eval", accepted, "--check")
    assert better.code == 0
    assert "better opens: refused wrongly before, correct now" in better.out


def test_the_gate_survives_that_every_case_breaks(accepted: Path, assistant: Command) -> None:
    """When the text has another name than the cases say, every case is named, and there is no traceback."""
    lines = (case.model_copy(update={"source": "other.txt"}).to_line() for case in DESK.cases)
    accepted.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    said = assistant("eval", accepted, "--check")
    assert said.code == 1
    assert "6 cases are worse" in said.out


def test_the_gate_and_the_cases_of_a_suite(accepted: Path, assistant: Command) -> None:
    """A new case is named and passes; one that is gone fails; with --tag the others are not missed."""
    lines = accepted.read_text("utf-8").splitlines(keepends=True)
    accepted.write_text("".join([*lines, json.dumps(fields(id="fresh")) + "\n"]), encoding="utf-8")
    more = assistant("eval", accepted, "--check")
    assert more.code == 0
    assert "new, not in the baseline: fresh" in more.out
    assert assistant("eval", accepted, "--check", "--tag", "fact").code == 0
    accepted.write_text("".join(lines[1:]), encoding="utf-8")
    fewer = assistant("eval", accepted, "--check")
    assert fewer.code == 1
    assert "opens: the case is gone" in fewer.out


def test_accept_keeps_other_suites(accepted: Path, assistant: Command) -> None:
    """Accepting a second suite of the same folder leaves the first one's part as it is."""
    other = accepted.with_name("other.jsonl")
    shutil.copy(accepted, other)
    file = accepted.parent / "baseline.json"
    before = load_baseline(file)["desk"]
    said = assistant("eval", other, "--accept")
    assert said.code == 0
    assert f"other: 6 cases are the baseline now, in {file}" in said.out
    assert set(load_baseline(file)) == {"desk", "other"}
    assert load_baseline(file)["desk"] == before


def test_without_a_baseline_the_command_for_one_is_named(desk: Path, assistant: Command) -> None:
    """--check without a baseline is an error whose command makes one."""
    said = assistant("eval", desk, "--check")
    assert said.code == 2
    assert said.err.startswith("error: ")
    command = said.err.rpartition("assistant ")[2].split()
    assert command == ["eval", str(desk), "--accept"]
    assert assistant(*command).code == 0
    assert assistant("eval", desk, "--check").code == 0


# Wrong usage


def test_all_that_is_wrong_with_suites_is_told_at_once(assistant: Command, tmp_path: Path) -> None:
    """Each wrong line of each suite is named with file and line, nothing is asked, and the exit code is 2."""
    one, two, three = (tmp_path / f"{name}.jsonl" for name in ("one", "two", "three"))
    rows = [fields(), fields(question=None), fields(), fields(id="x", colour="red")]
    one.write_text("".join(f"{json.dumps(row)}\n" for row in rows) + "no\n", encoding="utf-8")
    two.write_text("", encoding="utf-8")
    three.write_bytes(b"caf\xe9")
    said = assistant("eval", one, two, three)
    assert (said.code, said.out) == (2, "")
    assert [f"{one}:{line}: " in said.err for line in (2, 3, 4, 5)] == [True] * 4
    assert str(two) in said.err
    assert str(three) in said.err
    assert "Traceback" not in said.err


def test_wrong_evidence_of_all_suites_is_told_at_once(assistant: Command, tmp_path: Path) -> None:
    """Evidence that is not in the texts is named with file and line, for every suite, before any is run."""
    for name in ("one", "two"):
        rows = [fields(), fields(id="b", evidence=["nowhere"]), fields(id="c", source="none.txt")]
        text = "".join(f"{json.dumps(row)}\n" for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    said = assistant("eval", tmp_path / "one.jsonl", tmp_path / "two.jsonl")
    assert (said.code, said.out) == (2, "")
    for name in ("one", "two"):
        assert f"{tmp_path / name}.jsonl:2: its evidence 'nowhere' is not in the corpus" in said.err
        assert f"{tmp_path / name}.jsonl:3: its source 'none.txt' is not in the corpus" in said.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere",), "'nowhere' is no suite"),
        (("/nowhere/suite.jsonl",), "is no suite"),
        (("x" * 300,), "is no suite"),
        (("article", "--check", "--accept"), "choose one"),
        (("article", "--check", "--llm", "ollama:x"), "--check is for the offline reader"),
        (("article", "--accept", "--llm", "ollama:x"), "--accept is for the offline reader"),
        (("article", "--llm", "x"), "'x' is no language model"),
        (("article", "--format", "trec"), "squad2, squad2-articles, beir"),
        (("--format", "squad2"), "takes one file or folder, not 0"),
        (("/nowhere.json", "--format", "squad2"), "is no SQuAD 2.0 file"),
        (("/nowhere", "--format", "beir"), "is no BEIR folder"),
        (("DESK", "--accept", "--tag", "fact"), "whole suites"),
        (("DESK", "--json", "/nowhere/report.jsonl"), "cannot be written"),
        (("DESK", "--html", "PAGE", "--against", "/nowhere.jsonl"), "/nowhere.jsonl"),
        (("DESK", "--limit", "5"), "--format"),
        (("SQUAD", "--format", "squad2", "--limit", "0"), "--limit"),
        (("SQUAD", "--format", "squad2", "--limit", "-1"), "--limit"),
        (("SQUAD", "--format", "squad2", "--check"), "--check"),
        (("SQUAD", "--format", "squad2", "--json", "PAGE"), "--json"),
    ],
)
def test_wrong_usage_exits_with_2(
    arguments: tuple[str, ...], says: str, desk: Path, assistant: Command, tmp_path: Path
) -> None:
    """What is wrong is said in a line or two on standard error, without a traceback or a figure."""
    asked = [{"id": "a", "question": "When?", "answers": [{"text": "nine", "answer_start": 20}]}]
    data = [{"title": "Office", "paragraphs": [{"context": OFFICE, "qas": asked}]}]
    squad = tmp_path / "squad.json"
    squad.write_text(json.dumps({"data": data}), encoding="utf-8")
    files = {"DESK": str(desk), "SQUAD": str(squad), "PAGE": str(tmp_path / "page.html")}
    said = assistant("eval", *(files.get(each, each) for each in arguments))
    assert (said.code, said.out) == (2, "")
    assert says in " ".join(said.err.replace("│", " ").split())
    assert "Traceback" not in said.err


def test_a_benchmark_is_shown(assistant: Command, tmp_path: Path) -> None:
    """--format prints the benchmark's own figures."""
    asked = [{"id": "a", "question": "When does it open?", "answers": [{"text": "nine", "answer_start": 20}]}]
    data = [{"title": "Office", "paragraphs": [{"context": "The office opens at nine.", "qas": asked}]}]
    (tmp_path / "squad.json").write_text(json.dumps({"data": data}), encoding="utf-8")
    said = assistant("eval", tmp_path / "squad.json", "--format", "squad2", "--limit", "1")
    assert (said.code, said.err) == (0, "")
    assert "SQuAD 2.0, paragraph given: 1 questions" in said.out
    assert "exact match" in said.out


def test_errors_of_the_process_are_short(desk: Path, places: dict[str, str], tmp_path: Path) -> None:
    """As a process, too: exit code 2, two lines at most, no traceback."""
    desk.write_text("{\n", encoding="utf-8")
    command = [sys.executable, "-m", "assistant", "eval", str(desk)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **places}, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {desk}:1: not JSON")
    assert done.stderr.count("\n") == 1


# calibrate


def test_calibrate_says_what_is_missing(desk: Path, assistant: Command) -> None:
    """Below forty cases it counts them, says where more come from, and exits with 2."""
    said = assistant("calibrate", desk)
    assert (said.code, said.out) == (2, "")
    assert "'desk' has 4 and 2" in said.err
    assert "assistant case add" in said.err


def test_calibrate_shows_before_and_after(assistant: Command, places: dict[str, str], tmp_path: Path) -> None:
    """A fit to forty cases prints both rows and the file, which is there, and whose removal is the undo."""
    known = {
        "Where do visitors sign?": "book",
        "What do bicycles cost?": "free",
        "When does it open?": "nine",
    }
    rows = [fields(id=f"a{n}", question=q, answers=[a]) for n, (q, a) in enumerate(list(known.items()) * 7)]
    strange = ("Who won the match?", "What does the cafeteria sell?", "Which airline flies to Lisbon?")
    rows += [
        fields(id=f"u{n}", question=q, answerable=False, answers=None) for n, q in enumerate(strange * 7)
    ]
    file = tmp_path / "mine.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    said = assistant("calibrate", file, "--wrong", "0.4")
    calibration = Path(places["ASSISTANT_INDEX"]) / "calibration.json"
    try:
        assert (said.code, said.err) == (0, "")
        assert "42 cases, 21 of them answerable" in said.out
        assert "as shipped" in said.out
        assert "fitted, held out" in said.out
        assert str(calibration) in said.out
        assert calibration.is_file()
    finally:
        calibration.unlink(missing_ok=True)


# case add


def test_a_reply_becomes_a_case(assistant: Command, tmp_path: Path) -> None:
    """Question, evidence, answers and tags from the prompts are a line of a suite that loads and is right."""
    file = tmp_path / "mine.jsonl"
    typed = "y\n1\nnine; 9\nfact desk\n"
    said = assistant("case", "add", "When does the office open?", "--file", file, stdin=typed)
    assert said.code == 0
    assert "The office opens at nine. [1]" in said.err
    assert "  1  The office opens at nine." in said.err
    assert said.out == f"when-does-the-office-open is a case of {file} now; run: assistant eval {file}\n"
    (case,) = load_suite(file).cases
    assert (case.answers, case.evidence) == (("nine", "9"), ("The office opens at nine.",))
    assert (case.tags, case.source) == (("fact", "desk"), "office.txt")
    assert "1 correct" in assistant("eval", file).out


def test_ids_stay_unique_and_are_told(assistant: Command, tmp_path: Path) -> None:
    """The same question again is another case, and its id is what is printed."""
    file = tmp_path / "mine.jsonl"
    for name in ("who-won", "who-won-2", "who-won-3"):
        said = assistant("case", "add", "Who won?", "--file", file, stdin="n\n\n")
        assert said.code == 0
        assert said.out.split()[0] == name
    assert [case.id for case in load_suite(file).cases] == ["who-won", "who-won-2", "who-won-3"]
    assert not any(case.answerable for case in load_suite(file).cases)


def test_the_command_that_is_named_works(
    assistant: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --file the case goes to suite.jsonl here, and the named command runs it, also with --accept."""
    monkeypatch.chdir(tmp_path)
    said = assistant("case", "add", "Who won?", stdin="n\n\n")
    command = said.out.rpartition("assistant ")[2].split()
    assert command == ["eval", "suite.jsonl"]
    assert f"{tmp_path.name}: 1 cases" in assistant(*command, "--accept").out
    assert assistant(*command, "--check").code == 0


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("y\n99\n\n\n", "'99': name one or more of the sentences 1 to 7"),
        ("y\nnone\n\n\n", "'none': name one or more of the sentences 1 to 7"),
    ],
)
def test_a_wrong_number_is_a_clear_error(typed: str, says: str, assistant: Command, tmp_path: Path) -> None:
    """A number of no sentence is said, exit code 2, and no file is made."""
    said = assistant("case", "add", "Who has the key?", "--file", tmp_path / "mine.jsonl", stdin=typed)
    assert (said.code, said.out.strip()) == (2, "")
    assert f"error: {says}" in said.err
    assert not (tmp_path / "mine.jsonl").exists()


@pytest.mark.parametrize("question", ["", "Was ist \udcfc?", "?!"])
def test_odd_questions_are_no_bug(question: str, assistant: Command, tmp_path: Path) -> None:
    """A question that cannot be a case is an error of ours; one that can is kept."""
    for typed in ("n\n\n", "y\n1\nnine\n\n"):
        said = assistant("case", "add", question, "--file", tmp_path / "mine.jsonl", stdin=typed)
        assert said.code in (0, 2)


@pytest.mark.slow
def test_the_shipped_suites_pass_their_gate(tmp_path: Path) -> None:
    """`assistant eval --check` passes, asked anew and from the cache."""
    command = [sys.executable, "-m", "assistant", "eval", "article", "others", "--check"]
    variables = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    for said in (0, 2):
        done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stdout[-3000:]
        assert done.stdout.count("nothing has changed since the last run") == said


def test_a_suite_runs_through_a_model(
    assistant: Command, desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a real socket; the report names the reader of each case, also of one that fell back."""

    def script(messages: Sequence[Message]) -> str | Fault:
        if "archive?" in messages[-1].text:
            return "The key to the archive is with Ann Berg. [1] [2] [3]"
        return Fault("unauthorised")

    cases = [
        {"id": "key", "question": "Who has the key to the archive?", "answers": ["Ann Berg"]},
        {"id": "cars", "question": "How many cars does the car park hold, 40 or more?", "answers": ["40"]},
    ]
    evidence = {"key": "Ann Berg has the key to the archive.", "cars": "The car park holds 40 cars."}
    lines = [{**case, "answerable": True, "evidence": [evidence[str(case["id"])]]} for case in cases]
    desk.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")

    with ScriptedServer(script) as server:
        monkeypatch.setenv("OPENAI_API_BASE", server.address)
        told = assistant("eval", desk, "--llm", "openai-like:small", "--json", tmp_path / "cases.jsonl")
    assert told.code == 0, told.err
    rows = [json.loads(line) for line in (tmp_path / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["id"]: row["reply"]["reader"] for row in rows} == {"key": "small", "cars": "extractive"}
    assert len(server.asked) == 2
