"""The support check: what the evidence says is kept, what it says otherwise is not."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.support import shipped_support
from tests.conftest import ROOT

CHECK = shipped_support()
PAIRS = [json.loads(line) for line in (ROOT / "tests" / "support_pairs.jsonl").read_text().splitlines()]


def test_most_of_a_hundred_pairs_are_told_apart() -> None:
    """What docs/support.md reports holds: of true claims at least 87 are kept, of false ones 88 are not."""
    kept = sum(CHECK.check(pair["true"], [pair["evidence"]]).supported for pair in PAIRS)
    rejected = Counter(
        pair["kind"] for pair in PAIRS if not CHECK.check(pair["false"], [pair["evidence"]]).supported
    )
    assert kept >= 87
    assert rejected.total() >= 88
    assert all(rejected[kind] >= 18 for kind in ("number", "name", "date"))


@pytest.mark.parametrize(
    ("evidence", "claim", "supported"),
    [
        ("The mayor opened three schools in May.", "In May the mayor opened 3 schools.", True),
        ("The mayor opened three schools in May.", "The mayor opened 4 schools in May.", False),
        ("The mayor opened three schools in May.", "The mayor opened three schools in June.", False),
        ("Anna Berg sued the city.", "The city sued Anna Berg.", False),
        ("Anna Berg sued the city.", "The city was sued by Anna Berg.", True),
        ("The council did not approve the plan.", "The council approved the plan.", False),
        ("The Russian army left the town.", "Russia's army left the town.", True),
        ("The Russian army left the town.", "Ukraine's army left the town.", False),
        ("The bridge is closed.", "Bananas are rich in potassium.", False),
        ("The bridge is closed.", "", False),
    ],
)
def test_a_claim_is_what_the_evidence_says(evidence: str, claim: str, supported: bool) -> None:
    """Numbers, dates, names, roles and negations count; forms of words do not."""
    assert CHECK.check(claim, [evidence]).supported is supported


@given(st.text(min_size=1).filter(lambda text: bool(text.split())))
def test_a_sentence_supports_itself(sentence: str) -> None:
    """Whatever is said is supported by itself, and nothing raises."""
    assert CHECK.check(sentence, [sentence]).supported


def test_nothing_supports_without_evidence() -> None:
    """No evidence, or a huge one about something else, supports no claim."""
    assert not CHECK.check("The bridge is closed.", []).supported
    assert not CHECK.check("The bridge is closed.", ["Apples are red. " * 2000]).supported
