"""The training of the support check's model: BERT, and one number from its first token.

The start is a reader's checkpoint: its "no answer here" at the first token is the nearest thing to
"not supported" that a model of questions has, so that the new head begins as its opposite.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from claims import Claim
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.nn.functional import binary_cross_entropy_with_logits
from transformers import BertConfig, BertModel

TOKENS = 96
BATCH = 32
RATE = 1.2e-4
WARM_UP = 40
AVERAGE = 0.02
KEEP = 50
STATE = "state.pt"

Pair = tuple[list[int], list[int], bool]


class Judge(torch.nn.Module):
    """The logit of a claim being supported by its evidence."""

    def __init__(self, start: Path) -> None:
        super().__init__()
        self.config = BertConfig.from_pretrained(start)
        self.bert = BertModel(self.config, add_pooling_layer=False)
        self.supported = torch.nn.Linear(self.config.hidden_size, 1)
        weights = {name: v.float() for name, v in load_file(next(iter(start.glob("*.safetensors")))).items()}
        if "qa_outputs.weight" in weights:
            weights["supported.weight"] = -weights.pop("qa_outputs.weight").mean(0, keepdim=True)
            weights["supported.bias"] = -weights.pop("qa_outputs.bias").mean(0, keepdim=True)
        self.load_state_dict(weights)

    def forward(self, ids: torch.Tensor, segments: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        states = self.bert(ids, attention_mask=mask, token_type_ids=segments).last_hidden_state
        logits: torch.Tensor = self.supported(states[:, 0])[:, 0]
        return logits


def encoded(rows: Sequence[Claim], tokenizer: Tokenizer) -> list[Pair]:
    """Token ids, segments, label: the claim, then its evidence."""
    tokenizer.enable_truncation(TOKENS, strategy="longest_first")
    encodings = tokenizer.encode_batch([(row.claim, row.evidence) for row in rows])
    return [(e.ids, e.type_ids, row.supported) for row, e in zip(rows, encodings, strict=True)]


def endless(rows: Sequence[Pair], seed: int) -> Iterator[list[Pair]]:
    """Endless batches of like lengths, in an order that the seed decides."""
    draw, rows = random.Random(seed), list(rows)
    while True:
        draw.shuffle(rows)
        for first in range(0, len(rows), BATCH * 40):
            chunk = sorted(rows[first : first + BATCH * 40], key=lambda each: len(each[0]))
            cut = [chunk[at : at + BATCH] for at in range(0, len(chunk) - BATCH + 1, BATCH)]
            draw.shuffle(cut)
            yield from cut


def tensors(batch: Sequence[Pair]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids, segments and mask, padded to the longest."""
    width = max(len(ids) for ids, _, _ in batch)
    ids = torch.tensor([ids + [0] * (width - len(ids)) for ids, _, _ in batch])
    segments = torch.tensor([kinds + [0] * (width - len(kinds)) for _, kinds, _ in batch])
    return ids, segments, (ids > 0).long()


def train(start: Path, out: Path, rows: Sequence[Pair], steps: int, seed: int) -> None:
    """From a checkpoint into a folder, which then holds the averaged weights; resumed where it was stopped.

    The rate rises, stays, and falls to nothing in the last half. The word table stays as it is.
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    model, done = Judge(start), 0
    model.bert.embeddings.requires_grad_(False)
    learning = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learning, lr=RATE, weight_decay=0.01)
    mean = {name: value.clone() for name, value in model.state_dict().items()}
    if (out / STATE).exists():
        kept = torch.load(out / STATE)
        model.load_state_dict(kept["model"])
        optimiser.load_state_dict(kept["optimiser"])
        mean, done = kept["mean"], kept["step"]
    batches = endless(rows, seed)
    for _ in range(done):
        next(batches)
    began = time.time()
    model.eval()  # no dropout: a short training from a good start
    for step in range(done, steps):
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, (step + 1) / WARM_UP, (steps - step) / (steps / 2))
        batch = next(batches)
        label = torch.tensor([float(supported) for _, _, supported in batch])
        loss = binary_cross_entropy_with_logits(model(*tensors(batch)), label)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        share = max(AVERAGE, 1 / (step + 2))
        for name, value in model.state_dict().items():
            mean[name].lerp_(value, share)
        if (step + 1) % 10 == 0:
            pace = (time.time() - began) / (step + 1 - done)
            print(f"step {step + 1}: {loss:.3f}, {pace:.2f} s a step", flush=True)
        if (step + 1) % KEEP == 0 or step + 1 == steps:
            state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "mean": mean}
            torch.save(state | {"step": step + 1}, out / "unfinished")
            (out / "unfinished").replace(out / STATE)
            save_file({name: value.contiguous() for name, value in mean.items()}, out / "model.safetensors")
            model.config.save_pretrained(out)
