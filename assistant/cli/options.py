"""What the commands share: the app, its options, the progress bar."""

from __future__ import annotations

import signal
import sys
from typing import Annotated

import typer

app = typer.Typer(
    help="Ask a text: every sentence of an answer is proven by a cited span, or the question is refused.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

WIDEST = 100  # columns of a text that is easily read

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
    typer.Option(
        "--llm",
        envvar="ASSISTANT_LLM",
        help="Language model: ollama:MODEL, openai:MODEL or openai-like:MODEL. None when left out.",
    ),
]


def end_with_the_reader_of_our_output() -> None:
    """From here on `| head` ends us as it ends other programs.

    Not before: an indexer that dies closes a pipe of ours, too, and that is an error to report.
    """
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


class Bar:
    """A bar on standard error from the first report on; nothing where that is no terminal."""

    def __init__(self) -> None:
        self._bar: object | None = None

    def __enter__(self) -> Bar:
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
