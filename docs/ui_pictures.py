"""Takes the pictures of the page for the README and the docs: python docs/ui_pictures.py.

The language model of its pictures is a scripted server on this machine.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from assistant.assistant import Assistant
from assistant.testing import ScriptedServer
from assistant.ui.serve import listen, serving

FOLDER = Path(__file__).parent / "img"
CHROMIUM = "/usr/bin/chromium"
SIZES = {1280: 800, 390: 844}

expect.set_options(timeout=60_000)


def ask(page: Page, question: str) -> None:
    """Ask, and wait for the reply."""
    before = page.locator(".acts").count()
    page.fill("#question", question)
    page.keyboard.press("Enter")
    expect(page.locator(".acts")).to_have_count(before + 1)


def start(page: Page) -> None:
    """What a first visit shows."""
    expect(page.locator("#start h2")).to_be_visible()


def opened(page: Page) -> None:
    """An answer of three sentences, its second passage open."""
    ask(page, "What is this article about?")
    page.locator("a.cite").nth(1).click()
    expect(page.locator("#hit")).to_be_focused()


def followup(page: Page) -> None:
    """A follow-up with what was searched, and the preview of its citation."""
    ask(page, "Who is Russia's foreign minister?")
    ask(page, "What did he say?")
    page.locator("a.cite").last.hover()
    expect(page.locator("#preview")).to_be_visible()


def refusal(page: Page) -> None:
    """A refusal."""
    ask(page, "Who is Ukraine's foreign minister?")


def answer(page: Page) -> None:
    """An answer from its start."""
    ask(page, "How far can the missile fly?")
    page.locator("#chat").evaluate("region => { region.scrollTop = 0; }")


def model(page: Page) -> None:
    """A model's answer with a removed statement, a passage open that was found for what it said."""
    ask(page, HESITATED)
    page.locator("a.cite").last.click()
    expect(page.locator("#hit")).to_be_focused()


HESITATED = "Why did the United States hesitate to send the missiles?"
WRITTEN = (
    "The United States feared that the weapons could be used to strike targets deep within Russia. [1]\n"
    "The U.S. decided to send the missiles after a series of intense Ukrainian military successes. [1]\n"
    "They cost 12 billion dollars. [1]"
)

PICTURES: dict[str, tuple[Callable[[Page], None], int, bool]] = {
    "start-1280-light": (start, 1280, False),
    "open-1280-light": (opened, 1280, False),
    "open-1280-dark": (opened, 1280, True),
    "followup-1280-light": (followup, 1280, False),
    "refusal-1280-light": (refusal, 1280, False),
    "answer-390-light": (answer, 390, False),
    "open-390-dark": (opened, 390, True),
    "refusal-390-light": (refusal, 390, False),
    "model-1280-light": (model, 1280, False),
}


def take(browser: Browser, address: str, name: str) -> None:
    """One picture, in a browser that was never here."""
    state, width, dark = PICTURES[name]
    context = browser.new_context(
        viewport={"width": width, "height": SIZES[width]},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    expect(page.locator("#scope")).to_contain_text("Asking")
    state(page)
    picture = FOLDER / f"{name}.png"
    page.screenshot(path=picture)
    context.close()
    Image.open(picture).convert("RGB").quantize(96).save(picture, optimize=True)  # a third of the bytes


def main() -> None:
    """All pictures."""
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright, ScriptedServer([WRITTEN, "NOT IN THE TEXT"] * 2) as server:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        os.environ["OPENAI_API_BASE"] = server.address
        for llm, question in [(None, "Who is it?"), ("openai-like:llama3.2", HESITATED)]:
            with (
                Assistant.open(llm=llm) as assistant,
                listen(port=0) as free,
                serving(assistant, free) as address,
            ):
                assistant.ask(question)  # loads the models, whose time the first answer would tell
                for name in PICTURES:
                    if (PICTURES[name][0] is model) == (llm is not None):
                        take(browser, address, name)


if __name__ == "__main__":
    main()
