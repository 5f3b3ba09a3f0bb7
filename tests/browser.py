"""A browser for tests: Debian's Chromium, and no test passes whose page complains or asks the network."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = Path("/usr/bin/chromium")
# What is not loopback has no address: a page that asks for it fails at once, and nothing leaves.
ARGUMENTS = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"]


def is_here(url: str) -> bool:
    """Whether an address stays on this machine."""
    parts = urlsplit(url)
    inside = parts.scheme in ("file", "data", "blob", "about")
    return inside or parts.hostname in ("localhost", "127.0.0.1", "::1")


@dataclass
class Watch:
    """What went wrong in a context's pages."""

    problems: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.on("console", lambda message: self._note(message.type == "error", message.text))
        context.on("weberror", lambda error: self._note(True, f"uncaught: {error.error}"))
        context.on("request", lambda request: self._asked(request.url))
        context.on("page", lambda page: page.on("websocket", lambda socket: self._asked(socket.url)))

    def _asked(self, url: str) -> None:
        self._note(not is_here(url), f"asked the network for {url:.200}")

    def _note(self, wrong: bool, what: str) -> None:
        if wrong:
            self.problems.append(what)


@dataclass
class Chromium:
    """The browser, and the event loop that Playwright talks to it in."""

    browser: Browser
    loop: asyncio.AbstractEventLoop

    @contextmanager
    def in_use(self) -> Iterator[Browser]:
        """Playwright leaves its loop marked as running: `asyncio.run` would fail in every later test."""
        asyncio._set_running_loop(self.loop)
        try:
            yield self.browser
        finally:
            asyncio._set_running_loop(None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """Started once."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _without("playwright is not installed; it is one of the dev dependencies")
    if not CHROMIUM.exists():
        _without(f"there is no {CHROMIUM}; run: apt-get install chromium")
    playwright = sync_playwright().start()
    started = Chromium(
        playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS), asyncio.get_running_loop()
    )
    with started.in_use():
        pass  # from here on, only those who use it have its loop
    yield started
    with started.in_use() as browser:
        browser.close()
        playwright.stop()


@pytest.fixture
def browser_page(chromium: Chromium) -> Iterator[Page]:
    """An empty page in a context of its own.

    The test fails when the page logged an error, raised one, or asked for an address that is not on
    this machine.
    """
    watch = Watch()
    with chromium.in_use() as browser:
        context = browser.new_context()
        watch.over(context)
        yield context.new_page()
        context.close()  # what was still under way is told before
    if watch.problems:
        pytest.fail("\n".join(watch.problems), pytrace=False)


def _without(reason: str) -> NoReturn:
    """Skip, or fail where the browser is required."""
    if os.environ.get("CI_BROWSER") == "required":
        pytest.fail(reason)
    pytest.skip(reason)
