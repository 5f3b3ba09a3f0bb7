"""The page: its head, what it was made from, and the parts in their order."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ...documents import flat
from ...markup import Child, Html, tag
from ..judging import Outcome
from ..running import Run
from ..summary import means
from .cases import cases
from .flips import flips
from .parts import Row, badge, counted, facts, fold, number, table
from .suite import suite

HERE = Path(__file__).parent

MEANINGS: Mapping[Outcome, str] = {
    "correct": "answered with a right answer, and cited the evidence",
    "wrong": "answered, but not with a right answer, or not from the evidence",
    "refused rightly": "refused, and the text has no answer",
    "refused wrongly": "refused, but the text has an answer",
    "answered wrongly": "answered, but the text has no answer",
    "error": "could not be asked or judged",
}


def page(runs: Sequence[Run], texts: Mapping[str, Mapping[str, str]], before: Sequence[Run] = ()) -> str:
    """The report as one HTML document, the same for the same arguments.

    Args:
        runs: of one or more suites.
        texts: by suite and source, the texts that cases are shown in.
        before: earlier runs of the same suites, to tell what flipped.
    """
    style, script = (Html((HERE / name).read_text(encoding="utf-8")) for name in ("report.css", "report.js"))
    flipped = flips(runs, before)
    title = "Evals: " + ", ".join(flat(run.suite) for run in runs)
    head = [
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", style),
    ]
    body = [
        tag("header", tag("h1", "Evals"), _contents(runs, flipped is not None)),
        tag(
            "main",
            _overview(runs),
            flipped,
            [suite(run, at) for at, run in enumerate(runs)],
            cases(runs, texts),
        ),
        tag("script", script),
    ]
    return "<!doctype html>\n" + tag("html", tag("head", head), tag("body", body), lang="en") + "\n"


def _policy(style: str, script: str) -> str:
    """Nothing may run, be fetched or be sent but this style and this script."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _contents(runs: Sequence[Run], flipped: bool) -> Html:
    places = [(f"suite-{at}", run.suite) for at, run in enumerate(runs)]
    places = [*([("flips", "Flips")] if flipped else []), *places, ("cases", "Cases")]
    return tag("nav", [tag("a", name, href=f"#{place}") for place, name in places], aria_label="Contents")


def _overview(runs: Sequence[Run]) -> Html:
    results = [result for run in runs for result in run.results]
    right = sum(result.right for result in results)
    head = ["suite", "right", "decision accuracy", "answer accuracy", "threshold", "replies"]
    meanings: dict[str, Child] = {badge(outcome): text for outcome, text in MEANINGS.items()}
    return tag(
        "section.overview",
        tag("p.headline", tag("b", f"{right:,} of {counted(len(results), 'case')}"), " right"),
        table("Suites", head, [_row(run, at) for at, run in enumerate(runs)]),
        fold("What the outcomes mean", facts(meanings)),
        fold("What this was made with", facts(_identity(runs))),
    )


def _row(run: Run, at: int) -> Row:
    found = means(run.results, ("decision", "answer"))
    return (
        tag("a", run.suite, href=f"#suite-{at}"),
        f"{sum(result.right for result in run.results):,} of {len(run.results):,}",
        *(number(found[name].value) if name in found else "–" for name in ("decision", "answer")),
        f"{run.threshold:.3g}",
        "kept from an earlier run" if run.cached else "asked now",
    )


def _identity(runs: Sequence[Run]) -> Mapping[str, Child]:
    """Each part of the identities once, or a line for each suite where they differ."""
    names = dict.fromkeys(name for run in runs for name in run.identity)
    return {name: _once([(run.suite, run.identity.get(name, "–")) for run in runs]) for name in names}


def _once(values: Sequence[tuple[str, str]]) -> Iterable[Html]:
    if len({value for _, value in values}) == 1:
        return [tag("code", values[0][1])]
    return [tag("p", f"{suite}: ", tag("code", value)) for suite, value in values]
