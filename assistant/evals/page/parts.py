"""What several parts of the page are made of: badges, tables, links to cases, numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, urlencode

from ...documents import flat
from ...markup import Child, Html, clean, tag
from ...scoring.statistics import Difference, Mean
from ..judging import Outcome
from ..summary import METRICS
from .figures import slug, whisker

Row = Sequence[Child]

LOWER_IS_BETTER = {"brier"}


def number(value: float) -> str:
    """Three digits behind the point, with a true minus; a dash for what is no number."""
    return f"{value:.3f}".replace("-", "−") if math.isfinite(value) else "–"


def span(low: float, high: float) -> str:
    """An interval."""
    return f"{number(low)} to {number(high)}"


def counted(n: int, noun: str) -> str:
    """Such as "1 case" or "1,200 cases"."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def badge(outcome: Outcome) -> Html:
    """An outcome in its word, after a dot in its colour."""
    return tag(f"span.badge.{slug(outcome)}", outcome)


def place_of(suite: str, case: str) -> str:
    """A case's id in the page, which is also the address behind # that opens it."""
    return "case=" + quote(clean(f"{suite}/{case}"), safe="")


def filtered(**fields: str) -> str:
    """The address of the cases that these filters leave."""
    return "#" + urlencode({name: clean(flat(value)) for name, value in fields.items()})


def fold(summary: Child, *children: Child, unfolded: bool = False) -> Html:
    """What is shown when it is asked for."""
    return tag("details.fold", tag("summary", summary), *children, open=unfolded)


def table(caption: str, head: Sequence[str], rows: Iterable[Row], *, hidden: bool = True) -> Html:
    """A table whose first cells are its rows' names; it scrolls by itself where it is too wide."""
    body = [tag("tr", tag("th", row[0], scope="row"), [tag("td", cell) for cell in row[1:]]) for row in rows]
    columns = [tag("th", name, scope="col") for name in head]
    title = tag("caption.unseen" if hidden else "caption", caption)
    return tag(
        "div.wide",
        tag("table", title, tag("thead", tag("tr", columns)), tag("tbody", body)),
        tabindex="0",
        role="group",
        aria_label=caption,
    )


def mean_cells(mean: Mean | None) -> Row:
    """Value, interval with its picture, and n."""
    if mean is None:
        return ("–", "", "0")
    return (number(mean.value), [whisker(mean), _interval(mean)], f"{mean.n:,}")


def difference_cells(difference: Difference) -> Row:
    """Value with its sign, interval and p."""
    sign = "+" if difference.value > 0 else ""
    return (sign + number(difference.value), _interval(difference), f"{difference.p:.3f}")


def metric(name: str) -> Child:
    """A metric's name, and which way is better where that is not up."""
    return (METRICS[name], tag("span.quiet", " lower is better") if name in LOWER_IS_BETTER else None)


def _interval(of: Mean | Difference) -> Html:
    return tag("span.quiet", span(of.low, of.high))


def facts(pairs: Mapping[str, Child]) -> Html:
    """Names and values; those that are None or empty are left out."""
    return tag("dl", [(tag("dt", name), tag("dd", value)) for name, value in pairs.items() if value])
