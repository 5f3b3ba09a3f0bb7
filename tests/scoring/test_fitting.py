"""Logistic regression and the area under the ROC curve."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.scoring.fitting import area_under_curve, held_out, logistic, probabilities

DRAW = np.random.default_rng(3)


def test_known_weights_are_found() -> None:
    """Labels drawn with known weights give those weights back."""
    features = DRAW.normal(size=(20_000, 2))
    true = np.array([1.5, -0.7, 0.4])
    labels = DRAW.random(20_000) < probabilities(features, true)
    assert logistic(features, labels) == pytest.approx(true, abs=0.08)


def test_separable_labels_do_not_run_away() -> None:
    """The ridge keeps the weights finite where a line parts the labels."""
    weights = logistic(np.array([[-1.0], [1.0]] * 20), np.array([False, True] * 20))
    assert np.isfinite(weights).all()
    assert weights[0] > 1


def test_a_case_is_not_judged_by_its_own_cluster() -> None:
    """A column that names the label of one cluster alone helps nobody there."""
    clusters = [f"article {number % 8}" for number in range(400)]
    labels = DRAW.random(400) < 0.5
    own = np.array([cluster == "article 3" for cluster in clusters])
    telltale = np.where(own, labels * 2.0 - 1, 0.0)[:, None]
    held = held_out(telltale, labels, clusters, folds=8)
    assert area_under_curve(held[own].tolist(), labels[own].tolist()) == pytest.approx(0.5, abs=0.2)
    whole = probabilities(telltale, logistic(telltale, labels))
    assert area_under_curve(whole[own].tolist(), labels[own].tolist()) == 1.0


@pytest.mark.parametrize(
    ("scores", "labels", "area"),
    [
        ([0.9, 0.8, 0.2, 0.1], [True, True, False, False], 1.0),
        ([0.1, 0.2, 0.8, 0.9], [True, True, False, False], 0.0),
        ([0.9, 0.4, 0.6, 0.1], [True, True, False, False], 0.75),  # 3 of 4 pairs in order
        ([0.5, 0.5, 0.5], [True, False, False], 0.5),
        ([0.7, 0.7, 0.2], [True, False, False], 0.75),  # a tie counts half, the other pair whole
        ([0.7, 0.2], [True, True], 0.5),
    ],
)
def test_area_under_curve(scores: list[float], labels: list[bool], area: float) -> None:
    """The share of pairs in the right order, ties counted half."""
    assert area_under_curve(scores, labels) == pytest.approx(area)
