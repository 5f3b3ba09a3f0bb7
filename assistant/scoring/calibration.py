"""Whether a confidence means what it says, and what answering only from some confidence on costs.

A confidence is the probability that the text answers the question; cases stand in the same order
in every argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bin:
    """The cases with a confidence above `low` and up to `high`; 0 is in the first bin.

    Attributes:
        n: how many they are.
        confidence: their mean confidence.
        right: the share of them that can be answered. In a calibrated bin it is the confidence.
    """

    low: float
    high: float
    n: int
    confidence: float
    right: float


class Point(NamedTuple):
    """A point of the risk-coverage curve: what comes of answering from a confidence on.

    Attributes:
        coverage: the share of all cases that is answered.
        risk: the share of the answered that is wrong.
        threshold: the least confidence that is answered.
        answered: how many cases are answered.
    """

    coverage: float
    risk: float
    threshold: float
    answered: int


@dataclass(frozen=True, slots=True)
class Swept:
    """What comes of a threshold: a case is answered if its confidence is at least this.

    Attributes:
        decided: the share of cases rightly decided: answered if and only if they can be.
        answered: the share of cases answered.
        wrong: the share of the answered whose answer is wrong; 0.0 if none is answered.
    """

    threshold: float
    decided: float
    answered: float
    wrong: float


def reliability(confidences: Sequence[float], answerable: Sequence[bool], bins: int = 10) -> tuple[Bin, ...]:
    """The reliability table: bins of equal width, lowest first, empty ones left out.

    Args:
        confidences: probabilities, 0 to 1.
        answerable: whether the text does answer the question.
        bins: how many there are of 0 to 1. Bounds are as in Guo et al. (ICML 2017).

    Raises:
        ValueError: the arguments differ in length, a confidence is no probability, or there is no bin.
    """
    likely, true = _probabilities(confidences, answerable)
    if bins < 1:
        raise ValueError(f"{bins!r} bins: give 1 or more")
    # 0.7 * 10 is 7.000000000000001: compared with the bounds themselves, 0.7 is in the bin up to 0.7.
    of = np.searchsorted(np.arange(1, bins) / bins, likely, side="left")
    return tuple(
        Bin(
            at / bins,
            (at + 1) / bins,
            int((of == at).sum()),
            float(likely[of == at].mean()),
            float(true[of == at].mean()),
        )
        for at in np.unique(of).tolist()
    )


def expected_calibration_error(
    confidences: Sequence[float], answerable: Sequence[bool], bins: int = 10
) -> float:
    """How far confidence and truth are apart, a bin's share of the cases being its weight; 0 to 1.

    Naeini, Cooper and Hauskrecht (AAAI 2015); Guo et al. (ICML 2017), equation 3.

    Raises:
        ValueError: as `reliability`, or there are no cases.
    """
    table = reliability(confidences, answerable, bins)
    return sum(each.n * abs(each.right - each.confidence) for each in table) / _count(confidences)


def brier(confidences: Sequence[float], answerable: Sequence[bool]) -> float:
    """The mean squared distance of the confidence from 1 (answerable) or 0; 0 is best, 1 worst.

    Brier (Monthly Weather Review 78, 1950), in the form for two outcomes, which is half of his sum
    over both.

    Raises:
        ValueError: the arguments differ in length, a confidence is no probability, or there are no
            cases.
    """
    _count(confidences)
    likely, true = _probabilities(confidences, answerable)
    return float(((likely - true) ** 2).mean())


def risk_coverage(confidences: Sequence[float], wrong: Sequence[bool]) -> tuple[Point, ...]:
    """The risk-coverage curve, the most confident cases first.

    El-Yaniv and Wiener (JMLR 11, 2010); Geifman and El-Yaniv (NeurIPS 2017). Cases of equal
    confidence enter together, as no threshold parts them.

    Args:
        confidences: any finite numbers; only their order counts.
        wrong: whether the answer is wrong, if it is given: so is any where the text has none.

    Raises:
        ValueError: the arguments differ in length, or a confidence is not finite.
    """
    scores, errors = _columns(confidences, wrong)
    order = np.argsort(-scores, kind="stable")
    scores, errors = scores[order], np.cumsum(errors[order])
    last = np.flatnonzero(np.diff(scores, append=-np.inf))
    return tuple(
        Point((at + 1) / len(scores), float(errors[at]) / (at + 1), float(scores[at]), at + 1)
        for at in last.tolist()
    )


def area_under_risk_coverage(points: Sequence[Point]) -> float:
    """The mean, over all cases, of the risk at the coverage that answers down to that case; 0 to 1.

    Geifman, Uziel and El-Yaniv (ICLR 2019). Cases of equal confidence have no order: what is
    computed is the mean over all orders of them, so that a constant confidence scores its error rate.

    Args:
        points: all that `risk_coverage` returned.

    Raises:
        ValueError: there are none.
    """
    _count(points)
    total, before, errors = 0.0, 0, 0.0
    for point in points:
        # Of the cases that enter together, any first j have j times their mean error on average.
        entering = np.arange(1, point.answered - before + 1)
        each = (point.risk * point.answered - errors) / len(entering)
        total += float(((errors + entering * each) / (before + entering)).sum())
        before, errors = point.answered, point.risk * point.answered
    return total / before


def coverage_at_risk(points: Sequence[Point], risk: float) -> float:
    """The largest coverage whose risk is at most this; 0.0 if every risk is above it.

    Args:
        points: what `risk_coverage` returned.
        risk: the share of wrong answers that is borne, 0 to 1.
    """
    return max((point.coverage for point in points if point.risk <= risk), default=0.0)


def sweep(
    confidences: Sequence[float],
    answerable: Sequence[bool],
    right: Sequence[bool],
    thresholds: Sequence[float],
) -> tuple[Swept, ...]:
    """What comes of each threshold, in the order given.

    Args:
        confidences: finite numbers.
        answerable: whether the text does answer the question.
        right: whether the answer is right, if it is given: none is where the text has none.
        thresholds: on the confidences' scale.

    Raises:
        ValueError: the first three differ in length, a confidence is not finite, or there are no
            cases.
    """
    _count(confidences)
    scores, can = _columns(confidences, answerable)
    _, good = _columns(confidences, right)
    return tuple(_swept(threshold, scores >= threshold, can == 1, good == 1) for threshold in thresholds)


def _swept(
    threshold: float, answered: NDArray[np.bool_], can: NDArray[np.bool_], good: NDArray[np.bool_]
) -> Swept:
    wrong = float((answered & ~good).sum()) / max(1, int(answered.sum()))
    return Swept(threshold, float((answered == can).mean()), float(answered.mean()), wrong)


def _columns(confidences: Sequence[float], facts: Sequence[bool]) -> tuple[Numbers, Numbers]:
    """Both as numbers, (cases,) each."""
    scores, truths = np.asarray(confidences, dtype=np.float64), np.asarray(facts, dtype=np.float64)
    if len(scores) != len(truths):
        raise ValueError(f"{len(scores)} confidences, but {len(truths)} cases to compare them with")
    if not np.isfinite(scores).all():
        raise ValueError(f"confidence {float(scores[~np.isfinite(scores)][0])!r} is not finite")
    return scores, truths


def _probabilities(confidences: Sequence[float], answerable: Sequence[bool]) -> tuple[Numbers, Numbers]:
    likely, true = _columns(confidences, answerable)
    outside = likely[(likely < 0) | (likely > 1)]
    if len(outside):
        raise ValueError(f"confidence {float(outside[0])!r} is not between 0 and 1")
    return likely, true


def _count(cases: Sequence[object]) -> int:
    if not len(cases):
        raise ValueError("there are no cases to score")
    return len(cases)
