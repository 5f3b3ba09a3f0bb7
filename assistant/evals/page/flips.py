"""What changed since an earlier run: cases with another outcome, metrics that moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...documents import flat
from ...scoring.statistics import Difference
from ..comparing import Comparison, Flip, compare_runs
from ..judging import Verdict
from ..running import Run
from ..summary import METRICS
from .markup import Child, Html, tag
from .parts import Row, badge, counted, number, place_of, span, table

LOWER_IS_BETTER = {"brier"}


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
        _group("Lost", after.suite, lost),
        _group("Gained", after.suite, gained),
        _group("As right or wrong as before", after.suite, others),
        _moved(comparison.moved),
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


def _group(title: str, suite: str, flips: Sequence[Flip]) -> Child:
    if not flips:
        return None
    return [
        tag("h4", title, " ", tag("span.quiet", counted(len(flips), "case"))),
        tag("ul.flips", [_flip(suite, each) for each in flips]),
    ]


def _flip(suite: str, flip: Flip) -> Html:
    return tag(
        "li",
        tag(
            "a.question",
            flat(flip.after.question) or flip.after.id,
            href="#" + place_of(suite, flip.after.id),
        ),
        tag("div.change", _side(flip.before), tag("span.arrow", "→", aria_label="became"), _side(flip.after)),
    )


def _side(verdict: Verdict) -> Html:
    return tag("p", badge(verdict.outcome), " ", tag("span", flat(verdict.said)))


def _moved(moved: Mapping[str, Difference]) -> Child:
    if not moved:
        return None
    rows = sorted(_rows(moved), key=lambda row: row[0])
    head = ["metric", "difference", "95 % interval", "p", ""]
    return [tag("h4", "What moved"), table("Metrics that moved", head, [row for _, row in rows])]


def _rows(moved: Mapping[str, Difference]) -> Iterable[tuple[float, Row]]:
    """A row for each, under the number that sorts the losses first."""
    for name, each in moved.items():
        gain = -each.value if name in LOWER_IS_BETTER else each.value
        verdict = "within chance" if each.low <= 0 <= each.high else "better" if gain > 0 else "worse"
        signed = ("+" if each.value > 0 else "") + number(each.value)
        interval = tag("span.quiet", span(each.low, each.high))
        yield (
            gain,
            (METRICS[name], signed, interval, f"{each.p:.3f}", tag(f"span.{verdict.split()[0]}", verdict)),
        )
