"""Cases from use: sentences are shown, picked by number, and kept as lines of a suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant import Answer
from assistant.assistant import Assistant
from assistant.errors import AssistantError, SettingError, SuiteProblem
from assistant.evals import Case, Suite, load_suite, run
from assistant.evals.collecting import Shown, append, make_case
from tests.conftest import OFFICE
from tests.evals.conftest import DESK

QUESTION = "When does the office open?"


@pytest.fixture(scope="module")
def shown(office: Assistant) -> Shown:
    return Shown.of(office, office.ask(QUESTION))


def made(shown: Shown, chosen: str, answers: str = "", tags: str = "", question: str = QUESTION) -> Case:
    return make_case(question, shown, chosen, answers, tags, answerable=True)


def test_what_is_shown_starts_with_what_was_cited(office: Assistant, shown: Shown) -> None:
    """The cited sentences come first, then each sentence of the nearest passages, none of them twice."""
    quotes = [each.quote for each in shown.sentences]
    reply = office.ask(QUESTION)
    assert isinstance(reply, Answer)
    assert quotes[: len(reply.citations)] == [each.quote for each in reply.citations]
    assert len(set(quotes)) == len(quotes) == 7
    assert all(quote in OFFICE for quote in quotes)


def test_a_refusal_shows_what_is_nearest(office: Assistant) -> None:
    """For a refused question there are sentences to pick from, too."""
    reply = office.ask("What does the cafeteria sell?")
    assert len(Shown.of(office, reply).sentences) == 7


def test_what_was_picked_becomes_a_case(shown: Shown, office: Assistant) -> None:
    """Numbers, answers and tags become a case with verbatim evidence, which can be run."""
    case = made(shown, "1, 2,1", " nine ; 9;", "fact  desk")
    assert case == Case(
        id="when-does-the-office-open",
        question=QUESTION,
        answerable=True,
        answers=("nine", "9"),
        evidence=tuple(each.quote for each in shown.sentences[:2]),
        source="office.txt",
        tags=("fact", "desk"),
    )
    assert run(Suite("mine", (case,)), office).results[0].outcome == "correct"


def test_a_case_that_the_text_does_not_answer(shown: Shown) -> None:
    """A case that is not answerable has neither answers nor evidence, whatever was typed."""
    case = make_case("Who won?", shown, "1", "nine", "", answerable=False)
    assert case == Case(id="who-won", question="Who won?", answerable=False)


def test_evidence_of_two_texts_has_no_source() -> None:
    """Sentences of two documents belong to no single one."""
    texts = {"a.txt": "The tower is 40 metres high.", "b.txt": "The tower is made of oak."}
    with Assistant.from_texts(texts) as assistant:
        shown = Shown.of(assistant, assistant.ask("How high is the tower?"))
        both = made(shown, "1 2")
        assert (both.source, len(both.evidence)) == (None, 2)
        assert made(shown, "1").source == "a.txt"


def test_a_range_of_numbers_is_all_of_them(shown: Shown) -> None:
    """`2-4` names three sentences, as it does in a printing dialogue."""
    assert made(shown, "2-4").evidence == tuple(each.quote for each in shown.sentences[1:4])


@pytest.mark.parametrize("chosen", ["", "0", "8", "1 99", "none", "-", "9" * 5000, "1.5"])
def test_a_wrong_number_says_which_there_are(chosen: str, shown: Shown) -> None:
    """A number of no sentence, or none at all, is an error that names the numbers."""
    with pytest.raises(SettingError, match="the sentences 1 to 7"):
        made(shown, chosen)


@pytest.mark.parametrize("question", ["", " ", "?!", "\ud800", "日本はどこ?", "x" * 5000])
def test_any_question_has_an_id_or_a_clear_error(question: str, shown: Shown) -> None:
    """Whatever was asked, there is a short id or an error of ours; also when nothing is typed."""
    case = make_case(question, shown, "", "", "", answerable=False)
    assert 1 <= len(case.id) <= 60
    try:
        assert made(shown, "1", question=question).id == case.id
    except AssistantError as error:
        assert "question" in str(error)


def test_cases_are_appended_and_ids_stay_unique(shown: Shown, tmp_path: Path) -> None:
    """A file is made with the first case, and an id that is taken gets a number."""
    file = tmp_path / "mine.jsonl"
    case = made(shown, "1", "nine")
    assert [append(file, case).id for _ in range(3)] == [case.id, f"{case.id}-2", f"{case.id}-3"]
    suite = load_suite(file)
    assert [each.id for each in suite.cases] == [case.id, f"{case.id}-2", f"{case.id}-3"]
    assert all(each.evidence == case.evidence for each in suite.cases)


@pytest.mark.parametrize("before", ["", "\n", DESK.cases[0].to_line(), DESK.cases[0].to_line() + "\n\n"])
def test_a_case_joins_what_is_there(before: str, shown: Shown, tmp_path: Path) -> None:
    """An empty file, a last line without an end and blank lines are fine."""
    file = tmp_path / "mine.jsonl"
    file.write_text(before, encoding="utf-8")
    append(file, made(shown, "1"))
    assert [each.id for each in load_suite(file).cases][-1] == "when-does-the-office-open"
    assert file.read_text("utf-8").startswith(before)


def test_a_file_of_something_else_is_left_alone(shown: Shown, tmp_path: Path) -> None:
    """A file that holds no cases is a problem with its line, and stays as it is."""
    file = tmp_path / "notes.txt"
    file.write_text("Buy milk.\n", encoding="utf-8")
    with pytest.raises(SuiteProblem, match=r"notes.txt:1: not JSON"):
        append(file, made(shown, "1"))
    assert file.read_text("utf-8") == "Buy milk.\n"


def test_a_place_that_cannot_be_written_is_named(shown: Shown, tmp_path: Path) -> None:
    """A folder that does not exist is an error that names another way."""
    with pytest.raises(SettingError, match=r"nowhere.*--file"):
        append(tmp_path / "nowhere" / "mine.jsonl", made(shown, "1"))


def test_a_question_that_no_file_can_hold_leaves_the_file_whole(shown: Shown, tmp_path: Path) -> None:
    """A lone surrogate, as a terminal may send it, is kept or refused, and never half written."""
    file = tmp_path / "mine.jsonl"
    append(file, made(shown, "1"))
    try:
        append(file, make_case("Wer \udcfc?", shown, "", "", "", answerable=False))
    except AssistantError:
        assert len(load_suite(file).cases) == 1
    else:
        assert len(load_suite(file).cases) == 2
