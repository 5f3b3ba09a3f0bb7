"""The support check: what the evidence says is kept, what it says otherwise is not."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import ModelProblem
from assistant.support import SupportCheck, shipped_support
from assistant.support.model import SupportModel
from tests.conftest import ROOT

CHECK = shipped_support()
PAIRS = [json.loads(line) for line in (ROOT / "tests" / "support_pairs.jsonl").read_text().splitlines()]


def test_most_of_a_hundred_pairs_are_told_apart() -> None:
    """What docs/support.md reports holds: of true claims at least 90 are kept, of false ones 89 are not."""
    kept = sum(CHECK.check(pair["true"], [pair["evidence"]]).supported for pair in PAIRS)
    rejected = Counter(
        pair["kind"] for pair in PAIRS if not CHECK.check(pair["false"], [pair["evidence"]]).supported
    )
    assert kept >= 90
    assert rejected.total() >= 89
    assert all(rejected[kind] >= 18 for kind in ("number", "name", "date"))


def test_most_lies_of_the_texts_own_words_are_rejected() -> None:
    """Of 72 that drop a condition or a speaker, or tell one thing's deed of another, at least 55 are."""
    lies = [json.loads(line) for line in (ROOT / "tests" / "support_lies.jsonl").read_text().splitlines()]
    assert len(lies) == 72
    assert sum(not CHECK.check(lie["claim"], [lie["evidence"]]).supported for lie in lies) >= 55


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
        ("The bridge is closed.", "The bridge is open.", False),
        ("Some 2.5 million people fled.", "About 2,500,000 people fled.", True),
        ("Some 2.5 million people fled.", "About 2.5 billion people fled.", False),
        ("The club paid up to 25 euros a ticket.", "The club paid at least 25 euros a ticket.", False),
        ("Rosa Duarte opened the park in the 1970s.", "Duarte opened the park in the seventies.", True),
        ("The talks were moved from Monday to Friday.", "The talks will be on Monday.", False),
        ("The firm failed to pay its workers.", "The firm did not pay its workers.", True),
        ("The firm failed to pay its workers.", "The firm paid its workers.", False),
        ("The town may close the pool.", "The town closed the pool.", False),
        ("Norway sold two ships to Chile.", "Chile bought two ships from Norway.", True),
        ("Norway sold two ships to Chile.", "Norway bought two ships from Chile.", False),
        ("The pool opens if the pump is mended.", "The pool opens.", False),
        ("The pool opens if the pump is mended.", "The pool opens if the pump is repaired.", True),
        ("Some of the guards slept on duty.", "All of the guards slept on duty.", False),
        ("Everyone but the cook left the ship.", "The cook left the ship.", False),
        ("Critics accuse the mayor of hiding the report.", "The mayor hid the report.", False),
        ("Ann argued that the wall leaks, and Bob that it holds.", "Bob argued that the wall leaks.", False),
        ("The north gate is locked, while the south gate is open.", "The south gate is locked.", False),
        ("The flag is red because the sea is rough.", "The sea is rough because the flag is red.", False),
        ("The vote was held on Monday after Ann met Bob in Oslo.", "The vote was held on Monday.", True),
    ],
)
def test_a_claim_is_what_the_evidence_says(evidence: str, claim: str, supported: bool) -> None:
    """Numbers, dates, names, roles and negations count; forms of words do not."""
    assert CHECK.check(claim, [evidence]).supported is supported


@given(st.text(min_size=1).filter(lambda text: bool(text.split())))
def test_a_sentence_supports_itself(sentence: str) -> None:
    """Whatever is said is supported by itself, and nothing raises."""
    assert CHECK.check(sentence, [sentence]).supported


@given(claim=st.text(max_size=80), evidence=st.lists(st.text(max_size=80), max_size=3))
@settings(deadline=None, max_examples=50)
def test_a_claim_is_judged_alike_each_time(claim: str, evidence: list[str]) -> None:
    """The same claim and evidence give the same finding, whatever they hold, and a reason when it is no."""
    found = CHECK.check(claim, evidence)
    assert found == CHECK.check(claim, evidence)
    assert found.supported is not bool(found.objection)
    assert 0 <= found.score <= 1


def test_a_huge_claim_is_judged() -> None:
    """Of a claim of a million characters nobody can say that the text says all of it."""
    assert not CHECK.check("The bridge is closed to lorries. " * 30_000, ["Apples are red."]).supported


def test_missing_weights_say_how_to_mend_it(tmp_path: Path) -> None:
    """Weights that are not there are a ModelProblem that names the command."""
    check = SupportCheck(SupportModel(tmp_path, CHECK.model.tokenizer))
    with pytest.raises(ModelProblem, match="git checkout -- models"):
        check.check("The bridge is shut.", ["The bridge is closed to lorries."])


def test_nothing_supports_without_evidence() -> None:
    """No evidence, or a huge one about something else, supports no claim."""
    assert not CHECK.check("The bridge is closed.", []).supported
    assert not CHECK.check("The bridge is closed.", ["Apples are red. " * 2000]).supported
