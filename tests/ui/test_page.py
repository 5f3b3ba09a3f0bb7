"""The page in a browser: what a person does with it, from the first visit on."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from assistant import Answer, Refusal, Reply
from assistant.assistant import Assistant
from assistant.evals import load_suite
from assistant.question import Question
from assistant.seams import Hit, Reader
from assistant.ui import feedback
from assistant.ui.gate import Gate
from assistant.ui.serve import listen, serving
from tests.browser import Chromium

from .conftest import ask

Visit = Callable[[str], Page]

MINISTER = "Who is Russia's foreign minister?"


def kept(page: Page) -> list[dict[str, object]]:
    """The chats that the browser keeps."""
    chats: list[dict[str, object]] = json.loads(page.evaluate("localStorage.getItem('assistant-chats')"))
    return chats


def last_reply(page: Page) -> Answer:
    """The last reply, as the browser keeps it."""
    turns = kept(page)[0]["turns"]
    assert isinstance(turns, list)
    reply = Reply.from_dict(turns[-1]["reply"])
    assert isinstance(reply, Answer)
    return reply


def marked(page: Page) -> str:
    return "".join(page.locator("#source mark").all_text_contents())


def focused(locator: Locator) -> None:
    expect(locator).to_be_focused()


def violations(page: Page) -> list[str]:
    """What axe-core finds serious or critical; at rest, as what still fades in has no colour of its own."""
    page.emulate_media(reduced_motion="reduce")
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['html']}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


def test_a_first_visit_begins_with_a_question_that_works(article_page: str, visit: Visit) -> None:
    """The start screen tells what is here; a listed question is answered, and the rest stays in sight."""
    page = visit(article_page)
    assert page.title() == "Ask the text"
    assert page.locator("html").get_attribute("lang") == "en"
    expect(page.locator("h1")).to_have_text("Ask the text")
    expect(page.locator("#start .card")).to_contain_text("1,272 words")
    expect(page.locator("#start .eg button")).to_have_count(4)
    assert not violations(page)
    page.locator("#start .eg button").first.click()
    turn = page.locator(".turn")
    expect(turn.locator(".acts")).to_be_visible()
    expect(turn.locator(".short")).to_be_visible()
    expect(turn.locator(".foot")).to_contain_text("Nothing left this computer")
    expect(turn.locator(".foot")).to_contain_text("support")
    expect(page.locator("#start")).to_be_hidden()
    expect(page.locator("footer")).to_have_count(0)
    assert not violations(page)


@pytest.mark.parametrize("question", ["How far can the missile fly?", "What is this article about?"])
def test_a_citation_opens_exactly_its_quote(
    article_page: str, visit: Visit, shipped: Assistant, question: str
) -> None:
    """By mouse and by keyboard a number opens its passage: marked to the letter, in sight, in focus."""
    page = visit(article_page)
    ask(page, question)
    reply = last_reply(page)
    chips = page.locator("a.cite")
    expect(chips).to_have_count(len(reply.citations))
    for number, citation in enumerate(reply.citations):
        if number % 2:
            chips.nth(number).focus()
            expect(page.locator("#preview blockquote")).to_have_text(citation.quote[:700])
            page.keyboard.press("Enter")
        else:
            chips.nth(number).click()
        facts = page.locator("#source-facts")
        expect(facts).to_have_text(f"Exact quote, characters {citation.start} to {citation.end}")
        assert (
            marked(page)
            == citation.quote
            == shipped.document(citation.source).text[citation.start : citation.end]
        )
        focused(page.locator("#hit"))
        expect(page.locator("#hit")).to_be_in_viewport()
        expect(chips.nth(number)).to_have_attribute("aria-current", "true")
    assert page.url.rstrip("/") == article_page
    page.locator(".back").click()
    focused(chips.nth(len(reply.citations) - 1))
    assert not violations(page)


def test_one_walks_from_citation_to_citation(article_page: str, visit: Visit) -> None:
    """Previous and next open an answer's citations in order; the source closes and opens again."""
    page = visit(article_page)
    ask(page, "What is this article about?")
    quotes = [citation.quote for citation in last_reply(page).citations]
    page.locator("a.cite").first.click()
    expect(page.locator("#of")).to_have_text(f"1 of {len(quotes)}")
    for number, quote in enumerate(quotes[1:], 2):
        page.locator("#next").click()
        expect(page.locator("#of")).to_have_text(f"{number} of {len(quotes)}")
        assert marked(page) == quote
    page.locator("#previous").click()
    expect(page.locator("#of")).to_have_text(f"{len(quotes) - 1} of {len(quotes)}")
    expect(page.locator("#source .also")).to_have_count(len(quotes) - 1)
    page.locator(".close").click()
    expect(page.locator("#source-col")).to_be_hidden()
    page.locator(".source-button").click()
    expect(page.locator("#source-col")).to_be_visible()
    expect(page.locator("summary", has_text="Also consulted")).to_have_count(0)  # nothing was searched
    ask(page, MINISTER)
    page.locator("summary", has_text="Also consulted").click()
    page.locator(".refs details a.line").first.click()
    expect(page.locator("#walk")).to_be_hidden()
    expect(page.locator("a.cite[aria-current]")).to_have_count(0)


def test_a_refusal_says_what_lacks_and_how_to_go_on(article_page: str, visit: Visit) -> None:
    """It has no numbers; the nearest passages open, and a question that the text answers can be asked."""
    page = visit(article_page)
    ask(page, "Who is Ukraine's foreign minister?")
    card = page.locator(".refusal")
    expect(card.locator("h3")).to_have_text("The text does not say")
    expect(card.locator(".lack")).to_contain_text("Ukraine's foreign minister")
    expect(page.locator("a.cite")).to_have_count(0)
    assert not violations(page)
    near = card.locator(".near a").first
    quote = near.get_attribute("data-quote")
    near.click()
    focused(page.locator("#hit"))
    assert marked(page) == quote
    card.locator(".ask-chip").first.click()
    expect(page.locator(".turn").last.locator(".refs")).to_be_visible()


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("  ", "Type a question"),
        ("???", "This cannot be read as a question"),
        ("too long " * 100_000, "This cannot be read as a question"),
    ],
)
def test_what_is_no_question_is_told_so(article_page: str, visit: Visit, question: str, title: str) -> None:
    """Empty, wordless and endless questions get their own refusal, and nothing breaks."""
    page = visit(article_page)
    ask(page, question)
    expect(page.locator(".refusal h3")).to_have_text(title)
    assert page.locator("a.cite").count() == 0


def test_a_chat_stays(article_page: str, visit: Visit) -> None:
    """A follow-up shows what was searched; after a reload the numbers open the same, and it goes on."""
    page = visit(article_page)
    ask(page, MINISTER)
    ask(page, "What did he say?")
    expect(page.locator(".searched q")).to_contain_text("Lavrov")
    before = [each.inner_html() for each in page.locator(".turn .say").all()]
    page.reload()
    expect(page.locator(".turn .acts")).to_have_count(2)
    assert [each.inner_html() for each in page.locator(".turn .say").all()] == before
    page.locator("a.cite").first.click()
    focused(page.locator("#hit"))
    assert marked(page) == page.locator("a.cite").first.get_attribute("data-quote")
    ask(page, "Where is he from?")
    expect(page.locator(".turn").last.locator(".searched q")).to_contain_text("Lavrov")
    page.locator(".turn").first.locator(".user-row").hover()
    page.locator(".turn").first.get_by_label("Edit this question").click()
    page.locator("#question").fill("How far can the missile fly?")
    page.keyboard.press("Enter")
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.locator(".turn .acts")).to_be_visible()
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".turn .acts")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(1)


def test_chats_are_kept_apart_named_and_deleted(article_page: str, visit: Visit) -> None:
    """New, rename, open, delete and undo, by their names for a screen reader."""
    page = visit(article_page)
    ask(page, MINISTER)
    page.get_by_role("button", name="New chat").click()
    expect(page.locator("#start")).to_be_visible()
    ask(page, "How far can the missile fly?")
    rows = page.locator(".chats li")
    expect(rows).to_have_count(2)
    rows.nth(1).hover()
    rows.nth(1).get_by_label("Rename").click()
    page.get_by_label("Name of this chat").fill("The minister")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="The minister").click()
    expect(page.locator(".turn .asked")).to_contain_text(MINISTER)
    expect(page.locator(".turn .acts")).to_be_visible()
    rows.nth(1).hover()
    rows.nth(1).get_by_label("Delete").click()
    expect(rows).to_have_count(1)
    expect(page.locator("#start")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(rows).to_have_count(2)
    assert sorted(str(chat["name"]) for chat in kept(page)) == [
        "How far can the missile fly?",
        "The minister",
    ]


def test_answers_are_copied_and_chats_exported(article_page: str, visit: Visit, tmp_path: Path) -> None:
    """A copy has its references; an export has title, questions, numbers and offsets."""
    page = visit(article_page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, MINISTER)
    (citation,) = last_reply(page).citations
    page.get_by_role("button", name="Copy with references").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "article.txt" in copied
    assert str(citation.start) in copied
    with page.expect_download() as download:
        page.get_by_role("button", name="Export chat").click()
    assert download.value.suggested_filename.endswith(".md")
    download.value.save_as(tmp_path / "chat.md")
    text = (tmp_path / "chat.md").read_text(encoding="utf-8")
    assert MINISTER in text
    assert str(citation.end) in text


def test_a_thumb_down_becomes_a_case(
    article_page: str, visit: Visit, shipped: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was wrong is asked, and becomes a case of a suite in a file of the user's."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    page = visit(article_page)
    ask(page, "How far can the missile fly?")
    page.get_by_label("Bad answer").click()
    form = page.locator("form.why")
    expect(form.get_by_role("radio")).to_have_count(3)
    form.get_by_label("It should have answered otherwise").check()
    form.get_by_label("What would have been right?").fill("up to 300 kilometers")
    form.get_by_role("button", name="Save").click()
    expect(page.locator(".verdict")).to_have_text("Saved. Thank you.")
    (case,) = load_suite(feedback.file_of(shipped)).cases
    assert case.question == "How far can the missile fly?"
    assert case.answers == ("up to 300 kilometers",)
    page.get_by_label("Good answer").click()
    expect(page.get_by_label("Bad answer")).to_have_attribute("aria-pressed", "false")


def test_documents_are_listed_chosen_and_read(two_texts: str, visit: Visit) -> None:
    """Of two texts one is left out: the box says so, and only the other is asked."""
    page = visit(two_texts)
    expect(page.locator("#start .card")).to_have_count(2)
    expect(page.locator("#scope")).to_have_text("Asking 2 documents")
    page.locator("#start .contents button", has_text="Visitors").click()
    expect(page.locator("#source h3", has_text="Visitors")).to_be_in_viewport()
    ask(page, "When does the office open?")
    expect(page.locator("a.cite").first).to_have_attribute("data-source", "office.txt")
    page.locator(".docs li", has_text="office").get_by_role("checkbox").uncheck()
    expect(page.locator("#scope")).to_have_text("Asking 1 of 2 documents")
    ask(page, "When does the garden close?")
    last = page.locator(".turn").last
    expect(last.locator("a.cite").first).to_have_attribute("data-source", "garden.md")
    ask(page, "How many cars does the car park hold?")
    expect(last.locator(".refusal")).to_be_visible()
    page.locator("#choose button", has_text="none").click()
    page.fill("#question", MINISTER)
    page.keyboard.press("Enter")
    expect(page.locator("#held")).to_contain_text("Choose at least one document.")
    page.locator("#choose button", has_text="all").click()
    expect(page.locator("#scope")).to_have_text("Asking 2 documents")
    assert not violations(page)


def test_a_phone_shows_one_region_at_a_time(article_page: str, visit: Visit) -> None:
    """At 390 px the regions are tabs, a citation leads to its passage and back, and nothing is cut off."""
    page = visit(article_page)
    page.set_viewport_size({"width": 640, "height": 400})  # 1280 by 800 at 200 %: begins at its beginning
    page.reload()
    expect(page.locator("#start h2")).to_be_in_viewport()
    expect(page.locator("#scope")).to_contain_text("Asking")
    expect(page.locator("#chat")).to_have_js_property("scrollTop", 0)
    page.set_viewport_size({"width": 390, "height": 844})
    ask(page, MINISTER)
    expect(page.locator("#source-col")).to_be_hidden()
    page.locator("a.cite").first.click()
    expect(page.locator("#chat-col")).to_be_hidden()
    focused(page.locator("#hit"))
    expect(page.locator("#hit")).to_be_in_viewport()
    assert not violations(page)
    page.get_by_role("button", name="Back to the answer").click()
    focused(page.locator("a.cite").first)
    page.get_by_role("tab", name="Chat").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#rail")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    heights = page.locator("#rail button:visible, #rail a:visible").evaluate_all(
        "found => found.map(each => each.offsetHeight)"
    )
    assert min(heights) >= 24


def test_dark_and_light_are_chosen_and_kept(article_page: str, visit: Visit) -> None:
    """The theme can be changed, stays after a reload, and has enough contrast in every state."""
    page = visit(article_page)
    page.emulate_media(reduced_motion="reduce")
    page.get_by_label("Light or dark").click()
    page.reload()
    expect(page.locator("body.dark")).to_have_count(1)
    ask(page, MINISTER)
    page.locator("a.cite").first.click()
    focused(page.locator("#hit"))
    assert not violations(page)
    ask(page, "Who is Ukraine's foreign minister?")
    page.get_by_label("Bad refusal").click()
    expect(page.locator("form.why")).to_be_visible()
    assert not violations(page)


def test_everything_can_be_done_without_a_mouse(article_page: str, visit: Visit) -> None:
    """From the question the keyboard reaches a number, the passage, and the way back."""
    page = visit(article_page)
    page.locator("#question").focus()
    page.keyboard.type(MINISTER)
    page.keyboard.press("Enter")
    expect(page.locator(".acts")).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('a.cite')"):
            break
    expect(page.locator("#preview")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#preview")).to_be_hidden()
    page.keyboard.press("Enter")
    focused(page.locator("#hit"))
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('.back')"):
            break
    page.keyboard.press("Enter")
    focused(page.locator("a.cite"))


@pytest.mark.slow
def test_the_focus_is_never_lost(article_page: str, visit: Visit) -> None:
    """What is closed, saved, renamed or restored by keyboard leaves the focus where one goes on."""
    page = visit(article_page)
    ask(page, MINISTER)
    thumb = page.get_by_label("Bad answer")
    thumb.press("Enter")
    page.locator("form.why").get_by_role("button", name="Cancel").press("Enter")
    focused(thumb)
    page.get_by_label("Edit this question").press("Enter")
    focused(page.locator("#question"))
    page.locator("#held").get_by_role("button", name="Cancel").press("Enter")
    focused(page.locator("#question"))
    chat = page.locator(".chats a")
    chat.focus()
    page.keyboard.press("Tab")
    focused(page.get_by_label(f"Rename: {MINISTER}"))
    page.keyboard.press("Enter")
    page.keyboard.type("The minister")
    page.keyboard.press("Enter")
    expect(chat).to_have_text("The minister")
    focused(chat)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    focused(page.get_by_role("button", name="Undo"))
    page.keyboard.press("Enter")
    focused(chat)
    page.keyboard.press("Enter")
    expect(page.locator(".turn .acts")).to_be_visible()


class Waiting:
    """A reader that reads when it is told to."""

    def __init__(self, inner: Reader) -> None:
        self._inner = inner
        self.go = threading.Event()
        self.name, self.identity, self.threshold = inner.name, inner.identity, inner.threshold

    def at(self, threshold: float) -> Reader:
        return self._inner.at(threshold)

    def read(self, question: Question, hits: Sequence[Hit]) -> Answer | Refusal:
        assert self.go.wait(60)
        return self._inner.read(question, hits)


def test_an_answer_can_be_stopped(office: Assistant, visit: Visit) -> None:
    """While it works, the steps are told and Stop ends it; nothing is kept, and the next question works."""
    reader = Waiting(office.reader)
    slow = office.variant(reader=reader)
    with listen(port=0) as free, serving(slow, free) as address:
        page = visit(address)
        page.fill("#question", "What does the car park cost?")
        page.keyboard.press("Enter")
        expect(page.locator(".steps .now")).to_have_text("Reading")
        assert not violations(page)
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".turn .notice")).to_contain_text("Stopped.")
        assert page.evaluate("localStorage.getItem('assistant-chats')") is None
        reader.go.set()
        page.get_by_role("button", name="Ask again").click()
        expect(page.locator(".turn .refs")).to_be_visible()
        expect(page.locator(".turn")).to_have_count(1)


def test_a_restart_leaves_the_chat(office: Assistant, chromium: Chromium) -> None:
    """A server that ends in the middle is told of; with another one the chat is there and goes on."""
    reader = Waiting(office.reader)
    reader.go.set()
    with chromium.in_use() as browser, browser.new_context() as context, ExitStack() as running:
        free = running.enter_context(listen(port=0))
        address = running.enter_context(serving(office.variant(reader=reader), free))
        page = context.new_page()  # not the one of the fixture, which takes no error
        page.goto(address)
        ask(page, "Who has the key to the archive?")
        reader.go.clear()
        page.fill("#question", "What does the car park cost?")
        page.keyboard.press("Enter")
        expect(page.locator(".steps .now")).to_have_text("Reading")
        ending = threading.Thread(target=running.close)
        ending.start()
        expect(page.locator("#banner")).to_contain_text("Not connected")
        expect(page.locator(".turn").last).to_contain_text("Nothing of it was kept.")
        reader.go.set()
        ending.join()
        port = int(address.rpartition(":")[2])
        with listen(port=port) as again, serving(office, again):
            page.goto(address)
            expect(page.locator(".turn .acts")).to_have_count(1)
            ask(page, "Where is it?")
            expect(page.locator(".turn").last.locator(".searched q")).to_contain_text("key")
            assert page.locator(".turn").count() == 2


@pytest.mark.slow
def test_a_busy_page_says_so(office: Assistant, visit: Visit, browser_page: Page) -> None:
    """One question is answered, one waits and is told, the third is told to try again, which then works."""
    reader = Waiting(office.reader)
    gate = Gate(at_once=1, most=1)
    with listen(port=0) as free, serving(office.variant(reader=reader), free, gate=gate) as address:
        first = visit(address)
        second, third = browser_page.context.new_page(), browser_page.context.new_page()
        for page, told in [(first, "Reading"), (second, "Waiting for other questions")]:
            page.goto(address)
            expect(page.locator("#scope")).to_contain_text("Asking")
            page.fill("#question", "What does the car park cost?")
            page.keyboard.press("Enter")
            expect(page.locator(".steps .now")).to_have_text(told)
        third.goto(address)
        expect(third.locator("#scope")).to_contain_text("Asking")
        third.fill("#question", "Who has the key to the archive?")
        third.keyboard.press("Enter")
        told = "Busy: 1 question is waiting. Yours was not sent and is still in the box."
        expect(third.locator("#held .grow")).to_have_text(told)
        expect(third.locator("#question")).to_have_value("Who has the key to the archive?")
        expect(third.locator(".turn")).to_have_count(0)
        assert not violations(third)
        reader.go.set()
        expect(first.locator(".acts")).to_be_visible()
        expect(second.locator(".acts")).to_be_visible()
        third.get_by_role("button", name="Try again").click()
        expect(third.locator(".turn .acts")).to_be_visible()
        expect(third.locator("#held")).to_be_empty()
