"""Names and numbers of a question, and whether a passage has them."""

from __future__ import annotations

import pytest

from assistant.names import lacking, names_of

TEXT = "The ATACMS came from the United States. Ukraine’s forces used it in November 2023, not the Himars."


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("What is the range of the Himars?", ["Himars"]),
        ("Who is Ukraine's foreign minister?", ["Ukraine's"]),
        ("What happened in 2023?", ["2023"]),
        ("Where is it?", []),
        ("Himars range", ["Himars"]),
        ("what is the range of the himars?", ["himars"]),
        ("WHO USED THE ATACMS?", ["ATACMS"]),
    ],
)
def test_names_of_a_question(question: str, names: list[str]) -> None:
    """Names are written with a capital, or hold a digit, or are always so written in the texts."""
    assert names_of(question, [TEXT]) == names


@pytest.mark.parametrize(
    "name", ["Ukraine", "Ukrainian", "Ukraine's", "U.S.", "US", "2023", "himars", "ATACMS"]
)
def test_forms_of_a_name_count(name: str) -> None:
    """An inflected form, a possessive and initials of a name are that name."""
    assert lacking([name], TEXT) == []


@pytest.mark.parametrize("name", ["Lavrov", "2022", "UN", "Unicorn", "Novosibirsk"])
def test_other_names_are_lacking(name: str) -> None:
    """A name that the text does not have is lacking, however near its letters are."""
    assert lacking([name], TEXT) == [name]
