"""A text as an article: nothing is lost, and the mark is exact."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Document
from assistant.documents import Span
from assistant.ui.reading import SHOWN, Reading
from assistant.ui.shelf import Entry
from tests.conftest import OFFICE

WORDS = "# A title\n\nOne 𝔘nicode word. Two <b>words</b>!\nThree & more.\n\nSection\n\nThe end is “near”."


def shown(text: str, opened: Span | None = None, others: tuple[Span, ...] = ()) -> str:
    document = Document("a.txt", "A title", text)
    return Reading(document, Entry("a.txt", "A title", 9), opened, others).html()


def marks(page: str) -> str:
    return "".join(html.unescape(each) for each in re.findall(r"<mark[^>]*>(.*?)</mark>", page, re.DOTALL))


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def visible(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


@given(st.integers(0, len(WORDS)), st.integers(0, len(WORDS)), st.integers(0, len(WORDS)))
def test_the_mark_is_the_passage(one: int, other: int, third: int) -> None:
    """Whatever is opened, the marked letters are those of the span, also outside the basic plane."""
    start, end = sorted((one, other))
    page = shown(WORDS, Span(start, end), (Span(min(start, third), max(start, third)),))
    assert letters(marks(page)) == letters(WORDS[start:end].lstrip("# ") if start == 0 else WORDS[start:end])


def test_a_sentence_is_marked_to_the_letter() -> None:
    """What is marked is the slice of the document, and foreign markup is text."""
    start = WORDS.index("Two")
    page = shown(WORDS, Span(start, start + 17))
    assert marks(page) == "Two <b>words</b>!"
    assert "<b>" not in page
    assert f'data-start="{start}"' in page
    assert page.count('id="hit"') == 1


def test_the_whole_text_can_be_read() -> None:
    """Every letter is there, headings are headings, and the title does not stand there twice."""
    page = shown(OFFICE)
    assert letters(OFFICE) in letters(visible(page))
    assert page.count("<h3") == 2
    assert visible(shown(WORDS)).count("A title") == 1


@pytest.mark.parametrize("at", [0, 300_000, 590_000])
def test_a_long_text_is_shown_in_parts(at: int) -> None:
    """Around the place there is enough to read, and there are ways to what is before and after."""
    text = "".join(f"This is line {number:06} of a text.\n" for number in range(20_000))
    page = Reading(Document("a.txt", "Long", text), Entry("a.txt", "Long", 9), at=at).html()
    assert len(page) < 4 * SHOWN
    assert text[at : at + 33].split("\n")[0][5:] in page
    assert ("Earlier text" in page) == (at > SHOWN // 2)
    assert ("Later text" in page) == (at < len(text) - SHOWN // 2)
