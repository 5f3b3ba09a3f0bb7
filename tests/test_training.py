"""The way to a new reader can be walked: rows, batches, steps, a checkpoint, and on from there."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, SHARED

NEEDS = ("torch", "transformers", "safetensors")


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.skipif(
    not all(map(importlib.util.find_spec, NEEDS)),
    reason="needs the models extra: make .venv/.installed-models",
)
def test_a_reader_learns_and_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    """`make.py --smoke` leaves weights, and called again finds that it is done."""
    command = [sys.executable, str(ROOT / "models" / "train" / "make.py"), "--smoke", "--out", str(tmp_path)]
    command += ["--data", str(SHARED / "data"), "--start", str(SHARED / "models" / "reader-second")]
    first = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=170)
    assert first.returncode == 0, first.stderr
    assert "human: 200 rows" in first.stdout
    weights = (tmp_path / "model.safetensors").read_bytes()
    assert len(weights) > 80_000_000
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=170)
    assert again.returncode == 0, again.stderr
    assert "going on from step 4" in again.stdout
    assert (tmp_path / "model.safetensors").read_bytes() == weights
