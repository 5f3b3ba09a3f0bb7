"""What each lever gives: short runs from one start, with it and without, judged on the dev half.

    python models/train/study.py --data ../shared/data --start ../shared/models/reader-second --out DIR
    python models/train/study.py ... --milestones WHERE_MAKE_LEARNT     # the learning curve

Each run learns for the same number of steps; the mix lacks one group of rows, or the loss gains a part.
Judged are every fourth question of half of SQuAD 2.0's dev set on its own paragraph, and on that and the
five nearest other paragraphs of its article, the best score counting. A variant that stands in
DIR/study.jsonl already is left out, so the study can be stopped and started again.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from batches import BATCH, endless, examples
from fit import Plan, half_precision, load, train
from make import SEED, TOKENS
from rows import GROUPS, MODELS, mix
from tokenizers import Tokenizer
from transformers import BertForQuestionAnswering

from assistant.models import Encoder
from assistant.scoring.answers import token_f1
from assistant.scoring.fitting import area_under_curve

OTHERS = 5  # paragraphs of the article that compete
LONGEST = 30  # tokens of an answer


@dataclass(frozen=True)
class Dev:
    """A question and its paragraph first, then the nearest others of its article."""

    question: str
    golds: tuple[str, ...]
    paragraphs: tuple[str, ...]


def dev_of(data: Path, every: int) -> Iterator[Dev]:
    encoder = Encoder(MODELS / "encoder")
    number = 0
    for article in json.loads(gzip.decompress(next(data.glob("squad2-*.json.gz")).read_bytes()))["data"]:
        contexts = [each["context"] for each in article["paragraphs"]]
        vectors = encoder.encode(contexts)
        for own, paragraph in enumerate(article["paragraphs"]):
            for asked in paragraph["qas"]:
                number += 1  # over all of them: a paragraph's answerable questions come first
                if number % every:
                    continue
                question = asked["question"].rstrip(" ?") + "?"
                ranked = np.argsort(-(vectors @ encoder.encode([question])[0]))
                others = [contexts[at] for at in ranked if at != own][:OTHERS]
                golds = tuple(answer["text"] for answer in asked["answers"])
                yield Dev(question, golds, (contexts[own], *others))


def answers(
    model: BertForQuestionAnswering, tokenizer: Tokenizer, asked: list[tuple[str, str]]
) -> list[tuple[float, str]]:
    """The best span's score over none, and its text, for each question and paragraph."""
    found: list[tuple[float, str]] = [(0.0, "")] * len(asked)
    order = sorted(range(len(asked)), key=lambda at: len(asked[at][1]))
    for first in range(0, len(order), BATCH):
        part = order[first : first + BATCH]
        encoded = tokenizer.encode_batch([asked[at] for at in part])
        width = max(len(each.ids) for each in encoded)
        ids, segments, mask = (
            torch.tensor([[*getattr(each, name), *[0] * (width - len(each.ids))] for each in encoded])
            for name in ("ids", "type_ids", "attention_mask")
        )
        with torch.inference_mode(), half_precision("cpu"):
            output = model(ids, attention_mask=mask, token_type_ids=segments)
        inside = (segments == 1) & (mask == 1)
        start, end = (
            logits.float().masked_fill(~inside, -1e4) for logits in (output.start_logits, output.end_logits)
        )
        none = (output.start_logits[:, 0] + output.end_logits[:, 0]).float()
        both = (
            (start[:, :, None] + end[:, None, :])
            .triu()
            .tril(LONGEST - 1)
            .masked_fill_(torch.ones(width, width).triu().tril(LONGEST - 1) == 0, -1e4)
        )
        best = both.flatten(1).argmax(1)
        for row, at in enumerate(part):
            low, high = divmod(int(best[row]), width)
            offsets = encoded[row].offsets
            text = asked[at][1][offsets[low][0] : offsets[high][1]]
            found[at] = (float(both[row, low, high] - none[row]), text)
    return found


def judged(model: BertForQuestionAnswering, tokenizer: Tokenizer, dev: list[Dev]) -> dict[str, float]:
    """AUC of answerability in both shapes, F1 of the answerable, and how often the right paragraph wins."""
    model.eval()
    pairs = [(each.question, paragraph) for each in dev for paragraph in each.paragraphs]
    read = iter(answers(model, tokenizer, pairs))
    found = [[next(read) for _ in each.paragraphs] for each in dev]
    held = [bool(each.golds) for each in dev]
    f1 = [token_f1(own[0][1], each.golds) for each, own in zip(dev, found, strict=True) if each.golds]
    first = [max(own)[0] == own[0][0] for each, own in zip(dev, found, strict=True) if each.golds]
    return {
        "paragraph": area_under_curve([own[0][0] for own in found], held),
        "article": area_under_curve([max(own)[0] for own in found], held),
        "f1": float(np.mean(f1)),
        "right_paragraph": float(np.mean(first)),
    }


def variants() -> Mapping[str, tuple[list[str], float]]:
    """The groups of rows and the ranking's weight of each variant."""
    every, ranking = list(GROUPS), Plan(1).ranking
    without = {f"without {name}": ([each for each in every if each != name], ranking) for name in every}
    return {"everything": (every, ranking), "without ranking": (every, 0.0), **without}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--every", type=int, default=4)
    parser.add_argument(
        "--milestones", type=Path, help="judge the step-* folders that make.py left in this one"
    )
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(MODELS / "encoder" / "tokenizer.json"))
    tokenizer.enable_truncation(TOKENS, strategy="only_second")
    dev, results = list(dev_of(options.data / "dev", options.every)), options.out / "study.jsonl"
    lines = results.read_text().splitlines() if results.exists() else []
    known = {json.loads(line)["variant"] for line in lines}

    def keep(folder: Path, fields: Mapping[str, object]) -> None:
        line = json.dumps(dict(fields) | judged(load(folder), tokenizer, dev))
        with results.open("a") as file:
            print(line, file=file)
        print(line, flush=True)

    if options.milestones:
        for folder in [options.start, *sorted(options.milestones.glob("step-*"))]:
            rows = BATCH * int(folder.name.partition("-")[2]) if folder != options.start else 0
            if f"{rows:,} rows" not in known:
                keep(folder, {"variant": f"{rows:,} rows", "rows": rows})
        return
    plan = Plan(options.steps, decay=options.steps // 2, warm_up=options.steps // 8, average=0.1, keep=10**9)
    every_row = mix(options.data / "train", list(GROUPS), SEED)
    for name, (groups, ranking) in variants().items():
        if name not in known:
            rows = [row for row in every_row if row.group in groups][: options.steps * BATCH * 2]
            out = options.out / name.replace(" ", "-")
            out.mkdir(exist_ok=True)
            learnt = endless(examples(rows, tokenizer), SEED)
            train(options.start, out, learnt, replace(plan, ranking=ranking))
            keep(out, {"variant": name, "steps": options.steps})


if __name__ == "__main__":
    main()
