"""The page with 50 visitors of 20 turns each: the slow test of it, which says how long an answer took.

python -m benchmarks.page --data ../shared/data/train --out build/bench
"""

from __future__ import annotations

import re
import sys

from benchmarks.figures import ROOT, Figure, Setting, say, spend
from benchmarks.prepared import given

TEST = "tests/ui/test_visitors.py"
SAID = re.compile(r"50 visitors: p50 ([\d.]+) s, p95 ([\d.]+) s")


def measure(setting: Setting) -> list[Figure]:
    if not (ROOT / TEST).exists() or setting.texts < Setting.texts:
        return []
    spent = spend([sys.executable, "-m", "pytest", "-m", "slow", "-s", TEST])
    found = SAID.search(spent.output)
    assert found is not None, spent.output
    middle, high = map(float, found.groups())
    return [
        Figure("the page, 50 sessions: p50 of an answer", "s", [middle]),
        Figure("the page, 50 sessions: p95 of an answer", "s", [high], "1 s"),
    ]


if __name__ == "__main__":
    say(*measure(given(__doc__)))
