"""A suite's figures: outcomes, means, calibration, thresholds, tags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...markup import Child, Html, tag
from ...scoring.calibration import Point
from ..judging import OUTCOMES
from ..running import Run
from ..summary import Summary, by_tag, means, summarise
from .figures import outcome_bar, reliability_diagram, risk_curve
from .parts import Row, badge, counted, filtered, fold, mean_cells, metric, number, span, table

INTERVAL = ["95 % interval", "n"]
STEPS = tuple(step / 10 for step in range(1, 11))  # shares answered that the table of the curve has


def suite(run: Run, at: int) -> Html:
    """The section of the suite that is number `at`."""
    summary = summarise(run)
    return tag(
        "section",
        tag("h2", run.suite, tag("small", counted(summary.n, "case"))),
        outcome_bar(summary.outcomes),
        tag("ul.legend", _legend(summary, run.suite)),
        tag(
            "div.columns",
            tag("div", _means(summary), _keys(summary)),
            tag("div.figures", _figures(summary, run)),
        ),
        _tags(run),
        _folded(summary, run.threshold),
        id=f"suite-{at}",
    )


def _legend(summary: Summary, name: str) -> Iterable[Html]:
    for outcome in OUTCOMES:
        if n := summary.outcomes.get(outcome, 0):
            address = filtered(suite=name, outcome=outcome)
            yield tag("li", tag("a", badge(outcome), " ", tag("b", f"{n:,}"), href=address))


def _means(summary: Summary) -> Html:
    rows = [(metric(name), *mean_cells(mean)) for name, mean in summary.means.items()]
    return table(f"Means of {summary.name}", ["metric", "mean", *INTERVAL], rows)


def _keys(summary: Summary) -> Html:
    shares = [
        (f"share answered at {100 * risk:g} % wrong", number(share))
        for risk, share in summary.answered_at.items()
    ]
    pairs = [
        *shares,
        ("time of a reply, p50", f"{summary.p50:,.0f} ms"),
        ("time of a reply, p95", f"{summary.p95:,.0f} ms"),
    ]
    return tag("ul.keys", [tag("li", tag("span", name), " ", tag("b", value)) for name, value in pairs])


def _figures(summary: Summary, run: Run) -> Child:
    return (
        reliability_diagram(summary.calibration, number(summary.ece)),
        risk_curve(summary.curve, run.threshold, number(summary.aurc)),
    )


def _tags(run: Run) -> Child:
    rows = [_tag_row(name, tagged) for name, tagged in by_tag(run).items()]
    if not rows:
        return None
    head = ["tag", "decision accuracy", *INTERVAL, "answer accuracy", *INTERVAL]
    return [tag("h3", "By tag"), table(f"Accuracy by tag in {run.suite}", head, rows)]


def _tag_row(name: str, run: Run) -> Row:
    found = means(run.results, ("decision", "answer"))
    link = tag("a", name, href=filtered(suite=run.suite, tag=name))
    cells = [cell for score in ("decision", "answer") for cell in mean_cells(found.get(score))]
    return (link, *cells)


def _folded(summary: Summary, threshold: float) -> Child:
    bins = [
        (span(each.low, each.high), f"{each.n:,}", number(each.confidence), number(each.right))
        for each in summary.calibration
    ]
    curve = [
        (number(each.coverage), number(each.risk), number(each.threshold)) for each in _tenths(summary.curve)
    ]
    swept = [
        (number(each.threshold), number(each.decided), number(each.answered), number(each.wrong))
        for each in summary.swept
    ]
    calibration = ["confidence", "cases", "mean confidence", "answerable"]
    return [
        fold("The reliability diagram in numbers", table("Reliability", calibration, bins)),
        fold(
            "The risk-coverage curve in numbers",
            table("Risk and coverage", ["answered", "of these wrong", "threshold"], curve),
        ),
        fold(
            "What other thresholds would decide",
            tag("p.quiet", f"Now it is {number(threshold)}."),
            table("Thresholds", ["threshold", "rightly decided", "answered", "of these wrong"], swept),
        ),
    ]


def _tenths(curve: Sequence[Point]) -> Iterable[Point]:
    """The first point at or beyond each tenth of the coverage."""
    chosen = (next((p for p in curve if p.coverage >= step - 1e-9), None) for step in STEPS)
    return dict.fromkeys(point for point in chosen if point)
