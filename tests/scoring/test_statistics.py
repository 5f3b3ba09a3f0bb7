"""Intervals that hold the truth as often as they say, and tests that find what is there."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest

from assistant.scoring.statistics import Mean, mcnemar, mean_of, paired_difference, percentile

STUDIES = 1000  # simulated data sets
DRAWS = 400  # resamples each


def study(generator: np.random.Generator) -> tuple[list[float], list[str]]:
    """Right and wrong answers about 40 documents, 1 to 15 a document, each document easy or hard.

    The true mean is 0.5. A document's ease is Beta(1, 1), so that answers about one document
    correlate by 1 / (1 + 1 + 1) = 1/3.
    """
    sizes = generator.integers(1, 16, size=40)
    ease = np.repeat(generator.uniform(size=40), sizes)
    values = (generator.uniform(size=len(ease)) < ease).astype(float)
    return values.tolist(), [f"{document}.txt" for document in np.repeat(np.arange(40), sizes)]


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """In about 95 % of 1,000 studies the clustered interval holds the known truth; the naive one does not."""
    generator = np.random.default_rng(1)
    clustered = naive = 0
    for seed in range(STUDIES):
        values, documents = study(generator)
        for_all = mean_of(values, documents, resamples=DRAWS, seed=seed)
        alone = mean_of(values, list(map(str, range(len(values)))), resamples=DRAWS, seed=seed)
        assert for_all is not None
        assert alone is not None
        assert for_all.value == alone.value
        clustered += for_all.low <= 0.5 <= for_all.high
        naive += alone.low <= 0.5 <= alone.high
    # 0.95 less about 0.01, as 40 clusters are few. Three standard errors, 3 * sqrt(0.95 * 0.05 / 1000): 0.02.
    assert 0.92 <= clustered / STUDIES <= 0.97
    assert naive / STUDIES < 0.75


def test_the_interval_is_as_wide_as_theory_says() -> None:
    """Of independent values it is the mean plus and minus 1.96 standard errors."""
    values = np.random.default_rng(2).normal(3.0, 2.0, size=400)
    mean = mean_of(values.tolist(), list(map(str, range(400))), resamples=20_000)
    assert mean is not None
    assert mean.n == 400
    assert mean.value == pytest.approx(values.mean())
    error = 1.96 * values.std() / 20
    assert [mean.low, mean.high] == pytest.approx([mean.value - error, mean.value + error], abs=0.05 * error)


def test_other_levels_have_other_widths() -> None:
    """A lower level has a narrower interval, within the wider one."""
    values, documents = study(np.random.default_rng(3))
    wide, narrow = mean_of(values, documents), mean_of(values, documents, level=0.5)
    assert wide is not None
    assert narrow is not None
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high


def test_clusters_are_drawn_whole() -> None:
    """With two clusters there are three draws: twice one, twice the other, and both."""
    mean = mean_of([1, 1, 1, 0], ["a", "a", "a", "b"])
    assert mean == Mean(0.75, 4, 0.0, 1.0)
    # Both drawn gives (3 + 0) / (3 + 1), and has half of the draws: the middle half of them.
    middle = mean_of([1, 1, 1, 0], ["a", "a", "a", "b"], level=0.3)
    assert middle == Mean(0.75, 4, 0.75, 0.75)


def test_the_order_of_the_cases_does_not_matter() -> None:
    """The same values in the same clusters have the same interval."""
    values, clusters = [1.0, 0.0, 0.5, 1.0, 0.0], ["b", "a", "b", "c", "a"]
    mean = mean_of(values, clusters)
    assert mean == mean_of(values, clusters) == mean_of(values[::-1], clusters[::-1])


def test_the_seed_makes_the_interval() -> None:
    """Another seed draws others, and ends a little elsewhere."""
    values, documents = study(np.random.default_rng(3))
    one, other = mean_of(values, documents), mean_of(values, documents, seed=18)
    assert one is not None
    assert other is not None
    assert one != other
    assert [other.low, other.high] == pytest.approx([one.low, one.high], abs=0.02)


def test_values_of_one_cluster_are_drawn_singly() -> None:
    """One document alone has an interval: that of its questions taken as independent."""
    values = [0.0, 1.0, 1.0, 0.0, 1.0, 1.0]
    assert mean_of(values, ["a"] * 6) == mean_of(values, list("abcdef"))


def test_memory_is_bounded() -> None:
    """Many clusters and many draws take a few blocks of memory, not all draws at once."""
    values = [float(at % 2) for at in range(3000)]
    tracemalloc.start()
    mean = mean_of(values, list(map(str, range(3000))), resamples=4000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert mean is not None
    assert mean.high - mean.low == pytest.approx(2 * 1.96 * 0.5 / math.sqrt(3000), rel=0.1)
    assert peak < 50e6, "the draws alone are 3000 * 4000 * 8 bytes, 96 MB"


def test_means_at_the_ends() -> None:
    """No values have no mean, values that are all alike a point, as has a single one."""
    assert mean_of([], []) is None
    assert mean_of([1.0] * 5, list("aabbc")) == Mean(1.0, 5, 1.0, 1.0)
    assert mean_of([0.25], ["a"]) == Mean(0.25, 1, 0.25, 0.25)


def test_means_of_no_sense_are_errors() -> None:
    """Lengths that differ, a value that is no number, no draws and no level are errors."""
    with pytest.raises(ValueError, match="2 values, but 1 clusters"):
        mean_of([1, 2], ["a"])
    with pytest.raises(ValueError, match="nan is not finite"):
        mean_of([1, math.nan], ["a", "b"])
    with pytest.raises(ValueError, match="0 resamples"):
        mean_of([1.0], ["a"], resamples=0)
    for level in (0.0, 1.0, 95.0):
        with pytest.raises(ValueError, match="level"):
            mean_of([1.0], ["a"], level=level)


def test_p_is_uniform_without_an_effect() -> None:
    """Where a change does nothing, its p value is below any level about as often as that level says."""
    generator = np.random.default_rng(4)
    found = []
    for seed in range(STUDIES):
        ease = np.repeat(generator.uniform(-0.3, 0.3, size=40), 5)
        before = generator.normal(size=200)
        after = before + ease + generator.normal(scale=0.5, size=200)
        documents = [str(document) for document in np.repeat(np.arange(40), 5)]
        found.append(
            paired_difference(before.tolist(), after.tolist(), documents, resamples=DRAWS, seed=seed).p
        )
    # Somewhat often, as 40 clusters are few: 0.06 for 0.05. Three standard errors are 0.02, 0.05 and 0.03.
    assert np.mean(np.array(found) <= 0.05) == pytest.approx(0.06, abs=0.025)
    assert np.mean(np.array(found) <= 0.5) == pytest.approx(0.5, abs=0.055)
    assert np.mean(found) == pytest.approx(0.5, abs=0.035)


def test_a_strong_effect_is_found() -> None:
    """A change that helps everywhere has the least p value there is, and one that harms has it, too."""
    values, documents = study(np.random.default_rng(5))
    better = [value + 0.2 + 0.01 * (at % 3) for at, value in enumerate(values)]
    gain = paired_difference(values, better, documents)
    loss = paired_difference(better, values, documents)
    assert gain.p == loss.p == 1 / 2000
    assert gain.value == pytest.approx(0.21, abs=0.001)
    assert gain.low <= gain.value <= gain.high
    assert (loss.value, loss.low, loss.high) == pytest.approx((-gain.value, -gain.high, -gain.low), abs=1e-3)


def test_pairs_tell_more_than_groups() -> None:
    """A small gain on every case is certain in pairs, though the two means' intervals overlap."""
    values, documents = study(np.random.default_rng(6))
    after = [value + 0.02 for value in values]
    was, now = mean_of(values, documents), mean_of(after, documents)
    assert was is not None
    assert now is not None
    assert was.high > now.low
    assert paired_difference(values, after, documents).p < 0.001


def test_no_change_has_no_effect() -> None:
    """The same numbers before and after differ by 0, with p at its most."""
    change = paired_difference([0.5, 1.0, 0.0], [0.5, 1.0, 0.0], ["a", "b", "c"])
    assert (change.value, change.low, change.high, change.p) == (0.0, 0.0, 0.0, 1.0)


def test_p_by_hand() -> None:
    """It is twice the share of draws on the other side of 0 or at it."""
    # Differences 1, 1, -1: a draw of three has a mean below 0 with 2 or 3 of -1, 3 * (1/3)^2 * (2/3)
    # + (1/3)^3 = 7/27, and never one of 0.
    change = paired_difference([0, 0, 1], [1, 1, 0], ["a", "b", "c"], resamples=20_000)
    assert change.value == pytest.approx(1 / 3)
    assert change.p == pytest.approx(14 / 27, abs=0.02)


def test_differences_of_no_sense_are_errors() -> None:
    """No cases, and numbers that are not of the same cases, are errors."""
    with pytest.raises(ValueError, match="no cases"):
        paired_difference([], [], [])
    with pytest.raises(ValueError, match="2 values, but 1 clusters"):
        paired_difference([1.0], [1.0, 2.0], ["a"])


@pytest.mark.parametrize(
    ("lost", "gained", "p"),
    [
        (0, 0, 1.0),
        (0, 1, 1.0),  # 2 * 1/2
        (1, 1, 1.0),  # 2 * (1 + 2)/4, at most 1
        (0, 5, 0.0625),  # 2 * 1/32
        (1, 5, 0.21875),  # 2 * (1 + 6)/64
        (2, 8, 0.109375),  # 2 * (1 + 10 + 45)/1024
        (3, 7, 0.34375),  # 2 * (1 + 10 + 45 + 120)/1024
        (0, 20, 2 / 2**20),
        (5, 15, 2 * (1 + 20 + 190 + 1140 + 4845 + 15504) / 2**20),
    ],
)
def test_mcnemar_by_hand(lost: int, gained: int, p: float) -> None:
    """The p value is twice the binomial tail, whichever side the flips are on."""
    assert mcnemar(lost, gained) == mcnemar(gained, lost) == p


def test_mcnemar_of_many_flips() -> None:
    """Thousands of flips are no trouble, and agree with the normal approximation."""
    # z = (|1100 - 900| - 1) / sqrt(2000) = 4.4497
    assert mcnemar(900, 1100) == pytest.approx(math.erfc(199 / math.sqrt(2000) / math.sqrt(2)), rel=0.05)
    assert mcnemar(2000, 2000) == 1.0
    assert 0.0 < mcnemar(0, 1000) < 1e-300


def test_mcnemar_counts() -> None:
    """A negative count is an error."""
    with pytest.raises(ValueError, match="not negative"):
        mcnemar(-1, 3)


def test_percentiles_by_hand() -> None:
    """Between two values a percentile is interpolated; the ends are the least and the greatest."""
    values = [40.0, 10.0, 20.0, 30.0]
    assert [percentile(values, share) for share in (0, 0.5, 1)] == [10.0, 25.0, 40.0]
    assert percentile(values, 0.95) == pytest.approx(38.5)  # 0.95 * 3 = 2.85 steps: 30 + 0.85 * 10
    assert percentile([7.0], 0.3) == 7.0


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 1.5), ([1.0], -0.1)])
def test_percentiles_of_no_sense_are_errors(values: list[float], share: float) -> None:
    """No values, and a share that is none, are errors."""
    with pytest.raises(ValueError, match=r"no values|range \[0, 1\]"):
        percentile(values, share)
