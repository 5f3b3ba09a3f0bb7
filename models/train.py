"""Fine-tune the reader: spans where the passage answers, the first token where it does not.

    python models/train.py --data ../shared/data/train --start DIR --out DIR --steps 1500

`--start` and `--out` hold config.json and *.safetensors. What the mix is for:

  - questions that people wrote to be unanswerable, with answerable ones about the same paragraphs;
  - near passages: a question with a paragraph close to it in vectors that holds none of its answers,
    since a whole text is read passage by passage and the wrong ones must not look right;
  - far passages: the best BM25 match of another text;
  - search questions and questions of other styles;
  - with --swaps, less of all this and made negatives beside their originals: a name in the question is
    exchanged for another one of the same passage, which the passage then mostly does not answer.

A GPU is not needed: 2 s a step of 32 on two cores with bf16.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.nn.functional import cross_entropy
from transformers import BertConfig, BertForQuestionAnswering

from assistant.models import Encoder

HERE = Path(__file__).parent
TOKENS = 256
BATCH = 32
LONGEST = 2500  # characters of a context
OTHERS = {
    "squadshifts_new_wiki": 1500,
    "adversarial_qa_part": 1500,
    "tydiqa_goldp_en_train": 1200,
    "qed_nq_train": 800,
    "quoref_part": 600,
    "uda_nq": 400,
}


NAME = re.compile(r"\b[A-Z][\w.'’-]*\w(?:\s+(?:of\s+)?[A-Z][\w.'’-]*\w)*|\b\d{4}\b")
OPENERS = frozenset(
    """
    The A An In On At It He She They This That These Those His Her Their Its What Who When Where Which Why
    How For By From With As After Before During And But If While Although However Of To
    """.split()
)


@dataclass(frozen=True)
class Row:
    """A question and a passage; `start` and `end` are the answer's characters, or -1."""

    question: str
    context: str
    start: int
    end: int


def read(data: Path, name: str, draw: random.Random) -> list[dict[str, Any]]:
    rows = [
        json.loads(line) for line in gzip.decompress((data / f"{name}.jsonl.gz").read_bytes()).splitlines()
    ]
    draw.shuffle(rows)
    return rows


def row(fields: dict[str, Any], context: str | None = None) -> Row:
    """A row with its own context, or, unanswerable, with another one."""
    question = fields["question"].rstrip(" ?") + "?"
    if context is not None or fields["is_impossible"]:
        return Row(question, context or fields["context"], -1, -1)
    start = fields["answers"][0]["answer_start"]
    return Row(question, fields["context"], start, start + len(fields["answers"][0]["text"]))


def mix(data: Path, draw: random.Random) -> list[Row]:
    squad = read(data, "squad_train", draw)
    impossible = [each for each in squad if each["is_impossible"]][:20_000]
    paired = {each["context"] for each in impossible}
    answerable = sorted(
        (r for r in squad if not r["is_impossible"]), key=lambda r: r["context"] not in paired
    )
    rows = [row(each) for each in (*impossible, *answerable[:16_000])]
    for name, count in OTHERS.items():
        rows += [row(each) for each in read(data, name, draw)[:count] if len(each["context"]) < LONGEST]
    far = read(data, "bm25_negatives", draw)[:5_000]
    rows += [row(each) for each in far if len(each["context"]) < LONGEST]
    asked = draw.sample(answerable[16_000:] + answerable[:6_000], 9_000)
    rows += near(asked, sorted({each["context"] for each in squad}), draw)
    draw.shuffle(rows)
    return rows


def mix_with_swaps(data: Path, draw: random.Random) -> list[Row]:
    squad = read(data, "squad_train", draw)
    impossible = [each for each in squad if each["is_impossible"]]
    answerable = [each for each in squad if not each["is_impossible"]]
    rows = list(islice(swaps(answerable + read(data, "squadshifts_new_wiki", draw), draw), 10_000))
    rows += [row(each) for each in (*impossible[:6_000], *answerable[-3_000:])]
    far = read(data, "bm25_negatives", draw)[:1_500]
    rows += [row(each) for each in far if len(each["context"]) < LONGEST]
    rows += near(draw.sample(answerable, 2_500), sorted({each["context"] for each in squad}), draw)
    draw.shuffle(rows)
    return rows


def swaps(fields: list[dict[str, Any]], draw: random.Random) -> Iterator[Row]:
    """Each question that names something of its passage, with another name of it, and as it was."""
    for each in fields:
        question, known = each["question"], names(each["context"])
        answers = " ".join(answer["text"] for answer in each["answers"]).lower()
        own = sorted(name for name in known if re.search(rf"\b{re.escape(name)}\b", question[1:]))
        if not own:
            continue
        old = draw.choice(own)
        said = question.lower() + answers
        others = sorted(name for name in known if is_like(name, old) and name.lower() not in said)
        if others:
            swapped = re.sub(rf"\b{re.escape(old)}\b", draw.choice(others), question)
            yield row(each | {"question": swapped}, each["context"])
            yield row(each)


def names(text: str) -> set[str]:
    """Runs of capitalised words within sentences, and years."""
    found = (match.group().strip(".'’") for match in NAME.finditer(text) if match.start() > 0)
    return {re.sub(r"['’]s$", "", name) for name in found if name.split()[0] not in OPENERS and len(name) > 1}


def is_like(name: str, old: str) -> bool:
    """Of the same kind, and not a part of the other."""
    return name.isdigit() == old.isdigit() and not set(name.lower().split()) & set(old.lower().split())


def near(asked: list[dict[str, Any]], contexts: list[str], draw: random.Random) -> Iterator[Row]:
    """Each question with one of the twelve nearest paragraphs that hold none of its answers."""
    encoder = Encoder(HERE / "encoder")
    vectors = encoder.encode(contexts)
    for fields, vector in zip(asked, encoder.encode([each["question"] for each in asked]), strict=True):
        answers = [answer["text"].lower() for answer in fields["answers"]]
        nearest = [contexts[at] for at in np.argpartition(-(vectors @ vector), 12)[:12]]
        wrong = [c for c in nearest if c != fields["context"] and not any(a in c.lower() for a in answers)]
        if wrong:
            yield row(fields, draw.choice(wrong))


@dataclass(frozen=True)
class Example:
    """Token ids, segments, and the answer's first and last token; 0 and 0 stand for none."""

    ids: list[int]
    segments: list[int]
    first: int
    last: int


def examples(rows: list[Row], tokenizer: Tokenizer) -> list[Example]:
    """Rows as tokens; an answer that was cut off is left out."""
    found = []
    for each, encoded in zip(
        rows, tokenizer.encode_batch([(r.question, r.context) for r in rows]), strict=True
    ):
        inside = [
            at
            for at, (span, part) in enumerate(zip(encoded.offsets, encoded.sequence_ids, strict=True))
            if part == 1 and span[0] < each.end and span[1] > each.start
        ]
        if each.start < 0:
            found.append(Example(encoded.ids, encoded.type_ids, 0, 0))
        elif inside:
            found.append(Example(encoded.ids, encoded.type_ids, inside[0], inside[-1]))
    return found


def batches(rows: list[Example], draw: random.Random) -> Iterator[list[Example]]:
    """Endless batches of like lengths, in random order."""
    while True:
        draw.shuffle(rows)
        for first in range(0, len(rows), BATCH * 40):
            chunk = sorted(rows[first : first + BATCH * 40], key=lambda each: len(each.ids))
            cut = [chunk[at : at + BATCH] for at in range(0, len(chunk) - BATCH + 1, BATCH)]
            draw.shuffle(cut)
            yield from cut


def loss_of(model: torch.nn.Module, batch: list[Example]) -> torch.Tensor:
    """Mean cross entropy of the first and the last token, over the passage and the first token."""
    width = max(len(each.ids) for each in batch)

    def padded(values: list[list[int]]) -> torch.Tensor:
        return torch.tensor([each + [0] * (width - len(each)) for each in values])

    ids, segments = padded([each.ids for each in batch]), padded([each.segments for each in batch])
    mask = padded([[1] * len(each.ids) for each in batch])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = model(ids, attention_mask=mask, token_type_ids=segments)
    allowed = (mask == 1) & ((segments == 1) | (torch.arange(width)[None] == 0))
    start = output.start_logits.float().masked_fill(~allowed, -1e4)
    end = output.end_logits.float().masked_fill(~allowed, -1e4)
    first, last = (torch.tensor([getattr(each, name) for each in batch]) for name in ("first", "last"))
    return (cross_entropy(start, first) + cross_entropy(end, last)) / 2


def train(model: torch.nn.Module, rows: list[Example], out: Path, options: argparse.Namespace) -> None:
    """Linear warm-up over 6 % of the steps, then linear decay; a checkpoint every 200 steps."""
    parameters = [each for each in model.parameters() if each.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=options.rate, weight_decay=0.01)
    started = time.time()
    for step, batch in enumerate(batches(rows, random.Random(options.seed))):
        if step == min(options.steps, options.stop or options.steps):
            break
        share = min((step + 1) / (0.06 * options.steps), (options.steps - step) / options.steps)
        for group in optimiser.param_groups:
            group["lr"] = options.rate * min(1.0, share)
        loss = loss_of(model, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        if step % 50 == 0:
            print(
                f"step {step}: loss {loss.item():.3f}, {(time.time() - started) / (step + 1):.2f} s a step",
                flush=True,
            )
        if step % 200 == 199:
            save(model, out)
    save(model, out)


def save(model: torch.nn.Module, out: Path) -> None:
    state = {name: value.contiguous() for name, value in model.state_dict().items()}
    save_file(state, out / "model.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True, help="that the learning rate is planned for")
    parser.add_argument("--stop", type=int, default=0, help="stop before this step")
    parser.add_argument("--rate", type=float, default=1.2e-4)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--swaps", action="store_true", help="the mix with made negatives")
    parser.add_argument("--rows", type=int, default=0, help="use only so many rows, to try the script")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(options.start / "config.json", options.out / "config.json")
    tokenizer = Tokenizer.from_file(str(HERE / "encoder" / "tokenizer.json"))
    tokenizer.enable_truncation(TOKENS, strategy="only_second")
    rows = (mix_with_swaps if options.swaps else mix)(options.data, random.Random(7))
    rows = rows[: options.rows or len(rows)]
    print(f"{len(rows)} rows, {sum(each.start < 0 for each in rows)} of them without an answer", flush=True)
    model = BertForQuestionAnswering(BertConfig.from_pretrained(options.start))
    weights = load_file(next(iter(sorted(options.start.glob("*.safetensors")))))
    model.load_state_dict({name: value.float() for name, value in weights.items()})
    model.bert.embeddings.requires_grad_(False)
    model.train()
    train(model, examples(rows, tokenizer), options.out, options)


if __name__ == "__main__":
    main()
