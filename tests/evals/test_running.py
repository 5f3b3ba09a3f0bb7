"""Asking every case: histories, errors, what a bolder reader would say, and the cache."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from assistant import Answer, Chat
from assistant.assistant import Assistant
from assistant.errors import SuiteProblem
from assistant.evals import Case, Run, Suite, run
from tests.conftest import OFFICE
from tests.evals.conftest import ANSWERABLE, DESK, Failing, Listening, Without, rewritten


def outcomes(done: Run) -> dict[str, str]:
    return {result.case.id: result.outcome for result in done.results}


def listening(office: Assistant) -> tuple[Assistant, list[str]]:
    """The assistant, and what its reader is asked from now on."""
    reader = Listening(office.reader)
    return office.variant(reader=reader), reader.heard


class Watched(Assistant):
    """Keeps its chats, to look into them afterwards."""

    chats: ClassVar[list[Chat]] = []

    def chat(self) -> Chat:
        self.chats.append(super().chat())
        return self.chats[-1]


def test_a_run_has_a_result_for_each_case(desk_run: Run) -> None:
    """Results come in the order of the cases, each with its reply, reason and scores."""
    assert [result.case for result in desk_run.results] == list(DESK.cases)
    assert outcomes(desk_run) == {
        case.id: "correct" if case.answerable else "refused rightly" for case in DESK.cases
    }
    assert all(result.suite == "desk" and result.reply and result.scores for result in desk_run.results)
    assert all(result.milliseconds > 0 for result in desk_run.results)
    assert (desk_run.cached, desk_run.threshold) == (False, 0.5)
    assert repr(desk_run) == "<Run of desk: 6 of 6 right>"
    assert [result.case.id for result in desk_run.tagged("name").results] == ["key"]


def test_a_suite_brings_its_texts() -> None:
    """Without an assistant, one over the suite's own texts is asked, and closed afterwards."""
    suite = replace(DESK, cases=DESK.cases[:1], corpus={"office.txt": OFFICE})
    before = set(Path(tempfile.gettempdir()).glob("assistant-*"))
    assert outcomes(run(suite)) == {"opens": "correct"}
    assert set(Path(tempfile.gettempdir()).glob("assistant-*")) <= before


def test_history_is_asked_before_in_the_same_chat() -> None:
    """Each case has a chat of its own, in which its history is asked first."""
    first, second, *_ = DESK.cases
    first = first.model_copy(update={"history": ("Who has the key?", "Where is the book?")})
    Watched.chats.clear()
    with Watched.from_texts({"office.txt": OFFICE}) as assistant:
        run(Suite("desk", (first, second)), assistant)
    asked = [[reply.question for reply in chat.replies] for chat in Watched.chats]
    assert asked == [[*first.history, first.question], [second.question]]


def test_a_case_that_fails_is_an_error_and_the_others_go_on(office: Assistant, desk_run: Run) -> None:
    """An exception becomes a result with its reason in a line; every other case is as before."""
    done = run(DESK, office.variant(reader=Failing(office.reader, "key")))
    failed = done.results[1]
    others = {result.case.id: result.outcome for result in desk_run.results if result.case.id != "key"}
    assert outcomes(done) == others | {"key": "error"}
    assert (failed.reply, failed.scores, failed.right) == (None, {"decision": 0.0, "answer": 0.0}, False)
    assert "RuntimeError: the reader broke" in failed.reason
    assert "\n" not in failed.reason


def test_wrong_evidence_is_raised_before_anything_is_asked(office: Assistant) -> None:
    """Evidence that is not in the texts stops a strict run at once, and names all such cases."""
    assistant, heard = listening(office)
    wrong = tuple(case.model_copy(update={"evidence": ("nowhere",)}) for case in DESK.cases[:2])
    with pytest.raises(SuiteProblem, match=r"(?s)opens: .*'nowhere'.*key: .*'nowhere'"):
        run(Suite("desk", (*DESK.cases[2:], *wrong)), assistant)
    assert heard == []
    done = run(Suite("desk", (*wrong, *DESK.cases[2:])), assistant, strict=False)
    assert [result.outcome for result in done.results[:3]] == ["error", "error", "correct"]
    assert "'nowhere'" in done.results[0].reason


def test_a_refused_case_keeps_what_would_have_been_said(office: Assistant) -> None:
    """What a reader that never refuses would answer, and whether rightly, is told beside the reply."""
    done = run(DESK, office.variant(threshold=1.0))
    assert set(outcomes(done).values()) == {"refused wrongly", "refused rightly"}
    assert {result.case.id for result in done.results if result.candidate_right} == ANSWERABLE
    assert done.results[0].candidate == "nine"
    assert all(result.candidate for result in done.results)


def test_an_answered_case_is_its_own_candidate(desk_run: Run) -> None:
    """What was answered is also what would have been said."""
    reply = desk_run.results[1].reply
    assert isinstance(reply, Answer)
    assert desk_run.results[1].candidate == reply.short == "Ann Berg"


def test_a_retriever_that_finds_nothing_makes_refusals(office: Assistant) -> None:
    """Where no passage is found, every case is refused, and nobody knows what to answer instead."""
    done = run(DESK, office.variant(retriever=Without(office.retriever, "")))
    assert set(outcomes(done).values()) == {"refused wrongly", "refused rightly"}
    assert not any(result.candidate for result in done.results)
    assert all(result.scores["mrr"] == 0.0 for result in done.results if result.case.answerable)


def test_odd_questions_have_results(office: Assistant) -> None:
    """Questions that are none are refused rightly, without an error."""
    questions = ("", "?!", "\ud800", "x " * 5000)
    odd = tuple(Case(id=str(n), question=each, answerable=False) for n, each in enumerate(questions))
    assert set(outcomes(run(Suite("odd", odd), office)).values()) == {"refused rightly"}


def test_progress_is_told_for_each_case(office: Assistant) -> None:
    """The progress counts the cases up to their number."""
    told: list[tuple[str, int, int]] = []
    run(DESK, office, progress=lambda *step: told.append(step))
    assert told == [("desk", done, 6) for done in range(7)]


def test_clusters_are_passages_of_few_texts_and_documents_of_many(office: Assistant, desk_run: Run) -> None:
    """What two cases share is the passage that proves them; with ten texts, the text; or what is given."""
    assert [result.cluster for result in desk_run.results[:3]] == [
        "office.txt:0",
        "office.txt:0",
        "office.txt:178",
    ]
    given = run(replace(DESK, cases=DESK.cases[:1], cluster="all"), office)
    assert {result.cluster for result in given.results} == {"all"}
    texts = {f"{n}.txt": f"Room {n} is on floor {n}." for n in range(9)} | {"office.txt": OFFICE}
    with Assistant.from_texts(texts) as assistant:
        many = run(replace(DESK, cases=DESK.cases[:2]), assistant)
    assert [result.cluster for result in many.results] == ["office.txt"] * 2


# The cache

PAIR = replace(DESK, cases=DESK.cases[:2])


def test_an_unchanged_run_is_taken_from_the_cache(office: Assistant, tmp_path: Path) -> None:
    """The second run asks nothing, says that it is cached, and has the same results."""
    assistant, heard = listening(office)
    first = run(PAIR, assistant, cache=tmp_path)
    asked = len(heard)
    second = run(PAIR, assistant, cache=tmp_path)
    assert (first.cached, second.cached, len(heard)) == (False, True, asked)
    assert (second.results, second.identity, second.threshold) == (
        first.results,
        first.identity,
        first.threshold,
    )
    assert second.results[0].milliseconds == first.results[0].milliseconds > 0


CHANGES: dict[str, Callable[[Assistant], tuple[Suite, Assistant]]] = {
    "a case": lambda office: (replace(PAIR, cases=DESK.cases[:3]), office),
    "an answer": lambda office: (
        replace(PAIR, cases=(PAIR.cases[0].model_copy(update={"answers": ("ten",)}), *PAIR.cases[1:])),
        office,
    ),
    "the threshold": lambda office: (PAIR, office.variant(threshold=0.51)),
    "the weight of BM25": lambda office: (
        PAIR,
        office.variant(retriever=replace(office.retriever, lexical_weight=0.5)),
    ),
    "the reader": lambda office: (PAIR, office.variant(reader=Failing(office.reader, "never"))),
    "the budget": lambda office: (PAIR, office.variant(reader=replace(office.reader, budget=900))),
    "the text": lambda _: (PAIR, rewritten("book at", "book on")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_has_changed_is_asked_again(change: str, office: Assistant, tmp_path: Path) -> None:
    """A changed case, text, threshold, retriever or reader is another run, which the cache does not have."""
    run(PAIR, office, cache=tmp_path)
    suite, assistant = CHANGES[change](office)
    assert not run(suite, assistant, cache=tmp_path).cached
    assert run(suite, assistant, cache=tmp_path).cached
    if change == "the text":
        assistant.close()


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\xff\x00",
        b"{",
        b"[]",
        b"5",
        b'{"schema": 0, "results": []}',
        b'{"schema": 1}',
        b'{"schema": 1, "results": []}',
        b'{"schema": 1, "results": [{}]}',
        b'{"schema": 1, "results": 5}',
    ],
)
def test_a_damaged_cache_is_asked_again(damage: bytes, office: Assistant, tmp_path: Path) -> None:
    """What cannot be read back counts as nothing, and is written anew."""
    first = run(PAIR, office, cache=tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    again = run(PAIR, office, cache=tmp_path)
    assert not again.cached
    assert again.results == first.results
    assert run(PAIR, office, cache=tmp_path).cached


def test_a_cache_that_lacks_a_case_is_asked_again(office: Assistant, tmp_path: Path) -> None:
    """Results of some of the cases are not the suite's results."""
    run(PAIR, office, cache=tmp_path)
    (file,) = tmp_path.iterdir()
    kept = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps(kept | {"results": kept["results"][:1]}), encoding="utf-8")
    assert len(run(PAIR, office, cache=tmp_path).results) == len(PAIR.cases)


def test_the_cache_keeps_to_the_suite_at_hand(office: Assistant, tmp_path: Path) -> None:
    """The same cases in another order, under another name, are cached, in that order under that name."""
    run(PAIR, office, cache=tmp_path)
    turned = run(Suite("turned", PAIR.cases[::-1]), office, cache=tmp_path)
    assert [result.case.id for result in turned.results] == [case.id for case in PAIR.cases[::-1]]
    assert {result.suite for result in turned.results} == {"turned"}


def test_errors_are_not_kept(office: Assistant, tmp_path: Path) -> None:
    """A run with an error may go well the next time: it is not kept."""
    failing = office.variant(reader=Failing(office.reader, "key"))
    run(PAIR, failing, cache=tmp_path)
    assert not run(PAIR, failing, cache=tmp_path).cached


def test_a_cache_that_cannot_be_written_costs_nothing(office: Assistant, tmp_path: Path) -> None:
    """Where the cache has no room, the run is what it would be without one."""
    (tmp_path / "file").touch()
    done = run(PAIR, office, cache=tmp_path / "file" / "cache")
    assert set(outcomes(done).values()) == {"correct"}
