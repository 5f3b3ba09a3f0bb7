"""Build, update and check an index: the parent's side."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .. import errors, resources
from ..corpus.files import list_files
from ..errors import (
    IndexDamaged,
    IndexLocked,
    IndexMissing,
    IndexOutdated,
    IndexProblem,
    IndexTooNew,
    SettingError,
)
from . import Progress, layout
from .lock import writing
from .opened import Index, describe
from .place import Place

PATIENCE = 60.0  # seconds that an asker waits for another process to finish the index


@contextmanager
def _remedy(place: Place) -> Iterator[None]:
    """Say which command mends a problem with this index."""
    try:
        yield
    except IndexLocked:
        raise
    except IndexProblem as problem:
        raise type(problem)(f"{problem}; run: {place.command()}") from problem


def open_index(place: Place) -> Index:
    """The index as it lies on disk, when it is whole and up to date.

    Raises:
        IndexMissing, IndexOutdated, IndexDamaged, IndexTooNew: it is not; says why, and what mends it.
        CorpusError: the corpus cannot be read.
    """
    listing = list_files(place.corpus)
    with _remedy(place):
        index = Index.open(layout.current(place.folder), place.fingerprint())
        changes = index.changes(listing)
        if changes:
            index.close()
            more = f" and {len(changes) - 3} more" if len(changes) > 3 else ""
            raise IndexOutdated(f"the texts changed: {', '.join(changes[:3])}{more}")
        return index


def ensure(place: Place, progress: Progress) -> Index:
    """The index, built first when it is missing, outdated or damaged.

    When another process is building it already, that one is waited for. Raises what `build` and
    `open_index` raise.
    """
    try:
        return open_index(place)
    except (IndexMissing, IndexOutdated, IndexDamaged):
        layout.prepare(place.folder)
    with writing(place.folder, wait=PATIENCE):
        try:
            return open_index(place)
        except (IndexMissing, IndexOutdated, IndexDamaged):
            generation = _build(place, progress)
    return Index.open(generation, place.fingerprint())


def build(place: Place, progress: Progress) -> Path:
    """Build a new generation beside the current one, verify it, and let it take over.

    Unchanged texts are taken over (`takeover.py`). The old generation answers until the swap, and
    also after a build that failed.

    Raises:
        IndexLocked: another process is building.
        IndexProblem, CorpusError, ModelProblem: the build failed; says why.
    """
    layout.prepare(place.folder)
    with writing(place.folder):
        return _build(place, progress)


def _build(place: Place, progress: Progress) -> Path:
    """`build`, with the lock held."""
    try:
        folder = layout.new_build(place.folder)
        try:
            task = {
                "action": "build",
                "generation": str(folder),
                "corpus": str(place.corpus.expanduser().resolve()),
                "encoder": str(place.encoder.folder),
                "window": place.encoder.tokens,
                "splitter": place.splitter.parameters(),
                "previous": str(_reusable(place) or ""),
            }
            with _remedy(place):
                _in_child(task, progress)
            return layout.publish(place.folder, folder, describe(folder).rows)
        finally:
            shutil.rmtree(folder, ignore_errors=True)  # gone already after publishing
    except OSError as error:
        raise _not_written(place, error) from error


def check(place: Place, progress: Progress) -> None:
    """Verify the index as it lies on disk, in a child and on a copy: nothing changes.

    Raises what `open_index` raises, and `IndexDamaged` for what only a search shows.
    """
    with open_index(place) as index, tempfile.TemporaryDirectory() as scratch, _remedy(place):
        try:
            # Opening a Chroma folder writes to it.
            copy = shutil.copytree(index.generation, Path(scratch) / index.generation.name)
        except (OSError, shutil.Error) as error:
            raise IndexProblem(f"the index cannot be copied to check it ({error})") from error
        _in_child({"action": "verify", "generation": str(copy)}, progress)


def bring_up_to_date(place: Place, progress: Progress) -> None:
    """Leave the index whole and up to date: checked in full, and built when it is not.

    Raises what `build` raises.
    """
    try:
        check(place, progress)
    except (IndexMissing, IndexOutdated, IndexDamaged, IndexTooNew):
        build(place, progress)
        return
    # A killed writer's leavings are in no one's way: where another writes, or nobody may, they stay.
    with contextlib.suppress(IndexLocked, SettingError), writing(place.folder):
        layout.sweep(place.folder)


def _not_written(place: Place, error: OSError) -> IndexProblem:
    why = error.strerror or str(error)
    return IndexProblem(f"no index can be written to {str(place.folder)!r} ({why}); the old one is as it was")


def _reusable(place: Place) -> Path | None:
    """The current generation, when its vectors come from the same encoder."""
    try:
        generation = layout.current(place.folder)
        then, now = describe(generation).fingerprint, place.fingerprint()
    except IndexProblem:
        return None
    same = (then.encoder, then.window) == (now.encoder, now.window)
    return generation if same else None


def _environment() -> dict[str, str]:
    """The child's: our package can be imported from it, and no variable of Chroma's reaches Chroma."""
    inherited = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    path = os.pathsep.join([str(resources.CHECKOUT), *map(os.path.abspath, inherited)])
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("CHROMA_")}
    return kept | {"PYTHONPATH": path}


def _in_child(task: Mapping[str, Any], progress: Progress) -> None:
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(
            [sys.executable, "-P", "-m", "assistant.index.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=_environment(),
            cwd=task["generation"],  # where no `.env` lies, which Chroma reads when it is imported
            text=True,
            encoding="utf-8",
        ) as child,
    ):
        assert child.stdin is not None and child.stdout is not None
        failure = None
        try:
            with contextlib.suppress(BrokenPipeError):  # it died at once; its status says how
                child.stdin.write(json.dumps(task) + "\n")
                child.stdin.flush()
            for line in child.stdout:
                if not line.endswith("\n"):  # it died while it spoke
                    break
                message = json.loads(line)
                if "error" in message:
                    failure = getattr(errors, message["error"])(message["message"])
                else:
                    progress(message["stage"], message["done"], message["total"])
            status = child.wait()
        except BaseException:
            child.kill()
            raise
        if failure is not None:
            raise failure
        if status:
            complaints.seek(0)
            raise _died(status, complaints.read().decode("utf-8", "replace"))


def _died(status: int, complaints: str) -> IndexProblem:
    how = f"was stopped by {signal.Signals(-status).name}" if status < 0 else "failed"
    last = complaints.strip().splitlines()[-1:] or ["it said nothing"]
    return IndexDamaged(f"the indexer {how} ({last[0][:300]}); the index is as it was")
