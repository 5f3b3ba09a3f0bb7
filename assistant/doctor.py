"""What is well and what is not: models, settings, corpus, index."""

from __future__ import annotations

import difflib
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .corpus.files import list_files
from .corpus.manifest import read_manifest
from .digests import sha256_of
from .documents import flat
from .errors import AssistantError, ModelProblem, SettingError
from .index import Progress, update
from .index.place import place_of
from .llm import language_model
from .models import RESTORE, Encoder, Floats, shipped_encoder, shipped_reader
from .seams import Message
from .support import shipped_support

PATIENCE = 60.0  # seconds for a language model: one that is loaded first takes a while
SETTINGS = tuple(
    f"ASSISTANT_{name}"
    for name in """
    ACCEPT AGAINST BEHIND_PROXY BORROW CHECK CORPUS FILE FORMAT FRESH HOST HTML INDEX JSON JUNIT LIMIT LLM
    PORT TAG WRONG
    """.split()
)


@dataclass(frozen=True, slots=True)
class Check:
    """One part and how it is."""

    part: str
    well: bool
    says: str


def examine(
    corpus: str | None, index: str | None, progress: Progress, llm: str | None = None
) -> Iterator[Check]:
    """Look at every part; nothing is changed, and one that is broken does not hide the next.

    A language model is asked one question of a few words, when one is named.
    """

    def texts() -> str:
        listing = list_files(place_of(corpus, index).corpus)
        read_manifest(listing)
        return f"{len(listing.files)} files in {listing.root}, {len(listing.skipped)} skipped"

    def whole_index() -> str:
        place = place_of(corpus, index)
        update.check(place, progress)
        return f"whole and up to date in {place.folder}"

    yield _look("settings", _settings)
    yield _look("encoder", _encoder)
    yield _look("reader", _reader)
    yield _look("support check", _support)
    yield _look("corpus", texts)
    yield _look("index", whole_index)
    if llm:
        yield _look("language model", lambda: _language_model(llm))


def _look(part: str, look: Callable[[], str]) -> Check:
    try:
        return Check(part, True, look())
    except AssistantError as error:
        return Check(part, False, str(error))


def _settings() -> str:
    given = sorted(name for name in os.environ if name.startswith("ASSISTANT_"))
    for name in given:
        meant = difflib.get_close_matches(name, SETTINGS, n=1, cutoff=0.8)
        if meant and meant[0] != name:
            raise SettingError(f"{name} is no setting; if you mean {meant[0]}, run: unset {name}")
    return ", ".join(f"{name}={os.environ[name]}" for name in given if name in SETTINGS) or "none set"


def _encoder() -> str:
    encoder = shipped_encoder()
    name = _as_on_card(encoder.folder)
    near, far = (float(a @ b) for a, b in zip(*_pairs(encoder), strict=True))
    if not near > far:
        raise ModelProblem(f"{name} finds texts near that are not; {RESTORE}")
    return f"{name}, as on its card, and it runs"


def _pairs(encoder: Encoder) -> tuple[Floats, Floats]:
    firsts = encoder.encode(["The office opens at nine.", "The office opens at nine."])
    return firsts, encoder.encode(["When does the office open?", "A recipe for pancakes."])


def _reader() -> str:
    model, passage = shipped_reader(), "The office opens at nine. Ann has the key."
    name = _as_on_card(model.folder)
    (reading,) = model.read("When does the office open?", [passage])
    found = passage[slice(*reading.spans[0].span)]
    if "nine" not in found:
        raise ModelProblem(f"{name} reads {found!r} for 'nine'; {RESTORE}")
    return f"{name}, as on its card, and it reads; it answers from {model.calibration.threshold} on"


def _language_model(llm: str) -> str:
    model = language_model(llm, os.environ)
    assert model is not None, "an empty name is no language model to try"
    asked = time.monotonic()
    said = "".join(model.write([Message("user", "Answer with one word: ready.")], asked + PATIENCE))
    seconds = time.monotonic() - asked
    return f"{model.name} at {model.host} answered {flat(said)[:40]!r} in {seconds:.1f} s"


def _support() -> str:
    check = shipped_support()
    name = _as_on_card(check.model.folder)
    evidence = ["The office opens at nine, and Ann has the key."]
    if not check.check("Ann has the key.", evidence).supported:
        raise ModelProblem(f"{name} does not find what the text says; {RESTORE}")
    return f"{name}, as on its card, and it runs; it takes for said what is likelier than {check.threshold}"


def _as_on_card(folder: Path) -> str:
    """The model's name, when its files are those that its card was written for."""
    path = folder / "card.json"
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        different = [name for name, digest in card["sha256"].items() if sha256_of(folder / name) != digest]
    except (OSError, ValueError, KeyError) as error:
        raise ModelProblem(f"{str(path)!r} cannot be used ({error}); {RESTORE}") from error
    if different:
        raise ModelProblem(f"{str(folder / different[0])!r} is not that of its card; {RESTORE}")
    return str(card["name"])
