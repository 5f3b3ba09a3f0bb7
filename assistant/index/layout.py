"""Names on disk, the pointer to the current generation, and how a new one takes its place.

INDEX/LOCK                      held by the writer
INDEX/CURRENT                   the name of the generation that answers
INDEX/gen-<rows>-<random>/      sealed: nothing in it is written again
    generation.json             fingerprint, counts, digests
    texts.sqlite3               documents, passages, BM25
    vectors.f32                 float32 rows, one a passage
    chroma/                     the same vectors in Chroma: its graph, and its rows in SQLite
INDEX/build-<random>/           being written, seen by nobody
INDEX/calibration.json          fitted to these texts by `assistant calibrate`; need not exist
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import platformdirs

from .. import resources
from ..errors import IndexDamaged, IndexMissing, IndexProblem, SettingError

CALIBRATION = "calibration.json"
CURRENT = "CURRENT"
DESCRIPTION = "generation.json"
TEXTS = "texts.sqlite3"
VECTORS = "vectors.f32"
CHROMA = "chroma"
COLLECTION = "passages"
OURS = (CALIBRATION, CURRENT, "LOCK", "gen-", "build-", "manifest.json")


def default_folder(corpus: Path) -> Path:
    """Where the index of a corpus lives unless the user says otherwise."""
    corpus = corpus.resolve()
    if resources.in_checkout() and corpus == resources.folder("corpus").resolve():
        return resources.folder("index")
    digest = hashlib.sha256(os.fsencode(corpus)).hexdigest()[:16]
    return user_cache() / "indexes" / f"{corpus.name or 'root'}-{digest}"


def user_cache() -> Path:
    """The user's cache folder of this program, which need not exist."""
    try:
        return Path(platformdirs.user_cache_dir("cited-assistant"))
    except RuntimeError as error:  # no HOME, and no such user
        raise SettingError(f"there is no cache folder ({error}); name a folder with --index") from error


def prepare(folder: Path) -> None:
    """Make the folder, for its owner's eyes only: an index holds the texts.

    Raises:
        SettingError: it cannot be made or written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(None, "it may not be written")
        if folder.stat().st_uid == os.getuid() and all(p.name.startswith(OURS) for p in folder.iterdir()):
            folder.chmod(0o700)  # what else lies there is not for us to hide; generations always are 0700
    except OSError as error:
        raise SettingError(
            f"no index can be written to {str(folder)!r} ({error.strerror}); name another folder with --index"
        ) from error


def current(folder: Path) -> Path:
    """The generation that answers.

    Raises:
        IndexMissing: there is none yet.
        IndexDamaged: the pointer names none that exists.
    """
    try:
        name = (folder / CURRENT).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise IndexMissing(f"there is no index in {str(folder)!r}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamaged(f"{str(folder / CURRENT)!r} cannot be read ({error})") from error
    generation = folder / name
    if not name.startswith("gen-") or generation.parent != folder or not generation.is_dir():
        raise IndexDamaged(f"{str(folder / CURRENT)!r} names {name!r}, which is no generation")
    return generation


def new_build(folder: Path) -> Path:
    """A fresh folder to build in; what killed writers left behind goes. Call with the lock held."""
    sweep(folder)
    build = folder / f"build-{os.urandom(4).hex()}"
    build.mkdir(mode=0o700)
    return build


def sweep(folder: Path) -> None:
    """Remove what killed writers left behind. Call with the lock held."""
    for leftover in (*folder.glob("build-*"), *folder.glob("CURRENT.*")):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def publish(folder: Path, build: Path, rows: str) -> Path:
    """Seal a build, make it the current generation, and drop all but the one that was.

    That one stays, as a reader that opened it may still be at work. Each step leaves the pointer
    on a whole generation: the files reach the disk before the folder gets its name, the name before
    the pointer is swapped, and the swap is one rename.
    """
    try:
        kept = current(folder)
    except IndexProblem:
        kept = None
    for file in sorted(build.rglob("*")):
        _sync(file)
    _sync(build)
    generation = folder / f"gen-{rows[:12]}-{build.name.removeprefix('build-')}"
    build.rename(generation)
    _sync(folder)
    pointer = folder / f"{CURRENT}.{os.getpid()}"
    pointer.write_text(generation.name + "\n", encoding="utf-8")
    _sync(pointer)
    pointer.replace(folder / CURRENT)
    _sync(folder)
    for old in folder.glob("gen-*"):
        if old not in (generation, kept):
            shutil.rmtree(old)
    return generation


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
