"""What stands before the page: nothing is read, done or run for another web site."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from itertools import product

import httpx
import pytest
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Message, Receive, Scope, Send

from assistant.assistant import Assistant
from assistant.ui import build
from assistant.ui.guard import COOKIE, LARGEST_BODY, Guard
from assistant.ui.serve import guarded, listen, serving
from assistant.ui.sessions import kept_apart


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
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": raw}
    await Guard(inner)(scope, receive, send)
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


def page_request(headers: dict[str, str] | None = None) -> tuple[str, httpx.Headers]:
    """A page whose application sets headers of its own, as it comes through the guard."""

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        foreign = {"set-cookie": "a=b", "access-control-allow-origin": "*", "content-security-policy": "none"}
        await HTMLResponse("<script>one</script><script src=x></script>", headers=foreign)(
            scope, receive, send
        )

    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(Guard(inner))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/", headers=headers)

    reply = asyncio.run(get())
    return reply.text, reply.headers


def test_a_page_comes_hardened() -> None:
    """Its own scripts may run and none besides; headers of the application that say otherwise are gone."""
    _, headers = page_request()
    digest = base64.b64encode(hashlib.sha256(b"one").digest()).decode()
    rules = headers["content-security-policy"]
    assert f"script-src 'self' 'unsafe-eval' 'sha256-{digest}';" in rules
    assert rules.count("sha256-") == 1
    assert "access-control-allow-origin" not in headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_a_visitor_gets_one_cookie() -> None:
    """The page sets a random cookie that scripts cannot read; who has one keeps it; another shape is none."""
    first, second = page_request()[1], page_request()[1]
    cookie, attributes = first["set-cookie"].split("; ", 1)
    assert attributes == "Path=/; HttpOnly; SameSite=Lax"
    assert cookie.startswith(f"{COOKIE}=")
    assert cookie != second["set-cookie"].split("; ")[0]
    assert "set-cookie" not in page_request({"cookie": cookie})[1]
    assert "set-cookie" in page_request({"cookie": f"{COOKIE}=mine"})[1]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_has_a_limit(chunked: bool, address: str) -> None:
    """512 KB pass, one byte more does not, whether its length is said or not."""

    def post(size: int) -> int:
        body = b'{"data": ["' + b"x" * (size - 14) + b'"]}'
        assert len(body) == size
        content = iter([body[:1000], body[1000:]]) if chunked else body
        headers = {"content-type": "application/json"}
        url = f"{address}/gradio_api/call/ask"
        return httpx.post(url, content=content, headers=headers, timeout=60).status_code

    assert post(LARGEST_BODY) == 200
    assert post(LARGEST_BODY + 1) == 413


def test_a_session_is_its_visitors_own() -> None:
    """The name of a session means another one to another visitor, wherever a request has it."""

    def asked(visitor: str) -> tuple[object, ...]:
        scope = {"path": "/gradio_api/heartbeat/abc", "query_string": b"session_hash=abc&x=", "headers": []}
        changed, body = kept_apart(scope, b'{"session_hash": "abc", "data": ["\\ud800"]}', visitor)
        fields = json.loads(body)
        assert fields["data"] == ["\ud800"]
        assert changed["headers"] == [(b"content-length", str(len(body)).encode())]
        return changed["path"], changed["query_string"], fields["session_hash"]

    assert asked("anna") == asked("anna")
    assert not set(asked("anna")) & set(asked("bob"))
    assert kept_apart({"path": "/", "query_string": b"", "headers": []}, b"[", "anna")[1] == b"["
