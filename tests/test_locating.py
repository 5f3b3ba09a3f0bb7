"""Where a quote stands: to the letter, in another form, or near; always a span of the document."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.documents import Passage, Span
from assistant.locating import locate

TEXT = "The gate “opens” at nine. Visitors sign the green book at the desk.  They leave at six."
PASSAGE = Passage(
    "id", "a.txt", 50, 50 + len(TEXT), TEXT, sentences=(Span(50, 75), Span(76, 117), Span(119, 137))
)


@pytest.mark.parametrize(
    ("quote", "found", "label"),
    [
        ("sign the green book", "sign the green book", "exact"),
        ('THE GATE "opens" at nine', "The gate “opens” at nine", "normalised"),
        ("at the desk. They leave", "at the desk.  They leave", "normalised"),
        (
            "Visitors must sign the green book at the desk.",
            "Visitors sign the green book at the desk.",
            "located",
        ),
    ],
)
def test_a_quote_is_found_in_each_of_three_ways(quote: str, found: str, label: str) -> None:
    """The label says how; what is near is snapped to whole sentences."""
    located = locate(quote, PASSAGE)
    assert located is not None
    assert (PASSAGE.slice(located.span), located.label) == (found, label)


@pytest.mark.parametrize("quote", ["", "gate", "The dog ate all of the homework.", "x" * 5000])
def test_what_is_not_there_is_not_found(quote: str) -> None:
    """A quote of nothing, of one word, or of another text has no place."""
    assert locate(quote, PASSAGE) is None


@given(st.integers(0, len(TEXT) - 8), st.integers(6, 40))
def test_any_piece_is_found_to_the_letter(start: int, length: int) -> None:
    """A piece of the passage is found as itself, wherever it stands."""
    piece = TEXT[start : start + length].strip()
    located = locate(piece, PASSAGE)
    if len(piece.split()) > 1:
        assert located is not None
        assert (PASSAGE.slice(located.span), located.label) == (piece, "exact")
