"""Pages that are served: the shipped article's, and one over two texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from assistant.assistant import Assistant
from assistant.ui.serve import listen, serving
from tests.conftest import OFFICE

PATIENCE = 60_000  # milliseconds: the machines that run this are busy with other things
GARDEN = "# The garden\n\nThe garden closes at dusk. Bob waters the roses.\n"

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def shipped() -> Iterator[Assistant]:
    """Over the shipped corpus; shared, so never closed by a test."""
    with Assistant.open() as assistant:
        yield assistant


@pytest.fixture(scope="session")
def article_page(shipped: Assistant) -> Iterator[str]:
    """Address of the shipped article's page."""
    with listen(port=0) as free, serving(shipped, free) as address:
        yield address


@pytest.fixture(scope="session")
def two_texts() -> Iterator[str]:
    """Address of a page over two texts."""
    texts = {"garden.md": GARDEN, "office.txt": OFFICE}
    with (
        Assistant.from_texts(texts) as assistant,
        listen(port=0) as free,
        serving(assistant, free) as address,
    ):
        yield address


@pytest.fixture
def visit(browser_page: Page) -> Callable[[str], Page]:
    """Opens a page and waits until it can be used."""

    def open_(address: str) -> Page:
        browser_page.set_default_timeout(PATIENCE)
        browser_page.set_viewport_size({"width": 1280, "height": 800})
        browser_page.goto(address)
        expect(browser_page.locator("#scope")).to_contain_text("Asking")
        return browser_page

    return open_


def ask(page: Page, question: str) -> None:
    """Ask as a person does, and wait for the reply."""
    before = page.locator(".turn").count()
    page.fill("#question", question)
    page.keyboard.press("Enter")
    expect(page.locator(".turn")).to_have_count(before + 1)
    expect(page.locator(".turn").last.locator(".acts")).to_be_visible()
