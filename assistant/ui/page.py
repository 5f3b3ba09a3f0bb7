"""The page: one Gradio component holds it, its functions and its one event."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from ..assistant import Assistant
from ..errors import AssistantError
from ..markup import Html, tag
from ..model_reader import ModelReader
from . import doors, guard, library
from .desk import Desk
from .gate import Gate
from .memory import Memory
from .replies import what_will_leave, who_answers
from .shelf import Shelf

TITLE = "Ask the text"
ASSETS = Path(__file__).parent / "assets"
SCRIPTS = ("chats.js", "reader.js", "library.js", "desk.js")


def build(assistant: Assistant, gate: Gate | None = None) -> gr.Blocks:
    """The page over an assistant, not yet served."""
    shelf = Shelf.of(assistant)
    desk = Desk(assistant, shelf, Memory(), gate or Gate())
    blocks = gr.Blocks(title=TITLE, analytics_enabled=False, fill_height=True, fill_width=True)
    with blocks:
        doors.register(assistant)  # first: its name, `ask`, is free yet
        page = gr.HTML(
            value=_facts(assistant, shelf),
            html_template=_asset("page.html"),
            js_on_load="\n".join(map(_asset, SCRIPTS)),
            server_functions=[
                _callable(each)
                for each in (
                    desk.rebuild,
                    desk.passage,
                    desk.document,
                    desk.documents,
                    desk.outline,
                    desk.copy,
                    desk.export,
                    desk.judge,
                )
            ],
            apply_default_css=False,
            elem_id="page",
        )
        asking = page.ask(
            _asking(desk),
            outputs=page,
            show_progress="hidden",
            api_visibility="private",
            concurrency_limit=None,
        )
        page.stop(None, cancels=asking, api_visibility="private")
    look: dict[str, object] = {"head": head(), "theme": theme(), "favicon_path": ASSETS / "icon.svg"}
    vars(blocks).update(look)  # `serving` gives them to the server: Gradio takes them only when it launches
    return blocks


def head() -> str:
    """What stands in the page's head: the style. As one element here it reaches every state of the page;
    Gradio would prefix what is given as `css`.
    """
    return tag("style", Html(_asset("page.css")))


def theme() -> gr.themes.Base:
    """The machine's own fonts, so that none is loaded; the rest is in the style."""
    return gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _facts(assistant: Assistant, shelf: Shelf) -> dict[str, Any]:
    """What the page shows before anything was asked."""
    entries = library.found(shelf, "", "name")
    reader = assistant.reader
    host = reader.model.host if isinstance(reader, ModelReader) else ""
    return {
        "reader": who_answers(reader.name, host),
        "documents": len(entries),
        "start": library.start(shelf, what_will_leave(host)),
        "rows": library.documents(entries),
    }


def _callable(method: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """A method as a function that the page can call; an error of ours is told there in its words."""

    def call(fields: dict[str, Any]) -> dict[str, Any]:
        try:
            return method(fields)
        except AssistantError as error:
            return {"error": str(error)}

    call.__name__ = method.__name__
    return call


def _asking(desk: Desk) -> Callable[..., AsyncIterator[dict[str, Any]]]:
    """The one event: a question in, the states of its turn out."""

    async def ask(event: gr.EventData, request: gr.Request) -> AsyncIterator[dict[str, Any]]:
        async for state in desk.ask(event.asked, request.cookies.get(guard.COOKIE, "")):
            yield state

    return ask
