"""What a generation was built with: as long as this is the same, its vectors and spans hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from ..errors import IndexDamaged, IndexTooNew
from ..models import Encoder
from ..splitter import Splitter

SCHEMA = 1  # rises when the files of a generation change their meaning

# Chroma's defaults (100, 100, 16) find 0.66 of the ten nearest among 6,000 random vectors; these
# find them all (docs/decisions/0003-index.md).
HNSW: dict[str, Any] = {"space": "cosine", "ef_construction": 200, "ef_search": 500, "max_neighbors": 48}


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Everything that a vector or a span depends on, besides the texts.

    Attributes:
        encoder: sha256 of its weights and of its tokenizer, hexadecimal.
        dimension: numbers in a vector.
        window: word pieces of a passage that the encoder sees.
        splitter: its parameters by name.
        sentencex: the version of what finds the sentences.
        hnsw: Chroma's parameters by name.
        chromadb: its version; an older one cannot open what a newer one wrote.
        schema: of our own files.
    """

    encoder: str
    dimension: int
    window: int
    splitter: Mapping[str, int]
    sentencex: str
    hnsw: Mapping[str, Any]
    chromadb: str
    schema: int

    @classmethod
    def of(cls, encoder: Encoder, splitter: Splitter) -> Fingerprint:
        return cls(
            encoder=encoder.sha256,
            dimension=encoder.dimension,
            window=encoder.tokens,
            splitter=splitter.parameters(),
            sentencex=version("sentencex"),
            hnsw=HNSW,
            chromadb=version("chromadb"),
            schema=SCHEMA,
        )

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Fingerprint:
        """Raises `IndexTooNew` for a newer schema, `IndexDamaged` for one that makes no sense."""
        if isinstance(fields.get("schema"), int) and fields["schema"] > SCHEMA:
            raise IndexTooNew(
                f"the index has schema {fields['schema']}, this version reads {SCHEMA}; "
                "update the program, or build it again with this one"
            )
        try:
            return cls(**fields)
        except TypeError as error:
            raise IndexDamaged(f"the index' fingerprint makes no sense ({error})") from error

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), sort_keys=True)

    def differences(self, other: Fingerprint) -> list[str]:
        """One line for each part in which the other one differs."""
        mine, theirs = self.to_dict(), other.to_dict()
        return [
            f"{name} was {theirs[name]!r}, is {mine[name]!r}" for name in mine if mine[name] != theirs[name]
        ]
