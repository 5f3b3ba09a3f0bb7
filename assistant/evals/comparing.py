"""Two runs of the same cases: what flipped, what moved, and whether chance explains it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..assistant import Assistant
from ..index import Progress, silent
from ..scoring.statistics import Difference, mcnemar, paired_difference
from .judging import Verdict
from .running import Run, run
from .suites import Suite
from .summary import METRICS


@dataclass(frozen=True, slots=True)
class Flip:
    """A case whose outcome changed."""

    before: Verdict
    after: Verdict

    @property
    def lost(self) -> bool:
        """Whether it was right and is not any more."""
        return self.before.right and not self.after.right

    @property
    def gained(self) -> bool:
        return self.after.right and not self.before.right


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs of the same cases.

    Attributes:
        flips: cases with another outcome, in order.
        decisions: p of McNemar's exact test on right decisions; small when chance does not explain
            that one run decides better.
        moved: by metric, how its mean moved from the first to the second run.
    """

    suite: str
    flips: tuple[Flip, ...]
    decisions: float
    moved: dict[str, Difference]


def compare(suite: Suite, before: Assistant, after: Assistant, *, progress: Progress = silent) -> Comparison:
    """Ask two assistants the same cases: two thresholds, two readers, with and without BM25.

    `Assistant.variant` makes the second one:

        compare(suite, assistant, assistant.variant(threshold=0.7))
    """
    return compare_runs(run(suite, before, progress=progress), run(suite, after, progress=progress))


def compare_runs(before: Run, after: Run) -> Comparison:
    """The cases that both runs have, side by side."""
    return compare_verdicts(after.suite, before.verdicts, after.verdicts)


def compare_verdicts(suite: str, before: Sequence[Verdict], after: Sequence[Verdict]) -> Comparison:
    """As `compare_runs`, from what is remembered of the cases."""
    earlier = {each.id: each for each in before}
    pairs = [(earlier[each.id], each) for each in after if each.id in earlier]
    flips = tuple(Flip(old, new) for old, new in pairs if old.outcome != new.outcome)
    lost, gained = _changed(pairs)
    return Comparison(suite, flips, mcnemar(lost, gained), _moved(pairs))


def _changed(pairs: Sequence[tuple[Verdict, Verdict]]) -> tuple[int, int]:
    """How many decisions became wrong, and how many right."""
    decisions = [(old.scores.get("decision", 0.0), new.scores.get("decision", 0.0)) for old, new in pairs]
    return sum(old > new for old, new in decisions), sum(old < new for old, new in decisions)


def _moved(pairs: Sequence[tuple[Verdict, Verdict]]) -> dict[str, Difference]:
    """How each mean moved, over the cases that have the score in both runs."""
    found = {}
    for name in METRICS:
        both = [(old, new) for old, new in pairs if name in old.scores and name in new.scores]
        if any(old.scores[name] != new.scores[name] for old, new in both):
            found[name] = paired_difference(
                [old.scores[name] for old, _ in both],
                [new.scores[name] for _, new in both],
                [new.cluster for _, new in both],
            )
    return found
