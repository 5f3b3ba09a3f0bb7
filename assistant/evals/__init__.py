"""Regression evals: suites of cases, scores with their reasons, a gate that fails when it gets worse.

from assistant.evals import compare, load_suite, run

print(run(load_suite("article")))
"""

from .comparing import Comparison, Flip, compare, compare_runs
from .judging import Result
from .running import Run, run
from .suites import Case, Suite, load_suite, load_suites
from .summary import Summary, summarise

__all__ = [
    "Case",
    "Comparison",
    "Flip",
    "Result",
    "Run",
    "Suite",
    "Summary",
    "compare",
    "compare_runs",
    "load_suite",
    "load_suites",
    "run",
    "summarise",
]
