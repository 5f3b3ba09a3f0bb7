"""The index: layout, lock, fingerprint, store, opening, building."""

from __future__ import annotations

import dataclasses
import gc
import hashlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant import resources
from assistant.assistant import Assistant
from assistant.corpus.files import list_files
from assistant.corpus.load import documents_of
from assistant.errors import (
    AssistantError,
    CorpusError,
    IndexDamaged,
    IndexLocked,
    IndexMissing,
    IndexOutdated,
    IndexProblem,
    IndexTooNew,
    SettingError,
)
from assistant.index import layout, silent, update
from assistant.index.fingerprint import SCHEMA, Fingerprint
from assistant.index.lock import writing
from assistant.index.opened import EXACT_UP_TO, Index, describe, write_description
from assistant.index.place import Place
from assistant.index.store import Store
from assistant.models import Encoder, Floats
from assistant.splitter import Splitter

OFFICE = "The office opens at nine. Ann Berg has the key to the archive. Visitors sign the green book.\n"
GARDEN = "# The garden\n\nThe garden closes at dusk.\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Place:
    """A corpus and its index, built once by the real thing into a folder that others could read."""
    root = tmp_path_factory.mktemp("built")
    (root / "corpus").mkdir()
    (root / "index").mkdir(mode=0o755)
    (root / "corpus" / "office.txt").write_text(OFFICE, encoding="utf-8")
    (root / "corpus" / "garden.md").write_text(GARDEN, encoding="utf-8")
    place = Place(root / "corpus", root / "index", encoder)
    update.build(place, silent)
    return place


@dataclass(frozen=True)
class RecordingEncoder(Encoder):
    """The shipped encoder, which remembers the texts that it had to encode."""

    seen: list[str] = field(default_factory=list, compare=False)

    def encode(self, texts: list[str]) -> Floats:  # type: ignore[override]
        self.seen.extend(texts)
        return super().encode(texts)


def write(
    folder: Path, texts: Mapping[str, str], encoder: Encoder, known: Mapping[bytes, Floats] | None = None
) -> Path:
    """A generation of these texts, written in this process."""
    from assistant.index.build import Source, write_generation

    folder.mkdir()
    documents = documents_of(texts)
    write_generation(
        folder, Source(documents, list, len(documents)), encoder, Splitter(), known or {}, silent
    )
    return folder


def describing(generation: Path, **changes: object) -> None:
    """Change fields of a generation's description."""
    path = generation / layout.DESCRIPTION
    fields = json.loads(path.read_text())
    del fields["seal"]
    write_description(generation, fields | changes)


def digests(folder: Path) -> dict[str, str]:
    """Every file below a folder by the digest of its content."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


# Layout


def test_the_index_is_for_its_owner_alone(built: Place) -> None:
    """The folder becomes 0700, also one that others could read before, and so is each generation in it."""
    folders = [built.folder, *built.folder.glob("gen-*"), *built.folder.glob("gen-*/chroma")]
    assert len(folders) == 3
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    assert stat.S_IMODE((built.folder / "LOCK").stat().st_mode) == 0o600


def test_texts_in_memory_leave_nothing_behind(tmp_path: Path) -> None:
    """The index of texts in memory lies in one private temporary folder, and nothing outlives `close`."""
    program = """import os, pathlib, stat, tempfile
from assistant import Assistant
root = pathlib.Path(tempfile.gettempdir())
with Assistant.from_texts({"office": "The office opens at nine."}):
    print([oct(stat.S_IMODE(path.stat().st_mode)) for path in root.glob("assistant-*")])
print([path.name for path in root.iterdir()])
"""
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert run.stdout == "['0o700']\n[]\n"


@pytest.mark.parametrize(
    "content",
    [b"", b".", b"gen-none", b"../gen-x", b"GEN/../../gen-x", b"GEN/chroma", b"gen-\0", b"gen-\xff"],
)
def test_a_pointer_to_no_generation_is_damage(place: Place, content: bytes) -> None:
    """CURRENT names a folder of the index itself, nothing outside it and nothing that is not there."""
    shutil.copytree(layout.current(place.folder), place.folder.parent / "gen-x")
    name = layout.current(place.folder).name.encode()
    (place.folder / "CURRENT").write_bytes(content.replace(b"GEN", name))
    with pytest.raises(IndexDamaged, match=r"CURRENT.*run: assistant index"):
        update.open_index(place)


def test_the_last_two_generations_are_kept(tmp_path: Path) -> None:
    """Publishing swaps CURRENT to the new generation and keeps the one before it, no others."""
    names = []
    for _ in range(4):
        build = layout.new_build(tmp_path)
        (build / "file").write_text("content")
        names.append(layout.publish(tmp_path, build, "ab" * 32).name)
        assert layout.current(tmp_path).name == names[-1]
        time.sleep(0.02)  # the clock of a file system ticks every 4 ms
    assert sorted(path.name for path in tmp_path.glob("gen-*")) == sorted(names[-2:])


def test_the_generation_before_outlives_one_that_never_answered(tmp_path: Path) -> None:
    """What a writer killed before the swap left behind does not push out what readers have open."""
    first = layout.publish(tmp_path, layout.new_build(tmp_path), "ab" * 32)
    time.sleep(0.02)
    orphan = layout.new_build(tmp_path)
    orphan.rename(tmp_path / "gen-never-answered")  # killed here, before CURRENT was written
    second = layout.publish(tmp_path, layout.new_build(tmp_path), "cd" * 32)
    assert layout.current(tmp_path) == second
    assert first.is_dir()


def test_leftovers_of_killed_writers_go(tmp_path: Path) -> None:
    """A new build removes unfinished builds and pointers, and nothing else."""
    (tmp_path / "build-dead" / "chroma").mkdir(parents=True)
    for name in ("CURRENT", "CURRENT.123", "LOCK", "build-dead/texts.sqlite3", "manifest.json"):
        (tmp_path / name).touch()
    (tmp_path / "gen-old").mkdir()
    build = layout.new_build(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "CURRENT",
        "LOCK",
        "manifest.json",
        "gen-old",
        build.name,
    }


def test_where_an_index_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped corpus is indexed in the checkout, any other in the cache under a name of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert layout.default_folder(resources.folder("corpus")) == resources.folder("index")
    one, other = (layout.default_folder(tmp_path / name / "texts") for name in "ab")
    assert one != other
    assert one.is_relative_to(tmp_path) and one.name.startswith("texts-")


def test_an_index_folder_that_cannot_be_made(place: Place) -> None:
    """A folder that cannot be made is a wrong setting, and the message names it and the option."""
    under_a_file = place.corpus / "office.txt" / "index"
    with pytest.raises(SettingError, match=r"office\.txt/index.*--index"):
        update.build(dataclasses.replace(place, folder=under_a_file), silent)


# Lock


def test_a_second_writer_is_refused(place: Place) -> None:
    """While another process writes, a build is refused with its number; when that one dies, it is not."""
    program = "import sys, pathlib, time; from assistant.index.lock import writing\n"
    program += "with writing(pathlib.Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    command = [sys.executable, "-c", program, str(place.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        with pytest.raises(IndexLocked, match=f"process {holder.pid} is writing"):
            update.build(place, silent)
        holder.kill()
    with writing(place.folder):
        assert (place.folder / "LOCK").read_text() == str(os.getpid())


# Fingerprint


@pytest.mark.parametrize("name", [each.name for each in dataclasses.fields(Fingerprint)])
def test_an_index_built_with_something_else_is_outdated(place: Place, name: str) -> None:
    """A difference in any part of the fingerprint is named."""
    generation = layout.current(place.folder)
    fields = describe(generation).fingerprint.to_dict()
    others = {
        "encoder": "00",
        "splitter": {"limit": 1},
        "hnsw": {"space": "l2"},
        "chromadb": "0.1",
        "schema": 0,
    }
    describing(generation, fingerprint=fields | {name: others.get(name, 1)})
    with pytest.raises(IndexOutdated, match=f"does not fit: {name} was .* run: assistant index"):
        update.open_index(place)


@pytest.fixture
def newer(place: Place) -> Place:
    """A place whose index a newer version wrote."""
    generation = layout.current(place.folder)
    fields = describe(generation).fingerprint.to_dict()
    describing(generation, fingerprint=fields | {"schema": SCHEMA + 1, "unheard": "of"})
    return place


def test_an_index_of_a_newer_version_is_left_alone(newer: Place) -> None:
    """Opening what a newer version wrote fails with both schemas' numbers, and nothing is rebuilt."""
    before = digests(newer.folder)
    with pytest.raises(IndexTooNew, match=f"schema {SCHEMA + 1}, this version reads {SCHEMA}"):
        update.ensure(newer, silent)
    assert digests(newer.folder) == before


def test_an_index_of_a_newer_version_is_replaced_on_demand(newer: Place) -> None:
    """The command that the message names, `assistant index`, mends it."""
    update.bring_up_to_date(newer, silent)
    with update.open_index(newer) as index:
        assert len(index) > 0


def test_ensure_builds_with_other_parameters(place: Place) -> None:
    """Another passage length and another window of the encoder are noticed, built and then found in order."""
    encoder = Encoder(place.encoder.folder, tokens=16)
    place = dataclasses.replace(place, splitter=Splitter(limit=50, least=5), encoder=encoder)
    with pytest.raises(IndexOutdated, match="window was 320, is 16; splitter was"):
        update.open_index(place)
    with update.ensure(place, silent) as index:
        assert describe(index.generation).fingerprint == place.fingerprint()


# Store

NASTY = (
    "First \0 half.\r\nSecond line\rthird.\r\n\r\nFamily 👨‍👩‍👧‍👦 and flag 🇳🇴 came. É is e\u0301.\n\n"
    "Lone \ud800 surrogate \udfff here.\n\n# Head \ud83d\0\n\nA \u2028 line, \x85 more. \ufeff\U0010ffff end."
)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=60), max_size=6).map("\n\n".join))
@example(NASTY)
@example("Same here. Same here. Same here.\n\nSame here.")
def test_every_passage_is_its_span_of_the_text(text: str) -> None:
    """No character is lost or moved between a text and the passages and sentences that are read back."""
    text = f"Plain words come first.\n\n{text}"
    with Assistant.from_texts({"it": text, "other": "Plain words."}) as assistant:
        assert assistant.document("it").text == text
        index = assistant._index
        for passage in index.passages(range(len(index))):
            whole = assistant.document(passage.source).text
            assert whole[passage.start : passage.end] == passage.text
            assert all(passage.start <= a < b <= passage.end for a, b in passage.sentences)
            assert len(index.matches([passage.text.split()[0]], 1)) <= 1


def test_a_title_may_hold_what_no_encoding_takes() -> None:
    """A lone surrogate in the line that becomes the title is no obstacle."""
    text = "The \ud800 title\n\nThe office opens at nine in the morning, says the porter at the gate.\n"
    with Assistant.from_texts({"it": text}) as assistant:
        assert assistant.document("it").text == text


def test_names_that_cannot_be_shown_are_refused() -> None:
    """A name with NUL, which could make two passages read as one, names no text."""
    with pytest.raises(CorpusError, match="cannot name a text"):
        Assistant.from_texts({"a": "b\0the office opens", "a\0b": "the office opens"})


def test_words_are_found_in_their_english_forms(built: Place) -> None:
    """BM25 finds inflected words, says which words the texts lack, and sees which stand together."""
    with update.open_index(built) as index:
        sources = [each.source for each in index.passages(index.matches(["closing", "dusk"], 5))]
        assert sources == ["garden.md"]
        assert index.knows("visitor") and index.knows("GARDEN") and not index.knows("zebra")
        assert index.near(["green", "book"]) and not index.near(["office", "book"])
        assert index.matches([], 5) == index.matches(["zebra"], 5) == []


SYNTAX = [
    '"',
    '""',
    "*",
    "a*",
    "^a",
    "NEAR",
    "NEAR(a b)",
    "(",
    ")",
    "a)",
    "OR",
    "AND",
    "NOT",
    "-a",
    "+",
    "{a}:b",
    "body:x",
]
SYNTAX += [
    "'",
    "';--",
    "\0",
    "a\0b",
    "\ud800",
    "\udfffx",
    "é",
    "ﬁ",
    "日本語",
    "👍",
    "",
    " ",
    "\n",
    "%",
    "\\",
    "a" * 5000,
]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(SYNTAX) | st.text(st.characters(exclude_categories=())), min_size=1, max_size=8)
)
@example(SYNTAX)
@example([f"word{n}" for n in range(2000)])
def test_no_word_is_syntax(built: Place, words: list[str]) -> None:
    """No list of words makes the search by words raise, and words beside it are still found."""
    with update.open_index(built) as index:
        assert set(index.matches(words, 10)) <= {0, 1}
        assert len(index.matches([*words, "dusk", "office"], 10)) == 2
        assert not index.near([*words, "zebra"])
        assert isinstance(index.knows(words[0]), bool)


# Opened


def test_nearest_is_exact(built: Place, encoder: Encoder, tmp_path: Path) -> None:
    """The nearest passages and their cosines are those that numpy finds among all vectors."""
    texts = {
        f"{n}.txt": f"Room {n} holds {n * n} chairs and {'a stove' if n % 3 else 'no stove'}."
        for n in range(40)
    }
    generation = write(tmp_path / "generation", texts, encoder)
    (question,) = encoder.encode(["How many chairs are in room 7?"])
    with Index.open(generation, built.fingerprint()) as index:
        rows = np.fromfile(generation / layout.VECTORS, dtype=np.float32).reshape(len(index), -1)
        cosines = rows @ question
        assert index.nearest(question, 10) == [
            (n, pytest.approx(cosines[n])) for n in np.argsort(-cosines)[:10]
        ]
        assert len(index.nearest(question, 1000)) == len(index) == 40
        assert np.array_equal(index.vectors([3, 1]), rows[[3, 1]])
        assert index.passages([index.nearest(question, 1)[0][0]])[0].source == "7.txt"


@dataclass(frozen=True)
class RandomEncoder(Encoder):
    """Vectors without meaning, the hardest for an approximate search, at no cost."""

    def encode(self, texts: list[str]) -> Floats:  # type: ignore[override]
        seeds = (int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) for text in texts)
        rows = np.stack([np.random.default_rng(seed).standard_normal(self.dimension) for seed in seeds])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.slow
def test_nearest_in_a_large_corpus(tmp_path: Path, encoder: Encoder) -> None:
    """Above `EXACT_UP_TO` passages Chroma answers, and finds at least 98 of 100 of the nearest."""
    random = RandomEncoder(encoder.folder)
    texts = {f"{n:05}": f"Entry {n} of the register." for n in range(EXACT_UP_TO + 1)}
    generation = write(tmp_path / "generation", texts, random)
    questions = random.encode([f"question {n}" for n in range(50)])
    with Index.open(generation, Fingerprint.of(random, Splitter())) as index:
        rows = index.vectors(range(len(index)))
        for question in questions:
            found = index.nearest(question, 10)
            assert [cosine for _, cosine in found] == pytest.approx(
                [rows[n] @ question for n, _ in found], abs=1e-4
            )
        exact = np.argsort(-(questions @ rows.T), axis=1)[:, :10]
        shares = [
            len({n for n, _ in index.nearest(q, 10)} & set(e)) / 10
            for q, e in zip(questions, exact, strict=True)
        ]
    assert np.mean(shares) >= 0.98


@pytest.mark.parametrize(
    "use",
    [
        lambda index: list(index.documents()),
        lambda index: index.matches(["office"], 1),
        lambda index: index.nearest(np.zeros(384, dtype=np.float32), 1),
    ],
    ids=["documents", "matches", "nearest"],
)
def test_closing(built: Place, use: Callable[[Index], object]) -> None:
    """An index may be closed twice; whatever is asked of it afterwards raises."""
    index = update.open_index(built)
    use(index)
    index.close()
    index.close()
    with pytest.raises(Exception):  # noqa: B017  # which one is not promised
        use(index)


def test_an_index_lies_in_any_folder(tmp_path: Path, encoder: Encoder) -> None:
    """No character of a path is mistaken for a part of SQLite's address."""
    generation = write(tmp_path / "a b?mode=rw#c%20 é'\"", {"office": OFFICE}, encoder)
    with Index.open(generation, Fingerprint.of(encoder, Splitter())) as index:
        assert index.knows("office")


# Damage


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def flip(path: Path) -> None:
    """Turn one bit, the exponent's highest in a file of floats."""
    data = bytearray(path.read_bytes())
    data[403] ^= 0x40
    path.write_bytes(data)


def content(text: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(text) and None


DAMAGE = {
    "texts cut": (layout.TEXTS, cut),
    "texts zeroed": (layout.TEXTS, zero),
    "texts flipped": (layout.TEXTS, flip),
    "texts removed": (layout.TEXTS, Path.unlink),
    "vectors cut": (layout.VECTORS, cut),
    "vectors flipped": (layout.VECTORS, flip),
    "vectors removed": (layout.VECTORS, Path.unlink),
    "description cut": (layout.DESCRIPTION, cut),
    "description zeroed": (layout.DESCRIPTION, zero),
    "description removed": (layout.DESCRIPTION, Path.unlink),
    "description is a list": (layout.DESCRIPTION, content("[]")),
    "description is empty": (layout.DESCRIPTION, content("{}")),
    "description names no files": (layout.DESCRIPTION, lambda path: describing(path.parent, files=[])),
    "fingerprint is a text": (layout.DESCRIPTION, lambda path: describing(path.parent, fingerprint="x")),
    "generation removed": (".", shutil.rmtree),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_seen_when_opening(place: Place, kind: str) -> None:
    """Whatever happened to a generation's own files, opening says that it is damaged and what mends it."""
    name, harm = DAMAGE[kind]
    harm(layout.current(place.folder) / name)
    with pytest.raises(IndexDamaged, match="run: assistant index"):
        update.open_index(place)


def test_no_bit_of_the_description_breaks_the_program(built: Place, tmp_path: Path) -> None:
    """With a bit turned anywhere in it, opening says what is wrong or the index works all the same."""
    generation = Path(shutil.copytree(layout.current(built.folder), tmp_path / "generation"))
    path, zeros, broken = generation / layout.DESCRIPTION, np.zeros(384, dtype=np.float32), {}
    data = path.read_bytes()
    for at in range(len(data)):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        try:
            with Index.open(generation, built.fingerprint()) as index:
                assert len(index.nearest(zeros, 5)) == 2
        except IndexProblem:
            continue
        except Exception as error:  # noqa: BLE001  # that none escapes is what is tested
            broken[repr(error)] = data[max(0, at - 12) : at + 4]
    assert not broken


@pytest.mark.parametrize("kind", ["vectors flipped", "description cut"])
def test_ensure_mends_damage(place: Place, kind: str) -> None:
    """A damaged index is built again, with the same texts and the same vectors to the last bit."""
    generation = layout.current(place.folder)
    rows, vectors = describe(generation).rows, (generation / layout.VECTORS).read_bytes()
    name, harm = DAMAGE[kind]
    harm(generation / name)
    with update.ensure(place, silent) as index:
        assert index.generation != generation
        assert describe(index.generation).rows == rows
        assert (index.generation / layout.VECTORS).read_bytes() == vectors


def test_check_changes_nothing(place: Place) -> None:
    """A check of an index in order passes and leaves every file as it was."""
    before = digests(place.folder)
    update.check(place, silent)
    assert digests(place.folder) == before


def test_check_sees_a_missing_database(place: Place) -> None:
    """Without its database Chroma opens as an empty one; the check says that the index is damaged."""
    (layout.current(place.folder) / layout.CHROMA / "chroma.sqlite3").unlink()
    update.open_index(place).close()  # opening does not read Chroma
    with pytest.raises(IndexDamaged, match="run: assistant index"):
        update.check(place, silent)


# Building


def test_a_build_takes_over_whole(place: Place) -> None:
    """A build goes into a new generation; the old one is not written, and who opened it reads on."""
    with update.open_index(place) as old:
        before = digests(old.generation)
        (place.corpus / "garden.md").write_text("The garden closes at midnight.\n")
        with update.ensure(place, silent) as new:
            assert new.generation != old.generation and layout.current(place.folder) == new.generation
            assert new.knows("midnight") and not new.knows("dusk")
            assert old.knows("dusk") and not old.knows("midnight")
            assert {each.source for each in new.documents()} == {"garden.md", "office.txt"}
        assert digests(old.generation) == before
    assert not list(place.folder.glob("build-*"))


def test_the_same_texts_give_the_same_rows(tmp_path: Path, encoder: Encoder) -> None:
    """Two builds of the same texts agree in their row hash and, bit by bit, in their vectors."""
    one, two = (
        write(tmp_path / name, {"office": OFFICE, "garden": GARDEN}, encoder) for name in ("one", "two")
    )
    assert describe(one).rows == describe(two).rows
    assert (one / layout.VECTORS).read_bytes() == (two / layout.VECTORS).read_bytes()
    other = write(tmp_path / "other", {"office": OFFICE, "garden": GARDEN.replace("dusk", "noon")}, encoder)
    assert describe(other).rows != describe(one).rows


def test_unchanged_passages_are_not_embedded_again(tmp_path: Path, encoder: Encoder) -> None:
    """Of a corpus with one changed text only that text's passages reach the encoder."""
    from assistant.index.takeover import Earlier

    spy = RecordingEncoder(encoder.folder)
    first = write(tmp_path / "first", {"office": OFFICE, "garden": GARDEN}, spy)
    assert len(spy.seen) == 2
    earlier = Earlier.open(first)
    assert earlier is not None
    known = earlier.known()
    changed = {"office": OFFICE, "garden": GARDEN.replace("dusk", "noon"), "moved": OFFICE}
    second = write(tmp_path / "second", changed, spy, known)
    assert spy.seen[2:] == ["The garden\nThe garden closes at noon."]
    later = Earlier.open(second)
    assert later is not None
    again = later.known()
    assert sum(np.array_equal(again[key], vector) for key, vector in known.items() if key in again) == 1


@pytest.mark.parametrize("kind", ["texts cut", "texts removed", "vectors cut", "vectors removed"])
def test_nothing_is_taken_over_from_a_damaged_generation(tmp_path: Path, encoder: Encoder, kind: str) -> None:
    """A generation without its texts or vectors has none to give."""
    from assistant.index.takeover import Earlier

    generation = write(tmp_path / "generation", {"office": OFFICE, "garden": GARDEN}, encoder)
    name, harm = DAMAGE[kind]
    harm(generation / name)
    assert Earlier.open(generation) is None


def rename(corpus: Path) -> None:
    (corpus / "office.txt").rename(corpus / "bureau.txt")


CHANGES: dict[str, Callable[[Path], object]] = {
    "garden.md is changed": lambda corpus: (corpus / "garden.md").write_text("The garden is closed.\n"),
    "garden.md is gone": lambda corpus: (corpus / "garden.md").unlink(),
    "sub/new.txt is new": lambda corpus: (
        (corpus / "sub").mkdir() or (corpus / "sub" / "new.txt").write_text("New.\n")
    ),
    "manifest.toml is new": lambda corpus: (corpus / "manifest.toml").write_text("questions = []\n"),
    "office.txt is gone, bureau.txt is new": rename,
}


@pytest.mark.parametrize("says", CHANGES)
def test_changed_texts_are_named(place: Place, says: str) -> None:
    """A changed, new or removed file makes the index outdated, and the message names it."""
    CHANGES[says](place.corpus)
    with pytest.raises(IndexOutdated, match=f"{says}; run: assistant index"):
        update.open_index(place)


def test_many_changes_are_counted(place: Place) -> None:
    """Three files are named, the rest counted."""
    for n in range(5):
        (place.corpus / f"new{n}.txt").write_text("New words.\n")
    with pytest.raises(IndexOutdated, match=r"new0.*new2\.txt is new and 2 more; run"):
        update.open_index(place)


def test_times_alone_change_nothing(place: Place) -> None:
    """Files whose times changed, or that were written again with the same content, are not stale."""
    os.utime(place.corpus / "office.txt", (1, 1))
    garden = place.corpus / "garden.md"
    data = garden.read_bytes()
    garden.unlink()
    garden.write_bytes(data)
    with update.open_index(place) as index:
        assert index.changes(list_files(place.corpus)) == []


def test_a_change_that_keeps_size_and_time_is_seen(place: Place) -> None:
    """Content of the same length under the old modification time is another content."""
    garden = place.corpus / "garden.md"
    times = garden.stat()
    garden.write_text(GARDEN.replace("dusk", "noon"))
    os.utime(garden, ns=(times.st_atime_ns, times.st_mtime_ns))
    with pytest.raises(IndexOutdated, match=r"garden\.md is changed"):
        update.open_index(place)


def test_nothing_was_built_yet(place: Place, tmp_path: Path) -> None:
    """Without an index the message says so and names the command."""
    with pytest.raises(IndexMissing, match="run: assistant index"):
        update.open_index(dataclasses.replace(place, folder=tmp_path / "none"))


@pytest.mark.parametrize("use", [update.open_index, lambda place: update.ensure(place, silent)])
def test_a_missing_corpus(place: Place, use: Callable[[Place], Index]) -> None:
    """A corpus that is not there is named, whether or not it has an index."""
    shutil.rmtree(place.corpus)
    with pytest.raises(CorpusError, match=f"{place.corpus}.*--corpus"):
        use(place)


def kill_worker(*_: object) -> None:
    """Kill this process' child at work."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command, parent = (
                path.read_bytes(),
                int(path.with_name("stat").read_text().rpartition(")")[2].split()[1]),
            )
        except OSError:  # it ended meanwhile
            continue
        if parent == os.getpid() and b"assistant.index.worker" in command:
            os.kill(int(path.parent.name), signal.SIGKILL)


def remove_texts(corpus: Path) -> None:
    for path in corpus.iterdir():
        path.unlink()


def add_words(corpus: Path) -> None:
    (corpus / "garden.md").write_text("Roses grow here.\n")


@pytest.mark.parametrize(
    ("change", "progress", "error", "says"),
    [
        (add_words, kill_worker, IndexDamaged, "stopped by SIGKILL.*the index is as it was"),
        (remove_texts, silent, CorpusError, "no text that could be indexed"),
    ],
    ids=["worker killed", "corpus emptied"],
)
def test_a_failed_build_leaves_the_old_index(
    place: Place,
    change: Callable[[Path], None],
    progress: update.Progress,
    error: type[AssistantError],
    says: str,
) -> None:
    """When a build fails it says why, leaves nothing behind, and the old index still answers."""
    before = digests(layout.current(place.folder))
    change(place.corpus)
    with pytest.raises(error, match=says):
        update.build(place, progress)
    assert not [*place.folder.glob("build-*"), *place.folder.glob("CURRENT.*")]
    assert digests(layout.current(place.folder)) == before
    with Index.open(layout.current(place.folder), place.fingerprint()) as index, writing(place.folder):
        assert index.knows("dusk")


def test_skipped_files_are_named_with_their_reason(tmp_path: Path, encoder: Encoder) -> None:
    """The store keeps each file's digest, or why it has no document."""
    from assistant.index.store import FileRow

    store = Store.create(tmp_path / "texts.sqlite3")
    rows = [FileRow("a.txt", "1-2", "ab", ""), FileRow("b.pdf", "", "", "not one of .md, .txt")]
    store.add_files(rows)
    store.commit()
    store.close()
    store = Store.open(tmp_path / "texts.sqlite3")
    assert store.files() == rows
    store.close()


# Resources


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_three_hundred_assistants_leave_no_trace() -> None:
    """Opening, asking and closing again and again holds on to no memory, thread or file."""
    measured = []
    for n in range(300):
        with Assistant.from_texts(
            {"office.txt": OFFICE, "number.txt": f"The number of the day is {n}."}
        ) as assistant:
            assistant.ask("When does the office open?")
        if n in (50, 299):
            gc.collect()
            files = len(list(Path("/proc/self/fd").iterdir()))
            measured.append(
                (resident(), threading.active_count(), len(list(Path("/proc/self/task").iterdir())), files)
            )
    (memory, *before), (later, *after) = measured
    assert after == before
    assert later - memory < 30_000_000


def test_only_what_is_passed_sets_chroma(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither a `.env` in the current folder nor the environment can turn Chroma to a server."""
    (tmp_path / ".env").write_text("chroma_api_impl=chromadb.api.fastapi.FastAPI\nmigrations=none\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHROMA_SERVER_HTTP_PORT", "abc")
    generation = update.build(place, silent)
    assert (generation / "chroma" / "chroma.sqlite3").is_file()


def test_askers_at_first_use_wait_for_the_one_that_builds(place: Place) -> None:
    """Several processes that open a missing index at once all get it, and it is built once."""
    shutil.rmtree(place.folder)
    program = "import sys; from pathlib import Path; from assistant.index.update import Place, ensure\n"
    program += "from assistant.models import shipped_encoder\n"
    program += "place = Place(Path(sys.argv[1]), Path(sys.argv[2]), shipped_encoder())\n"
    program += "print(ensure(place, lambda *_: None).generation.name)"
    command = [sys.executable, "-c", program, str(place.corpus), str(place.folder)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    names = {process.communicate(timeout=120)[0].strip() for process in started}
    assert [process.returncode for process in started] == [0, 0, 0]
    assert names == {layout.current(place.folder).name}


def test_an_open_index_outlives_its_folder(place: Place) -> None:
    """What was opened answers on when other writers have replaced it twice and removed its files."""
    with update.open_index(place) as index:
        before = index.nearest(index.vectors([0])[0], 1)
        update.build(place, silent)
        update.build(place, silent)
        assert not index.generation.exists()
        assert index.nearest(index.vectors([0])[0], 1) == before
        assert index.passages([0])
