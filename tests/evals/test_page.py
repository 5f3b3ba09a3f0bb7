"""The report of an eval as a page: what it holds, and what it does in a browser."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.answers import Answer, Refusal
from assistant.documents import Citation, Document
from assistant.evals.judging import Outcome, Result
from assistant.evals.page import page
from assistant.evals.running import Run
from assistant.evals.suites import Case

if TYPE_CHECKING:
    from playwright.sync_api import Page

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\x00\x1b"
OFFICE = Document(
    "office.txt",
    "The office",
    "Opening hours\n\nThe office opens at nine. Ann Berg has the key to the archive.\n\n"
    "Visitors sign the green book at the desk. They leave at six because the guard locks the gate.\n",
)
KEY = "Ann Berg has the key to the archive."
LEAVE = "They leave at six because the guard locks the gate."
TEXTS = {"office": {OFFICE.source: OFFICE.text}}


def cite(quote: str) -> Citation:
    start = OFFICE.text.index(quote)
    return Citation.of(OFFICE, start, start + len(quote))


def answer(question: str, quote: str, confidence: float = 0.9) -> Answer:
    timings = {"total": 12.0}
    return Answer(
        question=question,
        text=f"{quote} [1]",
        short="Ann Berg",
        citations=(cite(quote),),
        confidence=confidence,
        timings_ms=timings,
    )


def result(name: str, outcome: Outcome, reply: Answer | Refusal | None, **fields: object) -> Result:
    """A result of a case `name`, tagged with the first part of that name."""
    case = {
        "question": f"{name}?",
        "answerable": True,
        "answers": ("Ann Berg",),
        "tags": (name.split("-")[0],),
    }
    case |= {each: fields.pop(each) for each in ("evidence", "history", "question", "tags") if each in fields}
    scores = {"decision": float(outcome in ("correct", "wrong", "refused rightly"))}
    made = Result("office", Case(id=name, **case), outcome, "why so", reply, scores, "office.txt")  # type: ignore[arg-type]
    return replace(made, **fields)  # type: ignore[arg-type]


REFUSAL = Refusal(
    question="leaving?", reason="not_in_text", missing=("the hour",), nearest=(cite(LEAVE),), confidence=0.3
)
RESULTS = (
    result("key-holder", "correct", answer("key?", KEY), evidence=("key to the archive.",)),
    result("key-elsewhere", "wrong", answer("key?", LEAVE, 0.6), evidence=(KEY,)),
    result(
        "gate-leaving",
        "refused wrongly",
        REFUSAL,
        evidence=(LEAVE,),
        history=("Who visits?",),
        candidate="six o'clock",
        candidate_right=True,
    ),
    result("gate-broken", "error", None, question="Is it broken?"),
)


def run_of(*results: Result) -> Run:
    return Run("office", results or RESULTS, {"code": "c0de", "cpu": "x86_64"}, threshold=0.5)


@pytest.fixture
def opened(browser_page: Page, tmp_path: Path) -> Callable[..., Page]:
    """Opens the report of these runs from a file."""

    def open_(runs: Sequence[Run] = (run_of(),), before: Sequence[Run] = (), hash_: str = "") -> Page:
        file = tmp_path / "report.html"
        file.write_text(page(runs, TEXTS, before), encoding="utf-8")
        browser_page.goto(f"{file.as_uri()}{hash_}")
        return browser_page

    return open_


def shown(page: Page) -> list[str]:
    """The cases that the filters leave."""
    return [each.text_content() or "" for each in page.locator("details.case:visible .question").all()]


def test_a_page_is_one_file() -> None:
    """The page refers to nothing outside itself, and forbids what it does not bring along."""
    html = page([run_of()], TEXTS)
    assert "http://" not in html
    assert "https://" not in html
    assert not re.search(r"\s(src|style|on\w+)=|@import|url\(", html)
    assert "default-src 'none'" in unescape(html)


def test_what_comes_from_outside_is_text() -> None:
    """Markup, quotes, control characters and lone surrogates in cases and replies stay text."""
    worse = f"{EVIL}\ud800"  # which no case of a suite can hold
    document = Document(EVIL, worse, f"{worse} {KEY}")
    citation = Citation.of(document, 0, len(document.text))
    reply = Answer(question=EVIL, text=f"{worse} [1]", short=worse, citations=(citation,), notices=(worse,))
    refusal = Refusal(question=EVIL, reason="off_topic", missing=(EVIL,), nearest=(citation,))
    named = {"question": EVIL, "evidence": (EVIL,), "tags": (EVIL,), "history": (EVIL,)}
    results = [
        result(f"{at}{EVIL}", "wrong", each, **named, suite=EVIL, reason=worse, candidate=worse)
        for at, each in enumerate((reply, refusal, None))
    ]
    run = Run(EVIL, tuple(results), {EVIL: EVIL})
    flipped = Run(EVIL, tuple(replace(each, outcome="correct") for each in results), {EVIL: ""})
    html = page([run], {EVIL: {EVIL: document.text}}, [flipped])
    assert html.count("<script") == html.count("</script") == 1
    assert "<img" not in html
    assert not re.search("[\x00-\x08\x0b-\x1f\ud800-\udfff]", html)
    assert html.encode("utf-8")


def test_the_same_arguments_make_the_same_page() -> None:
    """A page holds no time of day and no chance."""
    assert page([run_of()], TEXTS, [run_of()]) == page([run_of()], TEXTS, [run_of()])


def test_every_number_has_its_n_and_interval() -> None:
    """Means are told by their names, with interval and n, for the suite and for each tag."""
    html = page([run_of()], TEXTS)
    text = re.sub(r"<[^>]+>", " ", html)
    assert re.search(r"decision accuracy\s+0\.500\s+0\.\d{3} to \d\.\d{3}\s+4\s", text)
    assert re.search(r"By tag.*\sgate\s+0\.000.*\skey\s+1\.000", text, re.DOTALL)
    assert "Brier" not in text  # no case has it


def test_a_thousand_cases_take_seconds() -> None:
    """The work and the page grow with the cases, not with their square."""
    results = [
        replace(RESULTS[at % 3], case=RESULTS[at % 3].case.model_copy(update={"id": str(at)}))
        for at in range(1000)
    ]
    begun = time.perf_counter()
    html = page([run_of(*results)], TEXTS)
    assert time.perf_counter() - begun < 10
    assert len(html) < 4_000_000


def test_quotes_and_evidence_that_are_not_there_are_told() -> None:
    """A quote that its text does not hold, and evidence that no text holds, are shown as such."""
    html = page([run_of(RESULTS[0])], {"office": {OFFICE.source: "Another text."}})
    assert "The quote is not where the citation says:" in html
    assert "The evidence is not in the text:" in html


def test_evidence_is_marked_in_its_paragraph(opened: Callable[..., Page]) -> None:
    """An opened case shows the paragraph, its evidence and what was cited, and where both overlap."""
    seen = opened()
    seen.get_by_text("key-holder?").click()
    case = seen.locator("details.case").first
    assert case.locator(".text").inner_text().replace("\xa0", " ") == f"The office opens at nine. 1 {KEY}"
    assert case.locator("mark.cited:not(.evidence)").inner_text() == "Ann Berg has the "
    assert case.locator("mark.cited.evidence").inner_text() == "key to the archive."
    assert case.locator(".where").inner_text().split() == "office.txt Opening hours".split()


def test_a_refused_case_shows_what_it_would_have_said(opened: Callable[..., Page]) -> None:
    """A refusal shows its reason, what is missing, the nearest passages, history, and the answer withheld."""
    seen = opened()
    seen.get_by_text("gate-leaving?").click()
    text = seen.locator("details.case").nth(2).inner_text()
    for part in ("Who visits?", "The text does not say this.", "the hour", LEAVE, "six o'clock (right"):
        assert part in text
    assert seen.locator("details.case").nth(2).locator("mark.evidence").inner_text() == LEAVE


def test_cases_are_filtered(opened: Callable[..., Page]) -> None:
    """Outcomes, a tag and words each narrow the list, and the page says to how many."""
    seen = opened()
    assert seen.get_by_role("status").inner_text() == "4 of 4 cases"
    seen.get_by_role("checkbox", name="wrong", exact=True).check()
    seen.get_by_role("checkbox", name="error").check()
    assert shown(seen) == ["key-elsewhere?", "Is it broken?"]
    seen.get_by_label("Tag", exact=True).select_option("key")
    assert shown(seen) == ["key-elsewhere?"]
    assert seen.get_by_role("status").inner_text() == "1 of 4 cases"
    seen.get_by_role("button", name="Show all").click()
    seen.get_by_label("Search").fill("BROKEN is")
    assert shown(seen) == ["Is it broken?"]
    seen.get_by_label("Search").fill("no such words")
    assert seen.get_by_role("status").inner_text() == "0 of 4 cases"


def test_a_link_keeps_the_filters(opened: Callable[..., Page]) -> None:
    """What is filtered stands in the address, and the address filters."""
    seen = opened()
    seen.get_by_role("checkbox", name="refused wrongly").check()
    seen.get_by_label("Search").fill("gate")
    kept = seen.evaluate("location.hash")
    assert kept == "#q=gate&outcome=refused+wrongly"
    seen.goto("about:blank")
    seen = opened(hash_=kept)
    assert shown(seen) == ["gate-leaving?"]
    seen.get_by_role("link", name="key", exact=True).click()
    assert shown(seen) == ["key-holder?", "key-elsewhere?"]
    assert seen.get_by_label("Search").input_value() == ""


def test_flips_come_lost_first_and_lead_to_their_case(opened: Callable[..., Page]) -> None:
    """A changed outcome is shown with both replies, and its link opens the case."""
    lost = replace(RESULTS[1], outcome="correct", reply=answer("key?", KEY))
    gained = replace(RESULTS[0], outcome="refused wrongly", reply=REFUSAL, scores={"decision": 0.0})
    seen = opened(before=[replace(run_of(gained, lost, *RESULTS[2:]), threshold=0.7)])
    flips = seen.locator("#flips")
    assert "1 lost, 1 gained" in flips.inner_text()
    assert "threshold" in flips.get_by_text("Changed between the runs").inner_text()
    assert flips.get_by_role("link").all_inner_texts() == ["key-elsewhere?"]
    assert re.search(r"correct.*→ wrong", flips.locator(".change:visible").inner_text(), re.DOTALL)
    flips.get_by_text("Gained", exact=True).click()
    assert flips.get_by_role("link").all_inner_texts() == ["key-elsewhere?", "key-holder?"]
    assert "decision accuracy" in flips.get_by_role("table").inner_text()
    flips.get_by_role("link", name="key-holder?").click()
    opened_case = seen.locator("details.case[open]")
    assert opened_case.locator(".question").inner_text() == "key-holder?"
    assert seen.evaluate("document.activeElement.closest('.case').open")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_scrolls_sideways_on_a_phone(opened: Callable[..., Page], scheme: str) -> None:
    """At 390 pixels the page fits, whatever is unfolded and however long a word is."""
    long = result("key-" + "x" * 190, "wrong", answer("key?", KEY), question="y" * 400, tags=("z" * 90,))
    run = run_of(*RESULTS, long)
    seen = opened(
        [run], [replace(run, results=tuple(replace(each, outcome="error") for each in run.results))]
    )
    seen.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    seen.set_viewport_size({"width": 390, "height": 800})
    seen.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert seen.evaluate("document.documentElement.scrollWidth") == 390


def test_a_keyboard_opens_a_case(opened: Callable[..., Page]) -> None:
    """A case is reached and opened without a mouse."""
    seen = opened()
    seen.get_by_role("checkbox", name="error").focus()
    seen.keyboard.press("Tab")
    seen.keyboard.press("Enter")
    assert seen.locator("details.case[open] .question").inner_text() == "key-holder?"
