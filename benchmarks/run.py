"""Every measure, one table and one JSON file: `make bench`, and with peers `make bench-peers`.

python -m benchmarks.run --data ../shared/data/train --out build/bench [--quick] [--peers]
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence

from benchmarks import cold, corpora, indexing, page, peers, retrieval, warm
from benchmarks.figures import Figure, Setting, machine
from benchmarks.prepared import given, place

MEASURES: Sequence[tuple[str, Callable[[Setting], list[Figure]]]] = (
    ("indexing", indexing.measure),
    ("cold", cold.measure),
    ("warm", warm.measure),
    ("retrieval", retrieval.measure),
    ("page", page.measure),
)


def main() -> None:
    with_peers = "--peers" in sys.argv
    if with_peers:
        sys.argv.remove("--peers")
    setting = given(__doc__)
    place(setting, "articles")
    figures: dict[str, list[Figure]] = {}
    for name, measure in [*MEASURES, *([("peers", peers.measure)] if with_peers else [])]:
        started = time.monotonic()
        print(f"{name} ...", end=" ", file=sys.stderr, flush=True)
        figures[name] = measure(setting)
        print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)
    about = machine() | {"corpus": corpora.digest(setting.out / "articles")}
    written = {"machine": about, "figures": {k: [f.to_dict() for f in v] for k, v in figures.items()}}
    (setting.out / "bench.json").write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    lines = ["| measure | median (range) | goal |", "|---|---|---|"]
    lines += [figure.row() for each in figures.values() for figure in each]
    foot = (
        f"{about['processor']}, {about['cores']} cores, {', '.join(about['instructions'])}; {about['commit']}"
    )
    table = "\n".join([*lines, "", foot, ""])
    (setting.out / "bench.md").write_text(table, encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
