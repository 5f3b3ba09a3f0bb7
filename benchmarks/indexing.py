"""Indexing 600 texts: text a CPU second, against the encoder alone; memory, disk; again after one change.

    python -m benchmarks.indexing --data ../shared/data/train --out build/bench

`python -m benchmarks.indexing alone INDEX` is the encoder alone: it encodes what is in an index, as the
pipeline does, and prints the CPU seconds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from assistant.index import layout
from assistant.index.opened import Index
from assistant.index.rows import embedded
from assistant.index.store import Store
from assistant.models import shipped_encoder
from benchmarks.figures import Figure, Setting, assistant, say, script, size_of, spend
from benchmarks.prepared import built, copied, given, place

MARK = "The zanzibarian heliograph was repaired on a Tuesday."


def measure(setting: Setting) -> list[Figure]:
    here = place(setting, "articles")
    size = size_of(here.corpus)
    command = assistant("index", "--corpus", here.corpus, "--index", here.folder)
    whole, alone = [], []
    for _ in range(setting.builds):
        for old in here.folder.glob("*"):
            if old.name != layout.CALIBRATION:
                spend(["rm", "-r", old])
        whole.append(spend(command))
        alone.append(float(spend(script("indexing", "alone", here.folder)).output))
    cpu = [each.cpu for each in whole]
    again = _again(setting)
    name = f"indexing {setting.texts} texts"
    return [
        Figure(f"{name}: CPU", "s", cpu),
        Figure(f"{name}: wall", "s", [each.wall for each in whole]),
        Figure(f"{name}: text a CPU second", "kB", [size * 1000 / each for each in cpu]),
        Figure(
            f"{name}: the encoder alone, of it",
            "",
            [a / c for a, c in zip(alone, cpu, strict=True)],
            "at least 0.85",
        ),
        Figure(f"{name}: memory", "MB", [each.peak for each in whole], "600 MB"),
        Figure(f"{name}: disk, a MB of text", "MB", [size_of(layout.current(here.folder)) / size]),
        Figure("one file changed: CPU", "s", again),
        Figure("one file changed: of a whole build", "", [each / min(cpu) for each in again], "at most 0.03"),
    ]


def _again(setting: Setting) -> list[float]:
    """CPU seconds of `assistant index` after a sentence came into a text, and went from the one before."""
    costs = []
    with tempfile.TemporaryDirectory(dir=setting.out) as scratch:
        here = copied(built(setting, "articles"), Path(scratch))
        files = sorted(here.corpus.iterdir())
        for run in range(setting.runs):
            before = files[(run - 1) * 97 % len(files)]
            if run:
                before.write_text(before.read_text(encoding="utf-8").replace(MARK, ""), encoding="utf-8")
            changed = files[run * 97 % len(files)]
            changed.write_text(changed.read_text(encoding="utf-8") + MARK, encoding="utf-8")
            costs.append(spend(assistant("index", "--corpus", here.corpus, "--index", here.folder)).cpu)
            with Index.open(layout.current(here.folder), here.fingerprint()) as index:
                found = index.passages(index.matches(["zanzibarian"], 10))
                assert [passage.source for passage in found] == [changed.name], "removed text was found"
    return costs


def _alone(index: Path) -> float:
    """CPU seconds of encoding every passage of an index, in batches as the pipeline makes them."""
    store = Store.open(layout.current(index) / layout.TEXTS)
    texts = [embedded(each) for rows in store.places().values() for each in store.passages(rows)]
    encoder = shipped_encoder()
    encoder.encode(["loads the weights"])
    started = time.process_time()
    for first in range(0, len(texts), 64):
        encoder.encode(texts[first : first + 64])
    return time.process_time() - started


def main(arguments: Sequence[str]) -> None:
    if arguments[:1] == ["alone"]:
        print(_alone(Path(arguments[1])))
    else:
        say(*measure(given(__doc__)))


if __name__ == "__main__":
    main(sys.argv[1:])
