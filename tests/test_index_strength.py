"""The long proofs of docs/reliability.md: kills, writers in pairs, askers beside a builder, damage."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from assistant.errors import IndexDamaged, IndexProblem
from assistant.index import layout, silent, update
from assistant.index.opened import EXACT_UP_TO, Index, describe
from assistant.index.place import Place
from assistant.index.verify import verify
from assistant.models import Encoder
from tests.conftest import sentences
from tests.test_index import RandomEncoder, write
from tests.test_index_crash import digest, published, read, texts

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]

# A process that has everything imported, and forks a writer for each line that it reads: what takes
# seconds in `assistant index` is the imports. A writer does what update.py and its worker do.
FORGE = """
import os, sys
from dataclasses import asdict
from pathlib import Path
from assistant.errors import IndexLocked
from assistant.index import layout, pipeline
from assistant.index.lock import writing
from assistant.index.opened import describe
from assistant.index.worker import Task, run
from assistant.models import shipped_encoder
from assistant.splitter import Splitter
from assistant.text import count_tokens

corpus, index = map(Path, sys.argv[1:])
encoder = shipped_encoder()
encoder.encode(["loaded before the fork"])
count_tokens(["this, too"])

def say(line):
    os.write(1, f"{line}\\n".encode())  # at once: several processes speak here

def build():
    try:
        with writing(index):
            previous = str(layout.current(index))
            folder = layout.new_build(index)
            parts = (str(corpus), str(encoder.folder), encoder.tokens, Splitter().parameters(), previous)
            run(Task("build", str(folder), *parts), lambda message: None)
            layout.publish(index, folder, describe(folder).rows)
    except IndexLocked as error:
        say(f"refused: {error}")
        os._exit(2)

say("ready")
for line in sys.stdin:
    writers = []
    for _ in range(int(line)):
        writers.append(os.fork())
        if not writers[-1]:
            build()
            os._exit(0)
    say(" ".join(map(str, writers)))
    say(" ".join(str(os.waitstatus_to_exitcode(os.waitpid(each, 0)[1])) for each in writers))
"""


class Forge:
    """Starts writers and says how they ended."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.refusals: list[str] = []

    def start(self, count: int = 1) -> list[int]:
        """Numbers of new writers."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        return list(map(int, self._line().split()))

    def statuses(self) -> list[int]:
        """How they ended; waits for it."""
        return list(map(int, self._line().split()))

    def _line(self) -> str:
        assert self._process.stdout is not None
        while (line := self._process.stdout.readline()).startswith("refused:"):
            self.refusals.append(line.strip())
        assert line, "the forge ended"
        return line


@contextmanager
def forge(place: Place) -> Iterator[Forge]:
    command = [sys.executable, "-c", FORGE, place.corpus, place.folder]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        yield Forge(process)
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(scope="module")
def built(large: Place) -> Place:
    return large


@pytest.fixture(scope="module")
def lasts(large: Place, tmp_path_factory: pytest.TempPathFactory) -> float:
    """Seconds of one build, killed by nobody."""
    root = tmp_path_factory.mktemp("lasts")
    place = Place(
        Path(shutil.copytree(large.corpus, root / "corpus")),
        Path(shutil.copytree(large.folder, root / "index")),
        large.encoder,
    )
    with forge(place) as writers:
        for number in range(2):
            (place.corpus / "007.md").write_text(sentences(5000 + number))
            begun = time.monotonic()
            writers.start()
            assert writers.statuses() == [0]
    return time.monotonic() - begun


# When to kill: what a look at the index' folder shows


def flushing(place: Place) -> Callable[[], bool]:
    """Chroma writes its graph."""
    old = {path.stat().st_mtime_ns for path in place.folder.glob("gen-*/chroma/*/*")}

    def is_so() -> bool:
        try:
            now = {path.stat().st_mtime_ns for path in place.folder.glob("build-*/chroma/*/*")}
        except OSError:
            return True  # it has just got its name
        return bool(now - old)

    return is_so


def naming(place: Place) -> Callable[[], bool]:
    """The new generation has its name."""
    before = published(place)[0]
    return lambda: published(place)[0] != before


def pointing(place: Place) -> Callable[[], bool]:
    """The new pointer is being written, or swapped in."""
    before = published(place)
    return lambda: bool(list(place.folder.glob("CURRENT.*"))) or published(place)[1] != before[1]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def kill_when(place: Place, writers: Forge, ripe: Callable[[], bool], delay: float) -> bool:
    """Kill a build so many seconds after it is ripe; whether it was still at work."""
    (pid,) = writers.start()
    while not ripe() and alive(pid):
        time.sleep(0.0005)
    time.sleep(delay)
    with contextlib.suppress(ProcessLookupError):  # it had ended
        os.kill(pid, signal.SIGKILL)
    return writers.statuses() == [-signal.SIGKILL]


Aim = tuple[Callable[[Place], Callable[[], bool]], float]


def after_kills(place: Place, aims: Sequence[Aim], enough: int = 10_000) -> int:
    """Kill a build at each aim; each time the index is the old or the new one, and whole.

    Returns how many fell, the others having ended before; stops when these are enough.
    """
    old, whole, fell = texts(place.corpus), digest(layout.current(place.folder)), 0
    with forge(place) as writers:
        for n, (aim, delay) in enumerate(aims):
            (place.corpus / "007.md").write_text(sentences(10_000 + n))
            new = texts(place.corpus)
            fell += kill_when(place, writers, aim(place), delay)
            found, now = read(place), digest(layout.current(place.folder))
            assert found in (old, new), f"neither old nor new after kill {n} ({aim.__name__}, {delay})"
            if now != whole:
                assert found == new, f"the old generation was written to before kill {n}"
                copy = Path(shutil.copytree(layout.current(place.folder), place.folder.parent / "copy"))
                verify(copy, silent)
                shutil.rmtree(copy)
            old, whole = found, now
            if fell == enough:
                break
        writers.start()
        assert writers.statuses() == [0]
    assert read(place) == texts(place.corpus)
    assert not [*place.folder.glob("build-*"), *place.folder.glob("CURRENT.*")]
    return fell


def started(_: Place) -> Callable[[], bool]:
    """A build has been started."""
    return lambda: True


def test_two_hundred_kills_at_any_moment(place: Place, lasts: float) -> None:
    """Killed at 200 moments spread over a build, the index is the old one or the new one, and whole."""
    chosen = random.Random(1)  # builds may last longer or shorter than the one that was measured
    aims = [(started, chosen.random() * lasts) for _ in range(600)]
    assert after_kills(place, aims, enough=200) == 200, "most builds ended before they were killed"


def test_a_hundred_kills_at_the_worst_moments(place: Place) -> None:
    """The same of 100 kills while Chroma writes its graph, after the rename, and at the pointer's swap."""
    chosen = random.Random(2)
    aims = [(flushing, chosen.uniform(0, 0.05)) for _ in range(50)]
    aims += [(naming, chosen.uniform(0, 0.004)) for _ in range(25)]
    aims += [(pointing, chosen.uniform(0, 0.002)) for _ in range(25)]
    fell = after_kills(place, aims)
    assert fell >= 30, "most builds ended before they were killed"


def test_twenty_pairs_of_writers(place: Place) -> None:
    """Of two writers at once one builds; the other is refused with that one's number, or builds after it."""
    with forge(place) as writers:
        for n in range(20):
            (place.corpus / "007.md").write_text(sentences(20_000 + n))
            pair = writers.start(2)
            statuses = writers.statuses()
            assert sorted(statuses) in ([0, 0], [0, 2])
            if 2 in statuses:
                assert f"process {pair[statuses.index(0)]} is writing" in writers.refusals[-1]
            assert read(place) == texts(place.corpus)
    assert len(writers.refusals) >= 10, "they hardly met"
    update.check(place, silent)


def test_twenty_builds_while_four_ask(tmp_path: Path, encoder: Encoder) -> None:
    """Readers beside a writer get no error, and never see texts of two versions together."""
    place = Place(tmp_path / "corpus", tmp_path / "index", encoder)
    place.corpus.mkdir()

    def at_version(version: int) -> None:
        for number in range(3):
            (place.corpus / f"{number}.txt").write_text(f"Room {number} is painted in colour v{version}.")

    at_version(0)
    update.build(place, silent)
    (question,) = encoder.encode(["Which colour is the room?"])
    stop, asked, failures = threading.Event(), [0] * 4, []

    def ask(number: int) -> None:
        while not stop.is_set():
            try:
                with Index.open(layout.current(place.folder), place.fingerprint()) as index:
                    found = index.passages([n for n, _ in index.nearest(question, 3)])
                    found += index.passages(index.matches(["painted"], 3))
                    versions = {passage.text.rpartition("v")[2] for passage in found}
                    assert len(found) == 6 and len(versions) == 1, versions
            except Exception as error:  # noqa: BLE001  # that there is none is what is tested
                failures.append(error)
            asked[number] += 1

    threads = [threading.Thread(target=ask, args=[number]) for number in range(4)]
    with forge(place) as writers:
        for thread in threads:
            thread.start()
        for version in range(1, 21):
            at_version(version)
            writers.start()
            assert writers.statuses() == [0]
        stop.set()
        for thread in threads:
            thread.join()
    assert not failures
    assert min(asked) > 20


# Damage to an index that is large enough for Chroma to answer from

GRAPH = ("data_level0.bin", "header.bin", "index_metadata.pickle", "length.bin", "link_lists.bin")
HARMS = ("cut", "zeroed", "rotten", "removed")
EXAMINE = """
import json, shutil, sys
from pathlib import Path
import numpy as np
from assistant.errors import IndexDamaged
from assistant.index.fingerprint import Fingerprint
from assistant.index.opened import Index
from assistant.models import Encoder
from assistant.splitter import Splitter

whole, scratch, encoder, *damages = sys.argv[1:]
fingerprint = Fingerprint.of(Encoder(Path(encoder)), Splitter())
question = np.full(384, 384 ** -0.5, dtype=np.float32)

def harm(path, how):
    if how == "removed":
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        return
    data = bytearray(path.read_bytes())
    if how == "cut":
        del data[len(data) // 2:]
    elif how == "zeroed":
        data[:] = bytes(len(data))
    else:
        data[::97] = np.random.default_rng(0).bytes(len(data[::97]))
    path.write_bytes(data)

def ask(generation):
    with Index.open(generation, fingerprint) as index:
        return [number for number, _ in index.nearest(question, 5)]

right = ask(Path(whole))
for damage in damages:
    name, how = damage.split(":")
    copy = Path(shutil.copytree(whole, Path(scratch) / damage.replace("/", "-")))
    harm(next(copy.glob(name)), how)
    try:
        said = "answers" if ask(copy) == right else "answers wrong"
    except IndexDamaged:
        said = "damaged"
    print(json.dumps([damage, said]), flush=True)
    shutil.rmtree(copy)
"""


def test_damage_is_detected_before_it_answers(tmp_path: Path, encoder: Encoder) -> None:
    """Cut, zeroed, rotten or gone, a file of Chroma's is noticed at opening, and no process dies of it."""
    entries = {f"{n:05}": f"Entry {n} of the register." for n in range(EXACT_UP_TO + 1)}
    whole = write(tmp_path / "whole", entries, RandomEncoder(encoder.folder))
    damages = [f"chroma/*/{name}:{how}" for name in GRAPH for how in HARMS]
    damages += ["chroma/*-*:removed", *(f"chroma/chroma.sqlite3:{how}" for how in HARMS)]
    damages += [f"{name}:{how}" for name in (layout.TEXTS, layout.VECTORS) for how in HARMS]
    command = [sys.executable, "-c", EXAMINE, whole, tmp_path, encoder.folder, *damages]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=1200)
    said = dict(map(json.loads, run.stdout.splitlines()))
    assert run.returncode == 0 and len(said) == len(damages), (run.returncode, said)
    assert set(said.values()) == {"damaged"}, said


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """A disk of this size at the folder; the test is skipped where none can be had."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder]
    done = subprocess.run(mount, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_full_disk_leaves_the_old_index(large: Place, tmp_path: Path) -> None:
    """Where a build does not fit, it says that no space is left, and the index that was there answers."""
    with small_disk(tmp_path / "disk", 16):
        place = Place(
            Path(shutil.copytree(large.corpus, tmp_path / "corpus")),
            Path(shutil.copytree(large.folder, tmp_path / "disk" / "index")),
            large.encoder,
        )
        before = digest(layout.current(place.folder))
        for number in range(3):
            (place.corpus / "new.md").write_text("".join(map(sentences, range(600 + number, 612 + number))))
            with pytest.raises(IndexProblem, match="no space is left") as caught:
                update.build(place, silent)
            assert not isinstance(caught.value, IndexDamaged)
            assert digest(layout.current(place.folder)) == before
            with Index.open(layout.current(place.folder), place.fingerprint()) as index:
                assert index.knows("keeper") and len(index) == describe(index.generation).passages
            assert not list(place.folder.glob("build-*"))
