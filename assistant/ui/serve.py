"""Serves the page: on this computer alone, unless a proxy stands in front."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from ..assistant import Assistant
from ..errors import SettingError
from . import build
from .gate import Gate
from .guard import LARGEST_BODY, LOOPBACK, Guard

ANSWERING = 4  # questions of programs at once
WAITING = 40  # of them; more are told that it is busy
EVENTS = 100  # of the page at once, more than its gate has places
SESSIONS = 2_000  # whose state is kept
CONNECTIONS = 1_000  # a browser holds one or two
GRACE = 3  # seconds that answers have when the server ends


def listen(host: str = "127.0.0.1", port: int = 7860, *, behind_proxy: bool = False) -> socket.socket:
    """A socket that browsers can connect to.

    Args:
        host: the address to listen at.
        port: 0 takes any that is free.
        behind_proxy: whether a proxy in front does what docs/serving.md asks of it.

    Raises:
        SettingError: host or port cannot be used, or others could reach the host without a proxy.
    """
    if host not in LOOPBACK and not behind_proxy:
        raise SettingError(
            f"--host {host!r} lets other computers reach the page, which asks nobody who they are; leave it "
            "out, or put a proxy in front that does (docs/serving.md), and say so: --behind-proxy"
        )
    if not 0 <= port <= 65_535:
        raise SettingError(f"--port {port} is none; ports are numbered 0 to 65535: assistant ui --port 7860")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        raise SettingError(_why(host, port, error)) from error


def _why(host: str, port: int, error: Exception) -> str:
    """What is wrong with an address, and what mends it."""
    code = error.errno if isinstance(error, OSError) else None
    another = f"name another: assistant ui --port {port + 1 if port < 65_535 else 7860}"
    if code == errno.EADDRINUSE:
        return f"port {port} is taken by another program, maybe by another assistant; {another}"
    if code == errno.EACCES:
        return f"port {port} is kept for the system; name another: assistant ui --port 7860"
    return f"--host {host!r} is no address of this computer ({error}); leave it out, or name one that is"


@contextmanager
def serving(
    assistant: Assistant, listening: socket.socket, *, behind_proxy: bool = False, gate: Gate | None = None
) -> Iterator[str]:
    """Serve the page until the block ends; then answers have a moment to finish. Yields its address."""
    made: Future[_Server] = Future()

    async def serve() -> None:
        try:  # here, as Gradio looks for an event loop and would leave one of its own behind
            page = build(assistant, gate)
            made.set_result(_Server(page, guarded(page, behind_proxy=behind_proxy)))
        except BaseException as error:  # noqa: BLE001 it is raised below
            made.set_exception(error)
        else:
            await made.result().serve([listening])

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    server = made.result()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        if not server.started:
            raise RuntimeError("the server did not start; what it printed says why")
        host, port = listening.getsockname()[:2]
        yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join()


class _Server(uvicorn.Server):
    def __init__(self, page: gr.Blocks, guard: Guard) -> None:
        config = uvicorn.Config(
            guard,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            limit_concurrency=CONNECTIONS,
            timeout_graceful_shutdown=GRACE,
        )
        super().__init__(config)
        self._page = page

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._page.close(verbose=False)  # lets go of the browsers that wait for news
        await super().shutdown(sockets)


def guarded(page: gr.Blocks, *, behind_proxy: bool = False) -> Guard:
    """The page as an application, with all that Gradio offers besides turned off.

    Its look is what `build` set on it: `theme`, `css`, `js`, `head`, `favicon_path`.
    """
    page.state_session_capacity = SESSIONS
    page.max_threads = EVENTS
    page.queue(max_size=WAITING, default_concurrency_limit=ANSWERING, api_open=False)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.add_route("/healthz", _healthy)
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        show_error=False,
        max_file_size=LARGEST_BODY,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        favicon_path=page.favicon_path,
        theme=page.theme,
        css=page.css,
        js=page.js,
        head=page.head,
    )
    return Guard(app, behind_proxy=behind_proxy)


async def _healthy(_: Request) -> PlainTextResponse:
    return PlainTextResponse("ok\n")
