"""Means with their intervals, and whether a difference is more than chance.

Questions about one document go right or wrong together. Taken for independent, they make an
interval too narrow, so whole clusters are resampled: one cluster a document.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

BLOCK = 1 << 20  # clusters drawn at a time, which bounds the memory: 8 bytes each, a few times


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean and its interval.

    Attributes:
        value: the mean of all values, in their unit.
        n: how many values there are.
        low, high: the interval's ends.
    """

    value: float
    n: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change did on average.

    Attributes:
        value: the mean of after less before; above 0, the change raised it.
        low, high: its interval's ends.
        p: how often chance alone brings so large a difference, in either direction.
    """

    value: float
    low: float
    high: float
    p: float


def mean_of(
    values: Sequence[float],
    clusters: Sequence[str],
    *,
    resamples: int = 2000,
    seed: int = 17,
    level: float = 0.95,
) -> Mean | None:
    """The mean with its percentile interval by the cluster bootstrap.

    As many clusters as there are, are drawn with replacement; the means of such draws are the
    interval's source (Field and Welsh, JRSS B 69, 2007; Cameron, Gelbach and Miller, Review of
    Economics and Statistics 90, 2008). A value weighs the same in whatever cluster it is. With fewer
    than about 30 clusters the interval is somewhat too narrow, and with values that are all alike it
    is a point. With one cluster single values are drawn: the interval then says nothing about
    other documents.

    Args:
        values: finite numbers, in any order.
        clusters: of each value, what it shares with others: its document.
        resamples: how many draws.
        seed: of the draws; the same arguments give the same interval.
        level: the share of such intervals that hold the true mean, between 0 and 1.

    Returns:
        None if there are no values.

    Raises:
        ValueError: there are more values than clusters given or fewer, one is not finite, or
            `resamples` or `level` makes no interval.
    """
    numbers = _finite(values, clusters)
    if not len(numbers):
        return None
    low, high = _interval(_resampled(numbers, clusters, resamples, seed), level)
    return Mean(float(numbers.mean()), len(numbers), low, high)


def paired_difference(
    before: Sequence[float],
    after: Sequence[float],
    clusters: Sequence[str],
    *,
    resamples: int = 2000,
    seed: int = 17,
    level: float = 0.95,
) -> Difference:
    """The mean of what each case gained, its interval, and whether chance explains it.

    The cases' differences are resampled as in `mean_of`. The p value is twice the share of resampled
    means on the other side of 0 or at it, at most 1 and at least 1 / resamples: the level at which
    the interval would end at 0 (Koehn, EMNLP 2004, for two sides).

    Args:
        before: a number a case.
        after: the same cases' numbers after the change, in the same order.
        clusters: of each case, as for `mean_of`.
        resamples: how many draws; the p value is no finer.
        seed: of the draws.
        level: of the interval, between 0 and 1.

    Raises:
        ValueError: as `mean_of`, or there are no cases.
    """
    gained = _finite(after, clusters) - _finite(before, clusters)
    if not len(gained):
        raise ValueError("there are no cases to compare")
    means = _resampled(gained, clusters, resamples, seed)
    low, high = _interval(means, level)
    other_side = float(min((means <= 0).mean(), (means >= 0).mean()))
    return Difference(float(gained.mean()), low, high, min(1.0, max(2 * other_side, 1 / resamples)))


def mcnemar(lost: int, gained: int) -> float:
    """How likely chance alone flips cases so unevenly, in either direction: 0 to 1.

    McNemar's test (Psychometrika 12, 1947) in its exact form: of the cases that flipped, each was as
    likely lost as gained, so that twice the binomial tail up to the fewer of the two counts. Takes
    cases for independent, unlike `paired_difference`.

    Args:
        lost: cases that were right before and are wrong now.
        gained: cases that were wrong before and are right now.

    Raises:
        ValueError: a count is negative.
    """
    if min(lost, gained) < 0:
        raise ValueError(f"cases lost {lost!r} and gained {gained!r}: a count is not negative")
    flipped = lost + gained
    # Whole numbers up to the end: 0.5 ** flipped would be 0.0 from 1,075 flips on.
    tail = sum(math.comb(flipped, count) for count in range(min(lost, gained) + 1))
    return min(1.0, 2 * tail / (1 << flipped))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share, 0 to 1, of the values is below.

    Between two values it is interpolated linearly, as numpy does (Hyndman and Fan, The American
    Statistician 50, 1996, definition 7).

    Raises:
        ValueError: there are no values, or the share is not between 0 and 1.
    """
    if not len(values):
        raise ValueError("there are no values to take a percentile of")
    return float(np.quantile(np.asarray(values, dtype=np.float64), share))


def _finite(values: Sequence[float], clusters: Sequence[str]) -> Numbers:
    numbers = np.asarray(values, dtype=np.float64)
    if len(numbers) != len(clusters):
        raise ValueError(f"{len(numbers)} values, but {len(clusters)} clusters")
    if not np.isfinite(numbers).all():
        raise ValueError(f"value {float(numbers[~np.isfinite(numbers)][0])!r} is not finite")
    return numbers


def _resampled(numbers: Numbers, clusters: Sequence[str], resamples: int, seed: int) -> Numbers:
    """The means of `resamples` draws of whole clusters, (resamples,)."""
    if resamples < 1:
        raise ValueError(f"{resamples!r} resamples: give 1 or more")
    sums, counts = _by_cluster(numbers, clusters)
    generator = np.random.default_rng(seed)
    rows = max(1, BLOCK // len(sums))
    means: list[Numbers] = []
    for done in range(0, resamples, rows):
        drawn = generator.integers(len(sums), size=(min(rows, resamples - done), len(sums)))
        means.append(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1))
    return np.concatenate(means)


def _by_cluster(numbers: Numbers, clusters: Sequence[str]) -> tuple[Numbers, Numbers]:
    """The sum and the count of each cluster's values, both (clusters,); of each value's if there is one."""
    names, member = np.unique(np.asarray(clusters), return_inverse=True)
    if len(names) == 1:
        member = np.arange(len(numbers))
    sums, counts = np.bincount(member, weights=numbers), np.bincount(member)
    return sums.astype(np.float64), counts.astype(np.float64)


def _interval(means: Numbers, level: float) -> tuple[float, float]:
    if not 0 < level < 1:
        raise ValueError(f"level {level!r} is not between 0 and 1")
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
