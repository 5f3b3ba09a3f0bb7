"""What a refusal says is missing: 40 questions about four texts, half of them swaps of what the texts have.

missing.jsonl was written by someone who saw the texts alone. `missing` there lists fair names of what the
text lacks: a name, number, date or role that it never has, or a combination that it never makes.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant import Assistant, Refusal
from tests.conftest import ROOT

CASES = [json.loads(line) for line in (Path(__file__).parent / "missing.jsonl").read_text().splitlines()]
OF_FORTY = 32
MORE_WORDS = 2  # beside a fair name


@pytest.mark.slow
def test_a_refusal_names_what_the_text_lacks() -> None:
    """Most of what four texts lack is named, without most of the question around it."""
    texts = [*(ROOT / "corpus").glob("*.txt"), *(ROOT / "evals" / "others" / "corpus").glob("*.txt")]
    wrong: list[str] = []
    for path in texts:
        with Assistant.from_texts({path.name: path.read_text(encoding="utf-8")}) as assistant:
            refusing = assistant.variant(threshold=1.0)
            own = [case for case in CASES if case["source"] == path.name]
            wrong += [c["question"] for c in own if not named(refusing.ask(c["question"]), c["missing"])]
    assert len(CASES) == 40
    assert len(wrong) <= len(CASES) - OF_FORTY, wrong


def named(reply: object, fair: list[str]) -> bool:
    """Whether one of the phrases is a fair name, or holds one and little else."""
    assert isinstance(reply, Refusal)
    most = max(len(each.split()) for each in fair) + MORE_WORDS
    return any(
        each.lower() in phrase.lower() and len(phrase.split()) <= most
        for each in fair
        for phrase in reply.missing
    )
