"""The house: imports point down, libraries stay behind their walls, nothing heavy loads early."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import assistant
from tests.conftest import ROOT

PACKAGE = ROOT / "assistant"
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.parent == PACKAGE or path.name != "__init__.py"
}

# From the ground up: a module may import from lower floors, and from its own folder.
FLOORS = [
    {"clock", "confidence", "digests", "errors", "lexicon", "markup", "resources", "scoring"},
    {"documents"},
    {"answers", "text"},
    {"question", "splitter", "models", "corpus", "transcripts"},
    {"phrases"},
    {"turns"},
    {"ellipsis", "fragments"},
    {"followups"},
    {"conversation"},
    {"names", "index", "support"},
    {"seams"},
    {"llm", "prompts", "retrieve", "telling", "testing"},
    {"readers", "rewriting"},
    {"drafting", "locating"},
    {"proving"},
    {"model_reader", "overview"},
    {"assistant"},
    {"doctor", "evals", "llama"},
    {"ui"},
    {"cli", "__init__"},
    {"__main__"},
]

WALLS = {
    "chromadb": {"index"},
    "fastapi": {"ui"},
    "gradio": {"ui"},
    "httpcore": {"llm"},
    "httpx": {"llm"},
    "llama_index": {"index", "llama", "llm"},
    "onnxruntime": {"models"},
    "openai": {"llm"},
    "platformdirs": {"index", "ui"},
    "pydantic": {"corpus", "evals"},
    "rapidfuzz": {"locating"},
    "rich": {"cli"},
    "sentencex": {"text"},
    "sqlite3": {"index"},
    "starlette": {"ui"},
    "tiktoken": {"text"},
    "tokenizers": {"models"},
    "typer": {"cli"},
    "uvicorn": {"ui"},
}

# In-function imports hide cycles. These keep start-up short: the composition root, the command
# line's door, and the libraries that asking a small corpus without a language model does without.
LATE = {
    "__init__": {"assistant"},
    "assistant": {"asyncio", "index.build", "model_reader", "rewriting"},
    "cli.asking": {"assistant", "doctor", "index", "rich"},
    "cli.chatting": {"answers", "assistant", "readline"},
    "cli.cases": {"assistant", "evals"},
    "cli.evaluating": {"assistant", "cli.tables", "errors", "evals"},
    "cli.options": {"rich"},
    "conversation": {"asyncio", "followups", "turns"},
    "cli.serving": {"assistant", "corpus", "index", "transcripts", "ui"},
    "index.build": {"index.pipeline"},
    "index.opened": {"index.graph"},
    "llm.providers": {"llm.plugged", "llm.served"},
    "text": {"tiktoken"},
}


def room(module: str) -> str:
    return module.split(".")[0]


def imports(module: str) -> Iterator[tuple[str, bool, bool]]:
    """Each imported module, ours by its name in the package; whether it is ours; whether it is late."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    late = {
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name, False, node in late
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: -node.level] if node.level else []
            for name in node.names:
                target = ".".join([*base, *filter(None, [node.module])])
                inner = f"{target}.{name.name}".lstrip(".")
                ours = node.level > 0
                yield (inner if ours and inner in MODULES else target), ours, node in late


def outside(module: str) -> set[str]:
    return {name.split(".")[0] for name, ours, _ in imports(module) if not ours}


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    """A module imports from lower floors and its own folder alone."""
    floor = {name: level for level, names in enumerate(FLOORS) for name in names}
    for name, ours, _ in imports(module):
        if ours and room(name) != room(module):
            assert floor[room(name)] < floor[room(module)], f"{module} imports {name}"


@pytest.mark.parametrize("library", WALLS)
def test_libraries_stay_behind_their_walls(library: str) -> None:
    """A library is imported by its own rooms alone."""
    assert {room(module) for module in MODULES if library in outside(module)} == WALLS[library]


@pytest.mark.parametrize("module", MODULES)
def test_late_imports_are_the_listed_ones(module: str) -> None:
    """An import inside a function stands in the list that says why."""
    late = {name for name, _, is_late in imports(module) if is_late}
    allowed = LATE.get(module, set())
    assert all(any(name == each or name.startswith(f"{each}.") for each in allowed) for name in late), late


def test_public_names() -> None:
    """The package has these twelve names, and each can be had."""
    assert assistant.__all__ == [
        "Answer",
        "Assistant",
        "AssistantError",
        "Chat",
        "Citation",
        "Document",
        "Done",
        "Passage",
        "Piece",
        "Refusal",
        "Reply",
        "Step",
    ]
    assert all(getattr(assistant, name) for name in assistant.__all__)


HEAVY = {
    "chromadb",
    "gradio",
    "httpx",
    "llama_index",
    "numpy",
    "onnxruntime",
    "openai",
    "pydantic",
    "rich",
    "tiktoken",
    "torch",
}


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("import assistant", set[str]()),
        ("import assistant.cli", set[str]()),
        ("from assistant import Assistant; Assistant.open().ask('Who is it?')", {"numpy", "onnxruntime"}),
    ],
)
def test_nothing_heavy_loads_early(code: str, allowed: set[str]) -> None:
    """Importing the package or its command line loads no library; asking loads what it computes with."""
    script = f"{code}\nimport sys; print(*sys.modules)"
    subprocess.run([sys.executable, "-m", "assistant", "index"], check=True, capture_output=True)
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert HEAVY & set(done.stdout.split()) == allowed


def test_functions_are_short_and_modules_hold_one_noun() -> None:
    """No module has more than 300 lines, no function more than 50."""
    for module, path in MODULES.items():
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 300, module
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                assert node.end_lineno - node.lineno < 50, f"{module}.{node.name}"


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("test_*.py")), ids=lambda path: path.stem)
def test_tests_say_what_they_prove(path: Path) -> None:
    """Each test has a docstring of one sentence, and something in it that can fail."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            sentence = ast.get_docstring(node) or ""
            assert sentence.endswith("."), node.name
            body = ast.unparse(node)
            assert any(word in body for word in ("assert", "raises", "check=True", "expect(")), node.name


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_are_hashed_and_name_no_index(lock: str) -> None:
    """A lock file pins by hash and holds no address."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "--hash=sha256:" in text
    assert not any(word in text for word in ("http://", "https://", "index-url", "find-links"))
