"""A generation that takes over the unchanged part of the one before."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from assistant.corpus.files import list_files
from assistant.errors import IndexDamaged
from assistant.index import graph, layout, silent, update
from assistant.index.build import NOTHING, Patch
from assistant.index.fingerprint import Fingerprint
from assistant.index.opened import describe, write_description
from assistant.index.place import Place
from assistant.index.takeover import MOST_PATCHED, Earlier
from assistant.index.verify import verify
from assistant.splitter import Splitter
from tests.conftest import LARGE, PARTS, sentences

SECRET = "The combination of the safe is four seven one one."


@pytest.fixture(scope="module")
def built(large: Place) -> Place:
    return large


@pytest.fixture(scope="module")
def patched(large: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The large corpus after a text with a secret came, and went again with another, and a third changed."""
    root = tmp_path_factory.mktemp("patched")
    place = dataclasses.replace(
        large,
        corpus=Path(shutil.copytree(large.corpus, root / "corpus")),
        folder=Path(shutil.copytree(large.folder, root / "index")),
    )
    (place.corpus / "000-secret.md").write_text(f"# Safe\n\n{SECRET}\n")
    update.build(place, silent)
    (place.corpus / "000-secret.md").unlink()
    (place.corpus / "005.md").unlink()
    (place.corpus / "007.md").write_text(sentences(7).replace("birds", "seals", 1))
    update.build(place, silent)
    return place


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_it_is_what_a_whole_build_gives(patched: Place, tmp_path: Path) -> None:
    """Texts, rows, their order and their vectors are to the last bit those of an index built from nothing."""
    taken = layout.current(patched.folder)
    whole = update.build(dataclasses.replace(patched, folder=tmp_path / "index"), silent)
    assert describe(taken).patched > 0 == describe(whole).patched
    assert describe(taken).rows == describe(whole).rows
    assert (taken / layout.VECTORS).read_bytes() == (whole / layout.VECTORS).read_bytes()
    queries = ("SELECT * FROM passages ORDER BY number", "SELECT rowid FROM words WHERE words MATCH 'seals'")
    rows = []
    for generation in (taken, whole):
        with closing(sqlite3.connect(generation / layout.TEXTS)) as connection:
            rows.append([connection.execute(query).fetchall() for query in queries])
        rows[-1].append(chroma_rows(generation))
    assert rows[0] == rows[1] and rows[0][1]


def chroma_rows(generation: Path) -> dict[str, list[object]]:
    """Every row of Chroma's, by its id."""
    with graph.opened(generation) as collection:
        found = collection.get(include=["documents", "metadatas", "embeddings"])
    vectors = [vector.tobytes() for vector in np.asarray(found["embeddings"], dtype=np.float32)]
    parts = (found["documents"] or [], found["metadatas"] or [], vectors)
    return {id_: rest for id_, *rest in zip(found["ids"], *parts, strict=True)}


def test_only_what_changed_was_written(patched: Place) -> None:
    """A changed text's passages are written again, those of texts that went are removed."""
    assert describe(layout.current(patched.folder)).patched == 1 + (1 + PARTS + 1) + PARTS


def test_every_passage_finds_itself(patched: Place, tmp_path: Path) -> None:
    """Searched in whole, nothing is missing, and at least 0.98 of the true nearest are found."""
    copied = Path(shutil.copytree(layout.current(patched.folder), tmp_path / "copy"))
    assert verify(copied, silent) is None, "it raises when something is missing"


def test_removed_text_is_gone(patched: Place, large: Place) -> None:
    """No file of the new generation holds a byte of it: not Chroma's log, nor the pages that it left free."""
    for path in layout.current(patched.folder).rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert SECRET.encode() not in data, path
            assert b"Keeper 5-7 " not in data, path
    assert any(b"Keeper 5-7 " in path.read_bytes() for path in large.folder.rglob("*.sqlite3"))


def test_the_generation_before_is_not_written(place: Place) -> None:
    """What is taken over is copied: the old generation stays as it was, byte for byte."""
    old = layout.current(place.folder)
    before = digests(old)
    (place.corpus / "003.md").unlink()
    assert describe(update.build(place, silent)).patched == PARTS
    assert digests(old) == before


def test_a_patch_does_without_llamaindex(place: Place, tmp_path: Path) -> None:
    """For the few texts that came, changed or went, LlamaIndex is not imported."""
    (place.corpus / "003.md").unlink()
    (place.corpus / "007.md").write_text(sentences(7).replace("birds", "seals", 1))
    (tmp_path / "generation").mkdir()
    program = """import sys
from assistant.index.worker import Task, run
generation, corpus, encoder, previous = sys.argv[1:]
splitter = {"limit": 200, "overlap": 1, "least": 40}
run(Task("build", generation, corpus, encoder, 320, splitter, previous), lambda message: None)
print("llama_index.core" in sys.modules)
"""
    paths = (tmp_path / "generation", place.corpus, place.encoder.folder, layout.current(place.folder))
    run = subprocess.run([sys.executable, "-c", program, *paths], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
    assert describe(tmp_path / "generation").patched > PARTS


# When nothing is taken over


def change_much(place: Place) -> None:
    for number in range(int(LARGE * MOST_PATCHED) + 1):
        (place.corpus / f"{number:03}.md").write_text(sentences(1000 + number))


def patch_often(place: Place) -> None:
    generation = layout.current(place.folder)
    fields = dataclasses.asdict(describe(generation))
    write_description(generation, fields | {"patched": int(MOST_PATCHED * LARGE * PARTS)})


def lose_a_graph_file(place: Place) -> None:
    next(layout.current(place.folder).glob("chroma/*/data_level0.bin")).unlink()


def turn_a_bit_of_the_graph(place: Place) -> None:
    path = next(layout.current(place.folder).glob("chroma/*/data_level0.bin"))
    data = bytearray(path.read_bytes())
    data[4000] ^= 1
    path.write_bytes(data)


def write_at_the_same_time(place: Place) -> None:
    (layout.current(place.folder) / "chroma" / "chroma.sqlite3-journal").touch()


@pytest.mark.parametrize(
    "happen", [change_much, patch_often, lose_a_graph_file, turn_a_bit_of_the_graph, write_at_the_same_time]
)
def test_chroma_is_not_lent(place: Place, tmp_path: Path, happen: Callable[[Place], None]) -> None:
    """After many changes, and from a damaged graph, nothing is copied; vectors are still to be had."""
    (place.corpus / "003.md").unlink()
    happen(place)
    earlier = Earlier.open(layout.current(place.folder))
    assert earlier is not None
    assert not earlier.lend(tmp_path, place.fingerprint(), list_files(place.corpus))
    assert not list(tmp_path.glob("chroma"))
    assert len(earlier.known()) == LARGE * PARTS
    earlier.close()


def test_another_splitter_takes_nothing_over(place: Place, tmp_path: Path) -> None:
    """Passages of other lengths are other passages."""
    earlier = Earlier.open(layout.current(place.folder))
    assert earlier is not None
    other = Fingerprint.of(place.encoder, Splitter(limit=100))
    assert not earlier.lend(tmp_path, other, list_files(place.corpus))
    earlier.close()


def spoil_a_row(generation: Path) -> None:
    """Change a text in Chroma's database, which no digest covers, as opening writes to that file."""
    with closing(sqlite3.connect(generation / layout.CHROMA / graph.DATABASE)) as connection, connection:
        connection.execute(
            "UPDATE embedding_metadata SET string_value = 'spoilt' WHERE key = 'chroma:document' AND id = 7"
        )


def test_a_spoilt_row_is_seen(place: Place) -> None:
    """A row of Chroma's that is not its passage is damage, whatever was changed."""
    generation = layout.current(place.folder)
    spoil_a_row(generation)
    with pytest.raises(IndexDamaged, match="is not the passage of"):
        verify(generation, silent, Patch([], NOTHING))


@pytest.mark.slow
def test_what_was_taken_over_and_fails_is_built_whole(place: Place) -> None:
    """When what was taken over does not verify, the index is built from the texts instead."""
    spoil_a_row(layout.current(place.folder))
    (place.corpus / "003.md").unlink()
    assert describe(update.build(place, silent)).patched == 0
    update.check(place, silent)
