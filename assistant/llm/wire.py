"""A connection that ends at a given time, however slowly the other side drips.

The timeouts of HTTP clients are for each read: a server that sends a byte a second keeps them waiting
for ever. Here each read, write and handshake gets what is left of the whole.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore
import httpx

MOST_BYTES = 8_000_000  # of a reply: what is longer is no answer to a question
LEAST = 0.001  # seconds; a timeout of 0 would not wait for what is already there


class NoStream(Exception):  # noqa: N818 it says what came
    """The server answered, but not with a stream of events."""


class TooLong(Exception):  # noqa: N818 as above
    """The server does not stop."""


class TimedTransport(httpx.BaseTransport):
    """Requests and their responses, over by `until`. Proxies are not asked: words go to the host alone."""

    def __init__(self, until: float, *, secure: bool) -> None:
        context = httpx.create_ssl_context() if secure else None
        self._pool = httpcore.ConnectionPool(ssl_context=context, network_backend=_Network(until))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert isinstance(request.stream, httpx.SyncByteStream)
        url = request.url
        response = self._pool.handle_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
            )
        )
        assert isinstance(response.stream, Iterable)
        answer = httpx.Response(response.status, headers=response.headers, stream=_Body(response.stream))
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if answer.is_success and kind in ("text/html", "application/json"):
            answer.close()
            raise NoStream(kind)
        return answer

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        yield from self._parts

    def close(self) -> None:
        if hasattr(self._parts, "close"):
            self._parts.close()


class _Network(httpcore.NetworkBackend):
    """Sockets that share one deadline."""

    def __init__(self, until: float) -> None:
        self._until = until
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(self._until, timeout)
        return _Stream(
            self._sockets.connect_tcp(host, port, left, local_address, socket_options), self._until
        )


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream = stream
        self._until = until
        self._bytes = 0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, _left(self._until, timeout))
        self._bytes += len(data)
        if self._bytes > MOST_BYTES:
            raise TooLong
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._until, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(self._until, timeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left), self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(until: float, timeout: float | None) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return max(LEAST, left if timeout is None else min(left, timeout))
