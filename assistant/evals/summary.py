"""What the results of a run come to: means with intervals, calibration, risk against coverage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..scoring.calibration import (
    Bin,
    Point,
    Swept,
    area_under_risk_coverage,
    coverage_at_risk,
    expected_calibration_error,
    reliability,
    risk_coverage,
    sweep,
)
from ..scoring.statistics import Mean, mean_of, percentile
from .judging import OUTCOMES, Outcome, Result
from .running import Run

# Each score's mean under the name that a reader of a report knows it by.
METRICS: Mapping[str, str] = {
    "decision": "decision accuracy",
    "answer": "answer accuracy",
    "refusal_precision": "refusal precision",
    "refusal_recall": "refusal recall",
    "citation_precision": "citation precision",
    "citation_recall": "citation recall",
    "quotes_exact": "quotes exact",
    "exact": "exact match",
    "f1": "token F1",
    "hit@1": "hit@1",
    "hit@5": "hit@5",
    "mrr": "MRR",
    "brier": "Brier score",
}
RISKS = (0.01, 0.02, 0.05)  # shares of wrong answers at which the answered share is told
THRESHOLDS = tuple(step / 20 for step in range(1, 20))


@dataclass(frozen=True, slots=True)
class Summary:
    """A run, or those of its cases that share a tag.

    Attributes:
        outcomes: how many cases had each.
        means: by the names in `METRICS`; those without a case are left out.
        calibration: confidence against how often the text answers; `ece` weighs the gaps.
        curve: share of wrong answers against the share answered, were the threshold moved; `aurc`
            is the area under it, `answered_at` the share answered at so many wrong ones.
        swept: what other thresholds would decide.
        p50, p95: milliseconds of a reply.
    """

    name: str
    n: int
    outcomes: Mapping[Outcome, int]
    means: Mapping[str, Mean]
    calibration: tuple[Bin, ...]
    ece: float
    curve: tuple[Point, ...]
    aurc: float
    answered_at: Mapping[float, float]
    swept: tuple[Swept, ...]
    p50: float
    p95: float


def summarise(run: Run, name: str = "") -> Summary:
    """Every figure of a run."""
    results = [result for result in run.results if result.outcome != "error"]
    confidences = [result.confidence for result in results]
    answerable = [result.case.answerable for result in results]
    right = [result.candidate_right for result in results]
    curve = risk_coverage(confidences, [not each for each in right])
    milliseconds = [result.milliseconds for result in results]
    return Summary(
        name=name or run.suite,
        n=len(run.results),
        outcomes=Counter(result.outcome for result in run.results),
        means=means(run.results),
        calibration=reliability(confidences, answerable),
        ece=expected_calibration_error(confidences, answerable) if results else 0.0,
        curve=curve,
        aurc=area_under_risk_coverage(curve) if results else 0.0,
        answered_at={risk: coverage_at_risk(curve, risk) for risk in RISKS},
        swept=sweep(confidences, answerable, right, THRESHOLDS) if results else (),
        p50=percentile(milliseconds, 0.5) if milliseconds else 0.0,
        p95=percentile(milliseconds, 0.95) if milliseconds else 0.0,
    )


def means(results: Sequence[Result], names: Sequence[str] = tuple(METRICS)) -> dict[str, Mean]:
    """The mean of each score over the results that have it, with an interval."""
    found = {}
    for name in names:
        scored = [result for result in results if name in result.scores]
        mean = mean_of([r.scores[name] for r in scored], [r.cluster for r in scored])
        if mean is not None:
            found[name] = mean
    return found


def by_tag(run: Run) -> dict[str, Run]:
    """The run of each tag, the tags in order of their names."""
    tags = sorted({tag for result in run.results for tag in result.case.tags})
    return {tag: run.tagged(tag) for tag in tags}


def in_words(outcomes: Mapping[Outcome, int]) -> str:
    """Such as "70 correct, 12 refused wrongly"."""
    return ", ".join(f"{outcomes[each]} {each}" for each in OUTCOMES if outcomes.get(each))


def by_reader(results: Sequence[Result]) -> Counter[str]:
    """How many cases each reader replied to."""
    return Counter(result.reply.reader for result in results if result.reply)
