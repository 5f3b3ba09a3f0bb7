"""One writer of an index at a time."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import IndexLocked, SettingError

LOCK = "LOCK"


@contextmanager
def writing(folder: Path, wait: float = 0.0) -> Iterator[None]:
    """Hold the index' only writer's place. The kernel gives it back however the process ends.

    Args:
        folder: the index.
        wait: seconds to wait for another writer to finish.

    Raises:
        IndexLocked: another process holds it; says which.
        SettingError: the folder cannot be written.
    """
    try:
        # Never deleted: a second file of the same name would be a second lock.
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise SettingError(f"{str(folder / LOCK)!r} cannot be opened ({error.strerror})") from error
    try:
        deadline = time.monotonic() + wait
        while not _taken(descriptor):
            if time.monotonic() >= deadline:
                holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
                raise IndexLocked(
                    f"process {holder} is writing the index {str(folder)!r}; try again when it has finished"
                )
            time.sleep(0.1)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
