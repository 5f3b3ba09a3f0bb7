"""Read a corpus' files as documents, without losing or guessing a letter."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ..documents import Document
from ..text import blocks, encodable, flat_heading
from .files import Listing, SourceFile

if TYPE_CHECKING:
    from .manifest import Manifest  # imports pydantic, which texts in memory do without

LARGEST = 50_000_000  # bytes of one file
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")  # but for white space
CONTROLS_IN_TEXT = 0.01  # share of control characters above which a file is no text


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a file.

    Attributes:
        sha256: of the bytes that were read, hexadecimal; "" when they could not be.
        document: None when the file was left out.
        why: it was left out, or "".
    """

    file: SourceFile
    sha256: str
    document: Document | None
    why: str = ""


def load_documents(listing: Listing, manifest: Manifest) -> Iterator[Loaded]:
    """Read each file, in order of their names."""
    for file in listing.files:
        digest = ""
        try:
            data = _read(file)
            digest = hashlib.sha256(data).hexdigest()
            text = decode(data)
        except (OSError, ValueError) as error:
            yield Loaded(file, digest, None, str(error))
            continue
        entry = manifest.documents.get(file.source)
        title = entry.title if entry else title_of(file.source, text)
        has_words = any(map(str.isalnum, text))
        document = Document(file.source, title, text) if has_words else None
        yield Loaded(file, digest, document, "" if has_words else "no words in it")


def documents_of(texts: Mapping[str, str]) -> list[Document]:
    """Documents of texts in memory, in order of their names; those without words are left out."""
    return [
        Document(source, title_of(source, text), text)
        for source, text in sorted(texts.items())
        if any(map(str.isalnum, text))
    ]


def title_of(source: str, text: str) -> str:
    """The first line when it is a heading, else the file's stem."""
    first = next(iter(blocks(text[:2000])), None)
    if first is not None and first.heading:
        return encodable(flat_heading(text[first.span.start : first.span.end]))
    return PurePosixPath(source).stem or source


def decode(data: bytes) -> str:
    """The text of a file: UTF-8, or UTF-16 with a byte order mark, which is dropped.

    Raises:
        ValueError: the bytes are no such text; says where.
    """
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"not UTF-8: byte {error.start} is 0x{data[error.start]:02x}; save it as UTF-8"
        ) from None
    controls = sum(1 for _ in CONTROLS.finditer(text))
    if controls > CONTROLS_IN_TEXT * len(text):
        raise ValueError(f"not a text: {controls} of {len(text)} characters are control characters")
    return text


def _read(file: SourceFile) -> bytes:
    if file.size > LARGEST:
        raise ValueError(f"{file.size} bytes, above the limit of {LARGEST}")
    # Between listing and reading the file may have become a link or a pipe: neither is followed.
    descriptor = os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as stream:
        data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:  # it grew since it was listed
        raise ValueError(f"more than {LARGEST} bytes")
    return data
