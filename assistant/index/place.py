"""Which corpus, and where its index lives."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path

from .. import resources
from ..errors import SettingError
from ..models import Encoder, shipped_encoder
from ..splitter import Splitter
from . import layout
from .fingerprint import Fingerprint


@dataclass(frozen=True, slots=True)
class Place:
    """An index and everything that it depends on: what to read, where to write, what with."""

    corpus: Path
    folder: Path
    encoder: Encoder
    splitter: Splitter = field(default_factory=Splitter)

    def fingerprint(self) -> Fingerprint:
        return Fingerprint.of(self.encoder, self.splitter)

    def command(self) -> str:
        """The command that builds this index."""
        corpus, folder = self.corpus.expanduser(), self.folder
        words = ["assistant", "index"]
        if corpus.resolve() != resources.folder("corpus").resolve():
            words += ["--corpus", str(corpus)]
        if folder != layout.default_folder(corpus):
            words += ["--index", str(folder)]
        return shlex.join(words)


def place_of(corpus: str | os.PathLike[str] | None, index: str | os.PathLike[str] | None) -> Place:
    """The corpus and its index; the shipped corpus when none is named.

    Raises:
        SettingError: a name is empty, or cannot be a path here.
    """
    try:
        root = _path(corpus, "--corpus") if corpus is not None else resources.folder("corpus")
        folder = _path(index, "--index").resolve() if index is not None else layout.default_folder(root)
    except (RuntimeError, ValueError, OSError) as error:  # as pathlib raises for "~nobody", NUL, loops
        raise SettingError(f"{str(corpus or index)!r} cannot name a folder ({error})") from error
    return Place(root, folder, shipped_encoder())


def _path(name: str | os.PathLike[str], option: str) -> Path:
    if not os.fspath(name):
        raise SettingError(f"{option} has an empty name; leave it out, or name a folder")
    return Path(name).expanduser()
