"""The gate: what every case came to when it was last accepted, and what is worse now."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import SuiteProblem
from ..scoring.statistics import Mean
from .comparing import Comparison, compare_verdicts
from .files import write
from .judging import Verdict
from .running import Run
from .suites import Suite, home
from .summary import means

FILE = "baseline.json"
SCHEMA = 1

# Of every score that says how well a right answer is cited: how much a case may lose unnoticed. A
# citation that moves by a word shows here, as the answer itself may still be right.
TOLERANCES: Mapping[str, float] = {"citation_precision": 0.0, "citation_recall": 0.0, "quotes_exact": 0.0}
NEAR_THRESHOLD = 0.02  # of confidence: another kind of CPU adds up differently, and may decide otherwise


@dataclass(frozen=True, slots=True)
class Accepted:
    """A suite as it was accepted.

    Attributes:
        identity: what the results were made with, as `Identity.to_dict`.
        tolerances: by score, how much a case may lose.
        undecided: ids of cases about which, or about a citation of which, a threshold this near would
            have decided otherwise: not held on another kind of CPU.
        means: by score; for people, and not compared.
    """

    identity: Mapping[str, str]
    tolerances: Mapping[str, float]
    undecided: tuple[str, ...]
    means: Mapping[str, Mean]
    cases: Mapping[str, Verdict]

    @classmethod
    def of(cls, run: Run, nearby: Sequence[Run] = ()) -> Accepted:
        """A run to be held to; `nearby` are runs of it a little above and below its threshold."""
        cases, others = _by_id(run), [_by_id(each) for each in nearby]
        near = [name for name, verdict in cases.items() if _is_near(verdict, run.threshold, others)]
        return cls(run.identity, TOLERANCES, tuple(near), means(run.results), cases)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Accepted:
        cases = {name: Verdict(id=name, **each) for name, each in fields["cases"].items()}
        found = {name: Mean(**each) for name, each in fields["means"].items()}
        undecided = tuple(fields["undecided"])
        return cls(fields["identity"], fields["tolerances"], undecided, found, cases)

    def to_dict(self) -> dict[str, Any]:
        fields = asdict(self)
        for case in fields["cases"].values():
            del case["id"]
        return fields


def _by_id(run: Run) -> dict[str, Verdict]:
    return {verdict.id: verdict for verdict in run.verdicts}


def _is_near(verdict: Verdict, threshold: float, nearby: Sequence[Mapping[str, Verdict]]) -> bool:
    """Whether the threshold, moved by `NEAR_THRESHOLD`, decides otherwise about the case or a citation."""
    changed = any(_worse(verdict, each, TOLERANCES) for each in nearby if verdict.id in each)
    return changed or abs(verdict.confidence - threshold) < NEAR_THRESHOLD


@dataclass(frozen=True, slots=True)
class Worse:
    """A case that holds the gate shut, and why."""

    before: Verdict
    after: Verdict | None
    why: str

    @property
    def may_be_chance(self) -> bool:
        """Whether another kind of CPU can be the cause: not of an error, or a case that is gone."""
        return self.after is not None and self.after.outcome != "error"


@dataclass(frozen=True, slots=True)
class Checked:
    """A run against its baseline.

    Attributes:
        worse: cases that were right and are not, or are cited worse, or are gone; none: it passes.
        excused: cases that would be in `worse` on the baseline's kind of CPU.
        new: ids of cases that the baseline does not have.
    """

    comparison: Comparison
    worse: tuple[Worse, ...]
    excused: tuple[Worse, ...]
    new: tuple[str, ...]


def check(run: Run, accepted: Accepted, *, whole: bool = True) -> Checked:
    """Compare a run with what was accepted; of a part of the suite, when it is not `whole`."""
    now = _by_id(run)
    kept = {name: each for name, each in accepted.cases.items() if whole or name in now}
    comparison = compare_verdicts(run.suite, list(kept.values()), list(now.values()))
    worse = [each for verdict in kept.values() if (each := _worse(verdict, now, accepted.tolerances))]
    moved = run.identity.get("cpu") != accepted.identity.get("cpu")
    excused = [
        each for each in worse if moved and each.before.id in accepted.undecided and each.may_be_chance
    ]
    new = tuple(name for name in now if name not in accepted.cases)
    worse += [
        Worse(now[name], now[name], "new, and an error") for name in new if now[name].outcome == "error"
    ]
    return Checked(comparison, tuple(each for each in worse if each not in excused), tuple(excused), new)


def _worse(before: Verdict, now: Mapping[str, Verdict], tolerances: Mapping[str, float]) -> Worse | None:
    after = now.get(before.id)
    if after is None:
        return Worse(before, None, "the case is gone")
    if not before.right:
        return None
    if not after.right:
        return Worse(before, after, f"{before.outcome} before, {after.outcome} now")
    for name, tolerance in tolerances.items():
        old, new = before.scores.get(name, 0.0), after.scores.get(name, 1.0)
        if new < old - tolerance:
            return Worse(before, after, f"{name.replace('_', ' ')} {old:.2f} before, {new:.2f} now")
    return None


def file_for(suite: Suite) -> Path:
    """Where a suite's baseline is kept: in `evals/`, or beside a suite that lies elsewhere."""
    if suite.file is None:
        raise SuiteProblem(f"the suite {suite.name!r} has no file, so no baseline either")
    return (home() if suite.shipped else suite.file.parent) / FILE


def load_baseline(file: Path) -> dict[str, Accepted]:
    """Accepted suites by name; empty without a file.

    Raises:
        SuiteProblem: it cannot be read.
    """
    if not file.exists():
        return {}
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
        if fields["schema"] != SCHEMA:
            raise ValueError(f"schema {fields['schema']!r}, not {SCHEMA}")
        return {name: Accepted.from_dict(each) for name, each in fields["suites"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SuiteProblem(
            f"{str(file)!r} is no baseline of this version ({error}); write it anew: assistant eval --accept"
        ) from error


def accept(file: Path, run: Run, nearby: Sequence[Run] = ()) -> None:
    """Make a run the baseline; other suites in the file stay as they are."""
    suites = load_baseline(file) | {run.suite: Accepted.of(run, nearby)}
    fields = {"schema": SCHEMA, "suites": {name: suites[name].to_dict() for name in sorted(suites)}}
    write(file, json.dumps(fields, indent=1, ensure_ascii=False) + "\n")
