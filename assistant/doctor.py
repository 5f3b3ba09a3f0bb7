"""What is well and what is not: models, settings, corpus, index."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from . import resources
from .assistant import place_of
from .corpus.files import list_files
from .corpus.manifest import read_manifest
from .digests import sha256_of
from .errors import AssistantError, ModelProblem
from .index import update
from .models import Encoder, Floats, ReaderModel

KNOWN_VARIABLES = frozenset({"CHECK", "CORPUS", "INDEX", "JSON", "LLM"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One part and how it is."""

    part: str
    well: bool
    says: str


def examine(corpus: Path | None, index: Path | None, progress: update.Progress) -> Iterator[Finding]:
    """Look at every part; nothing is changed, and one that is broken does not hide the next."""
    place = place_of(corpus, index)

    def texts() -> str:
        listing = list_files(place.corpus)
        read_manifest(listing)
        return f"{len(listing.files)} files in {listing.root}, {len(listing.skipped)} skipped"

    def whole_index() -> str:
        update.check(place, progress)
        return f"whole and up to date in {place.folder}"

    yield _look("settings", _settings)
    yield _look("encoder", _encoder)
    yield _look("reader", _reader)
    yield _look("corpus", texts)
    yield _look("index", whole_index)


def _look(part: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(part, True, look())
    except AssistantError as error:
        return Finding(part, False, str(error))


def _settings() -> str:
    prefix = "ASSISTANT_"
    names = {name.removeprefix(prefix) for name in os.environ if name.startswith(prefix)}
    if unknown := sorted(names - KNOWN_VARIABLES):
        known = ", ".join(prefix + name for name in sorted(KNOWN_VARIABLES))
        raise AssistantError(f"{prefix}{unknown[0]} is no setting; the settings are {known}")
    return ", ".join(f"{prefix}{name}={os.environ[prefix + name]}" for name in sorted(names)) or "none set"


def _encoder() -> str:
    folder = resources.folder("models") / "encoder"
    name = _as_on_card(folder)
    near, far = (float(a @ b) for a, b in zip(*_pairs(Encoder(folder)), strict=True))
    if not near > far:
        raise ModelProblem(f"{name} finds texts near that are not; restore it with: git checkout -- models")
    return f"{name}, as on its card, and it runs"


def _pairs(encoder: Encoder) -> tuple[Floats, Floats]:
    firsts = encoder.encode(["The office opens at nine.", "The office opens at nine."])
    return firsts, encoder.encode(["When does the office open?", "A recipe for pancakes."])


def _reader() -> str:
    folder = resources.folder("models") / "reader"
    name = _as_on_card(folder)
    model, passage = ReaderModel(folder), "The office opens at nine. Ann has the key."
    (reading,) = model.read("When does the office open?", [passage])
    found = passage[slice(*reading.spans[0].span)]
    if "nine" not in found:
        raise ModelProblem(f"{name} reads {found!r} for 'nine'; restore it with: git checkout -- models")
    return f"{name}, as on its card, and it reads; it answers from {model.calibration.threshold} on"


def _as_on_card(folder: Path) -> str:
    """The model's name, when its files are those that its card was written for."""
    path = folder / "card.json"
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        different = [name for name, digest in card["sha256"].items() if sha256_of(folder / name) != digest]
    except (OSError, ValueError, KeyError) as error:
        raise ModelProblem(
            f"{str(path)!r} cannot be used ({error}); restore it with: git checkout -- models"
        ) from error
    if different:
        raise ModelProblem(
            f"{str(folder / different[0])!r} is not that of its card; restore it with: git checkout -- models"
        )
    return str(card["name"])
