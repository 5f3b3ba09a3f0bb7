"""Two configurations over the same cases: what flipped, what moved, and how likely by chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from assistant.assistant import Assistant
from assistant.evals import Case, Run, Suite, compare, compare_runs, run
from assistant.evals.comparing import compare_verdicts
from assistant.evals.judging import Verdict
from tests.evals.conftest import ANSWERABLE, DESK


def verdict(name: str, outcome: str, **scores: float) -> Verdict:
    return Verdict(name, "Why?", outcome, "x", 0.5, scores, name)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def invoices() -> Iterator[Assistant]:
    """Texts that are alike but for a number, which only the ranking by words tells apart."""
    months = {"4711": "May", "4712": "June", "4713": "July"}
    texts = {f"{number}.txt": f"The invoice {number} was paid in {months[number]}." for number in months}
    last = "The bill numbered 4714 was settled in August by Mr Oduya."
    with Assistant.from_texts(texts | {"4714.txt": last, "cat.txt": "A cat sleeps all day."}) as assistant:
        yield assistant


def test_equal_configurations_do_not_differ(office: Assistant, desk_run: Run) -> None:
    """Nothing flips or moves between two runs of one assistant."""
    comparison = compare_runs(desk_run, run(DESK, office))
    assert (comparison.suite, comparison.flips, comparison.moved) == ("desk", (), {})
    assert comparison.decisions == 1.0


def test_two_thresholds_are_compared(office: Assistant) -> None:
    """One call shows which cases a threshold loses, which means it moves, and how surely."""
    comparison = compare(DESK, office, office.variant(threshold=1.0))
    assert {flip.after.id for flip in comparison.flips} == ANSWERABLE
    assert all(flip.lost and not flip.gained for flip in comparison.flips)
    assert comparison.flips[0].before.said == "'nine'"
    assert comparison.flips[0].after.said.startswith("refused (not_in_text)")
    assert comparison.decisions == pytest.approx(2 * 0.5**4)
    assert comparison.moved["answer"].value == -1.0
    assert comparison.moved["decision"].value == pytest.approx(-4 / 6)
    assert "mrr" not in comparison.moved


def test_with_and_without_the_ranking_by_words(invoices: Assistant) -> None:
    """Taking BM25 away is one replaced field, and the retrieval's scores show what it was worth."""
    case = Case(
        id="payment",
        question="In which month was the payment 4714?",
        answerable=True,
        evidence=("settled in August",),
    )
    dense = invoices.variant(retriever=replace(invoices.retriever, lexical_weight=0.0))
    moved = compare(Suite("invoices", (case,)), dense, invoices).moved
    assert moved["hit@1"].value == 1.0
    assert moved["mrr"].value > 0.5


def test_only_cases_of_both_runs_are_compared(desk_run: Run, office: Assistant) -> None:
    """Cases that one run lacks neither flip nor move anything, whichever run comes first."""
    part = run(replace(DESK, cases=DESK.cases[:2]), office.variant(threshold=1.0))
    lost, gained = compare_runs(desk_run, part), compare_runs(part, desk_run)
    assert [(flip.after.id, flip.lost) for flip in lost.flips] == [("opens", True), ("key", True)]
    assert [(flip.after.id, flip.gained) for flip in gained.flips] == [("opens", True), ("key", True)]
    assert (lost.moved["answer"].value, gained.moved["answer"].value) == (-1.0, 1.0)


def test_numbers_are_worked_out_by_hand() -> None:
    """Four decisions gained and one lost are p = 0.375; a mean moves over the cases that have it twice."""
    before = [verdict("a", "correct", decision=1.0, f1=0.5)]
    after = [verdict("a", "refused wrongly", decision=0.0)]
    for name in "bcde":
        before.append(verdict(name, "refused wrongly", decision=0.0, f1=0.25))
        after.append(verdict(name, "correct", decision=1.0, f1=0.75))
    comparison = compare_verdicts("desk", before, after)
    assert comparison.decisions == pytest.approx(2 * (1 + 5) / 2**5)
    assert comparison.moved["decision"].value == pytest.approx(3 / 5)
    assert comparison.moved["f1"].value == 0.5
    assert [flip.lost for flip in comparison.flips] == [True, False, False, False, False]


def test_another_wrong_outcome_is_neither_lost_nor_gained() -> None:
    """From refused wrongly to wrong is a flip that leaves the case as wrong as it was."""
    old, new = verdict("a", "refused wrongly", decision=0.0), verdict("a", "wrong", decision=1.0)
    (flip,) = compare_verdicts("desk", [old], [new]).flips
    assert (flip.lost, flip.gained) == (False, False)


def test_an_error_is_a_wrong_decision() -> None:
    """A case that broke counts among the decisions that became wrong."""
    old, new = verdict("a", "correct", decision=1.0), verdict("a", "error")
    pairs = [(replace(old, id=str(n)), replace(new, id=str(n))) for n in range(6)]
    comparison = compare_verdicts("desk", [old for old, _ in pairs], [new for _, new in pairs])
    assert comparison.decisions == pytest.approx(2 * 0.5**6)
    assert all(flip.lost for flip in comparison.flips)
