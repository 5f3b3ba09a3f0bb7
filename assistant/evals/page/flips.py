"""What changed since an earlier run: cases with another outcome, metrics that moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...documents import flat
from ...markup import Child, Html, tag
from ...scoring.statistics import Difference
from ..comparing import Comparison, Flip, compare_runs
from ..judging import Verdict
from ..running import Run
from .parts import LOWER_IS_BETTER, badge, counted, difference_cells, fold, metric, place_of, table


def flips(runs: Sequence[Run], before: Sequence[Run]) -> Html | None:
    """The section; None when no run has an earlier one to be compared with."""
    earlier = {run.suite: run for run in before}
    parts = [_of_suite(earlier[run.suite], run) for run in runs if run.suite in earlier]
    return tag("section", tag("h2", "Flips"), parts, id="flips") if parts else None


def _of_suite(before: Run, after: Run) -> Child:
    comparison = compare_runs(before, after)
    lost = [flip for flip in comparison.flips if flip.lost]
    gained = [flip for flip in comparison.flips if flip.gained]
    others = [flip for flip in comparison.flips if not (flip.lost or flip.gained)]
    return [
        tag("h3", after.suite),
        tag("p", _verdict(comparison, len(lost), len(gained))),
        _changed(before, after) if before.identity else None,
        _moved(comparison.moved),
        _group("Lost", after.suite, lost, unfolded=True),
        _group("Gained", after.suite, gained),
        _group("Changed otherwise", after.suite, others),
    ]


def _verdict(comparison: Comparison, lost: int, gained: int) -> str:
    if not comparison.flips:
        return "No case has another outcome."
    p = f"McNemar’s p = {comparison.decisions:.3f}"
    return f"{lost} lost, {gained} gained. Right decisions before and now: {p}."


def _changed(before: Run, after: Run) -> Html:
    """What the runs were made with, where it differs."""
    old, new = ({**run.identity, "threshold": f"{run.threshold:.3g}"} for run in (before, after))
    names = [name for name in new if old.get(name) != new[name]]
    return tag("p.quiet", f"Changed between the runs: {', '.join(names) or 'nothing that is recorded'}.")


def _group(title: str, suite: str, flips: Sequence[Flip], *, unfolded: bool = False) -> Child:
    if not flips:
        return None
    items = [_flip(suite, each) for each in flips]
    return fold(
        [tag("b", title), tag("span.quiet", f" {counted(len(flips), 'case')}")],
        tag("ul.flips", items),
        unfolded=unfolded,
    )


def _flip(suite: str, flip: Flip) -> Html:
    question = flat(flip.after.question) or flip.after.id
    return tag(
        "li",
        tag("a.question", question, href="#" + place_of(suite, flip.after.id)),
        tag("div.change", _side(flip.before), _side(flip.after, "→ ")),
    )


def _side(verdict: Verdict, before: Child = None) -> Html:
    return tag("p", before, badge(verdict.outcome), tag("span.said", flat(verdict.said)))


def _moved(moved: Mapping[str, Difference]) -> Child:
    if not moved:
        return None
    gains = {name: -each.value if name in LOWER_IS_BETTER else each.value for name, each in moved.items()}
    rows = [
        (metric(name), _judged(moved[name], gains[name]), *difference_cells(moved[name]))
        for name in sorted(gains, key=gains.__getitem__)
    ]
    return table("Metrics that moved", ["metric", "moved", "difference", "95 % interval", "p"], rows)


def _judged(difference: Difference, gain: float) -> Html:
    """What a difference is, in a word."""
    if difference.low <= 0 <= difference.high:
        return tag("span.quiet", "within chance")
    return tag("b.better", "better") if gain > 0 else tag("b.worse", "worse")
