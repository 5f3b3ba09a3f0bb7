"""What kills and rotten disks leave of an index that is large enough for Chroma to write its graph."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assistant.errors import IndexDamaged
from assistant.index import layout, silent, update
from assistant.index.lock import writing
from assistant.index.opened import Index, describe
from assistant.index.place import Place
from assistant.index.store import Store
from assistant.index.verify import verify
from tests.conftest import sentences


@pytest.fixture(scope="module")
def built(large: Place) -> Place:
    return large


@contextmanager
def indexing(place: Place) -> Iterator[subprocess.Popen[bytes]]:
    """`assistant index` at work in a session of its own, which ends with the `with`."""
    command = [sys.executable, "-m", "assistant", "index", "--corpus", place.corpus, "--index", place.folder]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            yield process
        finally:
            for pid in members(process.pid):
                os.kill(pid, signal.SIGKILL)


def members(session: int) -> list[int]:
    """The processes of a session that are still alive."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, own, *_ = path.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if int(own) == session and state not in "ZX":
            found.append(int(path.parent.name))
    return found


def size(folder: Path) -> int:
    """Bytes of the files below a folder; 0 when one went away meanwhile, as the next look will count them."""
    try:
        return sum(path.stat().st_size for path in folder.rglob("*"))
    except OSError:
        return 0


def wait(process: subprocess.Popen[bytes], until: Callable[[], object]) -> None:
    """Return as soon as something is so, or the process has ended by itself."""
    while process.poll() is None and not until():
        time.sleep(0.01)


def published(place: Place) -> tuple[set[Path], str]:
    """The generations that have their names, and the pointer to one of them."""
    return set(place.folder.glob("gen-*")), (place.folder / "CURRENT").read_text()


def kill_at(place: Place, moment: float, delay: float) -> int:
    """Start `assistant index` and kill it and its worker; returns its exit status.

    Below 1 the moment is the share of the bytes that were written, and `delay` seconds more; from 1
    on it is the first sign of the new generation: its name, or the pointer to it.
    """
    whole, before = size(layout.current(place.folder)), published(place)

    def ripe() -> bool:
        if moment >= 1:
            return published(place) != before
        return any(size(build) >= moment * whole for build in place.folder.glob("build-*"))

    with indexing(place) as process:
        wait(process, ripe)
        if moment < 1:
            time.sleep(delay)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        return process.wait()


def texts(corpus: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in corpus.iterdir()}


def digest(folder: Path) -> str:
    """One digest of every file below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    pairs = "".join(f"{path}{hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files)
    return hashlib.sha256(pairs.encode()).hexdigest()


def read(place: Place) -> dict[str, str]:
    """The texts of the current generation, whose rows must be those that were written."""
    with Index.open(layout.current(place.folder), place.fingerprint()) as index:
        store = Store.open(index.generation / layout.TEXTS)
        assert store.row_hash() == describe(index.generation).rows
        store.close()
        return {document.source: document.text for document in index.documents()}


def assert_findable(place: Place, scratch: Path) -> None:
    """Every passage of the current generation finds itself in Chroma, tried on a copy."""
    copy = shutil.copytree(layout.current(place.folder), scratch)
    verify(Path(copy), silent)
    shutil.rmtree(copy)


def kill_and_look(place: Place, kills: int, seed: int, scratch: Path) -> None:
    """Kill builds, spread at random over their course; after each the index is old or new, and whole."""
    chosen = random.Random(seed)
    old, whole, early = texts(place.corpus), digest(layout.current(place.folder)), 0
    for n in range(kills):
        moment = (n + chosen.random()) / kills * 1.25
        (place.corpus / "007.md").write_text(sentences(1000 * seed + n))
        new = texts(place.corpus)
        early += kill_at(place, moment, chosen.uniform(0, 0.5)) == -signal.SIGKILL
        found, now = read(place), digest(layout.current(place.folder))
        assert found in (old, new), f"neither old nor new after a kill at {moment}"
        if now != whole:  # byte for byte the generation that was searched before, or another
            assert found == new, f"the old generation was written to before a kill at {moment}"
            assert_findable(place, scratch)
        old, whole = found, now
    assert early > kills / 2, "most builds ended before they were killed"


@pytest.mark.parametrize(
    ("kills", "seed"),
    [(5, 1), pytest.param(30, 2, marks=[pytest.mark.slow, pytest.mark.timeout(900)])],
)
def test_a_killed_build_leaves_the_old_index_or_the_new(
    place: Place, tmp_path: Path, kills: int, seed: int
) -> None:
    """Whenever a build is killed, the index is exactly the old or the new one; the next build succeeds."""
    kill_and_look(place, kills, seed, tmp_path / "copy")
    (place.corpus / "007.md").write_text(
        sentences(7)
    )  # as it was at first: perhaps there is nothing to build
    with indexing(place) as process:
        assert process.wait(120) == 0
    assert read(place) == texts(place.corpus)
    names = {path.name.split("-")[0] for path in place.folder.iterdir()}
    assert names == {"CURRENT", "LOCK", "gen"}
    assert len(list(place.folder.glob("gen-*"))) == 2


def test_the_worker_ends_with_its_parent(place: Place) -> None:
    """When only the parent is killed, its worker ends by itself within five seconds, and the lock is free."""
    # One text of as many passages as ten seconds are spent on before the worker has a word to say.
    (place.corpus / "000-new.md").write_text("".join(map(sentences, range(1000, 1160))))
    with indexing(place) as process:
        wait(process, lambda: list(place.folder.glob("build-*/chroma")))
        assert len(members(process.pid)) == 2
        process.kill()
        process.wait()
        deadline = time.monotonic() + 5
        while members(process.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not members(process.pid)
    with writing(place.folder):
        pass  # free at once
    assert "000-new.md" not in read(place)


def remove(graph: Path) -> None:
    shutil.rmtree(graph)


def rot(graph: Path) -> None:
    """Turn bytes all over the graph's links, which ends the process that follows them."""
    path = graph / "data_level0.bin"
    data = bytearray(path.read_bytes())
    data[::97] = random.Random(0).randbytes(len(data[::97]))
    path.write_bytes(data)


def test_leavings_go_though_nothing_is_to_build(place: Place) -> None:
    """`assistant index` removes what killed writers left behind also where the index is up to date."""
    (place.folder / "build-dead").mkdir()
    (place.folder / "CURRENT.123").touch()
    before = layout.current(place.folder)
    update.bring_up_to_date(place, silent)
    assert layout.current(place.folder) == before
    assert {path.name for path in place.folder.iterdir()} == {"CURRENT", "LOCK", before.name}


@pytest.mark.parametrize("harm", [remove, rot])
def test_a_check_survives_a_damaged_graph(place: Place, harm: Callable[[Path], None]) -> None:
    """Chroma counts right without its graph and crashes on a rotten one; a check says that it is damaged."""
    (graph,) = (path for path in (layout.current(place.folder) / layout.CHROMA).iterdir() if path.is_dir())
    harm(graph)
    update.open_index(place).close()  # opening does not read Chroma
    with pytest.raises(IndexDamaged, match="run: assistant index"):
        update.check(place, silent)
