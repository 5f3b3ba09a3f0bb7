"""The command line: `assistant ask | index | doctor`.

Results go to standard output, progress and errors to standard error. What is heavy is imported by
the command that needs it: `--help` loads none of it.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sys
import textwrap
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import AssistantError, IndexProblem

if TYPE_CHECKING:
    from .answers import Answer, Refusal
    from .index.opened import Index

app = typer.Typer(
    help="Ask a text: every sentence of an answer is proven by a cited span, or the question is refused.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Corpus = Annotated[
    str | None,
    typer.Option(
        "--corpus",
        envvar="ASSISTANT_CORPUS",
        help="Folder of texts, or one text. The shipped corpus when left out.",
    ),
]
IndexFolder = Annotated[
    str | None,
    typer.Option(
        "--index",
        envvar="ASSISTANT_INDEX",
        help="Where its index lives; docs/corpus.md names the place when left out.",
    ),
]
Model = Annotated[
    str | None,
    typer.Option("--llm", envvar="ASSISTANT_LLM", help="Language model, PROVIDER:MODEL. Not supported yet."),
]


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
    from .assistant import Assistant

    with _Progress() as progress, Assistant.open(corpus, index, llm or None, progress=progress) as assistant:
        progress.close()
        _end_with_the_reader_of_our_output()
        several = question == "-"
        for asked in _lines() if several else [question]:
            _print_reply(assistant.ask(asked), as_json=as_json, several=several)


def _end_with_the_reader_of_our_output() -> None:
    """From here on `| head` ends us as it ends other programs.

    Not before: an indexer that dies closes a pipe of ours, too, and that is an error to report.
    """
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


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


WIDEST = 100  # columns of a text that is easily read


@app.command()
def index(
    corpus: Corpus = None,
    index: IndexFolder = None,
    check: Annotated[
        bool, typer.Option("--check", envvar="ASSISTANT_CHECK", help="Verify the index and change nothing.")
    ] = False,
) -> None:
    """Build or update the index of a corpus, or check it."""
    from .assistant import place_of
    from .index import update

    place = place_of(corpus, index)
    with _Progress() as progress:
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

    from .index.opened import describe

    _end_with_the_reader_of_our_output()
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
def doctor(corpus: Corpus = None, index: IndexFolder = None) -> None:
    """Check models, settings, corpus and index, and say what mends them."""
    from .doctor import examine

    with _Progress() as progress:
        findings = list(examine(corpus, index, progress))
    _end_with_the_reader_of_our_output()
    for finding in findings:
        print(f"{'ok  ' if finding.well else 'FAIL'}  {finding.part}: {finding.says}")
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


class _Progress:
    """A bar on standard error from the first report on; nothing where that is no terminal."""

    def __init__(self) -> None:
        self._bar: object | None = None

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        if not sys.stderr.isatty():
            return
        from rich.console import Console
        from rich.progress import Progress

        if not isinstance(self._bar, Progress):
            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._bar.start()
        task = next((task.id for task in self._bar.tasks if task.description == stage), None)
        if task is None:
            task = self._bar.add_task(stage, total=total)
        self._bar.update(task, completed=done, total=total)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()  # type: ignore[attr-defined]  # a rich Progress, imported late
            self._bar = None


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
