"""The list of cases, and what each shows when it is opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...answers import MARKER, REASONS, Answer, Refusal
from ...documents import Citation, flat
from ...markup import Child, Html, tag
from ..judging import OUTCOMES, Result
from ..running import Run
from ..summary import METRICS
from .context import Shelf, in_context
from .parts import badge, counted, facts, place_of

KEY = {"evidence": "what a right reply cites", "cited": "what the reply cites", "cited.evidence": "both"}
NEAREST = 260  # characters of a nearest passage that are shown


def cases(runs: Sequence[Run], texts: Mapping[str, Mapping[str, str]]) -> Html:
    """Every case of every run, under the filters."""
    n = sum(len(run.results) for run in runs)
    shelves = {run.suite: Shelf(texts.get(run.suite, {})) for run in runs}
    return tag(
        "section",
        tag("h2", "Cases"),
        _filters(runs),
        tag("p.quiet", counted(n, "case"), id="shown", role="status"),
        tag(
            "p.quiet.key",
            "In the text: ",
            [(tag(f"mark.{kinds}", means), " ") for kinds, means in KEY.items()],
        ),
        tag("div", [_case(result, shelves[run.suite]) for run in runs for result in run.results], id="list"),
        id="cases",
    )


def _filters(runs: Sequence[Run]) -> Html:
    """Shown by the script only: without it, nothing could answer them."""
    results = [result for run in runs for result in run.results]
    tags = sorted({flat(each) for result in results for each in result.case.tags})
    there = {result.outcome for result in results}
    outcomes = [
        tag("label.pick", tag("input", type="checkbox", name="outcome", value=outcome), badge(outcome))
        for outcome in OUTCOMES
        if outcome in there
    ]
    return tag(
        "form",
        _field("Search", tag("input", type="search", name="q", id="search")),
        _select("suite", "Suite", [run.suite for run in runs]) if len(runs) > 1 else None,
        _select("tag", "Tag", tags) if tags else None,
        tag("button", "Show all", type="reset"),
        tag("fieldset", tag("legend.unseen", "Outcome"), outcomes),
        id="filters",
        autocomplete="off",
        hidden=True,
    )


def _select(name: str, label: str, values: Iterable[str]) -> Html:
    options = [tag("option", flat(each), value=flat(each)) for each in values]
    return _field(label, tag("select", tag("option", "all", value=""), options, name=name, id=label.lower()))


def _field(label: str, control: Html) -> Html:
    return tag("div.field", tag("label", label, for_=label.lower()), control)


def _case(result: Result, shelf: Shelf) -> Html:
    case = result.case
    summary = tag(
        "summary",
        badge(result.outcome),
        tag("span.question", flat(case.question) or tag("i", "an empty question")),
        tag("span.sure", f"confidence {result.confidence:.2f}") if result.reply else None,
        tag("span.why", flat(result.reason)),
    )
    return tag(
        "details.case",
        summary,
        facts(_inside(result, shelf)),
        id=place_of(result.suite, result.case.id),
        data_suite=flat(result.suite),
        data_outcome=result.outcome,
        data_tags="\n".join(map(flat, case.tags)),
    )


def _inside(result: Result, shelf: Shelf) -> Mapping[str, Child]:
    case, reply = result.case, result.reply
    follows = reply is not None and reply.standalone not in ("", case.question)
    return {
        "Asked before": [tag("p", flat(each)) for each in case.history],
        "Searched for": flat(reply.standalone) if reply and follows else None,
        "Reply": _answer(reply) if isinstance(reply, Answer) else _refusal(reply) if reply else None,
        "Expected": tag("p", " · ".join(case.answers)) if case.answers else _expectation(case.answerable),
        "Would have said": _candidate(result) if isinstance(reply, Refusal) else None,
        "In the text": in_context(result, shelf),
        "Scores": _pairs({METRICS.get(name, name): f"{value:.3g}" for name, value in result.scores.items()}),
        "Case": _origin(result),
    }


def _expectation(answerable: bool) -> str:
    return "the evidence, cited" if answerable else "a refusal"


def _answer(reply: Answer) -> Child:
    pieces = MARKER.split(reply.text)
    text = [tag("span.chip", piece) if at % 2 else piece for at, piece in enumerate(pieces)]
    return [
        tag("p.short", flat(reply.short)) if reply.short else None,
        tag("p.answer", text),
        tag("ol.sources", [_source(number, each) for number, each in enumerate(reply.citations, 1)]),
        _notices(reply.notices),
    ]


def _source(number: int, citation: Citation) -> Html:
    place = f" characters {citation.start} to {citation.end}, {citation.label}"
    return tag("li", tag("span.chip", number), f" {citation.title}", tag("span.quiet", place))


def _refusal(reply: Refusal) -> Child:
    nearest = [
        tag(
            "blockquote",
            _shortened(each.quote),
            tag("footer", f"{each.title}, characters {each.start} to {each.end}"),
        )
        for each in reply.nearest
    ]
    return [
        tag("p.short", REASONS[reply.reason]),
        tag("p", "Not in the text: ", tag("b", "; ".join(reply.missing))) if reply.missing else None,
        tag("p.quiet", "Nearest passages, which do not answer it") if nearest else None,
        nearest,
        _notices(reply.notices),
    ]


def _notices(notices: Iterable[str]) -> Child:
    return [tag("p.notice", each) for each in notices]


def _candidate(result: Result) -> Child:
    if result.candidate is None:
        return None
    verdict = "right" if result.candidate_right else "wrong"
    return (flat(result.candidate), " ", tag("span.quiet", f"({verdict}, had it answered)"))


def _pairs(values: Mapping[str, Child]) -> Child:
    return [tag("span.pair", tag("span.quiet", name), " ", value) for name, value in values.items() if value]


def _origin(result: Result) -> Child:
    case, reply = result.case, result.reply
    values: dict[str, Child] = {
        "suite": result.suite,
        "id": tag("a", case.id, href="#" + place_of(result.suite, case.id)),
        "tags": ", ".join(case.tags),
        "source": case.source,
        "cluster": result.cluster,
        "reader": reply.reader if reply else None,
        "time": f"{result.milliseconds:.0f} ms" if reply else None,
    }
    return _pairs(values)


def _shortened(quote: str) -> str:
    quote = flat(quote)
    return quote if len(quote) <= NEAREST else quote[:NEAREST].rsplit(" ", 1)[0] + "\u00a0…"
