"""Places cited against places of evidence, and rankings of them."""

from __future__ import annotations

import math
import random

import pytest

from assistant.scoring.spans import (
    Overlap,
    Place,
    first_hit,
    hit_at,
    ndcg_at,
    overlap,
    recall_at,
    reciprocal_rank,
    touched,
)


def places(*spans: tuple[int, int], source: str = "a.txt") -> list[Place]:
    return [Place(source, *span) for span in spans]


@pytest.mark.parametrize(
    ("cited", "evidence", "recall", "precision"),
    [
        (places((0, 10)), places((0, 10)), 1.0, 1.0),
        (places((0, 10)), places((2, 6)), 1.0, 4 / 10),  # a sentence cited, a part of it evidence
        (places((2, 6)), places((0, 10)), 4 / 10, 1.0),
        (places((0, 6)), places((4, 12)), 2 / 8, 2 / 6),
        (places((0, 6), (4, 10)), places((0, 10)), 1.0, 1.0),  # 4 and 5 are counted once
        (places((0, 4), (0, 4)), places((0, 8), (2, 8)), 4 / 8, 1.0),
        (places((8, 10), (0, 2)), places((0, 10)), 4 / 10, 1.0),  # in any order
        (places((0, 4)), places((4, 8)), 0.0, 0.0),  # neighbours share nothing
        (places((0, 4)), places((0, 4), source="b.txt"), 0.0, 0.0),
        (places((3, 3)), places((0, 8)), 0.0, 0.0),  # nothing is cited there
        ([], places((0, 8)), 0.0, 0.0),
        (places((0, 8)), [], 0.0, 0.0),
        ([], [], 0.0, 0.0),
    ],
)
def test_overlap_by_hand(cited: list[Place], evidence: list[Place], recall: float, precision: float) -> None:
    """Characters are shared out as counted by hand, each once."""
    assert overlap(cited, evidence) == pytest.approx(Overlap(recall, precision))


def test_overlap_counts_characters() -> None:
    """On random places the shares are those of the sets of characters."""
    generator = random.Random(3)

    def some() -> list[Place]:
        starts = [(generator.choice("ab"), generator.randrange(40)) for _ in range(generator.randrange(1, 6))]
        return [Place(source, start, start + generator.randrange(1, 15)) for source, start in starts]

    def characters(spots: list[Place]) -> set[tuple[str, int]]:
        return {(spot.source, at) for spot in spots for at in range(spot.start, spot.end)}

    for _ in range(300):
        cited, evidence = some(), some()
        common = len(characters(cited) & characters(evidence))
        shares = (common / len(characters(evidence)), common / len(characters(cited)))
        assert overlap(cited, evidence) == pytest.approx(shares)


@pytest.mark.parametrize(
    ("cited", "evidence", "recall", "precision"),
    [
        (places((0, 10)), places((2, 6)), 1.0, 1.0),  # the sentence holds the evidence: all is well
        (places((0, 10), (10, 20)), places((2, 6)), 1.0, 1 / 2),
        (places((0, 10)), places((2, 6), (15, 18), (30, 31)), 1 / 3, 1.0),
        (places((0, 10), (0, 10)), places((2, 6)), 1.0, 1.0),  # given twice, counted once
        (places((0, 10), (20, 30)), places((2, 6), (2, 6), (50, 60)), 1 / 2, 1 / 2),
        (places((0, 10), (5, 5)), places((2, 6), (7, 7)), 1.0, 1.0),  # empty ones do not count
        (places((0, 4)), places((4, 8)), 0.0, 0.0),
        (places((0, 4)), places((0, 4), source="b.txt"), 0.0, 0.0),
        ([], places((2, 6)), 0.0, 0.0),
        (places((2, 6)), [], 0.0, 0.0),
    ],
)
def test_touched_by_hand(cited: list[Place], evidence: list[Place], recall: float, precision: float) -> None:
    """Places count whole as soon as they share a character."""
    assert touched(cited, evidence) == pytest.approx(Overlap(recall, precision))


@pytest.mark.parametrize(
    ("evidence", "rank"),
    [
        (places((0, 1)), 1),
        (places((25, 40)), 3),
        (places((35, 40), (12, 13)), 2),  # the best place, not the first evidence
        (places((30, 40)), None),
        (places((0, 30), source="b.txt"), None),
        ([], None),
    ],
)
def test_first_hit(evidence: list[Place], rank: int | None) -> None:
    """The first hit is the best-ranked place that shares a character with evidence."""
    assert first_hit(places((0, 10), (10, 20), (20, 30)), evidence) == rank


def test_hits_and_reciprocal_ranks() -> None:
    """A first hit counts up to k, and as one divided by its rank; no hit is 0."""
    assert [hit_at(k, 3) for k in (1, 2, 3, 5)] == [0.0, 0.0, 1.0, 1.0]
    assert hit_at(5, None) == 0.0
    assert [reciprocal_rank(rank) for rank in (1, 2, 4, None)] == [1.0, 0.5, 0.25, 0.0]


def test_ndcg_by_hand() -> None:
    """The gain is linear, the discount log2(rank + 1), and the ideal ranking holds what was not found."""
    # Gains 3, 2, 3, 0, 1, 2 are the example of many textbooks; 3 and 2 more were not found.
    gains, ideal = [3, 2, 3, 0, 1, 2], [3, 2, 3, 0, 1, 2, 3, 2]
    # DCG: 3/1 + 2/1.58496 + 3/2 + 0 + 1/2.58496 + 2/2.80735 = 3 + 1.26186 + 1.5 + 0.38685 + 0.71241
    # Ideal, 3 3 3 2 2 2: 3 + 1.89279 + 1.5 + 0.86135 + 0.77371 + 0.71241 = 8.74026
    assert ndcg_at(6, gains, ideal) == pytest.approx(6.86113 / 8.74026, abs=1e-5)
    # At 2: (3 + 1.26186) / (3 + 1.89279)
    assert ndcg_at(2, gains, ideal) == pytest.approx(4.26186 / 4.89279, abs=1e-5)


def test_ndcg_at_the_ends() -> None:
    """A perfect ranking has 1, nothing relevant found 0, nothing relevant at all 0, one hit its discount."""
    assert ndcg_at(10, [2, 1, 0], [0, 1, 2]) == 1.0
    assert ndcg_at(1, [0, 1], [1]) == 0.0
    assert ndcg_at(10, [0, 0], [0]) == ndcg_at(10, [], []) == 0.0
    assert ndcg_at(10, [0, 0, 1], [1]) == pytest.approx(1 / math.log2(4))
    assert ndcg_at(10, [-1, 1], [1, -1]) == pytest.approx(1 / math.log2(3))  # as trec_eval: not below 0


def test_recall_by_hand() -> None:
    """Recall is the share of all relevant ones among the first k, each counted once."""
    ranked = ["d1", "d2", "d3", "d2", "d4"]
    assert [recall_at(k, ranked, {"d2", "d4", "d9"}) for k in (1, 2, 4, 5)] == [0.0, 1 / 3, 1 / 3, 2 / 3]
    assert recall_at(1, ranked, ["d1", "d1"]) == 1.0
    assert recall_at(5, ranked, set()) == 0.0


@pytest.mark.parametrize("k", [0, -1])
def test_a_ranking_is_cut_behind_its_first_place(k: int) -> None:
    """A cut of no place or fewer is an error."""
    with pytest.raises(ValueError, match="1 or more"):
        hit_at(k, 1)
    with pytest.raises(ValueError, match="1 or more"):
        ndcg_at(k, [1], [1])
    with pytest.raises(ValueError, match="1 or more"):
        recall_at(k, ["a"], ["a"])
