"""The model beside the rules: a claim and its evidence to how likely the one follows from the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from ..models import feed, session, tokenizer
from ..text import encodable

LONGEST = 6000  # characters of evidence that are looked at


@dataclass(frozen=True)
class SupportModel:
    """Loads its weights with the first claim; safe to share between threads.

    Attributes:
        folder: holds model.onnx.
        tokenizer: the encoder's tokenizer.json, which all models share.
        tokens: word pieces of claim and evidence together; the rest of the evidence is not seen.
        claim_tokens: word pieces of the claim that count.
    """

    folder: Path
    tokenizer: Path
    tokens: int = 256
    claim_tokens: int = 96

    def likely(self, claim: str, evidence: str) -> float:
        """How likely the evidence supports the claim, from 0 to 1.

        Raises:
            ModelProblem: the weights cannot be loaded.
        """
        said = self._ids(claim)[: self.claim_tokens]
        held = self._ids(evidence[:LONGEST])[: self.tokens - len(said) - 3]
        ids = [101, *said, 102, *held, 102]  # [CLS] claim [SEP] evidence [SEP]
        segments = [0] * (len(said) + 2) + [1] * (len(held) + 1)
        inputs = {"input_ids": feed(ids), "token_type_ids": feed(segments)}
        (logit,) = session(self.folder / "model.onnx").run(None, inputs)
        return 1 / (1 + math.exp(-logit.item()))

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = tokenizer(self.tokenizer).encode(encodable(text), add_special_tokens=False).ids
        return ids
