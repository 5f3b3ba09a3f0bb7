"""What stands before the page: nothing is read, done or run for another web site."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from itertools import product

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Message, Receive, Scope, Send

from assistant.assistant import Assistant
from assistant.ui import build
from assistant.ui.guard import Guard
from assistant.ui.serve import guarded, listen, serving


@pytest.fixture(scope="module")
def address(office: Assistant) -> Iterator[str]:
    with listen(port=0) as listening, serving(office, listening) as served:
        yield served


def routes_of(guard: Guard) -> list[tuple[str, str]]:
    """Each method and path that the application knows, with something put in for the parameters."""

    def walk(routes: Iterable[BaseRoute]) -> Iterator[tuple[str, str]]:
        for route in routes:
            if isinstance(route, Mount):
                yield from walk(route.routes)
            elif hasattr(route, "original_router"):  # FastAPI keeps an included router apart
                yield from walk(route.original_router.routes)
            elif isinstance(route, Route):
                path = re.sub(r"\{.+?\}", "x", route.path)
                yield from ((method, path) for method in route.methods or ())

    return sorted(set(walk(guard._app.routes)))


HOSTS = ["127.0.0.1:7860", "evil.example:7860", "127.0.0.1.evil.example", "192.0.2.1"]
ORIGINS = [None, "http://evil.example", "null"]
SITES = ["same-origin", "cross-site"]


async def passed(method: str, path: str, headers: dict[str, str | None]) -> tuple[bool, int]:
    """Whether a request went through the guard, and the status that came back."""
    reached: list[Scope] = []
    statuses: list[int] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope)
        await PlainTextResponse("there")(scope, receive, send)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        statuses.append(message.get("status", 0))

    raw = [(name.encode(), value.encode()) for name, value in headers.items() if value]
    await Guard(inner)({"type": "http", "method": method, "path": path, "headers": raw}, receive, send)
    return bool(reached), statuses[0]


def test_nothing_foreign_passes_any_route(office: Assistant) -> None:
    """Of 24 combinations of Host, Origin and Sec-Fetch-Site, only the page's own passes, on any route."""

    async def all_of_them() -> None:
        known = [*routes_of(guarded(build(office))), ("OPTIONS", "/"), ("OPTIONS", "/gradio_api/queue/join")]
        assert len(known) > 80
        for method, path in known:
            for host, origin, site in product(HOSTS, ORIGINS, SITES):
                headers = {"host": host, "origin": origin, "sec-fetch-site": site}
                ours = (host, origin, site) == (HOSTS[0], None, "same-origin")
                through, status = await passed(method, path, headers)
                assert (status in (200, 404)) if ours else (not through and status in (403, 421)), headers

    asyncio.run(all_of_them())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "localhost:9000", "origin": "http://localhost:9000"}, 200),
        ({"host": "localhost:9000", "origin": "http://localhost:3000"}, 403),
        ({"host": "[::1]:7860"}, 200),
        ({"host": "["}, 421),
        ({"host": None}, 421),
        ({"host": "user@127.0.0.1"}, 421),
        ({"host": "localhost", "sec-fetch-site": "none", "sec-fetch-mode": "navigate"}, 200),
        ({"host": "localhost", "sec-fetch-site": "same-site", "sec-fetch-mode": "navigate"}, 200),
        ({"host": "localhost", "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"}, 403),
    ],
)
def test_what_counts_as_the_page_itself(headers: dict[str, str | None], status: int) -> None:
    """The page asks under its own name and port; a program that says no Origin is none of a web site."""
    assert asyncio.run(passed("GET", "/", headers))[1] == status


def test_a_refusal_holds_on_a_real_server(address: str) -> None:
    """Over a connection, too, Gradio sees nothing of what the guard refuses, and allows no Origin."""
    for method, path in [("GET", "/"), ("POST", "/gradio_api/queue/join"), ("OPTIONS", "/config")]:
        reply = httpx.request(method, f"{address}{path}", headers={"origin": "null"}, timeout=60)
        assert reply.status_code == 403
        assert not [name for name in reply.headers if name.startswith("access-control-")]


def test_what_the_page_does_not_need_is_not_there(office: Assistant, address: str) -> None:
    """Tokens, files, uploads, proxies and the rest of Gradio's routes answer that there is nothing."""
    closed = "token upload upload_progress file=x file=/etc/passwd proxy=http://x openapi.json stream/x/close"
    for path in [f"/gradio_api/{name}" for name in closed.split()] + [
        "/openapi.json",
        "/monitoring",
        "/login",
    ]:
        for method in ("GET", "POST"):
            assert httpx.request(method, f"{address}{path}", timeout=60).status_code == 404, path
