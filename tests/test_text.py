"""Texts as spans: what is found covers every letter and is never changed."""

from __future__ import annotations

import re
import textwrap
import time
import unicodedata

import pytest
import tiktoken_ext.openai_public
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.documents import Span
from assistant.text import (
    PATTERN,
    blocks,
    clean_question,
    count_tokens,
    cut,
    encodable,
    encoding,
    flat_heading,
    sentences,
    trimmed,
    words,
)

QUICK = settings(max_examples=50, deadline=None)
FRAGMENTS = (
    *("\n", "\n\n", "\r\n", "\r\n\r\n", "\r", "\f", "\v", "\x85", "\u2028", "\t", "\xa0", "\0", "\ufeff"),
    *(
        "# ",
        "## ",
        "- ",
        "* ",
        "1. ",
        "(2) ",
        "a) ",
        "---",
        "```",
        "[1]",
        "|",
        "<|endoftext|>",
        "http://x.y/z?q=1",
    ),
    *(
        "Title Words",
        "Ann met Dr. Berg at 9 a.m. in the U.S. ",
        "Really?! ",
        '"Yes," he said. ',
        "word " * 20,
    ),
    *(
        "😀",
        "👩‍👩‍👧",
        "e\u0301",
        "ß",
        "\u200b",
        "\u200d",
        "\u00ad",
        "\u202e",
        "\ud800",
        "\udc00",
        "\U0010ffff",
    ),
    *("שלום עולם. ", "مرحبا بالعالم؟ ", "今日は。", "हिन्दी। ", "İstanbul ", "ﬁn ", "٣.٥ ", "½ ", "𓀀"),
)
TEXTS = st.lists(st.sampled_from(FRAGMENTS) | st.text(st.characters(), max_size=6), max_size=25).map("".join)


def shown(text: str) -> list[tuple[str, bool]]:
    return [(text[block.span.start : block.span.end], block.heading) for block in blocks(text)]


def uncovered(text: str, spans: list[Span]) -> str:
    """The letters and digits outside of all spans."""
    inside = {at for span in spans for at in range(*span)}
    return "".join(c for at, c in enumerate(text) if c.isalnum() and at not in inside)


def in_order(spans: list[Span]) -> bool:
    return all(above.end <= below.start for above, below in zip(spans, spans[1:], strict=False))


@QUICK
@given(st.text(st.characters()))
@example("\ud83d\ude00 \udcff")
def test_encodable_keeps_every_place(text: str) -> None:
    """Only surrogates are replaced, one for one, so that UTF-8 can hold the text."""
    clean = encodable(text)
    assert clean.encode("utf-8").decode("utf-8") == clean
    assert [*clean] == ["\ufffd" if unicodedata.category(c) == "Cs" else c for c in text]


@pytest.mark.parametrize(
    ("asked", "clean"),
    [
        ("  What\tis\r\n it? ", "What is it?"),
        ("Who\0 is\x1b[31m he?", "Who is [31m he?"),
        ("mis\u00adsile\u200b ran\ufeffge", "missile range"),
        ("\u202eegnar\u202c", "egnar"),
        ("Cafe\u0301", "Café"),
        ("a\ud800b\udfff", "a b"),
        ("👩‍👧 café", "👩👧 café"),
        ("\u200b\u200d\0", ""),
    ],
)
def test_question_is_cleaned(asked: str, clean: str) -> None:
    """Control characters become spaces, invisible ones vanish, and accents are composed."""
    assert clean_question(asked) == clean


@QUICK
@given(TEXTS)
@example("e\u200b\u0301")
@example("\u1100\u200d\u1161")
def test_cleaned_question_holds_its_promise(asked: str) -> None:
    """Any string becomes NFC without control, invisible or surrogate characters and with single spaces."""
    clean = clean_question(asked)
    assert not {unicodedata.category(c) for c in clean} & {"Cc", "Cf", "Cs"}
    assert clean == " ".join(clean.split())
    assert unicodedata.is_normalized("NFC", clean)
    assert clean_question(clean) == clean


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Russia's and Russia’s range", ["russia", "and", "russia", "range"]),
        ("U.S.-made anti-tank ATACMS, 3.5 km", ["u.s", "made", "anti-tank", "atacms", "3.5", "km"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("the dogs' bowls", ["the", "dogs", "bowls"]),
        ("Москва 今日は snake_case", ["москва", "今日は", "snake_case"]),
        ("?! … 😀", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    """Words are in lower case, in order, whole with their inner dots and hyphens, without `'s`."""
    assert words(text) == expected


@QUICK
@given(st.text(" \n\ta😀", max_size=12))
def test_trimmed_is_strip_with_offsets(text: str) -> None:
    """A trimmed span holds what `str.strip` leaves, at its place."""
    span = trimmed(text, 0, len(text))
    assert text[span.start : span.end] == text.strip()


@QUICK
@given(TEXTS)
@example("# A\n# B")
@example("A\n\nB\n\nC")
@example("\ufeff# Title\r\n\r\nText.")
def test_blocks_cover_every_letter(text: str) -> None:
    """Paragraphs and headings lie in order, apart, trimmed, and every letter and digit is in one."""
    spans = [block.span for block in blocks(text)]
    assert uncovered(text, spans) == ""
    assert in_order(spans)
    assert all(text[start:end] and text[start:end] == text[start:end].strip() for start, end in spans)


@QUICK
@given(TEXTS)
def test_sentences_cover_their_paragraph(text: str) -> None:
    """Sentences lie inside their paragraph, in order, apart, trimmed, and hold its every letter."""
    for block in blocks(text):
        found = sentences(text, block.span)
        assert in_order([Span(0, block.span.start), *found, Span(block.span.end, block.span.end)])
        paragraph = text[block.span.start : block.span.end]
        shifted = [Span(start - block.span.start, end - block.span.start) for start, end in found]
        assert uncovered(paragraph, shifted) == ""
        assert all(text[start:end] == text[start:end].strip() != "" for start, end in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mr. Berg left at 9 a.m. today. He ran.", ["Mr. Berg left at 9 a.m. today.", "He ran."]),
        ("It costs 3.50 euros. Really?! Yes.", ["It costs 3.50 euros.", "Really?!", "Yes."]),
        ("😀 Hi there. 😀 Bye.", ["😀 Hi there.", "😀 Bye."]),
        ("שלום עולם. זה משפט שני.", ["שלום עולם.", "זה משפט שני."]),
        ("A\ud800 one. Two.", ["A\ud800 one.", "Two."]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    """Abbreviations and decimals end no sentence; emoji and other scripts keep their offsets."""
    assert [text[start:end] for start, end in sentences(text, Span(0, len(text)))] == expected


def test_repeated_sentences_keep_their_places() -> None:
    """The same sentence three times is three spans, each where it stands."""
    text = "Before. Go on. Go on.  Go on."
    assert sentences(text, Span(8, len(text))) == [(8, 14), (15, 21), (23, 29)]


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        ("# The garden\n\nIt closes at dusk.", ["# The garden"]),
        ("# The garden.\nIt closes at dusk.", ["# The garden."]),
        ("  ### Deep ###\r\n\r\nIt closes at dusk.", ["### Deep ###"]),
        ("Visitors\n\nThey sign the book.\n\nParking\n\nIt has 40 places.", ["Visitors", "Parking"]),
        ("Visitors\r\n\r\nThey sign the book.\r\n", ["Visitors"]),
        ("Title\n=====\n\nThe text follows.", ["Title"]),
        ("1. Scope\n\nThis is the scope.\n\n2. Terms\n\nThese are the terms.", ["1. Scope", "2. Terms"]),
        ("The Report\n\nPart One\n\nIt starts here, at last.", ["The Report", "Part One"]),
        ("First page.\fSecond\n\nIt goes on with more.", ["Second"]),
        ("A sentence.\n\nAnother sentence.", []),
        ("- apples\n- pears\n- plums", []),
        ("Apples\nPears\nPlums\nQuinces", []),
        ("1. Open the lid\n2. Press the button\n3. Close the lid\n\nThat is all of it.", []),
        ("in lower case\n\nThe text follows.", []),
        ("It ends with a title\n\nThe Last Words", []),
        ("word " * 15 + "\n\nThe text follows.", []),
        ("#hashtag words.\nThe text follows.", []),
        ("Alone", []),
        ("# Alone", []),
        ("*** --- ***\n\n😀\n", []),
        ("", []),
    ],
)
def test_headings(text: str, headings: list[str]) -> None:
    """Markdown, plain and numbered titles above a text are headings; lists, sentences and ends are not."""
    assert [content for content, heading in shown(text) if heading] == headings


@QUICK
@given(
    st.lists(st.text("abcdefghij", min_size=3, max_size=9), min_size=20, max_size=60),
    st.integers(60, 100),
    st.sampled_from(["\n", "\r\n"]),
)
def test_hard_wrapped_paragraphs_are_one(content: list[str], width: int, newline: str) -> None:
    """Lines that were wrapped by hand are one paragraph, and a blank line ends it."""
    wrapped = textwrap.fill(" ".join(content), width).replace("\n", newline)
    text = wrapped + newline * 2 + wrapped
    assert shown(text) == [(wrapped, False)] * 2


@pytest.mark.parametrize("bullet", ["- ", "* ", "• ", "1. ", "(2) ", "b) "])
def test_list_items_stay_apart(bullet: str) -> None:
    """An item of a list is a paragraph of its own, also when the line above it is full."""
    items = [bullet + "so many words stand in this item that its line is full up to here" for _ in range(3)]
    assert [content for content, _ in shown("\n".join(items))] == items


@pytest.mark.parametrize(
    ("content", "expected"),
    [("## The  garden ##", "The garden"), ("Plain", "Plain"), ("# ", "#"), ("1. Scope", "1. Scope")],
)
def test_heading_in_one_line(content: str, expected: str) -> None:
    """A heading is shown without its hashes and never empty."""
    assert flat_heading(content) == expected


def test_encoding_is_cl100k_base(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pattern, ranks and ids are those of tiktoken's own cl100k_base."""
    monkeypatch.setattr(tiktoken_ext.openai_public, "load_tiktoken_bpe", lambda *_, **__: {})
    assert tiktoken_ext.openai_public.cl100k_base()["pat_str"] == PATTERN
    assert encoding().n_vocab == 100256
    assert encoding().encode("tiktoken is great!") == [83, 1609, 5963, 374, 2294, 0]


def test_tokens_are_counted_as_ordinary_text() -> None:
    """Control tokens and lone surrogates in a text count like any characters."""
    assert count_tokens(["tiktoken is great!", "", "<|endoftext|>", "\ud800"]) == [6, 0, 7, 1]


@QUICK
@given(
    st.lists(st.sampled_from([*FRAGMENTS, "ࠂࠃ", "中文字"]), min_size=1, max_size=12).map("".join),
    st.integers(4, 30),
)
@example("ࠂ" * 50, 20)
def test_cut_pieces_keep_every_letter_and_the_limit(text: str, limit: int) -> None:
    """Pieces lie in order, apart, hold every letter, and none has more tokens than the limit."""
    span = Span(2, len(text) + 2)
    pieces = cut(f"..{text}..", span, limit)
    assert in_order(pieces)
    assert uncovered(text, [Span(start - 2, end - 2) for start, end in pieces]) == ""
    counted = [len(encoding().encode_ordinary(encodable(text)[start - 2 : end - 2])) for start, end in pieces]
    assert max(counted, default=0) <= limit


@pytest.mark.parametrize(
    "text",
    [
        *("x" * 10**5, "🦊a" * 50_000, "a." * 50_000, "\0" * 10**5 + "a", '"' * 10**5 + "a"),
        *("a\n" * 10_000, "A\n" * 10_000, "A\n\n" * 10_000, "# A\n" * 10_000, "1. A\n" * 10_000),
        *("\n\f" * 50_000 + "a", ("word " * 999 + "\n") * 20),
    ],
    ids=lambda text: ascii(text[:4]),
)
def test_long_texts_take_no_time(text: str) -> None:
    """10^5 characters without a space, or 10^4 short lines, are found within two seconds of work."""
    started = time.process_time()
    found = [span for block in blocks(text) for span in sentences(text, block.span)]
    assert time.process_time() - started < 2
    assert sum(1 for _ in re.finditer(r"[^\W_]", text)) <= sum(end - start for start, end in found)
