"""Confidences against the truth, and what answering from some confidence on costs."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import pytest

from assistant.scoring.calibration import (
    Bin,
    Point,
    Swept,
    area_under_risk_coverage,
    brier,
    coverage_at_risk,
    expected_calibration_error,
    reliability,
    risk_coverage,
    sweep,
)

CONFIDENCES = [0.95, 0.91, 0.65, 0.62, 0.15]
ANSWERABLE = [True, True, True, False, False]


def test_the_reliability_table_by_hand() -> None:
    """Bins have the mean confidence and the share that can be answered; empty ones are left out."""
    low, middle, high = reliability(CONFIDENCES, ANSWERABLE)
    assert low == Bin(0.1, 0.2, 1, 0.15, 0.0)
    assert (middle.low, middle.high, middle.n, middle.right) == (0.6, 0.7, 2, 0.5)
    assert middle.confidence == pytest.approx(0.635)  # (0.65 + 0.62) / 2
    assert (high.low, high.high, high.n, high.right) == (0.9, 1.0, 2, 1.0)
    assert high.confidence == pytest.approx(0.93)  # (0.95 + 0.91) / 2


@pytest.mark.parametrize("tenth", range(11))
def test_a_bin_holds_its_upper_bound(tenth: int) -> None:
    """A confidence on a bound is in the bin below it, 0 in the first: whatever floats make of tenths."""
    (only,) = reliability([tenth / 10], [True])
    assert (only.low, only.high) == (max(0, tenth - 1) / 10, max(1, tenth) / 10)


def test_the_calibration_error_by_hand() -> None:
    """Bins' distances of confidence and truth weigh as many cases as they hold."""
    # (1 * |0 - 0.15| + 2 * |0.5 - 0.635| + 2 * |1 - 0.93|) / 5 = (0.15 + 0.27 + 0.14) / 5
    assert expected_calibration_error(CONFIDENCES, ANSWERABLE) == pytest.approx(0.112)
    # One bin: |3/5 - 3.28/5|
    assert expected_calibration_error(CONFIDENCES, ANSWERABLE, bins=1) == pytest.approx(0.056)


def test_the_calibration_error_at_its_ends() -> None:
    """Certain and right has no error, certain and wrong all of it, a half that is half right none."""
    assert expected_calibration_error([1.0, 0.0], [True, False]) == 0.0
    assert expected_calibration_error([1.0, 0.0], [False, True]) == 1.0
    assert expected_calibration_error([0.5, 0.5], [False, True]) == 0.0


def test_the_brier_score_by_hand() -> None:
    """It is the mean squared distance of confidence and truth."""
    # 0.05^2 + 0.09^2 + 0.35^2 + 0.62^2 + 0.15^2 = 0.0025 + 0.0081 + 0.1225 + 0.3844 + 0.0225 = 0.54
    assert brier(CONFIDENCES, ANSWERABLE) == pytest.approx(0.54 / 5)
    assert brier([1.0, 0.0], [True, False]) == 0.0
    assert brier([1.0, 0.0], [False, True]) == 1.0


def test_the_curve_by_hand() -> None:
    """Coverage and risk are counted from the most confident case on."""
    points = risk_coverage([0.2, 0.9, 0.5, 0.7], [True, False, True, False])
    assert points == (
        Point(0.25, 0.0, 0.9, 1),
        Point(0.50, 0.0, 0.7, 2),
        Point(0.75, 1 / 3, 0.5, 3),
        Point(1.00, 2 / 4, 0.2, 4),
    )
    # (0 + 0 + 1/3 + 1/2) / 4
    assert area_under_risk_coverage(points) == pytest.approx(5 / 24)


def test_equal_confidences_enter_together() -> None:
    """Cases that no threshold parts make one point of the curve."""
    points = risk_coverage([0.5, 0.9, 0.5, 0.5], [True, False, False, True])
    assert points == (Point(0.25, 0.0, 0.9, 1), Point(1.0, 0.5, 0.5, 4))
    # The three that enter are wrong by 2/3 on average: risks 0, (2/3)/2, (4/3)/3, 2/4;
    # (0 + 1/3 + 4/9 + 1/2) / 4 = (23/18) / 4
    assert area_under_risk_coverage(points) == pytest.approx(23 / 72)


def test_ties_score_as_the_mean_of_their_orders() -> None:
    """The area with ties is the mean of the areas over every order of the tied cases."""
    confidences, wrong = [0.9, 0.5, 0.5, 0.5, 0.5, 0.1], [True, True, False, False, True, False]
    areas = []
    for order in itertools.permutations(range(4)):
        apart = [0.9, *(0.5 + place / 100 for place in order), 0.1]
        areas.append(area_under_risk_coverage(risk_coverage(apart, wrong)))
    assert area_under_risk_coverage(risk_coverage(confidences, wrong)) == pytest.approx(
        sum(areas) / len(areas)
    )


def test_a_constant_confidence_scores_its_error_rate() -> None:
    """Knowing nothing has an area of the share of wrong answers; knowing all has less, the opposite more."""
    wrong = [True, False, False, False]
    assert area_under_risk_coverage(risk_coverage([0.5] * 4, wrong)) == pytest.approx(1 / 4)
    # The wrong one last: (0 + 0 + 0 + 1/4) / 4. First: (1 + 1/2 + 1/3 + 1/4) / 4.
    assert area_under_risk_coverage(risk_coverage([0.1, 0.7, 0.8, 0.9], wrong)) == pytest.approx(1 / 16)
    assert area_under_risk_coverage(risk_coverage([0.9, 0.7, 0.6, 0.5], wrong)) == pytest.approx(25 / 48)


def test_coverage_at_a_risk_by_hand() -> None:
    """It is the largest coverage whose risk is borne, even where a smaller one has a higher risk."""
    points = risk_coverage([0.9, 0.8, 0.7, 0.6, 0.5], [False, True, False, False, True])
    # Risks: 0, 1/2, 1/3, 1/4, 2/5
    assert [coverage_at_risk(points, risk) for risk in (0.0, 0.24, 0.25, 0.4)] == [0.2, 0.2, 0.8, 1.0]
    assert coverage_at_risk(risk_coverage([0.9], [True]), 0.5) == 0.0
    assert coverage_at_risk((), 0.5) == 0.0


def test_the_curve_matches_the_sweep() -> None:
    """Each point of the curve says what the sweep says of its threshold."""
    generator = random.Random(5)
    confidences = [generator.randrange(10) / 10 for _ in range(100)]
    right = [generator.random() < confidence for confidence in confidences]
    points = risk_coverage(confidences, [not each for each in right])
    swept = sweep(confidences, right, right, [point.threshold for point in points])
    assert [(each.answered, each.wrong) for each in swept] == [(each.coverage, each.risk) for each in points]
    assert points[-1].coverage == 1.0


def test_the_sweep_by_hand() -> None:
    """A threshold answers what is at least as confident, and that decides rightly or wrongly."""
    right = [True, False, True, False, False]  # the second can be answered, but was not rightly
    assert sweep(CONFIDENCES, ANSWERABLE, right, [0.65, 0.0, 0.62, 0.99]) == (
        Swept(0.65, 5 / 5, 3 / 5, 1 / 3),  # all three that can be, and no other; one of them wrong
        Swept(0.0, 3 / 5, 5 / 5, 3 / 5),
        Swept(0.62, 4 / 5, 4 / 5, 2 / 4),  # one too many
        Swept(0.99, 2 / 5, 0 / 5, 0.0),  # nothing is answered, so nothing wrongly
    )


@pytest.mark.parametrize(
    "score",
    [reliability, expected_calibration_error, brier, risk_coverage, lambda c, t: sweep(c, t, t, [0.5])],
)
def test_cases_must_match(score: Callable[[list[float], list[bool]], object]) -> None:
    """Arguments of different lengths and a confidence that is no number are errors."""
    with pytest.raises(ValueError, match="1 confidences, but 2"):
        score([0.5], [True, False])
    with pytest.raises(ValueError, match="nan is not finite"):
        score([float("nan")], [True])


@pytest.mark.parametrize("score", [reliability, expected_calibration_error, brier])
def test_probabilities_are_from_0_to_1(score: Callable[[list[float], list[bool]], object]) -> None:
    """What is measured as a probability must be one."""
    with pytest.raises(ValueError, match=r"1\.5 is not between 0 and 1"):
        score([0.5, 1.5], [True, False])


def test_nothing_has_no_score() -> None:
    """No cases have an empty table and an empty curve; a number of them is an error."""
    assert reliability([], []) == ()
    assert risk_coverage([], []) == ()
    for score in (
        lambda: brier([], []),
        lambda: expected_calibration_error([], []),
        lambda: area_under_risk_coverage([]),
        lambda: sweep([], [], [], [0.5]),
    ):
        with pytest.raises(ValueError, match="no cases"):
            score()


def test_a_table_has_bins() -> None:
    """A table without bins is an error."""
    with pytest.raises(ValueError, match="0 bins"):
        reliability([0.5], [True], bins=0)
