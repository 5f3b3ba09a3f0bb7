"""The library and the start screen: what is here, found, sorted, and safe to list."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from assistant import Answer
from assistant.assistant import Assistant
from assistant.ui import library
from assistant.ui.shelf import OPENING, Entry, Shelf


@pytest.fixture
def many(office: Assistant) -> Shelf:
    """A shelf of 2,000 texts, of which one has a name of its own."""
    entries = [Entry(f"{at:04}.txt", f"Report {2000 - at}", at, changed=-at) for at in range(1, 2000)]
    return Shelf(office, [*entries, Entry("x.txt", "The <i>office</i>", 70)], ())


def test_thousands_are_found_and_sorted(many: Shelf) -> None:
    """All words must be there, in any order; lists have an end, which says how many more there are."""
    assert [each.source for each in library.found(many, "x.TXT the", "name")] == ["x.txt"]
    for order, first in {
        "name": "0001.txt",
        "title": "1999.txt",
        "longest": "1999.txt",
        "newest": "x.txt",
    }.items():
        assert library.found(many, "", order)[0].source == first
    page = library.documents(library.found(many, "", "name"))
    assert page.count("<li>") == library.LISTED
    assert f"and {2000 - library.LISTED:,} more" in page
    assert "<i>" not in library.documents(library.found(many, "office", "name"))


def test_the_start_says_what_is_here() -> None:
    """A few texts stand for all with their headings, and the number of the others is told."""
    texts = {
        f"{name}.txt": f"The {name}\n\nIt is old.\n\nRules\n\nThe {name} opens at nine.\n"
        for name in ("bank", "shop", "gym", "zoo", "bar")
    }
    with Assistant.from_texts(texts) as assistant:
        page = library.start(Shelf.of(assistant), "Everything runs on this computer.")
    assert page.count('class="card"') == library.CARDS
    assert page.count(">Rules</button>") == library.CARDS
    assert 'data-at="0"' not in page  # a text's title, which stands above
    assert "and 2 more documents in the library" in page
    assert "Everything runs on this computer." in page


def test_dates_and_questions_come_with_the_corpus(tmp_path: Path) -> None:
    """The manifest's date counts, else the file's last change; its questions are shown."""
    (tmp_path / "a.txt").write_text("The office opens at nine.\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("The garden closes at dusk.\n", encoding="utf-8")
    os.utime(tmp_path / "b.txt", (1_700_000_000, 1_700_000_000))
    (tmp_path / "manifest.toml").write_text(
        'questions = ["When does it open?"]\n[documents."a.txt"]\ntitle = "Office"\ndate = "May 1999"\n',
        encoding="utf-8",
    )
    with Assistant.open(tmp_path, index=tmp_path.parent / "index") as assistant:
        shelf = Shelf.of(assistant)
    assert shelf.entries["a.txt"].date == "May 1999"
    assert shelf.entries["b.txt"].date.endswith("Nov 2023")
    assert shelf.questions == ("When does it open?",)


def test_every_listed_question_of_the_article_is_answered(shipped: Assistant) -> None:
    """The questions of the start screen work."""
    questions = Shelf.of(shipped).questions
    assert len(questions) == 4
    for question in questions:
        assert isinstance(shipped.ask(question), Answer), question


def test_a_place_has_its_heading(office: Assistant) -> None:
    """A passage stands under the last heading before it; before the first one it is the opening."""
    shelf, text = Shelf.of(office), office.document("office.txt").text
    assert shelf.section("office.txt", 0) == OPENING
    assert shelf.section("office.txt", text.index("Visitors sign")) == "Visitors"
    assert shelf.section("office.txt", text.index("Bicycles")) == "Parking"
    assert shelf.section("gone.txt", 0) == ""
