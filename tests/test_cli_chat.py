"""`assistant chat`: from a pipe and at a terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import OFFICE

COMMAND = [sys.executable, "-m", "assistant", "chat"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A corpus with an office, named by the variables."""
    folder = tmp_path_factory.mktemp("chat")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "office.txt").write_text(OFFICE, encoding="utf-8")
    return os.environ | {
        "ASSISTANT_CORPUS": str(folder / "corpus"),
        "ASSISTANT_INDEX": str(folder / "index"),
        "TERM": "dumb",
    }


def test_a_chat_from_a_pipe(environment: dict[str, str]) -> None:
    """Questions are echoed and answered, a follow-up says what was searched for, commands show more."""
    lines = [
        "When does the office open?",
        "/sources",
        "And when does it close?",
        "/history",
        "/new",
        "/history",
    ]
    typed = "\n".join([*lines, "/what", "/quit", "no", ""])
    done = subprocess.run(COMMAND, input=typed, capture_output=True, text=True, env=environment, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    said = done.stdout
    assert "> When does the office open?\nThe office opens at nine. [1]\n[1] " in said
    assert "Searched for: And when does the office close?" in said
    assert "office.txt 0-25" in said
    assert said.count("nothing was asked yet") == 1
    assert "there is no /what" in said
    assert "> no\n" not in said


class Terminal:
    """A process at a terminal of its own."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            ["env", "--default-signal=INT", *COMMAND],  # a shell's background jobs ignore it
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            start_new_session=True,
        )
        os.close(theirs)
        self.said = ""

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def until(self, text: str) -> None:
        """Read until this was said since what was waited for last."""
        assert self.heard(text, 60), (text, self.said)

    def heard(self, text: str, seconds: float) -> bool:
        """Whether this is said within so many seconds."""
        end = time.monotonic() + seconds
        while text not in self.said and time.monotonic() < end:
            if select.select([self.ours], [], [], 0.2)[0]:
                self.said += os.read(self.ours, 4096).decode(errors="replace")
        there = text in self.said
        self.said = self.said.partition(text)[2] if there else self.said
        return there


@pytest.fixture
def terminal(environment: dict[str, str]) -> Iterator[Terminal]:
    opened = Terminal(environment)
    yield opened
    opened.process.kill()
    opened.process.wait()
    os.close(opened.ours)


def test_ctrl_c_keeps_the_chat_and_ctrl_d_ends_it(terminal: Terminal) -> None:
    """At a terminal: a prompt, Ctrl-C drops the line, what was said stays, Ctrl-D leaves with 0."""
    terminal.until("> ")
    terminal.type("When does the office open?\n")
    terminal.until("[1] ")
    terminal.until("> ")
    terminal.type("half a quest")
    terminal.until("half a quest")
    for _ in range(20):  # Python's readline loses a signal that comes while it handles a key
        terminal.process.send_signal(signal.SIGINT)
        if terminal.heard("leaves)", 2):
            break
    terminal.type("/history\n")
    terminal.until("> When does the office open?")
    terminal.type("\x04")
    assert terminal.process.wait(timeout=30) == 0


def test_a_corpus_that_is_not_there_is_an_error(environment: dict[str, str], tmp_path: Path) -> None:
    """The usual error, the usual exit code."""
    done = subprocess.run(
        [*COMMAND, "--corpus", str(tmp_path / "none")],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
