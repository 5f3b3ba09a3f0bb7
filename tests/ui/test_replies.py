"""Replies as markup: every state in words, every foreign string escaped."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from assistant import Answer, Citation, Document, Refusal
from assistant.answers import REASONS, Reason, Sent
from assistant.assistant import Assistant
from assistant.documents import Label
from assistant.ui.replies import Turn, what_will_leave, who_answers, working
from assistant.ui.shelf import Entry, Shelf

EVIL = "<img src=x onerror=alert(1)>\"'`${1}{{x}}"


@pytest.fixture
def shelf(office: Assistant) -> Shelf:
    (entry,) = Shelf.of(office).entries.values()
    return Shelf(office, [entry], ["Who has the key?", "When do visitors leave?", "What does it cost?"])


def citation(office: Assistant, quote: str, label: Label = "exact") -> Citation:
    document = office.document("office.txt")
    start = document.text.index(quote)
    return Citation.of(document, start, start + len(quote), label=label)


@pytest.fixture
def answer(office: Assistant) -> Answer:
    return Answer(
        question="When does it open?",
        standalone="When does the office open?",
        confidence=0.9,
        text="The office opens at nine. [1] It costs 3 euros a day. [2]",
        short="at nine",
        citations=(
            citation(office, "The office opens at nine."),
            citation(office, "It costs 3 euros a day.", "located"),
        ),
        timings_ms={"total": 24.6},
    )


def words(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def test_an_answer_tells_all_that_it_rests_on(shelf: Shelf, answer: Answer) -> None:
    """Search, short answer, numbers, headings, how each quote was found, support, reader, what left, time."""
    told = words(Turn(shelf, "t", answer).html())
    for part in (
        "Searched for: When does the office open?",
        "at nine",
        "From office",
        "Opening",
        "Parking Passage found for this statement",
        "Strong support",
        "Offline reader",
        "Nothing left this computer",
        "25 ms",
        "Copy with references",
    ):
        assert part in told, part


def test_numbers_carry_their_place(shelf: Shelf, answer: Answer) -> None:
    """Each number names its heading to a screen reader, and its document and offsets to the page."""
    chips = re.findall(r'<a class="cite"[^>]*>\d</a>', Turn(shelf, "t", answer).html())
    assert len(chips) == 2
    for number, (chip, cited) in enumerate(zip(chips, answer.citations, strict=True), 1):
        assert f'href="#cite-t-{number}"' in chip
        assert f'data-start="{cited.start}" data-end="{cited.end}"' in chip
    assert 'aria-label="Citation 2, Parking"' in chips[1]


def test_a_model_and_what_it_was_sent_are_named(shelf: Shelf, answer: Answer) -> None:
    """Which model answered, what went where, what was removed, and that support is partial."""
    sent = Sent("llm.example", passages=5, chat=True)
    reply = replace(
        answer,
        confidence=0.6,
        reader="llama3.2",
        sent=sent,
        notices=("1 statement was removed: the text does not support it",),
        timings_ms={"total": 2345.0},
    )
    told = words(Turn(shelf, "t", reply, changed=True).html())
    assert "llama3.2, checked against the text" in told
    assert "Question, earlier questions and 5 passages went to llm.example" in told
    assert "the text does not support it." in told
    assert "This passage has changed since the answer was given." in told
    assert "Partial support" in told
    assert "2.3 s" in told


def test_a_model_on_this_computer_is_told_from_one_elsewhere(shelf: Shelf, answer: Answer) -> None:
    """Before and after a question: where the model is, and whether its words leave the computer."""
    for host in ("127.0.0.1", "localhost", "::1"):
        told = words(Turn(shelf, "t", replace(answer, sent=Sent(host, passages=1))).html())
        assert f"Nothing left this computer: question and 1 passage went to {host}" in told
        assert who_answers("llama3.2", host) == "llama3.2 on this computer"
        assert what_will_leave(host) == "Everything runs on this computer."
    assert who_answers("llama3.2", "llm.example") == "llama3.2 at llm.example"
    assert "go to llm.example" in what_will_leave("llm.example")
    assert who_answers("extractive", "") == "Offline reader"


def test_only_what_was_not_asked_yet_is_suggested(shelf: Shelf, answer: Answer) -> None:
    """Two questions of the corpus' own list follow an answer, never one of this chat."""
    asked = frozenset({"Who has the key?"})
    suggested = re.findall(r'data-ask="([^"]*)"', Turn(shelf, "t", answer, asked).html())
    assert suggested == ["When do visitors leave?", "What does it cost?"]


def test_also_consulted_is_folded(shelf: Shelf, answer: Answer, office: Assistant) -> None:
    """What was read and not cited stands in a fold of its own, without a number."""
    page = Turn(shelf, "t", answer, consulted=(citation(office, "Bicycles are free."),)).html()
    fold = re.findall(r"<details>.*?</details>", page)
    assert "Also consulted (1)" in words(fold[0])
    assert 'data-n="0"' in fold[0]


@pytest.mark.parametrize("reason", REASONS)
def test_every_refusal_has_its_words(shelf: Shelf, office: Assistant, reason: Reason) -> None:
    """A refusal is headed by its reason, offers what is nearest, and has no number."""
    near = (citation(office, "Bicycles are free."),)
    page = Turn(shelf, "t", Refusal(question="?", reason=reason, missing=("the moon",), nearest=near)).html()
    assert "<h3" in page
    assert "Bicycles are free." in words(page)
    assert "cite-t-1" not in page
    assert ("Not in the text: the moon ." in words(page)) == (reason in ("not_in_text", "off_topic"))
    assert "support" not in words(page).replace("does not support", "")


def test_headings_stand_in_for_questions(office: Assistant) -> None:
    """A corpus without questions of its own shows what it covers."""
    told = words(Turn(Shelf.of(office), "t", Refusal(question="?", reason="off_topic")).html())
    assert "The text covers Visitors Parking" in told


def test_foreign_strings_stay_text(office: Assistant) -> None:
    """Markup in a question, a title, a text, a heading or a model's words never becomes markup."""
    document = Document(f"{EVIL}.txt", EVIL, f"{EVIL} says it.")
    cited = Citation.of(document, 0, len(document.text))
    shelf = Shelf(office, [Entry(EVIL, EVIL, 3, EVIL)], [EVIL])
    answer = Answer(
        question=EVIL, standalone=f"{EVIL}?", reader=EVIL, text=f"{EVIL} [1]", short=EVIL,
        citations=(cited,), notices=(EVIL,), sent=Sent(EVIL, 1),
    )  # fmt: skip
    refusal = Refusal(question=EVIL, reason="not_in_text", missing=(EVIL,), nearest=(cited,))
    pages = [Turn(shelf, "t", reply, consulted=(cited,)).html() for reply in (answer, refusal)]
    for page in [*pages, working(["search"], EVIL)]:
        assert "<img" not in page
        assert "onerror=alert(1)>" not in page
        assert not re.search(r"<[^>]*\son\w+=(?![^<]*&)", page)


def test_work_is_told_in_steps() -> None:
    """What is done is ticked, what is being done is named, and numbers do not open anything yet."""
    told = working(["search", "read", "write"], "The office opens at nine. [1] It")
    assert words(told) == "Searched Read Writing The office opens at nine. 1 It"
    assert "href" not in told.replace("#i-check", "").replace('href=""', "")
