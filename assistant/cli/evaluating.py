"""The commands `eval` and `calibrate`."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Bar, Corpus, IndexFolder, Model, app, end_with_the_reader_of_our_output

if TYPE_CHECKING:
    from ..documents import Document
    from ..evals.baseline import Accepted
    from ..evals.running import Run
    from ..evals.suites import Suite


def _option(name: str, help_: str) -> typer.models.OptionInfo:
    variable = f"ASSISTANT_{name.upper()}"
    option: typer.models.OptionInfo = typer.Option(f"--{name}", envvar=variable, help=help_)
    return option


Limit = Annotated[
    int | None,
    typer.Option(
        "--limit", envvar="ASSISTANT_LIMIT", help="With --format: a sample of so many questions.", min=1
    ),
]


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
    limit: Limit = None,
    fresh: Annotated[bool, _option("fresh", "Ask again although nothing has changed.")] = False,
    corpus: Corpus = None,
    index: IndexFolder = None,
    llm: Model = None,
) -> None:
    """Run suites of questions, explain every score, and fail when it got worse."""
    from ..evals.suites import load_suites
    from .tables import print_run

    beside = {"check": check, "accept": accept, "tag": tag, "json": json, "html": html, "junit": junit}
    _fit_together(beside, format_, limit, llm)
    if format_:
        _benchmark(format_, suites or [], limit)
        return
    loaded = load_suites(suites or [])
    loaded = _tagged(loaded, tag) if tag else loaded
    accepted = _accepted(loaded) if check else []
    runs, texts = _run_all(loaded, corpus, index, llm, fresh=fresh, strict=not check)
    nearby = _run_nearby(loaded, runs, corpus, index) if accept else []
    _write(runs, texts, json=json, html=html, junit=junit, against=against)
    end_with_the_reader_of_our_output()
    for done in runs:
        print_run(done)
    if accept:
        _accept(loaded, runs, nearby)
    if check and not _check(runs, accepted, whole=not tag):
        raise typer.Exit(1)


def _fit_together(
    given: Mapping[str, object], format_: str | None, limit: int | None, llm: str | None
) -> None:
    """Refuse options that contradict each other, or would be without effect."""
    if given["check"] and given["accept"]:
        raise typer.BadParameter("--check compares with the baseline, --accept rewrites it: choose one")
    if llm and (format_ or given["check"] or given["accept"]):
        option = "format" if format_ else "check" if given["check"] else "accept"
        raise typer.BadParameter(
            f"--{option} is for the offline reader, whose replies do not change by themselves; leave --llm "
            f"{llm!r} out (or --llm ''), and compare two runs of a model by --json and --against"
        )
    if given["accept"] and given["tag"]:
        raise typer.BadParameter("--accept takes whole suites, not the cases of a tag")
    beside = [name for name, value in given.items() if value]
    if format_ and beside:
        raise typer.BadParameter(f"--format prints a benchmark's figures and goes without --{beside[0]}")
    if limit is not None and not format_:
        raise typer.BadParameter("--limit goes with --format; a part of a suite is a --tag")


def _run_all(
    suites: list[Suite], corpus: str | None, index: str | None, llm: str | None, *, fresh: bool, strict: bool
) -> tuple[list[Run], dict[str, dict[str, str]]]:
    """Each suite's run, and its texts by suite and name."""
    from ..evals import running

    cache = None if fresh or llm else running.cache_folder()  # a model may say otherwise the next time
    with Bar() as progress, contextlib.ExitStack() as stack:
        assistants = [
            stack.enter_context(running.opened(each, corpus, index, progress, llm)) for each in suites
        ]
        documents = [{each.source: each for each in assistant.documents} for assistant in assistants]
        if strict:
            _evidence_stands(suites, documents)
        runs = [
            running.run(suite, assistant, cache=cache, strict=False, progress=progress)
            for suite, assistant in zip(suites, assistants, strict=True)
        ]
    texts = {
        suite.name: {name: each.text for name, each in of.items()}
        for suite, of in zip(suites, documents, strict=True)
    }
    return runs, texts


def _evidence_stands(suites: list[Suite], documents: list[dict[str, Document]]) -> None:
    """Raise what is wrong with the evidence of all suites, before any of them is asked."""
    from ..errors import SuiteProblem
    from ..evals.judging import keys_of

    problems = []
    for suite, texts in zip(suites, documents, strict=True):
        try:
            keys_of(suite, texts)
        except SuiteProblem as problem:
            problems.append(str(problem))
    if problems:
        raise SuiteProblem("\n".join(problems))


def _tagged(suites: list[Suite], tag: str) -> list[Suite]:
    kept = [suite.tagged(tag) for suite in suites if any(tag in case.tags for case in suite.cases)]
    if not kept:
        known = sorted({each for suite in suites for case in suite.cases for each in case.tags})
        raise typer.BadParameter(f"no case has the tag {tag!r}; there are: {', '.join(known)}")
    return kept


def _accepted(suites: list[Suite]) -> list[Accepted]:
    """The baseline of each suite."""
    from ..errors import SuiteProblem
    from ..evals import baseline

    found = []
    for suite in suites:
        file = baseline.file_for(suite)
        accepted = baseline.load_baseline(file).get(suite.name)
        if accepted is None:
            raise SuiteProblem(
                f"{str(file)!r} has no baseline of {suite.name!r}; make a run one: "
                f"assistant eval {suite.place_for_people} --accept"
            )
        found.append(accepted)
    return found


def _check(runs: list[Run], accepted: list[Accepted], *, whole: bool) -> bool:
    """Compare each run with its baseline; whether none got worse."""
    from ..evals import baseline
    from .tables import print_check

    checked = [baseline.check(done, base, whole=whole) for done, base in zip(runs, accepted, strict=True)]
    for each in checked:
        print_check(each)
    return not any(each.worse for each in checked)


def _run_nearby(
    suites: list[Suite], runs: list[Run], corpus: str | None, index: str | None
) -> list[list[Run]]:
    """Each suite a little above and below the threshold: what another kind of CPU may decide."""
    from ..evals import running
    from ..evals.baseline import NEAR_THRESHOLD

    found = []
    with Bar() as progress:
        for suite, done in zip(suites, runs, strict=True):
            moved = [min(1.0, max(0.0, done.threshold + by)) for by in (-NEAR_THRESHOLD, NEAR_THRESHOLD)]
            with running.opened(suite, corpus, index, progress) as assistant:
                variants = [assistant.variant(threshold=each) for each in moved]
                found.append([running.run(suite, each, strict=False, progress=progress) for each in variants])
    return found


def _accept(suites: list[Suite], runs: list[Run], nearby: list[list[Run]]) -> None:
    from ..evals import baseline

    for suite, done, near in zip(suites, runs, nearby, strict=True):
        file = baseline.file_for(suite)
        baseline.accept(file, done, near)
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
