"""The generation before: its vectors, and its documents that are as they were, with Chroma's rows of them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from ..corpus.files import Listing
from ..documents import Document
from ..models import Encoder, Floats
from . import layout
from .fingerprint import Fingerprint
from .opened import Description, compare, compare_graph, describe, same_file
from .store import Store

FEWEST = 1_000  # passages; fewer are built as fast as they are taken over
MOST_PATCHED = 0.1  # of the passages may have been written into a graph since it was built whole


@dataclass(frozen=True, slots=True)
class Earlier:
    """A generation as it was written, open for reading; nothing is ever written to it."""

    generation: Path
    description: Description
    vectors: Floats
    store: Store
    places: Mapping[str, range]

    @classmethod
    def open(cls, generation: Path) -> Self | None:
        """None where it is damaged: what cannot be used again is made again."""
        try:
            description = describe(generation)
            compare(generation, description, up_to=None)
            shape = (description.passages, Encoder.dimension)
            vectors = np.memmap(generation / layout.VECTORS, dtype=np.float32, mode="r", shape=shape)
            store = Store.open(generation / layout.TEXTS)
            return cls(generation, description, vectors, store, store.places())
        except Exception:  # noqa: BLE001  # whatever is wrong with it
            return None

    def close(self) -> None:
        self.store.close()

    def known(self) -> dict[bytes, Floats]:
        """Its vectors by the digest of what they were made from."""
        return {key: self.vectors[number] for key, number in self.store.vector_keys()}

    def rows(self, document: Document) -> range | None:
        """The rows of the document's passages; None unless it is here, and as it was."""
        same = self.store.document(document.source) == document
        return self.places.get(document.source, range(0)) if same else None

    def lend(self, folder: Path, fingerprint: Fingerprint, listing: Listing) -> bool:
        """Copy Chroma into a build, unless it was built with something else, is small, or much changed.

        The copy is the build's to write to. Its graph is as it was verified, byte for byte; its
        rows are compared with the texts when the build is verified.
        """
        passages = self.description.passages
        if self.description.fingerprint != fingerprint or passages < FEWEST:
            return False
        if self.description.patched + self._to_patch(listing) > MOST_PATCHED * passages:
            return False
        chroma = self.generation / layout.CHROMA
        if any(chroma.glob("*-journal")):  # another program is writing to it
            return False
        try:
            compare_graph(self.generation, self.description)
            shutil.copytree(chroma, folder / layout.CHROMA)
            compare_graph(folder, self.description)
        except Exception:  # noqa: BLE001  # whatever is wrong with it
            shutil.rmtree(folder / layout.CHROMA, ignore_errors=True)
            return False
        return True

    def _to_patch(self, listing: Listing) -> float:
        """About how many passages the changed files have, before and after."""
        before = {row.source: row for row in self.store.files()}
        changed = {
            file.source: file.size
            for file in listing.files
            if not same_file(before.get(file.source), file.path, file.stamp)
        }
        sizes = sum(file.size for file in listing.files)
        gone = self.places.keys() - {file.source for file in listing.files}
        old = sum(len(rows) for source, rows in self.places.items() if source in changed or source in gone)
        return old + self.description.passages * sum(changed.values()) / max(1, sizes)


def gone(earlier: Earlier, store: Store) -> tuple[Sequence[str], Floats]:
    """Ids and vectors of the earlier passages that the new texts do not have."""
    kept = set(store.ids())
    lost = [(number, id_) for number, id_ in enumerate(earlier.store.ids()) if id_ not in kept]
    return [id_ for _, id_ in lost], earlier.vectors[[number for number, _ in lost]]
