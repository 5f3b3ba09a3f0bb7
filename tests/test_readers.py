"""The extractive reader: what it quotes, what it takes for the short answer."""

from __future__ import annotations

import pytest

from assistant import Answer, Assistant, Passage, Refusal
from assistant.confidence import Evidence
from assistant.documents import Span
from assistant.readers import Finding, _short, _whole_words, without_markers


def passage(text: str) -> Passage:
    return Passage("id", "a.txt", 100, 100 + len(text), text)


@pytest.mark.parametrize(
    ("text", "span", "words"),
    [
        ("It flies 300 kilometers.", (9, 11), "300"),
        ("It flies 300 kilometers.", (9, 24), "300 kilometers"),
        ("A town (near Kyiv) fell.", (7, 17), "(near Kyiv"[1:]),
        ("A town (near Kyiv) fell.", (7, 18), "(near Kyiv)"),
        ("Made in the U.S. by hand.", (8, 16), "the U.S."),
        ("They said “no” twice.", (10, 14), "“no”"),
        ("Bergström came, late.", (0, 4), "Bergström"),
        ("It cost 4,300 pounds.", (8, 9), "4,300"),
        ("It cost 4,300 pounds.", (10, 13), "4,300"),
        ("It opens at 10:30 and shuts.", (3, 14), "opens at 10:30"),
        ("It fell in 1991, 3 days late.", (11, 15), "1991"),
        ("Steel (and tin) melts.", (0, 10), "Steel"),
        ("Steel) and tin melt.", (0, 14), "Steel"),
    ],
)
def test_spans_are_whole_words(text: str, span: tuple[int, int], words: str) -> None:
    """A span grows to whole words and loses loose punctuation, in the document's offsets."""
    found = _whole_words(passage(text), Span(*span))
    assert text[found.start - 100 : found.end - 100] == words


def test_a_list_cites_each_sentence_that_answers_about_as_well() -> None:
    """A question for several gets every sentence, a question for one the best alone."""
    text = (
        "The museum's curator of coins is Anna Berg. The café opens at nine. "
        "The museum's curator of maps is Paul Ott. The museum's curator of prints is Ida Lund."
    )
    with Assistant.from_texts({"a.txt": text}) as assistant:
        several = assistant.ask("Who are the curators of the museum?")
        one = assistant.ask("Who is the curator of maps?")
    assert isinstance(several, Answer)
    assert isinstance(one, Answer)
    assert len(one.citations) == 1
    assert len(several.citations) > 1
    assert not any("café" in citation.quote for citation in several.citations)


def test_a_number_keeps_what_limits_it() -> None:
    """The short answer says "up to 300" where the text does."""
    text = "It has a range of up to 300 kilometers."
    finding = Finding(passage(text), Span(124, 138), Evidence(1.0, 1.0, False, 0.0))
    assert _short(finding) == "up to 300 kilometers"


@pytest.mark.parametrize(
    ("text", "span", "short"),
    [
        (
            "It flies up to 300 kilometers (around 186 miles) far.",
            "around 186 miles",
            "up to 300 kilometers (around 186 miles)",
        ),
        ("A lake of 20 square miles (52 km) and more.", "52 km", "20 square miles (52 km)"),
        ("It flies 300 kilometers (around 186 miles).", "300 kilometers", "300 kilometers"),
        ("It hit 5 people (3 dead) there.", "3 dead", "3 dead"),
        ("It flew 300 kilometers (in 1990).", "1990", "1990"),
    ],
)
def test_a_converted_quantity_comes_with_what_was_converted(text: str, span: str, short: str) -> None:
    """The second half of "300 kilometers (186 miles)" is told with the first."""
    start = 100 + text.index(span)
    finding = Finding(passage(text), Span(start, start + len(span)), Evidence(1.0, 1.0, False, 0.0))
    assert _short(finding) == short


def test_numbers_in_brackets_are_no_citations() -> None:
    """A footnote's mark in a quote cannot be taken for one of our citations."""
    assert without_markers("It fell in 1991.[12]\nThen [1] rose.") == "It fell in 1991.(12) Then (1) rose."


def test_a_text_with_footnotes_is_cited_exactly() -> None:
    """A quote keeps its footnote marks, and the answer's markers still resolve."""
    text = "The wall fell in 1989.[12] The tower was built in 1921.[3]"
    with Assistant.from_texts({"a.txt": text}) as assistant:
        reply = assistant.ask("When was the tower built?")
    assert isinstance(reply, Answer)
    assert "1921" in reply.text
    assert all(text[c.start : c.end] == c.quote for c in reply.citations)


def test_a_heading_is_never_an_answer() -> None:
    """What only a heading says is not quoted."""
    text = "Made by Elena Fischer\n\nThis lamp has two switches and a long cable. It is blue.\n"
    with Assistant.from_texts({"lamp.txt": text}) as assistant:
        replies = [assistant.ask("Who made the lamp?"), assistant.ask("What is the lamp like?")]
    quotes = [c.quote for r in replies for c in (r.nearest if isinstance(r, Refusal) else r.citations)]
    assert quotes
    assert not any("Fischer" in quote for quote in quotes)
