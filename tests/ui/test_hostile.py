"""Hostile texts in a real browser: nothing runs, nothing is fetched, nothing covers the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from assistant.assistant import Assistant
from assistant.ui.serve import listen, serving
from tests.ui.conftest import ask
from tests.ui.hostile import FOREIGN, PAYLOADS, trap

AT_ONCE = 5  # payloads in a question
WORDS = "amber basil cedar daisy ember fennel ginger hazel iris".split()


def test_there_are_forty_five_of_their_kinds() -> None:
    """No payload is there twice."""
    assert len(set(PAYLOADS)) == len(PAYLOADS) == 45


def name_of(number: int) -> str:
    """A file's name that is a payload, as far as a name can be one."""
    return f"{number:02} {PAYLOADS[number]}.md".replace("\n", " ")


@pytest.fixture(scope="module")
def hostile() -> Iterator[str]:
    """Address of a page over texts whose names, titles and sentences are payloads."""
    texts = {
        name_of(number): f"# {payload}\n\nThe password of room {number} is {WORDS[number % 9]}. {payload}\n"
        for number, payload in enumerate(PAYLOADS)
    }
    with (
        Assistant.from_texts(texts) as assistant,
        listen(port=0) as free,
        serving(assistant, free) as address,
    ):
        yield address


@pytest.fixture
def armed(hostile: str, browser_page: Page, visit: Callable[[str], Page]) -> Iterator[Page]:
    """The page, with a trap for what runs."""
    with trap(browser_page):
        yield visit(hostile)
        assert browser_page.url.rstrip("/") == hostile


def test_documents_names_and_titles_stay_text(armed: Page) -> None:
    """The library lists all names and titles; each text is opened, and its payload read in it as it is."""
    expect(armed.locator(".docs button[data-document]")).to_have_count(len(PAYLOADS))
    for number, payload in enumerate(PAYLOADS):
        opened = armed.locator(f'.docs button[data-document^="{number:02} "]')
        opened.dispatch_event("click")
        expect(armed.locator("#source")).to_contain_text(f"The password of room {number} is")
        words = " ".join(armed.locator("#source").inner_text().split())
        assert " ".join(payload.split()) in words
        assert armed.evaluate(FOREIGN) == []


def test_questions_answers_and_chats_stay_text(armed: Page) -> None:
    """Payloads as questions, cited in answers, opened from a citation, and again after a reload."""
    for first in range(0, len(PAYLOADS), AT_ONCE):
        armed.fill("#question", "")
        ask(armed, f"What is the password of room {first}? {' '.join(PAYLOADS[first : first + AT_ONCE])}")
    ask(armed, "What is the password of room 16?")
    chip = armed.locator(".turn").last.locator("a[data-start]").first
    chip.hover()
    chip.press("Enter")
    expect(armed.locator("#source mark").first).to_be_visible()
    assert armed.evaluate(FOREIGN) == []
    armed.reload()
    expect(armed.locator(".turn")).to_have_count(len(PAYLOADS) // AT_ONCE + 1)
    shown = " ".join(armed.locator("#page").inner_text().split())
    assert all(" ".join(payload.split()) in shown for payload in PAYLOADS[:AT_ONCE])
