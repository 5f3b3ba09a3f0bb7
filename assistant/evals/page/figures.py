"""The figures, as inline SVG: no style attribute, colours by class, so that they follow the theme."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...markup import Child, Html, tag
from ...scoring.calibration import Bin, Point
from ...scoring.statistics import Mean
from ..judging import OUTCOMES, Outcome

WIDTH, HEIGHT = 380, 260
LEFT, TOP, RIGHT, BOTTOM = 40, 12, 12, 40  # room for the axes' numbers and names
LARGEST = 11  # radius of the dot of a bin that holds every case


@dataclass(frozen=True, slots=True)
class Plane:
    """The square from 0 to 1, and up to `top`, on the drawing."""

    top: float = 1.0

    def x(self, value: float) -> float:
        return round(LEFT + value * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - value / self.top * (HEIGHT - TOP - BOTTOM), 1)

    def path(self, points: Iterable[tuple[float, float]]) -> str:
        """Straight lines from point to point, those that fall on one place drawn once."""
        places = dict.fromkeys(f"{self.x(x)} {self.y(y)}" for x, y in points)
        return "M" + "L".join(places)

    def axes(self, below: str, beside: str) -> Iterable[Html]:
        for step in range(5):
            share = step / 4
            x, y = self.x(share), self.y(share * self.top)
            yield tag("line.grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y)
            yield tag("text.tick.up", f"{share * self.top:.2g}", x=LEFT - 7, y=y + 4)
            yield tag("text.tick", f"{share:.2g}", x=x, y=HEIGHT - BOTTOM + 17)
        middle = (TOP + HEIGHT - BOTTOM) / 2
        yield tag("text.axis", below, x=self.x(0.5), y=HEIGHT - 5)
        yield tag("text.axis", beside, x=0, y=0, transform=f"translate(11 {middle}) rotate(-90)")


def _figure(title: str, caption: Child, *drawn: Child) -> Html:
    picture = tag("svg", tag("title", title), *drawn, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img")
    return tag("figure", tag("figcaption", caption), picture)


def reliability_diagram(bins: Sequence[Bin], ece: str) -> Html:
    """Confidence against truth: calibrated bins lie on the diagonal."""
    plane = Plane()
    most = max((each.n for each in bins), default=1)
    dots = [
        tag(
            "circle.dot",
            tag("title", f"{each.n} cases of confidence {each.confidence:.2f}: {each.right:.2f} answerable"),
            cx=plane.x(each.confidence),
            cy=plane.y(each.right),
            r=round(2.5 + (LARGEST - 2.5) * (each.n / most) ** 0.5, 1),
        )
        for each in bins
    ]
    return _figure(
        f"Reliability diagram: expected calibration error {ece}",
        (
            tag("b", "Is the confidence true?"),
            f" On the line it is. The larger the dot, the more cases. ECE {ece}.",
        ),
        plane.axes("confidence", "answerable"),
        tag("path.ideal", d=plane.path([(0, 0), (1, 1)])),
        tag("path.line", d=plane.path((each.confidence, each.right) for each in bins)) if bins else None,
        dots,
    )


def risk_curve(curve: Sequence[Point], threshold: float, aurc: str) -> Html:
    """Share of wrong answers against the share answered; a dot where the threshold stands."""
    plane = Plane(_ceiling(max((point.risk for point in curve), default=1.0)))
    here = [point for point in curve if point.threshold >= threshold][-1:]
    mark = [
        tag(
            "circle.here",
            tag("title", f"threshold {threshold:.2f}: {point.coverage:.2f} answered, {point.risk:.2f} wrong"),
            cx=plane.x(point.coverage),
            cy=plane.y(point.risk),
            r=5,
        )
        for point in here
    ]
    return _figure(
        f"Risk-coverage curve: area under it {aurc}",
        (
            tag("b", "What does answering more cost?"),
            f" The dot is the threshold, {threshold:.2f}. AURC {aurc}.",
        ),
        plane.axes("share answered", "of these wrong"),
        tag("path.line", d=plane.path((point.coverage, point.risk) for point in curve)) if curve else None,
        mark,
    )


def _ceiling(value: float) -> float:
    """The end of an axis that holds this value in four round steps."""
    return next((top for top in (0.04, 0.1, 0.2, 0.4, 0.6, 0.8) if value <= top), 1.0)


def slug(outcome: Outcome) -> str:
    """An outcome as a class name."""
    return outcome.replace(" ", "-")


def outcome_bar(outcomes: Mapping[Outcome, int]) -> Html:
    """One bar, each outcome's part as wide as its share."""
    total, at, parts = sum(outcomes.values()) or 1, 0.0, []
    for outcome in OUTCOMES:
        width = 100 * outcomes.get(outcome, 0) / total
        if width:
            parts.append(tag(f"rect.{slug(outcome)}", x=round(at, 3), width=round(width, 3), height=10))
        at += width
    return tag("svg.bar", parts, viewBox="0 0 100 10", preserveAspectRatio="none", aria_hidden="true")


def whisker(mean: Mean) -> Html:
    """A mean on the line from 0 to 1, and its interval."""
    low, high, value = (round(100 * min(1.0, max(0.0, end)), 1) for end in (mean.low, mean.high, mean.value))
    return tag(
        "svg.whisker",
        tag("line.grid", x1=0, x2=100, y1=6, y2=6),
        tag("line.line", x1=low, x2=high, y1=6, y2=6),
        tag("circle.dot", cx=value, cy=6, r=3.5),
        viewBox="-4 0 108 12",
        aria_hidden="true",
    )
