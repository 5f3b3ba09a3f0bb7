"""What is installed elsewhere: the wheel holds all that answering needs."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.mark.slow
def test_the_wheel_answers_away_from_the_checkout(tmp_path: Path) -> None:
    """A wheel, unpacked into an empty folder, answers from its own corpus and indexes in the cache."""
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", str(tmp_path), str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path / "site"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    command = [sys.executable, "-P", "-m", "assistant", "ask", "What is the range of the ATACMS?"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert "300 kilometers" in done.stdout, done.stderr
    assert list((tmp_path / "cache" / "cited-assistant" / "indexes").glob("corpus-*/CURRENT"))
    assert (tmp_path / "site" / "assistant" / "py.typed").is_file()
    page = tmp_path / "report.html"
    command = [*command[:4], "eval", "article", "--tag", "injection", "--html", str(page)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert "refused rightly" in done.stdout, done.stderr
    assert "<style" in page.read_text(encoding="utf-8")
