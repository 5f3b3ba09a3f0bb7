"""The commands `ask`, `index` and `doctor`."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import IndexProblem
from .chatting import print_events
from .options import WIDEST, Bar, Corpus, IndexFolder, Model, app, end_with_the_reader_of_our_output

if TYPE_CHECKING:
    from ..answers import Answer, Refusal
    from ..index.opened import Index


@app.command()
def ask(
    question: Annotated[
        str, typer.Argument(help="The question; - reads questions from standard input, one a line.")
    ],
    corpus: Corpus = None,
    index: IndexFolder = None,
    llm: Model = None,
    as_json: Annotated[
        bool, typer.Option("--json", envvar="ASSISTANT_JSON", help="Write replies as JSON, one a line.")
    ] = False,
) -> None:
    """Answer a question with cited sentences, or refuse it and say what the text lacks."""
    from ..assistant import Assistant

    with Bar() as progress, Assistant.open(corpus, index, llm or None, progress=progress) as assistant:
        progress.close()
        end_with_the_reader_of_our_output()
        several = question == "-"
        for asked in _lines() if several else [question]:
            if llm and not as_json and not several:  # a model takes its time: show what it has proven
                print_events(assistant.stream(asked))
                continue
            _print_reply(assistant.ask(asked), as_json=as_json, several=several)


def _lines() -> Iterator[str]:
    for line in sys.stdin:
        yield line.rstrip("\r\n")


def _print_reply(reply: Answer | Refusal, *, as_json: bool, several: bool) -> None:
    if as_json:
        print(json.dumps(reply.to_dict()), flush=several)
    elif several:
        print(f"> {reply.question}\n{_for_reading(reply)}\n", flush=True)
    else:
        print(_for_reading(reply))


def _for_reading(reply: Answer | Refusal) -> str:
    """The reply, on a terminal with its lines broken between words."""
    if not sys.stdout.isatty():
        return str(reply)
    width = min(WIDEST, shutil.get_terminal_size().columns)
    lines = ((line, "  " if line.startswith("- ") else "") for line in str(reply).split("\n"))
    return "\n".join(textwrap.fill(line, width, subsequent_indent=indent) for line, indent in lines)


@app.command()
def index(
    corpus: Corpus = None,
    index: IndexFolder = None,
    check: Annotated[
        bool, typer.Option("--check", envvar="ASSISTANT_CHECK", help="Verify the index and change nothing.")
    ] = False,
) -> None:
    """Build or update the index of a corpus, or check it."""
    from ..index import update
    from ..index.place import place_of

    place = place_of(corpus, index)
    with Bar() as progress:
        if check:
            try:
                update.check(place, progress)
            except IndexProblem as problem:
                progress.close()
                print(f"not in order: {problem}")
                raise typer.Exit(1) from None
        else:
            update.bring_up_to_date(place, progress)
    with update.open_index(place) as opened:
        _print_index(opened, place.folder)


def _print_index(opened: Index, folder: Path) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from ..index.opened import describe

    end_with_the_reader_of_our_output()
    table = Table("text", "title", "words", box=None, pad_edge=False)
    for document in islice(opened.documents(), LISTED):
        table.add_row(escape(document.source), escape(document.title), f"{len(document.text.split()):,}")
    documents = describe(opened.generation).documents
    console = Console(soft_wrap=True)
    console.print(table)
    if documents > LISTED:
        console.print(f"and {documents - LISTED:,} more")
    for row in opened.skipped():
        console.print(f"skipped {escape(row.source)}: {escape(row.skipped)}", style="yellow")
    texts = f"{documents:,} text{'s' * (documents != 1)}"
    console.print(f"{texts}, {len(opened):,} passages in {escape(str(folder))}: whole and up to date")


LISTED = 40  # texts


@app.command()
def doctor(corpus: Corpus = None, index: IndexFolder = None, llm: Model = None) -> None:
    """Check models, settings, corpus and index, try the language model, and say what mends them."""
    from ..doctor import examine

    with Bar() as progress:
        findings = list(examine(corpus, index, progress, llm))
    end_with_the_reader_of_our_output()
    for finding in findings:
        print(f"{'ok  ' if finding.well else 'FAIL'}  {finding.part}: {finding.says}")
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)
