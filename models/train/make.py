"""Make the reader again: learn, export, calibrate, evaluate, write the card.

    python models/train/make.py --data ../shared/data --start ../shared/models/reader-second --out DIR

Stopped and started again, it goes on from its last checkpoint in DIR. What it writes in the end:
models/reader/model.onnx, calibration.json and card.json, docs/calibration.md and docs/reader.md. A GPU is
used where there is one. `--smoke` learns for four steps from a few rows, and writes into DIR alone.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from batches import endless, examples
from fit import Plan, train
from rows import GROUPS, MODELS, mix
from tokenizers import Tokenizer

from assistant.digests import sha256_of

TOKENS = 256
SEED = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="holds train/ and dev/")
    parser.add_argument("--start", type=Path, required=True, help="holds config.json and *.safetensors")
    parser.add_argument("--out", type=Path, required=True, help="for checkpoints")
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--groups", nargs="+", default=list(GROUPS), choices=list(GROUPS))
    parser.add_argument("--every", type=int, default=1, help="calibrate on every n-th question")
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    rows = mix(options.data / "train", options.groups, SEED, most=200 if options.smoke else None)
    tokenizer = Tokenizer.from_file(str(MODELS / "encoder" / "tokenizer.json"))
    tokenizer.enable_truncation(TOKENS, strategy="only_second")
    plan = Plan(steps=4, decay=2, warm_up=1, keep=2) if options.smoke else Plan(steps=options.steps)
    train(options.start, options.out, endless(examples(rows, tokenizer), SEED), plan)
    if options.smoke:
        return
    dev = options.data / "dev"
    write_recipe(options.start, asdict(plan), Counter(row.group for row in rows))
    script("export.py", "reader", "--weights", options.out, "--data", dev)
    script("calibrate.py", "--data", dev, "--every", options.every)
    script("report.py", "--data", dev, "--weights", options.out)


def write_recipe(start: Path, plan: Mapping[str, object], rows: Mapping[str, int]) -> None:
    """What the weights are made from and by, on the card."""
    file = MODELS / "reader" / "card.json"
    git = shutil.which("git") or sys.exit("there is no git to say what made the reader: apt install git")
    commit = subprocess.run(
        [git, "rev-parse", "HEAD"], cwd=MODELS, capture_output=True, text=True, check=True
    )
    recipe = {
        "start": {path.name: sha256_of(path) for path in sorted(start.glob("*.safetensors"))},
        "commit": commit.stdout.strip(),
        "seed": SEED,
        "rows": dict(rows),
        "plan": dict(plan),
    }
    card = json.loads(file.read_text(encoding="utf-8")) | {"recipe": recipe}
    file.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def script(name: str, *arguments: object) -> None:
    """Run another script of models/; its failure is ours."""
    subprocess.run([sys.executable, str(MODELS / name), *map(str, arguments)], check=True)


if __name__ == "__main__":
    main()
