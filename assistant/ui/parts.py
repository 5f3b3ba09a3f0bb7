"""Small parts of the page: icons, links to passages, words for numbers."""

from __future__ import annotations

from ipaddress import ip_address

from ..documents import Citation, Label
from ..markup import Html, tag

LABELS: dict[Label, str] = {
    "exact": "Exact quote",
    "normalised": "Same words; spacing or quotation marks differ",
    "located": "Passage found for this statement",
}


def icon(name: str, size: str = "s") -> Html:
    """A drawing of the page's own sheet, which says nothing to a screen reader."""
    return tag(f"svg.icon.{size}", tag("use", href=f"#i-{name}"), aria_hidden="true")


def unseen(text: str) -> Html:
    """Words for a screen reader alone."""
    return tag("span.vh", text)


def counted(number: int, noun: str) -> str:
    """A number and its noun, such as "1,272 words"."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def is_here(host: str) -> bool:
    """Whether what goes to a host stays on this computer; "" is none at all."""
    if host in ("", "localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def place(citation: Citation, section: str, number: int = 0) -> dict[str, str | int]:
    """What a link to a passage carries: enough to open and to preview it."""
    return {
        "data_source": citation.source,
        "data_start": citation.start,
        "data_end": citation.end,
        "data_quote": citation.quote,
        "data_title": citation.title,
        "data_section": section,
        "data_label": LABELS[citation.label],
        "data_n": number,
    }
