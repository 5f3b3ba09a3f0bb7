"""Logistic regression, judged on what it was not fitted to; how well a score ranks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

RIDGE = 0.01  # against collinear columns
STEPS = 50  # of Newton's method, which needs about eight


def logistic(features: Numbers, labels: NDArray[np.bool_]) -> Numbers:
    """The weights of a logistic regression by Newton's method, the intercept last.

    Hastie, Tibshirani and Friedman, The Elements of Statistical Learning (2009), section 4.4.1,
    with a small ridge.

    Args:
        features: shape (cases, columns).
        labels: shape (cases,).
    """
    rows = np.c_[features, np.ones(len(features))]
    weights = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-rows @ weights))
        gradient = rows.T @ (p - labels) + RIDGE * weights
        curvature = (rows * (p * (1 - p))[:, None]).T @ rows + RIDGE * np.eye(len(weights))
        weights -= np.linalg.solve(curvature, gradient)
    return weights


def probabilities(features: Numbers, weights: Numbers) -> Numbers:
    """What these weights make of the features, shape (cases,), each 0 to 1."""
    rows = np.c_[features, np.ones(len(features))]
    result: Numbers = 1 / (1 + np.exp(-rows @ weights))
    return result


def held_out(
    features: Numbers, labels: NDArray[np.bool_], clusters: Sequence[object], folds: int = 10
) -> Numbers:
    """Each case's probability from a fit on other clusters alone, so that none is judged by its own.

    Clusters go round the folds in order of their names.
    """
    names = {name: number for number, name in enumerate(sorted(set(clusters), key=str))}
    fold = np.asarray([names[cluster] % folds for cluster in clusters])
    found = np.zeros(len(labels))
    for each in np.unique(fold):
        own = fold == each
        found[own] = probabilities(features[own], logistic(features[~own], labels[~own]))
    return found


def area_under_curve(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """How often a case with the label outranks one without, ties counted half: the area under the
    ROC curve, as in Hanley and McNeil (Radiology 143, 1982). 0.5 when there is one class alone.
    """
    values, true = np.asarray(scores, dtype=np.float64), np.asarray(labels, dtype=bool)
    ranked, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse] if len(ranked) else values
    positive, negative = int(true.sum()), int((~true).sum())
    if not positive or not negative:
        return 0.5
    return float((ranks[true].sum() - positive * (positive + 1) / 2) / (positive * negative))
