"""The command `case add`."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from .options import Bar, Corpus, IndexFolder, app

cases = typer.Typer(add_completion=False, no_args_is_help=True, help="Cases of a suite of your own.")
app.add_typer(cases, name="case")


@cases.command()
def add(
    question: Annotated[str, typer.Argument(help="The question.")],
    file: Annotated[
        Path, typer.Option("--file", envvar="ASSISTANT_FILE", help="The suite; made when it is not there.")
    ] = Path("suite.jsonl"),
    corpus: Corpus = None,
    index: IndexFolder = None,
) -> None:
    """Ask, say what the reply should have been, and keep both as a case."""
    from ..assistant import Assistant
    from ..evals.collecting import Shown, append, make_case

    with Bar() as progress, Assistant.open(corpus, index, progress=progress) as assistant:
        progress.close()
        reply = assistant.ask(question)
        shown = Shown.of(assistant, reply)
    print(f"{reply}\n", file=sys.stderr)
    for number, sentence in enumerate(shown.sentences, 1):
        print(f"{number:>3}  {sentence.quote}", file=sys.stderr)
    with contextlib.redirect_stdout(sys.stderr):  # a prompt's last character goes there whatever err says
        answerable = typer.confirm("\nDoes the text answer the question?", err=True)
        chosen = typer.prompt("Which sentences prove it (numbers)", err=True) if answerable else ""
        answers = (
            typer.prompt("The answer in the text's words (several: with ;)", default="", err=True)
            if answerable
            else ""
        )
        tags = typer.prompt("Tags (several: with spaces)", default="", err=True)
    case = make_case(question, shown, chosen, answers, tags, answerable=answerable)
    case = append(file, case)
    print(f"{case.id} is a case of {file} now; run: assistant eval {file}")
