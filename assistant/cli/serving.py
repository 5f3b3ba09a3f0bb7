"""The commands `ui` and `verify`."""

from __future__ import annotations

import contextlib
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..documents import Document, flat
from ..errors import SettingError
from .options import Bar, Corpus, IndexFolder, Model, app

if TYPE_CHECKING:
    from ..transcripts import Exported

PROXY = (
    "A proxy stands in front, which lets others in: it speaks TLS, makes each of them log in, and serves the "
    "page under one Origin, that is one name and no other, passing Host on unchanged. See docs/serving.md."
)


@app.command()
def ui(
    host: Annotated[
        str,
        typer.Option(
            "--host",
            envvar="ASSISTANT_HOST",
            help="Address to listen at. Any but this computer's own needs --behind-proxy.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option("--port", envvar="ASSISTANT_PORT", help="Port to listen at; 0 takes any that is free."),
    ] = 7860,
    corpus: Corpus = None,
    index: IndexFolder = None,
    llm: Model = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", envvar="ASSISTANT_BEHIND_PROXY", help=PROXY)
    ] = False,
) -> None:
    """Serve the page: chat with the texts in a browser, every citation opens its passage."""
    from ..assistant import Assistant
    from ..ui.serve import listen, serving

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does
    with (
        contextlib.suppress(KeyboardInterrupt),
        listen(host, port, behind_proxy=behind_proxy) as listening,  # a port that is taken is told at once
        Bar() as progress,
        Assistant.open(corpus, index, llm or None, progress=progress) as assistant,
        serving(assistant, listening, behind_proxy=behind_proxy) as address,
    ):
        progress.close()
        print(f"{address} (Ctrl-C ends it)", flush=True)
        signal.pause()


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A chat that the page exported.")], corpus: Corpus = None
) -> None:
    """Check the citations of an exported chat against the texts again; 1 when one does not hold."""
    from ..index.place import place_of
    from ..transcripts import check

    exported = _exported(file)
    documents = _documents(place_of(corpus, None).corpus, {each.source for each in exported})
    checks = [check(each, documents.get(each.source)) for each in exported]
    for each, checked in zip(exported, checks, strict=True):
        print(f"[{each.number}] {flat(each.source)}, characters {each.start} to {each.end}: {checked.says}")
    holding = sum(checked.holds for checked in checks)
    print(f"{holding} of {len(checks)} citation{'s' * (len(checks) != 1)} hold{'s' * (len(checks) == 1)}")
    if holding < len(checks):
        raise typer.Exit(1)


def _exported(file: Path) -> list[Exported]:
    from ..transcripts import read

    try:
        text = file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, ValueError) as error:
        raise SettingError(
            f"{str(file)!r} cannot be read ({error}); name a chat that the page exported"
        ) from error
    if not (exported := read(text)):
        raise SettingError(f"{str(file)!r} has no citation in it; name a chat that the page exported")
    return exported


def _documents(corpus: Path, sources: set[str]) -> dict[str, Document]:
    """The corpus' documents of these names, as far as they can be read."""
    from ..corpus.files import list_files
    from ..corpus.load import load_documents
    from ..corpus.manifest import Manifest

    listing = list_files(corpus)
    wanted = replace(listing, files=tuple(each for each in listing.files if each.source in sources))
    loaded = (each.document for each in load_documents(wanted, Manifest()))
    return {each.source: each for each in loaded if each is not None}
