"""100,000 passages: build their index, once, and say how well it finds; half an hour of two cores.

    python -m benchmarks.large --data ../shared/data/train --out build/bench

After that `make bench` has the figures of a warm assistant over them, too.
"""

from __future__ import annotations

from benchmarks import retrieval
from benchmarks.figures import Figure, Setting, assistant, say, size_of, spend
from benchmarks.prepared import given, place


def measure(setting: Setting) -> list[Figure]:
    here = place(setting, "passages")
    spent = spend(assistant("index", "--corpus", here.corpus, "--index", here.folder))
    return [
        Figure("indexing 100,000 passages: CPU", "s", [spent.cpu]),
        Figure("indexing 100,000 passages: wall", "s", [spent.wall]),
        Figure("indexing 100,000 passages: memory", "MB", [spent.peak]),
        Figure("indexing 100,000 passages: disk", "MB", [size_of(here.folder)]),
        *retrieval.measure(setting, "passages"),
    ]


if __name__ == "__main__":
    say(*measure(given(__doc__)))
