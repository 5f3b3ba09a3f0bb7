"""The command line, as processes: output, exit codes, errors."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from assistant import Answer, Refusal, Reply
from assistant.testing import Fault, ScriptedServer
from tests.conftest import ROOT

HOSTILE = [
    "What does `id` cost?",
    "Is it $5, $(HOME) or ${x}?",
    'He said "no", didn\'t he?',
    "One; touch hacked; two && three | four",
    "100 % of %s, $$ and # what?",
]


def run(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    command = [sys.executable, "-m", "assistant", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, env=environment, timeout=120)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A corpus with its index, named by the variables."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "corpus").mkdir()
    text = "The office opens at nine. Ann Berg has the key to the archive.\n"
    (folder / "corpus" / "office.txt").write_text(text, encoding="utf-8")
    (folder / "corpus" / "table.csv").write_text("a,b\n", encoding="utf-8")
    (folder / "corpus" / "old.txt").write_bytes(b"caf\xe9 au lait")
    variables = {"ASSISTANT_CORPUS": str(folder / "corpus"), "ASSISTANT_INDEX": str(folder / "index")}
    assert run("index", **variables).returncode == 0
    return variables


def test_ask_prints_the_reply_alone(place: dict[str, str]) -> None:
    """Standard output holds the reply, standard error nothing, the exit code is 0."""
    done = run("ask", "When does the office open?", **place)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The office opens at nine. [1]" in done.stdout
    assert "[1] office (office.txt, characters 0 to 25)" in done.stdout


def test_a_refusal_is_a_result(place: dict[str, str]) -> None:
    """A refusal exits with 0, names what is missing, and numbers nothing."""
    done = run("ask", "Which airline flies to Lisbon?", **place)
    assert done.returncode == 0
    assert "Lisbon" in done.stdout
    assert "[1]" not in done.stdout


def test_a_terminal_gets_whole_words(place: dict[str, str]) -> None:
    """On a terminal, lines are broken between words, within its width."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 40))
    command = [sys.executable, "-m", "assistant", "ask", "Which airline flies to Lisbon?"]
    environment = {**os.environ, **place}
    environment.pop("COLUMNS", None)
    subprocess.run(command, stdout=theirs, env=environment, check=True, timeout=120)
    os.close(theirs)
    lines = os.read(ours, 10_000).decode().splitlines()
    os.close(ours)
    assert max(map(len, lines)) <= 40
    assert "  Ann Berg has the key to the archive." in lines


def test_a_reader_that_stops_ends_us_quietly(place: dict[str, str]) -> None:
    """When the reader of our output goes away, there is no traceback and no error of ours."""
    command = [sys.executable, "-m", "assistant", "ask", "-", "--json"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env={**os.environ, **place}, text=True, **pipes) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write("Who?\n")
        process.stdin.flush()
        assert process.stdout.readline()
        process.stdout.close()
        process.stdin.write("Who?\nWho?\n")
        process.stdin.close()
        assert process.wait(60) == -signal.SIGPIPE
        assert process.stderr.read() == ""


def test_json_is_a_reply(place: dict[str, str]) -> None:
    """`--json` writes one line that is read back as the same reply."""
    done = run("ask", "When does the office open?", "--json", **place)
    fields = json.loads(done.stdout)
    reply = Reply.from_dict(fields)
    assert isinstance(reply, Answer)
    assert reply.to_dict() == fields
    assert set(fields) == {
        *(
            "schema",
            "question",
            "standalone",
            "refused",
            "confidence",
            "reader",
            "text",
            "short",
            "citations",
        ),
        *("reason", "missing", "nearest", "notices", "sent", "timings_ms"),
    }


def test_questions_come_from_standard_input(place: dict[str, str]) -> None:
    """`-` answers each line with a line of JSON, an empty one included."""
    done = run("ask", "-", "--json", stdin="When does the office open?\n\nWho has the key?\n", **place)
    replies = [Reply.from_dict(json.loads(line)) for line in done.stdout.splitlines()]
    assert [type(reply) for reply in replies] == [Answer, Refusal, Answer]
    assert replies[1].question == ""


def test_index_reports_what_was_skipped_and_why(place: dict[str, str]) -> None:
    """The table lists the texts read and each file left out, with the reason."""
    done = run("index", **place)
    assert "office.txt" in done.stdout
    assert "skipped table.csv: not one of .md, .txt" in done.stdout
    assert "skipped old.txt: not UTF-8: byte 3 is 0xe9" in done.stdout
    assert "whole and up to date" in done.stdout


def test_check_changes_nothing_and_fails_when_it_should(place: dict[str, str], tmp_path: Path) -> None:
    """`index --check` is 0 for a whole index, 1 for a stale or missing one, and builds neither."""
    assert run("index", "--check", **place).returncode == 0
    corpus = shutil.copytree(place["ASSISTANT_CORPUS"], tmp_path / "corpus")
    index = shutil.copytree(place["ASSISTANT_INDEX"], tmp_path / "index")
    (corpus / "new.txt").write_text("Something new.", encoding="utf-8")
    before = sorted(path.name for path in index.rglob("*"))
    stale = run("index", "--check", "--corpus", str(corpus), "--index", str(index))
    assert stale.returncode == 1
    assert "new.txt is new" in stale.stdout
    assert sorted(path.name for path in index.rglob("*")) == before
    missing = run("index", "--check", "--corpus", str(corpus), "--index", str(tmp_path / "none"))
    assert missing.returncode == 1
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("ask", "Who?", "--corpus", "/nowhere"), "'/nowhere'"),
        (("ask", "Who?", "--llm", "openai:x"), "OPENAI_API_KEY"),
        (("ask", "Who?", "--index", "/proc/none"), "--index"),
        (("ask",), "Missing argument"),
        (("ask", "Who?", "--colour"), "No such option"),
    ],
)
def test_errors_are_short_and_exit_with_2(arguments: tuple[str, ...], says: str) -> None:
    """What is wrong is said on standard error in a line or two, without a traceback."""
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_finds_what_is_wrong(place: dict[str, str], tmp_path: Path) -> None:
    """`doctor` exits with 0 when all is well, and with 1 and the remedy when something is not."""
    well = run("doctor", **place)
    assert (well.returncode, well.stdout.count("ok  ")) == (0, 6), well.stdout
    ill = run("doctor", **place | {"ASSISTANT_INDEX": str(tmp_path / "none")}, ASSISTANT_LMM="x")
    assert ill.returncode == 1
    assert "ASSISTANT_LMM is no setting" in ill.stdout
    assert "run: assistant index" in ill.stdout


def test_doctor_tries_the_language_model(place: dict[str, str]) -> None:
    """One tiny request, and in one line what came of it; the key is in none."""
    key = "sk-canary-5f1c"
    with ScriptedServer(["Ready."]) as server:
        given = place | {"OPENAI_API_BASE": server.address, "OPENAI_API_KEY": key}
        well = run("doctor", "--llm", "openai-like:small", **given)
    assert (well.returncode, len(server.asked)) == (0, 1), well.stdout
    assert "ok    language model: small at 127.0.0.1 answered 'Ready.'" in well.stdout
    with ScriptedServer([Fault("unauthorised")]) as server:
        ill = run(
            "doctor", **given | {"OPENAI_API_BASE": server.address, "ASSISTANT_LLM": "openai-like:small"}
        )
    assert ill.returncode == 1
    (line,) = (line for line in ill.stdout.splitlines() if line.startswith("FAIL"))
    assert "check OPENAI_API_KEY" in line
    assert key not in well.stdout + well.stderr + ill.stdout + ill.stderr


def test_help_names_every_option() -> None:
    """The help of each command shows its options and their variables."""
    text = run("ask", "--help", COLUMNS="200").stdout
    for option in ("--corpus", "--index", "--llm", "--json", "ASSISTANT_LLM", "ASSISTANT_CORPUS"):
        assert option in text


@pytest.mark.parametrize("question", HOSTILE)
def test_make_passes_any_question_unchanged(question: str, tmp_path: Path) -> None:
    """`make ask` hands the question over as it was typed, and standard output holds only the reply."""
    environment = tmp_path / "venv"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").symlink_to(sys.executable)
    script = f'#!/bin/sh\nexec "{sys.executable}" -m assistant "$@"\n'
    (environment / "bin" / "assistant").write_text(script, encoding="utf-8")
    (environment / "bin" / "assistant").chmod(0o755)
    (environment / ".installed").touch()
    done = subprocess.run(
        ["make", "--silent", "ask", f"Q={question}", f"VENV={environment}"],
        cwd=ROOT,
        env={**os.environ, "ASSISTANT_JSON": "1", "MAKEFLAGS": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["question"] == question
    assert not (ROOT / "hacked").exists()


@pytest.mark.parametrize(
    ("python", "says"),
    [
        ('#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\nexit 0\n', "sudo apt install python3-venv"),
        ('#!/bin/sh\ncase "$*" in *version_info*) exit 1;; esac\necho Python 3.9.2\n', "too old"),
    ],
)
def test_make_says_what_is_missing(python: str, says: str, tmp_path: Path) -> None:
    """Without python3-venv, or with an old Python, make says which command mends it."""
    fake = tmp_path / "python3"
    fake.write_text(python, encoding="utf-8")
    fake.chmod(0o755)
    done = subprocess.run(
        ["make", "--silent", "ask", "Q=Who?", f"VENV={tmp_path / 'venv'}", f"PYTHON={fake}"],
        cwd=ROOT,
        env={**os.environ, "MAKEFLAGS": ""},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


@pytest.mark.skipif(
    shutil.which("unshare") is None
    or subprocess.run(["unshare", "-rn", "true"], check=False).returncode != 0,
    reason="needs the right to make a network namespace",
)
def test_everything_works_without_a_network(tmp_path: Path) -> None:
    """In a namespace without any network, an index is built and a question answered."""
    command = ["unshare", "-rn", sys.executable, "-m", "assistant", "ask", "--index", str(tmp_path / "index")]
    question = "What is the range of the ATACMS?"
    done = subprocess.run([*command, question], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "300 kilometers" in done.stdout
