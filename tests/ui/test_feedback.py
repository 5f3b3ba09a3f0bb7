"""A thumb down becomes a case that can be run."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assistant import Answer
from assistant.assistant import Assistant
from assistant.errors import SettingError, SuiteProblem
from assistant.evals import Case, load_suite
from assistant.ui.feedback import file_of, save


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data lie in a folder of the test's own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def kept(file: Path) -> Sequence[Case]:
    return load_suite(file).cases


def test_an_answer_that_should_be_a_refusal(office: Assistant, data: Path) -> None:
    """The question becomes one that the text does not answer, in a folder for its owner's eyes."""
    file = save(office, office.ask("When does the office open?"), "should_have_refused", "It says nothing.")
    assert file.is_relative_to(data)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    (case,) = kept(file)
    assert (case.question, case.answerable) == ("When does the office open?", False)
    assert case.tags == ("feedback", "should_have_refused")


def test_a_wrong_passage_asks_for_another(office: Assistant) -> None:
    """Without words, any passage that is near counts, but none that was cited."""
    reply = office.ask("When does the office open?")
    assert isinstance(reply, Answer)
    (case,) = kept(save(office, reply, "wrong_passage", " "))
    assert case.answerable
    assert case.evidence
    assert not {each.quote for each in reply.citations} & set(case.evidence)


@pytest.mark.parametrize(
    ("words", "answers", "evidence"),
    [
        ("at nine", ("at nine",), ("at nine",)),
        ("half past  eight", ("half past  eight",), ()),
        (
            "They leave at six because the\nguard locks the gate.",
            (),
            ("They leave at six because the guard locks the gate.",),
        ),
    ],
)
def test_words_say_what_is_right(
    words: str, answers: tuple[str, ...], evidence: tuple[str, ...], office: Assistant
) -> None:
    """Words that the text has are evidence, whatever spaces they were typed with; short ones an answer."""
    (case,) = kept(save(office, office.ask("What colour is the book?"), "should_have_answered", words))
    assert (case.answers, case.evidence) == (answers, evidence)


def test_a_follow_up_is_kept_as_it_was_searched(office: Assistant) -> None:
    """The case stands alone."""
    chat = office.chat()
    chat.ask("When does the office open?")
    (case,) = kept(save(office, chat.ask("And when does it close?"), "should_have_answered", "at six"))
    assert case.question == "And when does the office close?"


def test_many_at_once_make_one_suite(office: Assistant) -> None:
    """Each case has an id of its own, also when thumbs go down together."""
    reply = office.ask("When does the office open?")
    with ThreadPoolExecutor(8) as pool:
        files = set(pool.map(lambda _: save(office, reply, "should_have_refused"), range(16)))
    assert len(kept(files.pop())) == 16
    assert not files


def test_what_cannot_be_a_case_is_refused_in_words(office: Assistant) -> None:
    """A verdict that there is not, a question without words, a file that is no suite."""
    reply = office.ask("When does the office open?")
    with pytest.raises(SettingError, match="'bad' is no verdict"):
        save(office, reply, "bad")
    with pytest.raises(SettingError, match="without words"):
        save(office, office.ask(""), "should_have_answered", "x")
    file = save(office, reply, "should_have_refused")
    file.write_text("no case\n", encoding="utf-8")
    with pytest.raises(SuiteProblem, match=file.name):
        save(office, reply, "should_have_refused")


def test_eval_runs_what_was_kept(corpus: Path, tmp_path: Path) -> None:
    """Each corpus has a file of its own, and `assistant eval FILE` runs it."""
    with Assistant.open(corpus, tmp_path / "index") as assistant:
        file = save(assistant, assistant.ask("When does the garden close?"), "wrong_passage", "at dusk")
        assert file == file_of(assistant)
        assert file.name.startswith("corpus-")
    command = [sys.executable, "-m", "assistant", "eval", str(file), "--corpus", str(corpus)]
    done = subprocess.run(
        [*command, "--index", str(tmp_path / "index")], capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    assert "1" in done.stdout
