"""The child process that builds or verifies a generation, so that nothing it does can hurt its parent.

Chroma can end a process that opens a damaged file. Started by `update.py` as
`python -P -m assistant.index.worker`; reads its task as one line of JSON from standard input, which
stays open: when it closes, the parent is gone and so is the task. Answers in lines of JSON.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..corpus.files import MANIFEST, list_files
from ..corpus.load import load_documents
from ..corpus.manifest import read_manifest
from ..digests import sha256_of
from ..documents import Document
from ..errors import AssistantError, CorpusError, IndexProblem
from ..models import Encoder
from ..splitter import Splitter
from . import Progress
from .build import Source, write_generation
from .fingerprint import Fingerprint
from .store import FileRow
from .takeover import Earlier
from .verify import verify

FULL = 20_000_000  # bytes that are left of a disk on which Chroma could not write its files


@dataclass(frozen=True, slots=True)
class Task:
    """What a child is asked to do.

    Attributes:
        action: `build` or `verify`.
        generation: the folder to fill, or to verify.
        corpus: what to read, for a build.
        encoder: the encoder's folder.
        window: word pieces of a passage that it sees.
        splitter: its parameters.
        previous: a generation whose vectors, and whole texts, may be used again, or "".
    """

    action: str
    generation: str
    corpus: str = ""
    encoder: str = ""
    window: int = 0
    splitter: dict[str, int] = field(default_factory=dict)
    previous: str = ""


def run(task: Task, say: Callable[[dict[str, Any]], None]) -> None:
    """Do the task; `say` sends a message to the parent."""
    generation = Path(task.generation)

    def progress(stage: str, done: int, total: int) -> None:
        say({"stage": stage, "done": done, "total": total})

    if task.action == "build":
        _build(task, generation, progress)
    else:
        verify(generation, progress)


def _build(task: Task, generation: Path, progress: Progress) -> None:
    """Write and verify, with what can be taken over from the generation before."""
    encoder, splitter = Encoder(Path(task.encoder), task.window), Splitter(**task.splitter)
    reading = _Reading(Path(task.corpus))
    with contextlib.ExitStack() as held:
        earlier = Earlier.open(Path(task.previous)) if task.previous else None
        known = earlier.known() if earlier else {}
        if earlier:
            held.callback(earlier.close)
            if earlier.lend(generation, Fingerprint.of(encoder, splitter), reading.listing):
                try:
                    source = reading.source()
                    patch = write_generation(generation, source, encoder, splitter, known, progress, earlier)
                    return verify(generation, progress, patch)
                except Exception:  # noqa: BLE001  # whatever is odd about it: it is built whole, which says so
                    _empty(generation)
                    reading = _Reading(Path(task.corpus))
        write_generation(generation, reading.source(), encoder, splitter, known, progress)
    return verify(generation, progress)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


class _Reading:
    """A corpus being read: documents one after the other, and what became of each file."""

    def __init__(self, corpus: Path) -> None:
        self.listing = list_files(corpus)
        self._manifest = read_manifest(self.listing)
        unknown = self._manifest.documents.keys() - {file.source for file in self.listing.files}
        if unknown:
            raise CorpusError(
                f"{MANIFEST} describes {min(unknown)!r}, which is not in the corpus; mend its name"
            )
        self._rows = [FileRow(each.source, "", "", each.why) for each in self.listing.skipped]

    def source(self) -> Source:
        return Source(self._documents(), self._files, len(self.listing.files))

    def _documents(self) -> Iterator[Document]:
        for loaded in load_documents(self.listing, self._manifest):
            file = loaded.file
            self._rows.append(FileRow(file.source, file.stamp, loaded.sha256, loaded.why))
            if loaded.document:
                yield loaded.document

    def _files(self) -> list[FileRow]:
        if self.listing.manifest:
            digest = sha256_of(self.listing.root / MANIFEST)
            self._rows.append(FileRow(MANIFEST, self.listing.manifest, digest, "the manifest"))
        return self._rows


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(3)


def _is_full(error: Exception, folder: Path) -> bool:
    """Whether there is no space; Chroma only says that it failed."""
    says = "disk is full" in str(error) or getattr(error, "errno", 0) == errno.ENOSPC
    return says or shutil.disk_usage(folder).free < FULL


def main() -> int:
    """Do the task on standard input; 0 when it is done, 2 for an error of ours, which was sent."""
    # Lines for the parent go to the real standard output; what a library prints goes to errors.
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(message: dict[str, Any]) -> None:
        channel.write(json.dumps(message) + "\n")
        channel.flush()

    task = Task(**json.loads(sys.stdin.readline()))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        run(task, say)
    except AssistantError as error:
        say({"error": type(error).__name__, "message": str(error)})
        return 2
    except Exception as error:
        if _is_full(error, Path(task.generation)):
            full = f"no space is left for the index in {task.generation!r}; free some"
            say({"error": IndexProblem.__name__, "message": full})
            return 2
        raise
    return 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # no clean-up to wait for: Chroma's threads end with the process
