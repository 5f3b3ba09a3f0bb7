"""The command line's door: streams, errors, exit codes."""

from __future__ import annotations

import errno
import os
import sys

from ..errors import AssistantError
from . import asking, cases, chatting, evaluating, serving  # noqa: F401 their commands join the app
from .options import app


def main() -> None:
    """Run the command line. Exits with 0, 1 (a check failed) or 2 (wrong usage, or an error of ours)."""
    for name in ("stdin", "stdout", "stderr"):
        _open_stream(name)
    try:
        app(prog_name="assistant")
    except AssistantError as error:
        sys.exit(_say(str(error)))
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO, errno.EBADF):
            raise
        sys.exit(_say(f"the output cannot be written ({error.strerror})"))


def _open_stream(name: str) -> None:
    """Speak UTF-8 whatever the locale; a stream that was closed before we started leads nowhere."""
    stream = getattr(sys, name)
    if stream is None:
        setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: SIM115, PTH123
    else:
        stream.reconfigure(encoding="utf-8", errors="surrogateescape" if name == "stdin" else "replace")


def _say(error: str) -> int:
    print(f"error: {error}", file=sys.stderr)
    return 2
