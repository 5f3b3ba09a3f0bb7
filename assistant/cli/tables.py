"""What the evals show in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..evals.baseline import Checked, Worse
from ..evals.benchmarks import Figures
from ..evals.calibrating import Fit, Fitted
from ..evals.comparing import Flip
from ..evals.running import Run
from ..evals.summary import METRICS, Summary, by_reader, by_tag, in_words, means, summarise
from ..scoring.statistics import Difference, Mean

BY_TAG = ("decision", "answer", "refusal_recall")
OFFLINE = "extractive"  # the reader that need not be named
OUT = Console(soft_wrap=not sys.stdout.isatty(), highlight=False)  # in a file, lines are whole


def print_run(run: Run) -> None:
    """A suite's figures, those of its tags, and the cases that are not right."""
    summary = summarise(run)
    unchanged = "; nothing has changed since the last run" if run.cached else ""
    OUT.print(f"\n[bold]{escape(run.suite)}[/bold]: {summary.n} cases{unchanged}")
    OUT.print(in_words(summary.outcomes))
    readers = by_reader(run.results)
    if set(readers) - {OFFLINE}:
        OUT.print("read by " + ", ".join(f"{escape(name)}: {n}" for name, n in readers.most_common()))
    table = _table("", "mean", "95 % interval", "n")
    for name, mean in summary.means.items():
        table.add_row(METRICS[name], *_cells(mean))
    OUT.print(table)
    _print_decision(summary)
    _print_tags(run)
    for result in run.results:
        if not result.right:
            reader = result.reply.reader if result.reply else OFFLINE
            by = "" if reader == OFFLINE else f" ({escape(reader)})"
            OUT.print(f"[red]{result.outcome}[/red]  {escape(result.case.id)}{by}: {escape(result.reason)}")


def _print_decision(summary: Summary) -> None:
    shares = ", ".join(f"{share:.0%} at {risk:.0%}" for risk, share in summary.answered_at.items())
    OUT.print(f"answered, were so many answers wrong: {shares}")
    OUT.print(
        f"ECE {summary.ece:.3f}, AURC {summary.aurc:.3f}; a reply takes {summary.p50:.0f} ms "
        f"(p95 {summary.p95:.0f} ms)"
    )


def _print_tags(run: Run) -> None:
    table = _table("tag", "n", *(METRICS[name] for name in BY_TAG))
    for tag, part in by_tag(run).items():
        found = means(part.results, BY_TAG)
        table.add_row(escape(tag), str(len(part.results)), *(_short(found, name) for name in BY_TAG))
    if table.row_count:
        OUT.print(table)


def print_check(checked: Checked) -> None:
    """What flipped, in both directions, what moved, and whether the gate is open."""
    comparison = checked.comparison
    OUT.print(f"\n[bold]{escape(comparison.suite)}[/bold] against its baseline")
    for worse in checked.worse:
        _print_worse("[red]worse[/red] ", worse)
    for worse in checked.excused:
        _print_worse("[yellow]near the threshold, on another kind of CPU[/yellow] ", worse)
    for flip in comparison.flips:
        if not flip.lost:
            _print_flip(flip)
    if checked.new:
        OUT.print(f"new, not in the baseline: {escape(', '.join(checked.new))}")
    for name, difference in comparison.moved.items():
        OUT.print(f"{METRICS[name]}: {_moved(difference)}")
    if comparison.flips:
        OUT.print(f"right decisions before and now: McNemar's p = {comparison.decisions:.3f}")
    count = len(checked.worse)
    verdict = (
        f"[red]{count} case{'s are' if count != 1 else ' is'} worse[/red]" if count else "no case is worse"
    )
    OUT.print(f"{verdict}; with --accept instead of --check, this run becomes the baseline")


def _print_worse(mark: str, worse: Worse) -> None:
    now = worse.after.said if worse.after else "the case is gone"
    OUT.print(f"{mark} {escape(worse.before.id)}: {worse.why}")
    OUT.print(f"    {escape(worse.before.question)}")
    OUT.print(f"    before: {escape(worse.before.said)}\n    now:    {escape(now)}")


def _print_flip(flip: Flip) -> None:
    colour = "green" if flip.gained else "yellow"
    change = f"{flip.before.outcome} before, {flip.after.outcome} now"
    OUT.print(
        f"[{colour}]{'better' if flip.gained else 'other'}[/{colour}] {escape(flip.after.id)}: {change}"
    )
    OUT.print(f"    {escape(flip.after.question)}")
    OUT.print(f"    before: {escape(flip.before.said)}\n    now:    {escape(flip.after.said)}")


def print_figures(figures: Figures) -> None:
    """A benchmark's table."""
    table = _table("", "", "95 % interval")
    for row in figures.rows:
        scale = row.value / row.mean.value if row.mean and row.mean.value else 1.0
        interval = f"{row.mean.low * scale:.4g} to {row.mean.high * scale:.4g}" if row.mean else ""
        table.add_row(row.name, f"{row.value:.4g}", interval)
    OUT.print(f"[bold]{escape(figures.title)}[/bold]")
    OUT.print(table)


def print_calibration(fitted: Fitted) -> None:
    """A calibration on one's own suite, before and after."""
    table = _table("", "threshold", "right decisions", "answered", "wrong of these", "ECE")
    for name, fit in (("as shipped", fitted.before), ("fitted, held out", fitted.after)):
        shares = (f"{share:.1%}" for share in (fit.decided, fit.answered, fit.wrong))
        table.add_row(name, f"{fit.threshold:.3f}", *shares, f"{fit.ece:.3f}")
    OUT.print(f"{fitted.n} cases, {fitted.answerable} of them answerable")
    OUT.print(table)
    OUT.print(_curves(fitted.before, fitted.after))
    OUT.print(f"kept in {escape(str(fitted.file))}; remove that file to undo")


def _curves(before: Fit, after: Fit) -> Table:
    """The share of wrong answers at every tenth of the cases answered."""
    table = _table("wrong, were so many cases answered", *(f"{tenth * 10} %" for tenth in range(1, 11)))
    for name, fit in (("as shipped", before), ("fitted, held out", after)):
        risks = (next(p.risk for p in fit.curve if p.coverage >= tenth / 10 - 1e-9) for tenth in range(1, 11))
        table.add_row(name, *(f"{risk:.0%}" for risk in risks))
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(first, box=None, pad_edge=False)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _cells(mean: Mean) -> tuple[str, str, str]:
    return f"{mean.value:.3f}", f"{mean.low:.3f} to {mean.high:.3f}", str(mean.n)


def _short(found: Mapping[str, Mean], name: str) -> str:
    mean = found.get(name)
    return f"{mean.value:.2f} ({mean.low:.2f} to {mean.high:.2f})" if mean else ""


def _moved(difference: Difference) -> str:
    sign = f"{difference.value:+.3f}"
    return f"{sign} ({difference.low:+.3f} to {difference.high:+.3f}, p = {difference.p:.3f})"
