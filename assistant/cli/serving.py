"""The commands `ui` and `verify`."""

from __future__ import annotations

import contextlib
import signal
from typing import Annotated

import typer

from .options import Bar, Corpus, IndexFolder, Model, app

PROXY = (
    "A proxy stands in front, which lets others in: it speaks TLS, makes each of them log in, and serves the "
    "page under one Origin, that is one name and no other, passing Host on unchanged. See docs/serving.md."
)


@app.command()
def ui(
    host: Annotated[
        str,
        typer.Option(
            "--host",
            envvar="ASSISTANT_HOST",
            help="Address to listen at. Any but this computer's own needs --behind-proxy.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option("--port", envvar="ASSISTANT_PORT", help="Port to listen at; 0 takes any that is free."),
    ] = 7860,
    corpus: Corpus = None,
    index: IndexFolder = None,
    llm: Model = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", envvar="ASSISTANT_BEHIND_PROXY", help=PROXY)
    ] = False,
) -> None:
    """Serve the page: chat with the texts in a browser, every citation opens its passage."""
    from ..assistant import Assistant
    from ..ui.serve import listen, serving

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does
    with (
        contextlib.suppress(KeyboardInterrupt),
        listen(host, port, behind_proxy=behind_proxy) as listening,  # a port that is taken is told at once
        Bar() as progress,
        Assistant.open(corpus, index, llm or None, progress=progress) as assistant,
        serving(assistant, listening, behind_proxy=behind_proxy) as address,
    ):
        progress.close()
        print(f"{address} (Ctrl-C ends it)", flush=True)
        signal.pause()
