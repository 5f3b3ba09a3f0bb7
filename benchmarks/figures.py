"""What every benchmark shares: a child's cost, a figure, and what machine it was taken on."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from assistant.models import cores, shipped_encoder, shipped_reader

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Setting:
    """Where a benchmark reads and writes, and how often it measures.

    Attributes:
        out: the corpora and the indexes, kept between runs.
        runs: fresh processes of a measure that takes seconds.
        builds: whole builds of 600 texts, which take minutes.
        texts: of the 600 how many are used; fewer only to see that the scripts work.
        questions: different ones that are asked of a warm assistant.
    """

    data: Path
    out: Path
    runs: int = 5
    builds: int = 1
    texts: int = 600
    questions: int = 200


@dataclass(frozen=True)
class Figure:
    """One line of the table: what was measured, how often, and what it is held against."""

    name: str
    unit: str
    values: Sequence[float]
    goal: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def to_dict(self) -> dict[str, Any]:
        low, high = min(self.values), max(self.values)
        fields = {"name": self.name, "unit": self.unit, "median": self.median, "low": low, "high": high}
        return fields | {"values": list(self.values), "goal": self.goal}

    def row(self) -> str:
        many = f" ({_short(min(self.values))} to {_short(max(self.values))})" if len(self.values) > 1 else ""
        return f"| {self.name} | {_short(self.median)}{many} {self.unit} | {self.goal} |"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


@dataclass(frozen=True)
class Spent:
    """What a child cost, with the children that it waited for.

    Attributes:
        wall: seconds.
        cpu: seconds of all its processors.
        peak: the most megabytes that one of its processes had in memory.
    """

    wall: float
    cpu: float
    peak: float
    output: str


def spend(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Spent:
    """Run a command to its end. Raises when it fails."""
    started = time.perf_counter()
    with subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    ) as child:
        assert child.stdout is not None
        output = child.stdout.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{command} failed with {child.returncode}")
    wall = time.perf_counter() - started
    return Spent(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000, output)


def assistant(*arguments: str | Path) -> list[str | Path]:
    """The command line of this checkout."""
    return [sys.executable, "-m", "assistant", *arguments]


def script(name: str, *arguments: str | Path) -> list[str | Path]:
    """One of these scripts, as a child of its own."""
    return [sys.executable, "-m", f"benchmarks.{name}", *arguments]


def size_of(folder: Path) -> float:
    """Megabytes of the files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def machine() -> dict[str, Any]:
    """Processor, cores, load, versions and the weights' digests: what a figure depends on."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    flags = next((line for line in lines if line.startswith("flags")), "").split()
    packages = ("chromadb", "llama-index-core", "numpy", "onnxruntime", "tokenizers")
    return {
        "processor": next((line.split(": ", 1)[1] for line in lines if line.startswith("model name")), "?"),
        "instructions": [name for name in ("avx2", "avx512f", "avx512_vnni", "amx_int8") if name in flags],
        "cores": cores(),
        "load": os.getloadavg(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
        "encoder": shipped_encoder().sha256,
        "reader": shipped_reader().sha256,
        "commit": _commit(),
    }


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def say(*figures: Figure) -> None:
    """What a script prints when it is run alone."""
    for figure in figures:
        print(json.dumps(figure.to_dict()))
