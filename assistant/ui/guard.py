"""What stands before the page: no other web site reads it, acts for its user, or runs anything in it.

Gradio answers every Origin, takes bodies of any size, and has routes that the page does not need.
The guard is the outermost layer, so nothing reaches Gradio that it would not let through.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .sessions import kept_apart

COOKIE = "assistant-visitor"  # who asks: random, and unseen by scripts; the chat's memory hangs on it
LARGEST_BODY = 512 * 1024
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

# What the page and the API need. Whatever else Gradio offers (uploads, files, proxies, tokens) is not there.
OPEN = re.compile(
    r"/(healthz|config|theme\.css|favicon\.ico|manifest\.json|robots\.txt|(assets|static)/.+)?"
    r"|/gradio_api/(app_id|cancel|component_server|heartbeat/\w+|info|login_check|reset|startup-events"
    r"|theme\.css|queue/(join|data)|call/ask(/\w+)?)/?"
)
VISITOR = re.compile(r"[\w-]{43}", re.ASCII)
INLINE = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)

HEADERS = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; connect-src 'self'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; frame-src 'none'"
)  # gr.HTML compiles its templates, which is what 'unsafe-eval' is for


class Refused(Exception):  # noqa: N818 a refusal is no error of ours
    """A request that goes no further."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Guard:
    """An ASGI application that lets through to another one what is asked by its own page, or by no page.

    Args:
        app: what is guarded.
        behind_proxy: whether a proxy stands in front, under a name that only it knows.
    """

    def __init__(self, app: ASGIApp, *, behind_proxy: bool = False) -> None:
        self._app = app
        self._behind_proxy = behind_proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":  # Gradio needs none
            await send({"type": "websocket.close", "code": 1008})
        else:
            visitor = _visitor(scope)
            answer = _Answer(send, "" if visitor or scope["path"] != "/" else self._new_cookie())
            try:
                self._check(scope)
                body = await _body(scope, receive)
            except Refused as refused:
                await PlainTextResponse(str(refused) + "\n", refused.status)(scope, receive, answer.send)
            else:
                plain, body = kept_apart(self._plain(scope), body, visitor)
                await self._app(plain, _replayed(body, receive), answer.send)

    def _check(self, scope: Scope) -> None:
        """Raise `Refused` for what comes from elsewhere, or asks for what is not there."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._behind_proxy and _name(host) not in LOOPBACK:
            raise Refused(421, f"This page is not served under {host!r:.100}, only on 127.0.0.1.")
        origins = headers.getlist("origin")
        if any(origin not in (f"http://{host}", f"https://{host}") for origin in origins):
            raise Refused(403, "Another web site asked for this page; only the page itself may.")
        site = headers.get("sec-fetch-site", "none")
        opened = headers.get("sec-fetch-mode") == "navigate" and scope["method"] == "GET"
        if site not in ("same-origin", "none") and not (site == "same-site" and opened):
            raise Refused(403, "Another web site led here; type the address, or open it from a bookmark.")
        if not OPEN.fullmatch(scope["path"]):
            raise Refused(404, "There is nothing here.")

    def _new_cookie(self) -> str:
        secure = "; Secure" if self._behind_proxy else ""
        return f"{COOKIE}={secrets.token_urlsafe(32)}; Path=/; HttpOnly; SameSite=Lax{secure}"

    def _plain(self, scope: Scope) -> Scope:
        """The request without what it may not decide.

        A page comes as it is, for its scripts to be read. What a proxy would say counts when there is one.
        """
        dropped = {b"accept-encoding"} if scope["path"] == "/" else set[bytes]()
        kept = [
            (name, value)
            for name, value in scope["headers"]
            if name not in dropped
            and (self._behind_proxy or not name.startswith((b"x-forwarded", b"forwarded")))
        ]
        return {**scope, "headers": kept}


class _Answer:
    """Hardens a response on its way; one in HTML is held until its scripts are known."""

    def __init__(self, send: Send, cookie: str) -> None:
        self._send = send
        self._cookie = cookie
        self._held: Message | None = None
        self._page = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            self._harden(headers)
            if headers.get("content-type", "").startswith("text/html"):
                self._held = message
                return
        elif self._held is not None:
            self._page += message.get("body", b"")
            if message.get("more_body"):
                return
            MutableHeaders(scope=self._held)["content-security-policy"] = policy(self._page)
            await self._send(self._held)
            self._held, message = None, {**message, "body": self._page}
        await self._send(message)

    def _harden(self, headers: MutableHeaders) -> None:
        foreign = [name for name in headers if name.startswith("access-control-")]
        for name in {*foreign, "set-cookie", "server"}:  # one origin, and one cookie, which is ours
            del headers[name]
        headers.update(HEADERS)
        headers["content-security-policy"] = policy(b"")
        if headers.get("content-type", "").startswith(("text/html", "application/json")):
            headers["cache-control"] = "no-store"
        if self._cookie:
            headers["set-cookie"] = self._cookie


def policy(page: bytes) -> str:
    """The Content-Security-Policy under which the scripts of this page run, and none besides."""
    digests = (hashlib.sha256(script).digest() for script in INLINE.findall(page))
    hashes = "".join(f" 'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return POLICY.format(hashes=hashes)


def _visitor(scope: Scope) -> str:
    """The visitor's cookie; "" without one, or when it is none of ours."""
    value = cookie_parser(Headers(scope=scope).get("cookie", "")).get(COOKIE, "")
    return value if VISITOR.fullmatch(value) else ""


def _name(host: str) -> str:
    """The name in a Host header; "" when it is none."""
    try:
        parts = urlsplit(f"//{host}")
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.username is None else ""


async def _body(scope: Scope, receive: Receive) -> bytes:
    """All of the body, which may be no longer than it should, whatever its head says."""
    too_long = Refused(413, f"This is too long: at most {LARGEST_BODY // 1024} KB are read.")
    length = Headers(scope=scope).get("content-length", "0")
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        raise too_long
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "The request ended before it was whole.")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LARGEST_BODY:
            raise too_long
    return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body as one message, then what else comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return waiting.pop() if waiting else await receive()

    return next_message
