"""Figures of a run, worked out by hand from a few results."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant import Refusal
from assistant.cli.tables import OUT, print_run
from assistant.evals import Case, Result, Run, summarise
from assistant.evals.summary import by_reader, by_tag, in_words


def result(name: str, outcome: str, confidence: float, *tags: str, right: bool = False) -> Result:
    """A result of a case that is answerable unless it was refused rightly or answered wrongly."""
    answerable = outcome not in ("refused rightly", "answered wrongly")
    answers = ("x",) if answerable else ()
    case = Case(id=name, question="Why?", answerable=answerable, answers=answers, tags=tags)
    decision = float(outcome not in ("refused wrongly", "answered wrongly"))
    scores = {"decision": decision} | ({"answer": float(outcome == "correct")} if answerable else {})
    timings = {"total": 1000 * confidence}
    reply = Refusal(question="Why?", reason="not_in_text", confidence=confidence, timings_ms=timings)
    return Result("desk", case, outcome, "", reply, scores, name, "x", right)  # type: ignore[arg-type]


BROKEN = Result(
    "desk", Case(id="e", question="Why?", answerable=False), "error", "it broke", None, cluster="e"
)
FOUR = Run(
    "desk",
    (
        result("a", "correct", 0.9, "fact", right=True),
        result("b", "wrong", 0.8, "fact"),
        result("c", "refused wrongly", 0.3, "reason", right=True),
        result("d", "refused rightly", 0.1),
        BROKEN,
    ),
)


def test_figures_are_worked_out_by_hand() -> None:
    """Outcomes, means with their n, the risk-coverage curve and the sweep are those of the definitions."""
    summary = summarise(FOUR)
    assert (summary.name, summary.n) == ("desk", 5)
    assert in_words(summary.outcomes) == "1 correct, 1 wrong, 1 refused rightly, 1 refused wrongly, 1 error"
    assert (summary.means["decision"].value, summary.means["decision"].n) == (0.75, 4)
    assert (summary.means["answer"].value, summary.means["answer"].n) == (pytest.approx(1 / 3), 3)
    assert set(summary.means) == {"decision", "answer"}
    assert [point.risk for point in summary.curve] == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert summary.aurc == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert summary.answered_at == {0.01: 0.25, 0.02: 0.25, 0.05: 0.25}
    half = next(each for each in summary.swept if each.threshold == 0.5)
    assert (half.decided, half.answered, half.wrong) == (0.75, 0.5, 0.5)
    assert summary.ece == pytest.approx((0.1 + 0.2 + 0.7 + 0.1) / 4)
    assert (summary.p50, summary.p95) == (pytest.approx(550), pytest.approx(885))


def test_an_interval_surrounds_its_mean() -> None:
    """Every mean lies in its interval, which is the same each time."""
    means = summarise(FOUR).means
    assert all(mean.low <= mean.value <= mean.high for mean in means.values())
    assert means == summarise(FOUR).means


def test_tags_are_runs_of_their_own() -> None:
    """A tag's run has the tag's cases, in the order of the tags' names."""
    parts = by_tag(FOUR)
    assert {tag: [r.case.id for r in part.results] for tag, part in parts.items()} == {
        "fact": ["a", "b"],
        "reason": ["c"],
    }
    assert summarise(parts["fact"], "facts").name == "facts"


def test_a_run_of_errors_has_figures() -> None:
    """Where every case is an error there is nothing to average, and the summary says how many failed."""
    summary = summarise(Run("desk", (BROKEN,)))
    assert (summary.n, dict(summary.outcomes), summary.means, summary.curve) == (1, {"error": 1}, {}, ())


def test_each_reader_has_its_cases() -> None:
    """Who replied is counted, and named in the report as soon as a model was among them."""
    reply = FOUR.results[1].reply
    assert reply is not None
    by_model = replace(FOUR.results[1], reply=replace(reply, reader="llama3.2"))
    run = replace(FOUR, results=(FOUR.results[0], by_model, *FOUR.results[2:]))
    assert by_reader(run.results) == {"extractive": 3, "llama3.2": 1}
    with OUT.capture() as printed:
        print_run(run)
    assert "read by extractive: 3, llama3.2: 1" in printed.get()
    assert "wrong  b (llama3.2):" in printed.get()
    with OUT.capture() as printed:
        print_run(FOUR)
    assert "read by" not in printed.get()
