"""Print the README's table of the suites, from evals/baseline.json: python docs/figures.py"""

from __future__ import annotations

import json
from pathlib import Path

BASELINE = Path(__file__).parent.parent / "evals" / "baseline.json"
COLUMNS = {
    "decision": "right decisions",
    "answer": "right answers to answerable questions",
    "refusal_precision": "right refusals, of the refusals",
    "refusal_recall": "refused, of the unanswerable",
    "quotes_exact": "exact quotes",
}


def table() -> str:
    """A row a suite; each mean with its 95 % interval, in per cent."""
    suites = json.loads(BASELINE.read_text(encoding="utf-8"))["suites"]
    head = ("suite", "cases", *COLUMNS.values())
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name, suite in suites.items():
        cells = (_percent(suite["means"][column]) for column in COLUMNS)
        lines.append(f"| {name} | {len(suite['cases'])} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _percent(mean: dict[str, float]) -> str:
    value, low, high = (round(100 * mean[name]) for name in ("value", "low", "high"))
    return f"{value} %" if low == high else f"{value} % ({low} to {high})"


if __name__ == "__main__":
    print(table())  # noqa: T201 a script
