"""The training itself: a warm-up, a steady rate, a decay to nothing; resumed where it was stopped."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from batches import Batch, Example, tensors
from safetensors.torch import load_file, save_file
from torch.nn.functional import cross_entropy, softplus
from transformers import BertConfig, BertForQuestionAnswering

STATE = "state.pt"


@dataclass(frozen=True)
class Plan:
    """How long and how fast.

    Attributes:
        steps: of all; the last `decay` of them with a rate that falls to nothing in a line.
        rate: AdamW's, after `warm_up` steps.
        embeddings: their rate's share of it.
        average: every fifth step moves the averaged weights by this share: the steady part is left
            with the mean of its last few hundred steps.
        ranking: the weight of the loss that puts what has an answer above what has none.
        keep: a checkpoint every so many steps.
        milestone: every so many steps the averaged weights get a folder of their own, for the learning curve.
    """

    steps: int
    decay: int = 600
    rate: float = 1.5e-4
    warm_up: int = 200
    embeddings: float = 0.3
    average: float = 0.02
    ranking: float = 0.2
    keep: int = 200
    milestone: int = 500

    def share(self, step: int) -> float:
        """Of the rate, at a step."""
        return min(1.0, (step + 1) / self.warm_up, max(0.0, (self.steps - step) / self.decay))


def half_precision(device: str) -> torch.autocast:
    """bfloat16 for the matrix products, where the processor has it; where it has not (AVX2), emulating it
    takes 25 times as long as float32.
    """
    able = device != "cpu" or torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.autocast(device, dtype=torch.bfloat16, enabled=able)


def load(start: Path) -> BertForQuestionAnswering:
    """A checkpoint's weights: config.json and *.safetensors in a folder."""
    model = BertForQuestionAnswering(BertConfig.from_pretrained(start))
    weights = load_file(next(iter(sorted(start.glob("*.safetensors")))))
    model.load_state_dict({name: value.float() for name, value in weights.items()})
    return model


def train(start: Path, out: Path, batches: Iterator[list[Example]], plan: Plan) -> None:
    """Train from a checkpoint into a folder, which then holds the averaged weights.

    Stopped and called again, it goes on from its last checkpoint.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = load(start).to(device)
    state = State(model, plan, out)
    state.resume()
    for _ in range(state.step):
        next(batches)
    model.train()
    began, first = time.time(), state.step
    while state.step < plan.steps:
        loss = state.advance(tensors(next(batches), device))
        if state.step % 50 == 0:
            pace = (time.time() - began) / (state.step - first)
            print(f"step {state.step}: loss {loss:.3f}, {pace:.2f} s a step", flush=True)
        if state.step % plan.keep == 0:
            state.save()
        if state.step % plan.milestone == 0:
            state.write_weights(out / f"step-{state.step:05}")
    state.save()


class State:
    """The weights, their running mean, the optimiser, and how many steps were done."""

    def __init__(self, model: BertForQuestionAnswering, plan: Plan, out: Path) -> None:
        self.model, self.plan, self.out, self.step = model, plan, out, 0
        named = list(model.named_parameters())
        self.groups = [
            {"params": [p for name, p in named if "embeddings" not in name], "share": 1.0},
            {"params": [p for name, p in named if "embeddings" in name], "share": plan.embeddings},
        ]
        self.optimiser = torch.optim.AdamW(self.groups, lr=plan.rate, weight_decay=0.01)
        self.mean = {name: value.clone() for name, value in model.state_dict().items()}

    def advance(self, batch: Batch) -> float:
        """One step; its loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.plan.rate * self.plan.share(self.step) * group["share"]
        loss = loss_of(self.model, batch, self.plan.ranking)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.step += 1
        if self.step % 5 == 0:
            for name, value in self.model.state_dict().items():
                if value.is_floating_point():
                    self.mean[name].lerp_(value, self.plan.average)
        return float(loss.item())

    def resume(self) -> None:
        if (self.out / STATE).exists():
            kept = torch.load(self.out / STATE)
            self.model.load_state_dict(kept["model"])
            self.optimiser.load_state_dict(kept["optimiser"])
            self.mean, self.step = kept["mean"], kept["step"]
            print(f"going on from step {self.step}", flush=True)

    def save(self) -> None:
        """The whole state in one file, swapped in whole, then the averaged weights."""
        state = {"model": self.model.state_dict(), "optimiser": self.optimiser.state_dict()}
        torch.save(state | {"mean": self.mean, "step": self.step}, self.out / "unfinished")
        (self.out / "unfinished").replace(self.out / STATE)
        self.write_weights(self.out)

    def write_weights(self, folder: Path) -> None:
        """The averaged weights, swapped in whole, and the configuration that they are loaded with."""
        folder.mkdir(exist_ok=True)
        weights = {name: value.cpu().contiguous() for name, value in self.mean.items()}
        save_file(weights, folder / "unfinished")
        (folder / "unfinished").replace(folder / "model.safetensors")
        self.model.config.save_pretrained(folder)


def loss_of(model: BertForQuestionAnswering, batch: Batch, ranking: float) -> torch.Tensor:
    """Mean cross entropy of the first and the last token, over the passage and the first token.

    To it, weighted, comes how badly the batch's questions with an answer are told from those without: the
    mean over such pairs of log(1 + exp(lower - higher)), of scores as in use, best start and end over none.
    """
    with half_precision(batch.ids.device.type):
        output = model(batch.ids, attention_mask=batch.mask, token_type_ids=batch.segments)
    start = output.start_logits.float().masked_fill(~batch.allowed, -1e4)
    end = output.end_logits.float().masked_fill(~batch.allowed, -1e4)
    loss = (cross_entropy(start, batch.first) + cross_entropy(end, batch.last)) / 2
    held = batch.first > 0
    if not ranking or held.all() or not held.any():
        return loss
    score = start[:, 1:].amax(1) + end[:, 1:].amax(1) - start[:, 0] - end[:, 0]
    return loss + ranking * softplus(score[~held][None] - score[held][:, None]).mean()
