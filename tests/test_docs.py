"""The documentation: examples run, printed replies are the real ones, links lead somewhere."""

from __future__ import annotations

import doctest
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "models").rglob("*.md")])
CONSOLE = re.compile(r"```console\n\$ make ask Q=\"(.+?)\"\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize(
    "name",
    ["docs/conversation.md", "docs/evals.md", "docs/language-models.md", "docs/python.md", "README.md"],
)
def test_python_examples_run(name: str) -> None:
    """Each example in Python gives what the page says."""
    failed, tried = doctest.testfile(str(ROOT / name), module_relative=False)
    assert tried > 0
    assert failed == 0


def test_the_recipe_for_pytest_runs(tmp_path: Path) -> None:
    """The recipe makes a test of each case, and a case that is not right fails with its reason."""
    page = (ROOT / "docs" / "evals.md").read_text(encoding="utf-8")
    recipe = next(
        code for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "import pytest" in code
    )
    corpus = tmp_path / "letters" / "corpus"
    corpus.mkdir(parents=True)
    (corpus / "memo.txt").write_text("The office opens at nine. Ann Berg has the key.", encoding="utf-8")
    cases = [
        {"id": "good", "question": "When does the office open?", "answerable": True, "answers": ["nine"]},
        {"id": "bad", "question": "Who has the key?", "answerable": True, "answers": ["Bob"]},
    ]
    (tmp_path / "letters" / "suite.jsonl").write_text("\n".join(map(json.dumps, cases)), encoding="utf-8")
    (tmp_path / "test_recipe.py").write_text(recipe, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_recipe.py"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert "1 failed, 1 passed" in done.stdout
    assert "answered 'Ann Berg', not 'Bob'" in done.stdout


EXAMPLES = CONSOLE.findall((ROOT / "README.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("question", "printed"), EXAMPLES, ids=[question for question, _ in EXAMPLES])
def test_printed_replies_are_real(question: str, printed: str) -> None:
    """The README shows what the command prints, to the letter."""
    command = [sys.executable, "-m", "assistant", "ask", "--", question]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == printed


def test_the_readme_has_the_figures_of_the_baseline() -> None:
    """The README's table is what docs/figures.py makes of the baseline."""
    command = [sys.executable, str(ROOT / "docs" / "figures.py")]
    table = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert table in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_shows_an_answer_and_a_refusal() -> None:
    """The README has at least one example of each."""
    assert len(EXAMPLES) >= 2
    assert any("[1]" in printed for _, printed in EXAMPLES)
    assert any("Missing:" in printed for _, printed in EXAMPLES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """A relative link or a path in backquotes names a file of the repository."""
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(((?!https?:)[^)#]+)", text)
    paths = re.findall(r"`((?:assistant|corpus|docs|evals|index|models|tests)/[\w./-]+\.\w+)`", text)
    missing = [link for link in links if not (page.parent / link).exists()]
    missing += [path for path in paths if not (ROOT / path).exists() and "chroma" not in path]
    assert not missing


def test_no_page_names_a_package_index() -> None:
    """No tracked text names the host of a package index."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    hosts = re.compile(
        "|".join(map(re.escape, ("py" + "pi.org", "python" + "hosted", "registry." + "npmjs")))
    )
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.suffix in (".onnx",) or not path.is_file():
            continue
        assert not hosts.search(path.read_text(encoding="utf-8", errors="replace")), name


def test_make_help_lists_the_commands() -> None:
    """`make help` names the two commands of the README, and `make check`."""
    environment = {**os.environ, "MAKEFLAGS": ""}
    done = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, env=environment)
    assert all(f"make {name}" in done.stdout for name in ("ask", "test", "check"))
