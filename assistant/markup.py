"""HTML that nothing can break out of: what is not `Html` already is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import TypeAlias

# What an HTML file cannot hold, or what a text editor would trip over.
UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
VOID = {"br", "input", "meta"}


class Html(str):
    """Markup, taken as it is. Joined or cut it is a plain string again, and escaped."""

    __slots__ = ()


Child: TypeAlias = "str | float | Iterable[Child] | None"


def clean(text: str) -> str:
    """The same text, code point by code point, with U+FFFD for what a page cannot show."""
    return UNSHOWABLE.sub("\ufffd", text)


def join(child: Child) -> Html:
    """Children in a row; None is nothing."""
    if isinstance(child, Html):
        return child
    if child is None:
        return Html()
    if isinstance(child, str | float | int):
        return Html(escape(clean(str(child))))
    return Html("".join(map(join, child)))


def tag(name: str, /, *children: Child, **attributes: str | float | bool | None) -> Html:
    """An element.

    Args:
        name: such as "p", or "p.why.quiet" for one with classes.
        children: what stands in it; strings are escaped.
        attributes: `aria_label` is aria-label, and `for_` is for; those that are None or False are
            left out, and True has no value.
    """
    element, *classes = name.split(".")
    shown = {"class": " ".join(classes) or None, **attributes}
    opening = element + "".join(_attribute(each, value) for each, value in shown.items())
    return Html(f"<{opening}>" if element in VOID else f"<{opening}>{join(children)}</{element}>")


def _attribute(name: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{join(value)}"'
