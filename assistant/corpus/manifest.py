"""`manifest.toml` in a corpus' root: titles, dates, questions worth asking."""

from __future__ import annotations

import tomllib

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import CorpusError
from .files import MANIFEST, Listing


class Entry(BaseModel):
    """What is known of one document besides its text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1, max_length=300)
    date: str = ""


class Manifest(BaseModel):
    """The whole file; a name that is not expected is an error, as a typing slip would be silent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    documents: dict[str, Entry] = {}
    questions: tuple[str, ...] = ()


def read_manifest(listing: Listing) -> Manifest:
    """The manifest of a corpus, empty without one.

    Raises:
        CorpusError: it is no TOML, or a name or value in it is not as expected.
    """
    if not listing.manifest:
        return Manifest()
    path = listing.root / MANIFEST
    try:
        return Manifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise CorpusError(f"{str(path)!r}: {where}: {first['msg']}; mend that line") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise CorpusError(f"{str(path)!r} is no readable TOML: {error}; mend that line") from error
