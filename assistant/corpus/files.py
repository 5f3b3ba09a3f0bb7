"""Which files a corpus holds: found and compared without reading any of them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import CorpusError
from ..text import encodable

SUFFIXES = frozenset({".txt", ".md"})
MANIFEST = "manifest.toml"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left out, and why."""

    source: str
    why: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the corpus.

    Attributes:
        source: its path below the root, with `/`.
        size: bytes.
        stamp: changes whenever the file does; also when only its times do.
    """

    source: str
    path: Path
    size: int
    stamp: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a corpus, in order of their names.

    Attributes:
        manifest: the stamp of the manifest; "" without one, and for one text alone.
    """

    root: Path
    files: tuple[SourceFile, ...]
    skipped: tuple[Skipped, ...]
    manifest: str


def list_files(corpus: Path) -> Listing:
    """The regular `.txt` and `.md` files below a folder, or one such file alone.

    Links are not followed and hidden names not entered, so nothing outside the folder is read.

    Raises:
        CorpusError: there is no such folder, or it may not be read.
    """
    try:
        root = corpus.expanduser().resolve(strict=True)
        single = root.is_file()
        entries = [root] if single else sorted(_walk(root))
    except (OSError, RuntimeError, ValueError) as error:  # as pathlib raises for links in a circle and NUL
        why = getattr(error, "strerror", None) or error
        raise CorpusError(
            f"the corpus {str(corpus)!r} cannot be read ({why}); name a folder with --corpus"
        ) from error
    if single:
        root = root.parent
    files, skipped, manifest = list[SourceFile](), list[Skipped](), ""
    for path in entries:
        source = encodable(path.relative_to(root).as_posix())
        try:
            status = path.lstat()
        except FileNotFoundError:  # gone since the folder was read
            continue
        reason = _why_not(path, source, status)
        if reason:
            skipped.append(Skipped(source, reason))
        elif source != MANIFEST:
            files.append(SourceFile(source, path, status.st_size, _stamp(status)))
        elif not single:
            manifest = _stamp(status)
    return Listing(root, tuple(files), tuple(skipped), manifest)


def _walk(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path))
            else:
                yield Path(entry.path)


def _why_not(path: Path, source: str, status: os.stat_result) -> str:
    if not path.name.isprintable():
        return "its name has characters that cannot be shown"
    if stat.S_ISLNK(status.st_mode):
        return "a symbolic link"
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if path.suffix.lower() not in SUFFIXES and source != MANIFEST:
        return f"not one of {', '.join(sorted(SUFFIXES))}"
    return ""


def _stamp(status: os.stat_result) -> str:
    # The time of change cannot be set by hand, so a copied or touched file never passes for the old one.
    return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ctime_ns}-{status.st_ino}"
