"""Make the support check's model and report how good the check is, in docs/support.md.

    python models/support.py --data ../shared/data [--start DIR] [--out DIR] [--steps 900] [--report-only]

DATA holds claims/ and train/. START is a reader's checkpoint (config.json and *.safetensors). It learns
(models/train/claims.py says what from; stopped and called again, it goes on), exports to
models/support/model.onnx, and measures rules, model and both on claims that it did not learn from.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent / "train"))
from claims import HELD_OUT, Claim, as_claims, mix, read
from tokenizers import Tokenizer

from assistant.question import STOPWORDS
from assistant.support import SupportCheck, shipped_support
from assistant.support.check import SHARED, UNHEARD, covered, objections, said_whole, unheard
from assistant.support.statement import Statement
from assistant.text import words

ROOT = Path(__file__).parent.parent
PAIRS = ROOT / "tests" / "support_pairs.jsonl"
LIES = ROOT / "tests" / "support_lies.jsonl"
KINDS = ("number", "name", "date", "negation", "role")
SEED = 7
MOST = 400  # claims of a development group that are judged
KEPT = 0.95
STEPS = np.arange(0.05, 1, 0.05)


class Judged:
    """Claims with what each part of the check says of them."""

    def __init__(self, rows: Sequence[Claim], check: SupportCheck) -> None:
        self.true = np.array([row.supported for row in rows])
        self.free = np.array([_free(r) for r in rows])
        self.both = np.array([check.check(r.claim, [r.evidence]).supported for r in rows])
        self.likely = np.array([check.model.likely(r.claim, r.evidence) for r in rows])
        self.overlap = np.array([_overlap(r) for r in rows])

    def balanced(self, said: np.ndarray) -> float:
        """The mean of the shares of true claims kept and of false ones rejected."""
        return float((said[self.true].mean() + (~said)[~self.true].mean()) / 2)

    def row(self) -> str:
        """Balanced accuracies of word overlap, rules, model, both; then the two halves of the last."""
        overlap = max(self.balanced(self.overlap >= step) for step in STEPS)
        said = (overlap, *map(self.balanced, (self.free, self.likely >= 0.5, self.both)))
        halves = self.both[self.true].mean(), (~self.both)[~self.true].mean()
        return " | ".join(f"{value:.3f}" for value in (*said, *halves))


def _objection(row: Claim) -> str:
    return objections(Statement(row.claim), [Statement(row.evidence)])


def _free(row: Claim) -> bool:
    """Whether the model has the last word."""
    if said_whole(row.claim, [row.evidence]):
        return True
    claim, held = Statement(row.claim), [Statement(row.evidence)]
    return not objections(claim, held) and covered(claim, held) >= SHARED and unheard(claim, held) < UNHEARD


def _overlap(row: Claim) -> float:
    said = {word for word in words(row.claim) if word not in STOPWORDS}
    return len(said & set(words(row.evidence))) / max(1, len(said))


def report(data: Path, rows: Sequence[Claim], check: SupportCheck) -> Iterator[str]:
    yield HEAD
    names = sorted({row.group for row in rows})
    development = {name: [r for r in rows if r.group == name and r.develops][:MOST] for name in names}
    sets = {name: as_claims(read(data / "claims" / f"{name}.jsonl.gz"), name) for name in HELD_OUT}
    judged = {name: Judged(each, check) for name, each in (sets | development).items()}
    yield "| claims | n | word overlap | rules | model | **both** | true kept | false rejected |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, each in judged.items():
        yield f"| {name} | {len(each.true)} | {each.row()} |"
    free = [each.likely[each.true & each.free] for name, each in judged.items() if name in development]
    kept = {float(step): statistics.mean((one >= step).mean() for one in free) for step in STEPS}
    chosen = max(step for step, share in kept.items() if share >= KEPT)
    unnamed = statistics.mean("not name" in _objection(row) for row in sets[HELD_OUT[0]] if row.supported)
    yield TABLE_FOOT.format(chosen=chosen, threshold=check.threshold, unnamed=unnamed)
    yield from pairs(check)
    yield LIES_HEAD
    yield from lies(check)
    one, three = speed(check, 1), speed(check, 3)
    yield f"\n**Speed**, int8, one core: a claim against one sentence {one:.0f} ms, three {three:.0f} ms.\n"
    yield FOOT


def pairs(check: SupportCheck) -> Iterator[str]:
    yield "| of 20 each | " + " | ".join(KINDS) + " | all of 100 |"
    yield "|---|" + "---|" * (len(KINDS) + 1)
    rows = _read_pairs()
    ways: dict[str, Callable[[str, str], bool]] = {
        "rules": lambda claim, text: not _objection(Claim(claim, text, True)),
        "model": lambda claim, text: check.model.likely(claim, text) >= 0.5,
        "**both**": lambda claim, text: check.check(claim, [text]).supported,
    }
    for way, says in ways.items():
        for side, wanted in (("true", True), ("false", False)):
            counts = [
                sum(says(row[side], row["evidence"]) is wanted for row in rows if row["kind"] == kind)
                for kind in KINDS
            ]
            what = "true kept" if wanted else "false rejected"
            yield f"| {way}, {what} | " + " | ".join(map(str, counts)) + f" | {sum(counts)} |"


def lies(check: SupportCheck) -> Iterator[str]:
    """Rejected of each shape, in the half that the rules were mended with and in the other."""

    def rejected(row: dict[str, str]) -> bool:
        return not check.check(row["claim"], [row["evidence"]]).supported

    rows = _read(LIES)
    yield "| | mended with | held out |"
    yield "|---|---|---|"
    halves = [[row for row in rows if row["half"] == half] for half in ("mended", "held")]
    for shape in [*dict.fromkeys(row["shape"] for row in rows), "all"]:
        told = [[row for row in half if shape in (row["shape"], "all")] for half in halves]
        cells = (f"{sum(map(rejected, half))} of {len(half)}" for half in told)
        yield f"| {shape} | {' | '.join(cells)} |"


def speed(check: SupportCheck, sentences: int) -> float:
    """Milliseconds of a claim against so many sentences, the median."""
    rows = _read_pairs()
    taken = []
    for at in range(len(rows) - sentences):
        evidence = [row["evidence"] for row in rows[at : at + sentences]]
        began = time.perf_counter()
        check.check(rows[at]["true"], evidence)
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


def _read_pairs() -> list[dict[str, str]]:
    return _read(PAIRS)


def _read(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


HEAD = """\
# The support check

Whether the text says what a language model's sentence says is decided offline, in `assistant/support/`.
**Rules** object: every number, date and name of the sentence must stand in the evidence and in its place
there, what is denied must be denied, opposites and plans are no facts, and who did what to whom may not be
exchanged. A condition, an exception, a "some" or a speaker may not be left out, what is said of one thing may
not be told of another, nor one sentence be made of two. Where none objects, a **model** (`models/support/`,
23 MB, of which the word table is the encoder's) says how likely the evidence supports the sentence.

This page is written by `python models/support.py --data ../shared/data --report-only`.

## Claims that it did not learn from

`fever_symmetric_dev` and `vitaminc_small` are whole; no claim and no text of theirs was learned from. The
others are the development part (every twelfth text, at most 400 claims) of what the model learned from:
four sets that people wrote, and made ones (`models/train/claims.py`). Balanced accuracy; word overlap at
the threshold that is best for each row, the model alone at .5.
"""
TABLE_FOOT = """
Threshold of both: the highest step of .05 that keeps 95 % of the development part's true claims to which no
rule objects, {chosen:.2f} (in use: {threshold:.2f}). The 200 pairs and the two whole sets have no say in
it.

- `vitaminc_small` cannot tell checks apart: its labels do not go with its texts. Of 100 pairs judged from
  the texts 53 had the right label, and word overlap, rules and model all come out near .5.
- On `fever_symmetric_dev` both fall behind the model alone: {unnamed:.0%} of the true claims name the page
  that their sentence calls "it" or "he", and the check wants every name in the evidence. A claim about
  someone whom the evidence does not name is what must not be shown, so that stays.

## Two hundred claims on news sentences

`tests/support_pairs.jsonl`: 100 sentences, each with a true claim, most of them paraphrases, and a false
one. They were written and committed before the rules. The rules, with half of a claim's words to be met,
kept 72 of the true and rejected 88 of the false ones when they were first run; then the failures were read
once and the rules mended from them, so that what follows is no held-out figure for the rules. The model and
its threshold have seen none of them.
"""
LIES_HEAD = """
## Lies made of the text's own words

`tests/support_lies.jsonl`: no number and no name is changed; a condition is dropped, a plan told as done,
what is said of one thing told of another. One hand wrote all of them before any was judged. At first 14 of
the one half and 5 of the other were rejected. The rules were mended with the first half; the second was
counted by shape, and not read, while that was done.
"""
FOOT = """\
**Known faults**: another verb between the same words ("the band sells uniforms", where it gets a grant for
them), which the model takes for a paraphrase; a claim may leave out the "according to" of its evidence;
exchanged sides that the order of words does not show ("the writer was fired by the director", where the text
says that the producer was); a number that stands in the right clause for another thing; English only; a name
that only the sentence before holds counts as missing unless that sentence is given, too."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="holds claims/ and train/")
    parser.add_argument(
        "--start", type=Path, help="a checkpoint; by default models/reader-second beside DATA"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "support", help="for checkpoints")
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--report-only", action="store_true")
    options = parser.parse_args()
    rows = mix(options.data, SEED)
    if not options.report_only:
        from judge import encoded, train  # torch: a report does without

        options.out.mkdir(parents=True, exist_ok=True)
        tokenizer = Tokenizer.from_file(str(ROOT / "models" / "encoder" / "tokenizer.json"))
        learned = encoded([row for row in rows if not row.develops], tokenizer)
        start = options.start or options.data.parent / "models" / "reader-second"
        train(start, options.out, learned, options.steps, SEED)
        export = ROOT / "models" / "export.py"
        subprocess.run([sys.executable, export, "support", "--weights", options.out], check=True)
    page = "\n".join(report(options.data, rows, shipped_support())) + "\n"
    (ROOT / "docs" / "support.md").write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
