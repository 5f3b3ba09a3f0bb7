"""What ships: the corpus' index has the digests of index/manifest.json, and its questions are answered.

`python -m tests.test_shipped > index/manifest.json` renews the digests after a change of the corpus, the
splitter or the encoder.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from assistant import Answer, Assistant, Refusal
from assistant.corpus.files import list_files
from assistant.corpus.manifest import read_manifest
from assistant.index import layout, silent, update
from assistant.index.opened import describe
from assistant.index.place import place_of
from assistant.resources import folder
from tests.conftest import ROOT


def digests(index: Path) -> dict[str, Any]:
    """What the index of the shipped corpus must have, whatever machine builds it."""
    place = place_of(None, index)
    update.build(place, silent)
    description = describe(layout.current(index))
    return {
        "documents": description.documents,
        "passages": description.passages,
        "rows": description.rows,
        "fingerprint": description.fingerprint.to_dict(),
    }


def test_the_index_has_its_digests(tmp_path: Path) -> None:
    """A fresh index of the shipped corpus has the rows and the fingerprint that the repository tracks."""
    expected = json.loads((ROOT / "index" / "manifest.json").read_text(encoding="utf-8"))
    assert digests(tmp_path) == expected


@pytest.mark.parametrize("question", read_manifest(list_files(folder("corpus"))).questions)
def test_suggested_questions_are_answered(question: str) -> None:
    """Each question of the corpus' manifest gets a cited answer."""
    with Assistant.open() as assistant:
        reply = assistant.ask(question)
        assert isinstance(reply, Answer), str(reply)
        assert all(assistant.document(c.source).text[c.start : c.end] == c.quote for c in reply.citations)


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("What is the range of the ATACMS?", "300 kilometers"),
        ("How far can the missile fly?", "300 kilometers"),
        ("Who is Russia's foreign minister?", "Lavrov"),
    ],
)
def test_the_article_answers(question: str, says: str) -> None:
    """What the article says is answered with its sentence."""
    with Assistant.open() as assistant:
        reply = assistant.ask(question)
    assert isinstance(reply, Answer)
    assert says in reply.text


@pytest.mark.parametrize(
    ("question", "lacks"),
    [
        ("How many people were killed in Belgorod?", "killed"),
        ("What is the capital of Peru?", "Peru"),
        ("What did Germany say about the attack?", "Germany"),
    ],
)
def test_the_article_refuses(question: str, lacks: str) -> None:
    """What the article does not say is refused, and named."""
    with Assistant.open() as assistant:
        reply = assistant.ask(question)
    assert isinstance(reply, Refusal)
    assert lacks in " ".join(reply.missing)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        sys.stdout.write(json.dumps(digests(Path(scratch)), indent=1) + "\n")
