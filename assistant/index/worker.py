"""The child process that builds or verifies a generation, so that nothing it does can hurt its parent.

Chroma can end a process that opens a damaged file. Started by `update.py` as
`python -P -m assistant.index.worker`; reads its task as one line of JSON from standard input, which
stays open: when it closes, the parent is gone and so is the task. Answers in lines of JSON.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..corpus.files import MANIFEST, list_files
from ..corpus.load import load_documents
from ..corpus.manifest import read_manifest
from ..digests import sha256_of
from ..documents import Document
from ..errors import AssistantError, CorpusError, IndexProblem
from ..models import Encoder, Floats
from ..splitter import Splitter
from . import layout
from .build import Source, verify, write_generation
from .opened import compare, describe
from .store import FileRow, Store


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
        previous: a generation whose vectors may be used again, or "".
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
        known = vectors_of(Path(task.previous)) if task.previous else {}
        source = _Reading(Path(task.corpus)).source()
        encoder = Encoder(Path(task.encoder), task.window)
        write_generation(generation, source, encoder, Splitter(**task.splitter), known, progress)
    verify(generation, progress)


def vectors_of(generation: Path) -> dict[bytes, Floats]:
    """The vectors of an earlier generation by the key of their text; nothing where it is damaged."""
    try:
        compare(generation, describe(generation), up_to=None)
        store = Store.open(generation / layout.TEXTS)
        keys = store.vector_keys()
        store.close()
        rows = np.memmap(generation / layout.VECTORS, dtype=np.float32, mode="r").reshape(
            -1, Encoder.dimension
        )
        return {key: rows[number] for key, number in keys}
    except Exception:  # noqa: BLE001  # any damage: what cannot be used again is computed again
        return {}


class _Reading:
    """A corpus being read: documents one after the other, and what became of each file."""

    def __init__(self, corpus: Path) -> None:
        self._listing = list_files(corpus)
        self._manifest = read_manifest(self._listing)
        unknown = self._manifest.documents.keys() - {file.source for file in self._listing.files}
        if unknown:
            raise CorpusError(
                f"{MANIFEST} describes {min(unknown)!r}, which is not in the corpus; mend its name"
            )
        self._rows = [FileRow(each.source, "", "", each.why) for each in self._listing.skipped]

    def source(self) -> Source:
        return Source(self._documents(), self._files, len(self._listing.files))

    def _documents(self) -> Iterator[Document]:
        for loaded in load_documents(self._listing, self._manifest):
            file = loaded.file
            self._rows.append(FileRow(file.source, file.stamp, loaded.sha256, loaded.why))
            if loaded.document:
                yield loaded.document

    def _files(self) -> list[FileRow]:
        if self._listing.manifest:
            digest = sha256_of(self._listing.root / MANIFEST)
            self._rows.append(FileRow(MANIFEST, self._listing.manifest, digest, "the manifest"))
        return self._rows


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(3)


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
        if "disk is full" in str(error) or getattr(error, "errno", 0) == errno.ENOSPC:
            full = f"no space is left for the index in {task.generation!r}; free some"
            say({"error": IndexProblem.__name__, "message": full})
            return 2
        raise
    return 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # no clean-up to wait for: Chroma's threads end with the process
