"""Where an answer is cited against where it stands: places in the texts, and rankings of them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple


class Place(NamedTuple):
    """Characters of a text of the corpus: code-point offsets, the end excluded."""

    source: str
    start: int
    end: int

    def overlaps(self, other: Place) -> bool:
        """Whether the two have a character in common."""
        return self.source == other.source and max(self.start, other.start) < min(self.end, other.end)


class Overlap(NamedTuple):
    """How much of the evidence is cited, and how much of what is cited is evidence; both 0 to 1."""

    recall: float
    precision: float


def overlap(cited: Sequence[Place], evidence: Sequence[Place]) -> Overlap:
    """Recall and precision in characters, white space included, none of them counted twice.

    The share of nothing is 0.0: the precision where nothing is cited, the recall where there is no
    evidence. Evidence that is part of a sentence makes a citation of the sentence imprecise here,
    but not in `touched`.
    """
    cited, evidence = _merged(cited), _merged(evidence)
    common = sum(_common(one, other) for one in cited for other in evidence)
    return Overlap(_share(common, _length(evidence)), _share(common, _length(cited)))


def touched(cited: Sequence[Place], evidence: Sequence[Place]) -> Overlap:
    """Recall and precision in places: one counts if it has a character in common with any other side's.

    Places given twice count once, empty ones not at all; the share of nothing is 0.0.
    """
    cited, evidence = _distinct(cited), _distinct(evidence)
    proven = sum(any(map(place.overlaps, cited)) for place in evidence)
    proving = sum(any(map(place.overlaps, evidence)) for place in cited)
    return Overlap(_share(proven, len(evidence)), _share(proving, len(cited)))


def _merged(places: Iterable[Place]) -> list[Place]:
    """The same characters in places that do not overlap."""
    merged: list[Place] = []
    for place in sorted(_distinct(places)):
        if merged and merged[-1].source == place.source and place.start <= merged[-1].end:
            last = merged.pop()
            place = Place(last.source, last.start, max(last.end, place.end))
        merged.append(place)
    return merged


def _distinct(places: Iterable[Place]) -> list[Place]:
    return [place for place in dict.fromkeys(places) if place.start < place.end]


def _common(one: Place, other: Place) -> int:
    return min(one.end, other.end) - max(one.start, other.start) if one.overlaps(other) else 0


def _length(places: Iterable[Place]) -> int:
    return sum(place.end - place.start for place in places)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def first_hit(ranked: Sequence[Place], evidence: Sequence[Place]) -> int | None:
    """The rank, from 1, of the first place that overlaps evidence; None if none does."""
    ranks = (rank for rank, place in enumerate(ranked, 1) if any(map(place.overlaps, evidence)))
    return next(ranks, None)


def hit_at(k: int, rank: int | None) -> float:
    """1.0 if the first hit is among the first k, otherwise 0.0 (also "success at k").

    Raises:
        ValueError: k is less than 1, as everywhere below.
    """
    _check(k)
    return float(rank is not None and rank <= k)


def reciprocal_rank(rank: int | None) -> float:
    """1 / rank of the first hit, 0.0 without one (Voorhees, TREC-8 1999)."""
    return 0.0 if rank is None else 1 / rank


def ndcg_at(k: int, gains: Sequence[float], ideal: Sequence[float]) -> float:
    """Normalised discounted cumulative gain of the first k, 0 to 1.

    Järvelin and Kekäläinen (TOIS 2002) as trec_eval's ndcg_cut, and so BEIR, computes it: a gain is
    the judged relevance itself, divided by log2(rank + 1); negative ones count as 0.

    Args:
        k: how many of the ranking count.
        gains: of what was found, best rank first; 0 for what is not relevant.
        ideal: of all that is relevant, in any order.

    Returns:
        0.0 if nothing is relevant. Such questions do not belong in a mean: trec_eval skips them.
    """
    _check(k)
    return _share(_dcg(gains[:k]), _dcg(sorted(ideal, reverse=True)[:k]))


def _dcg(gains: Iterable[float]) -> float:
    return sum(max(0.0, gain) / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def recall_at(k: int, ranked_ids: Sequence[str], relevant_ids: Collection[str]) -> float:
    """The share of all that is relevant that is among the first k (trec_eval's recall, BEIR's).

    Returns:
        0.0 if nothing is relevant; see `ndcg_at`.
    """
    _check(k)
    relevant = set(relevant_ids)
    return _share(len(relevant.intersection(ranked_ids[:k])), len(relevant))


def _check(k: int) -> None:
    if k < 1:
        raise ValueError(f"the first {k!r} of a ranking: give 1 or more")
