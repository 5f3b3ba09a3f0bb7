"""Rows as tokens, in batches of like lengths."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from rows import Row
from tokenizers import Tokenizer

BATCH = 32


@dataclass(frozen=True)
class Example:
    """Token ids, segments, and the answer's first and last token; 0 and 0 stand for none."""

    ids: list[int]
    segments: list[int]
    first: int
    last: int


@dataclass(frozen=True)
class Batch:
    """Tensors of shape (examples, tokens), and (examples,) for the answers.

    Attributes:
        allowed: where a span may begin and end: in the passage, or at the first token for none.
    """

    ids: torch.Tensor
    segments: torch.Tensor
    mask: torch.Tensor
    allowed: torch.Tensor
    first: torch.Tensor
    last: torch.Tensor


def examples(rows: Sequence[Row], tokenizer: Tokenizer) -> list[Example]:
    """Rows as tokens; an answer that was cut off is left out."""
    found = []
    for at in range(0, len(rows), 2000):  # a batch of encodings takes much memory
        part = rows[at : at + 2000]
        encodings = tokenizer.encode_batch([(row.question, row.context) for row in part])
        for row, encoded in zip(part, encodings, strict=True):
            inside = [
                number
                for number, (span, of) in enumerate(zip(encoded.offsets, encoded.sequence_ids, strict=True))
                if of == 1 and span[0] < row.end and span[1] > row.start
            ]
            if row.start < 0:
                found.append(Example(encoded.ids, encoded.type_ids, 0, 0))
            elif inside:
                found.append(Example(encoded.ids, encoded.type_ids, inside[0], inside[-1]))
    return found


def endless(rows: Sequence[Example], seed: int) -> Iterator[list[Example]]:
    """Endless batches of like lengths, in an order that the seed decides."""
    draw, rows = random.Random(seed), list(rows)
    while True:
        draw.shuffle(rows)
        for first in range(0, len(rows), BATCH * 40):
            chunk = sorted(rows[first : first + BATCH * 40], key=lambda each: len(each.ids))
            cut = [chunk[at : at + BATCH] for at in range(0, len(chunk) - BATCH + 1, BATCH)]
            draw.shuffle(cut)
            yield from cut


def tensors(batch: Sequence[Example], device: str) -> Batch:
    """A batch, padded to its longest example."""
    width = max(len(each.ids) for each in batch)

    def padded(values: list[list[int]]) -> torch.Tensor:
        return torch.tensor([each + [0] * (width - len(each)) for each in values], device=device)

    mask = padded([[1] * len(each.ids) for each in batch])
    segments = padded([each.segments for each in batch])
    head = torch.arange(width, device=device)[None] == 0
    allowed = (mask == 1) & ((segments == 1) | head)
    first = torch.tensor([each.first for each in batch], device=device)
    last = torch.tensor([each.last for each in batch], device=device)
    return Batch(padded([each.ids for each in batch]), segments, mask, allowed, first, last)
