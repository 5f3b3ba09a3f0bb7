"""The commands `eval`, `calibrate` and `case add`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Bar, Corpus, IndexFolder, app, end_with_the_reader_of_our_output

if TYPE_CHECKING:
    from ..evals.baseline import Checked
    from ..evals.running import Run
    from ..evals.suites import Suite


def _option(name: str, help_: str) -> typer.models.OptionInfo:
    variable = f"ASSISTANT_{name.upper()}"
    option: typer.models.OptionInfo = typer.Option(f"--{name}", envvar=variable, help=help_)
    return option


@app.command(name="eval")
def evaluate(
    suites: Annotated[
        list[str] | None, typer.Argument(help="Names in evals/, files or folders; all of evals/ for none.")
    ] = None,
    check: Annotated[
        bool, _option("check", "Fail when a case that was right in the baseline is wrong, and show it.")
    ] = False,
    accept: Annotated[bool, _option("accept", "Make this run the baseline.")] = False,
    tag: Annotated[str | None, _option("tag", "Only the cases with this tag.")] = None,
    json: Annotated[Path | None, _option("json", "Write the cases there, JSON Lines.")] = None,
    html: Annotated[Path | None, _option("html", "Write a page there to read the cases in.")] = None,
    junit: Annotated[Path | None, _option("junit", "Write JUnit XML there.")] = None,
    against: Annotated[
        Path | None, _option("against", "What an earlier --json wrote: the page shows what flipped.")
    ] = None,
    format_: Annotated[
        str | None,
        _option("format", "What SUITE is: squad2 (each paragraph a corpus), squad2-articles, or beir."),
    ] = None,
    limit: Annotated[int | None, _option("limit", "With --format: a sample of so many questions.")] = None,
    fresh: Annotated[bool, _option("fresh", "Ask again although nothing has changed.")] = False,
    corpus: Corpus = None,
    index: IndexFolder = None,
) -> None:
    """Run suites of questions, explain every score, and fail when it got worse."""
    from ..evals.suites import load_suites
    from .tables import print_run

    if check and accept:
        raise typer.BadParameter("--check compares with the baseline, --accept rewrites it: choose one")
    if format_:
        _benchmark(format_, suites or [], limit)
        return
    loaded = load_suites(suites or [])
    loaded = _tagged(loaded, tag) if tag else loaded
    runs, texts = _run_all(loaded, corpus, index, fresh=fresh, strict=not check)
    _write(runs, texts, json=json, html=html, junit=junit, against=against)
    end_with_the_reader_of_our_output()
    for done in runs:
        print_run(done)
    if accept:
        _accept(loaded, runs, whole=not tag)
    if check and not _check(loaded, runs, whole=not tag):
        raise typer.Exit(1)


def _run_all(
    suites: list[Suite], corpus: str | None, index: str | None, *, fresh: bool, strict: bool
) -> tuple[list[Run], dict[str, dict[str, str]]]:
    """Each suite's run, and its texts by suite and name."""
    from ..evals import running

    cache = None if fresh else running.cache_folder()
    runs, texts = [], {}
    with Bar() as progress:
        for suite in suites:
            with running.opened(suite, corpus, index, progress) as assistant:
                runs.append(running.run(suite, assistant, cache=cache, strict=strict, progress=progress))
                texts[suite.name] = {each.source: each.text for each in assistant.documents}
    return runs, texts


def _tagged(suites: list[Suite], tag: str) -> list[Suite]:
    kept = [suite.tagged(tag) for suite in suites if any(tag in case.tags for case in suite.cases)]
    if not kept:
        known = sorted({each for suite in suites for case in suite.cases for each in case.tags})
        raise typer.BadParameter(f"no case has the tag {tag!r}; there are: {', '.join(known)}")
    return kept


def _check(suites: list[Suite], runs: list[Run], *, whole: bool) -> bool:
    """Compare each run with its baseline; whether none got worse."""
    from ..errors import SuiteProblem
    from ..evals import baseline
    from .tables import print_check

    checked: list[Checked] = []
    for suite, done in zip(suites, runs, strict=True):
        file = baseline.file_for(suite)
        accepted = baseline.load_baseline(file).get(suite.name)
        if accepted is None:
            raise SuiteProblem(
                f"{str(file)!r} has no baseline of {suite.name!r}; make this run one: "
                f"assistant eval {suite.name} --accept"
            )
        checked.append(baseline.check(done, accepted, whole=whole))
    for each in checked:
        print_check(each)
    return not any(each.worse for each in checked)


def _accept(suites: list[Suite], runs: list[Run], *, whole: bool) -> None:
    from ..evals import baseline

    if not whole:
        raise typer.BadParameter("--accept takes whole suites, not the cases of a tag")
    for suite, done in zip(suites, runs, strict=True):
        file = baseline.file_for(suite)
        baseline.accept(file, [done])
        print(f"{suite.name}: {len(done.results)} cases are the baseline now, in {file}")


def _write(
    runs: list[Run],
    texts: dict[str, dict[str, str]],
    *,
    json: Path | None,
    html: Path | None,
    junit: Path | None,
    against: Path | None,
) -> None:
    from ..evals import files

    before = files.read_runs(against) if against else []
    if json:
        files.write(json, "".join(f"{line}\n" for done in runs for line in done.to_lines()))
    if html:
        from ..evals.page import page

        files.write(html, page(runs, texts, before))
    if junit:
        files.write(junit, files.junit(runs))


def _benchmark(name: str, files: list[str], limit: int | None) -> None:
    from ..evals import benchmarks
    from .tables import print_figures

    if name not in benchmarks.FORMATS:
        raise typer.BadParameter(f"--format {name!r} is none of {', '.join(benchmarks.FORMATS)}")
    if len(files) != 1:
        raise typer.BadParameter(f"--format {name} takes one file or folder, not {len(files)}")
    with Bar() as progress:
        figures = benchmarks.FORMATS[name](Path(files[0]).expanduser(), limit, progress)
    end_with_the_reader_of_our_output()
    print_figures(figures)


@app.command()
def calibrate(
    suite: Annotated[str, typer.Argument(help="Your suite: a name in evals/, a file or a folder.")],
    wrong: Annotated[
        float,
        typer.Option(
            "--wrong", envvar="ASSISTANT_WRONG", help="Share of answers that may be wrong.", min=0.0, max=0.5
        ),
    ] = 0.05,
    borrow: Annotated[
        list[str] | None,
        typer.Option(
            "--borrow",
            envvar="ASSISTANT_BORROW",
            help="Suites whose questions are off topic here; repeatable.",
        ),
    ] = None,
    corpus: Corpus = None,
    index: IndexFolder = None,
) -> None:
    """Fit confidence and threshold to your own questions, and keep them beside that corpus' index."""
    from ..evals import calibrating
    from ..evals.suites import load_suite
    from .tables import print_calibration

    loaded = load_suite(suite)
    borrowed = [load_suite(each) for each in borrow or []]
    with Bar() as progress:
        fitted = calibrating.calibrate(loaded, borrowed, wrong, corpus, index, progress)
    end_with_the_reader_of_our_output()
    print_calibration(fitted)


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
    answerable = typer.confirm("\nDoes the text answer the question?", err=True)
    chosen = typer.prompt("Which sentences prove it (numbers)", err=True) if answerable else ""
    answers = (
        typer.prompt("The answer in the text's words (several: with ;)", default="", err=True)
        if answerable
        else ""
    )
    tags = typer.prompt("Tags (several: with spaces)", default="", err=True)
    case = make_case(question, shown, chosen, answers, tags, answerable=answerable)
    append(file, case)
    print(f"{case.id} is a case of {file} now; run: assistant eval {file}")
