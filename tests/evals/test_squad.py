"""SQuAD 2.0 from end to end, in both modes, through the command line."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT, SHARED

FILE = SHARED / "data" / "dev" / "squad2-dev-half.json.gz"


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize(
    ("mode", "given"), [("squad2", "paragraph given"), ("squad2-articles", "article given")]
)
def test_a_thousand_questions_of_squad(mode: str, given: str) -> None:
    """A thousand questions are asked, none fails, and the reader decides better than a coin."""
    command = [sys.executable, "-m", "assistant", "eval", "--format", mode, str(FILE), "--limit", "1000"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    figures = dict(re.findall(r"^(\S.*?)(?:, %)? {2,}([\d.]+)", done.stdout, re.MULTILINE))
    assert f"SQuAD 2.0, {given}: 1,000 questions" in done.stdout
    assert figures["cases that failed"] == "0"
    assert float(figures["decision"]) > 60
    assert float(figures["AUC of answerability"]) > 0.7
    assert float(figures["HasAns F1, threshold off"]) > 60
