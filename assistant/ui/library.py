"""The library and the start screen: what can be asked, chosen and read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..markup import Child, Html, join, tag
from .parts import counted, icon, unseen
from .shelf import Entry, Shelf

LISTED = 100  # texts at once; more are found by their titles
CARDS = 3  # texts on the start screen
HEADINGS = 5  # of each of them

ORDERS: dict[str, Callable[[Entry], tuple[float, str]]] = {
    "name": lambda entry: (0, entry.source.casefold()),
    "title": lambda entry: (0, entry.title.casefold()),
    "longest": lambda entry: (-entry.words, entry.source.casefold()),
    "newest": lambda entry: (-entry.changed, entry.source.casefold()),
}


def found(shelf: Shelf, words: str, order: str) -> list[Entry]:
    """The texts whose title or name has all these words, in this order."""
    wanted = words.casefold().split()
    entries = [
        entry
        for entry in shelf.entries.values()
        if all(word in f"{entry.title} {entry.source}".casefold() for word in wanted)
    ]
    return sorted(entries, key=ORDERS.get(order, ORDERS["name"]))


def documents(entries: Sequence[Entry]) -> Html:
    """Rows of the library."""
    rows = tag("ul.docs", [_row(entry) for entry in entries[:LISTED]])
    more = len(entries) - LISTED
    rest = tag("p.quiet", f"and {more:,} more: find them by their titles") if more > 0 else None
    none = tag("p.quiet", "No document has these words.") if not entries else None
    return join([rows, rest, none])


def _row(entry: Entry) -> Html:
    box = tag("input", type="checkbox", checked=True, data_choose=entry.source)
    facts = [tag("span", counted(entry.words, "word")), tag("span", entry.date) if entry.date else None]
    read = tag("button.link", "Open", unseen(f" {entry.title}"), type="button", data_document=entry.source)
    outline = tag(
        "button.link",
        "Show headings",
        unseen(f" of {entry.title}"),
        type="button",
        aria_expanded="false",
        data_outline=entry.source,
    )
    return tag(
        "li",
        tag("label", box, tag("span", entry.title)),
        tag("p.facts", facts),
        tag("p.doc-tools", read, outline),
    )


def outline(shelf: Shelf, source: str) -> Html:
    """The headings of a text, each of which opens it there."""
    headings = shelf.headings(source)
    links = [
        tag("li", tag("button", each.text, type="button", data_document=source, data_at=each.start))
        for each in headings
    ]
    return tag("ul.outline", links) if links else tag("p.quiet", "It has no headings.")


def start(shelf: Shelf, where: str) -> Html:
    """What is here, and how to begin: questions that work, else headings; and where it is answered."""
    entries = list(shelf.entries.values())
    cards = [_card(shelf, entry, outlined=not shelf.questions) for entry in entries[:CARDS]]
    more = len(entries) - CARDS
    return tag(
        "div.start",
        tag("h2", "Every answer shows the passage it comes from."),
        tag("p.lede", "What the text does not say is refused, and you see what is missing. ", where),
        tag("div.cards", cards),
        tag("p.quiet", f"and {counted(more, 'more document')} in the library") if more > 0 else None,
        _examples(shelf.questions),
    )


def _card(shelf: Shelf, entry: Entry, *, outlined: bool) -> Html:
    headings = shelf.headings(entry.source)
    facts = [entry.source, counted(entry.words, "word")]
    facts += [counted(len(headings), "heading")] * bool(headings)
    below = [(each.start, each.text) for each in headings if each.text != entry.title]
    read = tag(
        "button.btn.plain",
        icon("book"),
        "Read it",
        unseen(f": {entry.title}"),
        type="button",
        data_document=entry.source,
    )
    return tag(
        "div.card",
        tag("div", tag("p.t", entry.title), tag("p.f", " · ".join(facts))),
        read,
        _contents(entry, below[:HEADINGS]) if outlined else None,
    )


def _contents(entry: Entry, headings: Sequence[tuple[int, str]]) -> Child:
    links = [
        tag("li", tag("button.link", text, type="button", data_document=entry.source, data_at=at))
        for at, text in headings
    ]
    return tag("ul.contents", links, aria_label=f"Headings of {entry.title}") if links else None


def _examples(questions: Sequence[str]) -> Child:
    if not questions:
        return None
    rows = [
        tag("li", tag("button", tag("span", each), icon("right"), type="button", data_ask=each))
        for each in questions[:4]
    ]
    return [tag("h3", "Try one of these"), tag("ul.eg", rows)]
