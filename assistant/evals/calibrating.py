"""Confidence and threshold fitted to a user's own questions, kept beside that corpus' index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..assistant import Assistant
from ..confidence import Calibration, write_calibration
from ..errors import SettingError, SuiteProblem
from ..index import Progress, layout
from ..index.place import place_of
from ..models import shipped_reader
from ..readers import ExtractiveReader
from ..scoring.calibration import Point, expected_calibration_error, risk_coverage
from ..scoring.fitting import Numbers, held_out, logistic
from .judging import Result
from .running import run
from .suites import Case, Suite

LEAST = 40  # cases


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a calibration does on cases that it was not fitted to.

    Attributes:
        decided: share of right decisions at the threshold.
        answered: share of the cases answered; `wrong`, the share of these that is wrong.
        ece: expected calibration error.
        curve: risk against coverage.
    """

    threshold: float
    decided: float
    answered: float
    wrong: float
    ece: float
    curve: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Fitted:
    """The calibration that was written, and the suite's figures before and, held out, after."""

    n: int
    answerable: int
    before: Fit
    after: Fit
    file: Path


def calibrate(
    suite: Suite,
    borrowed: Sequence[Suite],
    wrong: float,
    corpus: str | None,
    index: str | None,
    progress: Progress,
) -> Fitted:
    """Fit to a suite's cases, and to the questions of borrowed suites as off-topic ones.

    Raises:
        SuiteProblem: there are too few cases, or of one kind alone; or no threshold keeps wrong
            answers at that share.
    """
    if isinstance(suite.corpus, Mapping):
        raise SuiteProblem(
            f"{suite.name!r} asks about texts in memory, which have no index to keep a fit beside"
        )
    place = place_of(suite.corpus if isinstance(suite.corpus, Path) else corpus, index)
    cases = replace(suite, cases=suite.cases + _off_topic(borrowed))
    _enough(cases)
    file = place.folder / layout.CALIBRATION
    try:
        shipped_reader().fitted_to(file)
    except SettingError:  # what cannot be used is what a new fit is for
        file.unlink(missing_ok=True)
    with Assistant.open(place.corpus, place.folder, progress=progress) as assistant:
        reader = assistant.reader
        if not isinstance(reader, ExtractiveReader):
            raise SuiteProblem(f"the reader {reader.name!r} has no calibration of its own to fit")
        reader = replace(reader, own=None)  # a fit does not start from an earlier one
        results = run(cases, assistant.variant(reader=reader), progress=progress).results
        held, slope, intercept = _fit(results)
        threshold = _threshold(held, results, wrong)
        fitted = _scaled(reader.calibration, slope, intercept, threshold)
        write_calibration(file, fitted, reader.model.sha256)
    before = _judge([result.confidence for result in results], results, reader.threshold)
    after = _judge(held, results, threshold)
    return Fitted(len(results), sum(r.case.answerable for r in results), before, after, file)


def _off_topic(borrowed: Sequence[Suite]) -> tuple[Case, ...]:
    return tuple(
        case.model_copy(
            update={"id": f"{suite.name}/{case.id}", "answerable": False, "history": (), "source": None}
        )
        for suite in borrowed
        for case in suite.cases
    )


def _enough(suite: Suite) -> None:
    answerable = sum(case.answerable for case in suite.cases)
    others = len(suite.cases) - answerable
    if len(suite.cases) < LEAST or not answerable or not others:
        raise SuiteProblem(
            f"a calibration takes at least {LEAST} cases, answerable ones and others; {suite.name!r} has "
            f"{answerable} and {others}: add some with `assistant case add`, or borrow questions that are "
            "off topic with --borrow SUITE"
        )


def _fit(results: Sequence[Result]) -> tuple[list[float], float, float]:
    """Held-out probabilities, and the slope and intercept fitted to all: Platt scaling of the log-odds."""
    odds = _log_odds([result.confidence for result in results])
    labels = np.asarray([result.case.answerable for result in results])
    clusters = [result.cluster for result in results]
    if len(set(clusters)) == 1:  # one passage: its cases are held out from each other
        clusters = [result.case.id for result in results]
    held = held_out(odds, labels, clusters)
    slope, intercept = logistic(odds, labels)
    return held.tolist(), float(slope), float(intercept)


def _log_odds(confidences: Sequence[float]) -> Numbers:
    p = np.clip(np.asarray(confidences, dtype=np.float64), 1e-6, 1 - 1e-6)
    odds: Numbers = np.log(p / (1 - p))[:, None]
    return odds


def _threshold(held: Sequence[float], results: Sequence[Result], wrong: float) -> float:
    """The least held-out confidence from which on at most this share of the answers is wrong."""
    curve = risk_coverage(held, [not result.candidate_right for result in results])
    kept = [point for point in curve if point.risk <= wrong]
    if not kept:
        least = min(curve, key=lambda point: point.risk)
        raise SuiteProblem(
            f"no threshold keeps wrong answers at {wrong:.0%}: the best has {least.risk:.0%}, answering "
            f"{least.coverage:.0%}; allow more with --wrong"
        )
    return round(max(kept, key=lambda point: point.coverage).threshold, 4)


def _scaled(calibration: Calibration, slope: float, intercept: float, threshold: float) -> Calibration:
    """The calibration whose log-odds are `slope` times the old ones, plus `intercept`."""
    weights = {
        name: round(getattr(calibration, name) * slope, 4)
        for name in ("score", "cosine", "missing_name", "unknown")
    }
    moved = round(calibration.intercept * slope + intercept, 4)
    return Calibration(**weights, intercept=moved, threshold=threshold)


def _judge(confidences: Sequence[float], results: Sequence[Result], threshold: float) -> Fit:
    answerable = [result.case.answerable for result in results]
    answered = [confidence >= threshold for confidence in confidences]
    wrong = [a and not result.candidate_right for a, result in zip(answered, results, strict=True)]
    curve = risk_coverage(confidences, [not result.candidate_right for result in results])
    return Fit(
        threshold,
        sum(map(bool.__eq__, answered, answerable)) / len(results),
        sum(answered) / len(results),
        sum(wrong) / max(1, sum(answered)),
        expected_calibration_error(confidences, answerable),
        curve,
    )
