"""Make the reader again: learn, export, calibrate.

    python models/train/make.py --data ../shared/data --start ../shared/models/reader-second --out DIR

Stopped and started again, it goes on from its last checkpoint in DIR. What it writes in the end:
models/reader/model.onnx with its digests on the card, calibration.json, and docs/calibration.md. A GPU is
used where there is one. `--smoke` goes the whole way with a few rows, and writes into DIR alone.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from batches import endless, examples
from fit import Plan, train
from rows import GROUPS, MODELS, mix
from tokenizers import Tokenizer

TOKENS = 256
SEED = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="holds train/ and dev/")
    parser.add_argument("--start", type=Path, required=True, help="holds config.json and *.safetensors")
    parser.add_argument("--out", type=Path, required=True, help="for checkpoints")
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--groups", nargs="+", default=list(GROUPS), choices=list(GROUPS))
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
    script("export.py", "reader", "--weights", options.out, "--data", options.data / "dev")
    script("calibrate.py", "--data", options.data / "dev")


def script(name: str, *arguments: object) -> None:
    """Run another script of models/; its failure is ours."""
    subprocess.run([sys.executable, str(MODELS / name), *map(str, arguments)], check=True)


if __name__ == "__main__":
    main()
