"""Passages: spans of whole sentences, under a heading, of a bounded length."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.documents import Document, Passage, Span
from assistant.splitter import Splitter
from assistant.text import blocks, count_tokens, flat_heading

QUICK = settings(max_examples=50, deadline=None)
SMALL = Splitter(limit=24, overlap=1, least=6)

SENTENCES = st.lists(
    st.sampled_from(
        ["Ann", "Berg", "opens", "the", "archive", "40", "cafés", "😀", "שלום", "中文字", "x" * 90]
    ),
    min_size=1,
    max_size=9,
).map(lambda content: " ".join(content) + ".")
PARAGRAPHS = st.lists(SENTENCES, min_size=1, max_size=6).map(" ".join)
ODD = st.text(st.characters(), max_size=12) | st.sampled_from(
    [
        "# Head",
        "Plain Head",
        "1. Head",
        "- item",
        "(2) item",
        "\f",
        "\0",
        "\u200b",
        "\ud800a",
        "\udfff",
        "\ufeff",
        "]] [1]",
    ]
)
TEXTS = st.lists(
    st.tuples(PARAGRAPHS | ODD, st.sampled_from(["\n\n", "\n", "\r\n", "\r\n\r\n", "\f", " "])).map("".join),
    max_size=12,
).map("".join)


def document(text: str, source: str = "a.txt") -> Document:
    return Document(source, "A", text)


def split(text: str, splitter: Splitter = SMALL, source: str = "a.txt") -> list[Passage]:
    return splitter.split(document(text, source))


def tokens_of(text: str, spans: tuple[Span, ...]) -> int:
    return sum(count_tokens([text[start:end] for start, end in spans]))


@QUICK
@given(TEXTS)
@example("# A\n\n# B\n\nC d.\n\n# E")
@example("Same here. " * 30)
def test_every_letter_is_in_a_passage_or_its_heading(text: str) -> None:
    """Each letter and digit is in a passage, or in the heading that the next passage carries."""
    passages = split(text)
    inside = {at for passage in passages for at in range(passage.start, passage.end)}
    for block in blocks(text):
        if block.heading:
            inside.update(range(*block.span))
            below = next(passage for passage in passages if passage.start >= block.span.end)
            assert flat_heading(text[block.span.start : block.span.end]) in below.heading
    assert [text[at] for at in range(len(text)) if text[at].isalnum() and at not in inside] == []


@QUICK
@given(TEXTS)
@example("Go on. " * 40)
def test_passages_and_sentences_are_spans(text: str) -> None:
    """A passage is the text at its span, and made of sentences in order that fill it from end to end."""
    for passage in split(text):
        assert text[passage.start : passage.end] == passage.text
        assert (passage.sentences[0].start, passage.sentences[-1].end) == (passage.start, passage.end)
        assert all(start < end for start, end in passage.sentences)
        assert all(above.end <= below.start for above, below in pairwise(passage.sentences))
        assert passage.source == "a.txt"


@QUICK
@given(TEXTS)
@example("ࠂ" * 100)
def test_no_passage_is_above_the_limit(text: str) -> None:
    """The sentences of a passage have at most the limit's tokens together."""
    for passage in split(text):
        assert passage.tokens <= SMALL.limit
        assert tokens_of(text, passage.sentences) <= SMALL.limit


@QUICK
@given(TEXTS)
@example("Same here. " * 30)
def test_ids_are_unique_and_stable(text: str) -> None:
    """Ids differ within a document and between documents, and are the same each time."""
    ids = [passage.id for passage in split(text)]
    others = [passage.id for passage in split(text, source="b.txt")]
    assert len({*ids, *others}) == 2 * len(ids)
    assert ids == [passage.id for passage in split(text)]


def test_ids_do_not_depend_on_what_follows_or_precedes() -> None:
    """A new section before or behind a passage, or a new title, leaves its id as it was."""
    middle = "# Middle\n\nThe office opens at nine. Ann Berg has the key.\n\n"
    (alone,) = split(middle)
    among = split(f"# First\n\nIt begins here.\n\n{middle}# Last\n\nIt ends here.")
    assert alone.id == among[1].id
    assert alone.start != among[1].start
    assert Splitter().split(Document("a.txt", "Other title", middle))[0].id == alone.id


@QUICK
@given(PARAGRAPHS)
def test_overlap_repeats_one_sentence_at_most(paragraph: str) -> None:
    """Neighbouring passages share at most one whole sentence, and progress with each."""
    for above, below in pairwise(split(paragraph)):
        shared = [span for span in below.sentences if span in above.sentences]
        assert len(shared) <= SMALL.overlap
        assert below.start >= (shared[0].start if shared else above.end)
        assert below.end > above.end


@pytest.mark.parametrize("overlap", [0, 1, 2])
@pytest.mark.parametrize("sentences", [36, 52, 60])
def test_a_long_paragraph_is_cut_into_even_parts(overlap: int, sentences: int) -> None:
    """The parts repeat as many sentences as asked, and none is a leftover of less than half another."""
    text = " ".join(f"Visitor {number} signs the green book at the desk." for number in range(sentences))
    passages = split(text, Splitter(overlap=overlap))
    assert {len(set(a.sentences) & set(b.sentences)) for a, b in pairwise(passages)} == {overlap}
    lengths = [passage.tokens for passage in passages]
    assert max(lengths) <= 200
    assert min(lengths) >= max(lengths) / 2


def test_repeated_sentences_keep_their_own_places() -> None:
    """Passages of equal text stand where they stand, and their ids differ."""
    text = "# One\n\nGo on. Go on.\n\n# Two\n\nGo on. Go on.\n"
    one, two = split(text)
    assert one.text == two.text == "Go on. Go on."
    assert (one.start, two.start) == (7, text.rindex("Go on. Go on."))
    assert one.sentences == ((7, 13), (14, 20))
    assert one.id != two.id


def test_headings_travel_with_their_passages() -> None:
    """A passage names the heading it stands under, headings in a row as one, and never holds it."""
    text = (
        "Intro is here.\n\n# The Guide\n\n## Visitors\n\nThey sign.\n\n## Parking ##\r\n\r\nIt has 40 places."
    )
    assert [(passage.heading, passage.text) for passage in split(text)] == [
        ("", "Intro is here."),
        ("The Guide: Visitors", "They sign."),
        ("Parking", "It has 40 places."),
    ]


def test_short_paragraphs_are_joined_and_long_ones_left_alone() -> None:
    """List items share a passage; two paragraphs of some length do not."""
    assert [p.text for p in split("- apples\n- pears\n- plums", Splitter())] == ["- apples\n- pears\n- plums"]
    long = "The visitors sign the green book at the desk every day. " * 6
    assert len(split(f"{long}\n\n{long}", Splitter())) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One is.\r\nTwo is.\r\n", ["One is.\r\nTwo is."]),
        ("Page one.\fPage two.", ["Page one.\fPage two."]),
        ("A\0B c.", ["A\0B c."]),
        ("a\u200bb. c", ["a\u200bb. c"]),
        ("\ud800 lone. And \udfff.", ["\ud800 lone. And \udfff."]),
        ("  😀 Hi.  ", ["😀 Hi."]),
        ("*** --- ***", []),
        (" \r\n\t\f", []),
        ("", []),
    ],
)
def test_odd_characters_stay(text: str, expected: list[str]) -> None:
    """Line ends, form feeds, NUL, zero-width characters and lone surrogates are kept as they are."""
    assert [passage.text for passage in split(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "\n".join("abcdefghij" * 30),
        "\n\n".join(f"Item {number}" for number in range(200)),
        "\r\n".join(f"- item {number} of the list" for number in range(100)),
        "\n".join(f"| cell {number} | cell |" for number in range(100)),
        " ".join(f"Visitor {number} signs the book." for number in range(200)),
        "ࠂ" * 1000,
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_passage_as_a_whole_is_within_the_limit(text: str) -> None:
    """The text of a passage, with what stands between its sentences, has at most the limit's tokens."""
    splitter = Splitter()
    assert max(count_tokens([passage.text for passage in split(text, splitter)])) <= splitter.limit


def test_tokens_are_those_of_the_text() -> None:
    """A passage says how many tokens it has, also when it is the rest of what was cut."""
    passages = split("x" * 1700, Splitter())
    assert len(passages) == 2
    assert [passage.tokens for passage in passages] == count_tokens([passage.text for passage in passages])


def test_the_shipped_text(article: Document) -> None:
    """The shipped text's passages are exact spans within the limit, and every sentence is in one."""
    splitter = Splitter()
    passages = splitter.split(article)
    assert all(article.text[p.start : p.end] == p.text for p in passages)
    assert max(count_tokens([passage.text for passage in passages])) <= splitter.limit
    assert len({passage.id for passage in passages}) == len(passages) > 2


@pytest.mark.parametrize(
    "text",
    [
        *("x" * 10**5, "中" * 10**5, "😀a" * 50_000, "a." * 50_000, "a b " * 25_000, "\u200b" * 10**5 + "a"),
        *("A\n" * 10_000, "- a\n" * 10_000, "# a\n" * 10_000 + "b."),
    ],
    ids=lambda text: ascii(text[:4]),
)
def test_long_texts_take_no_time(text: str) -> None:
    """10^5 characters without a space, or 10^4 lines, are split within two seconds of work."""
    split("warm", Splitter())
    started = time.process_time()
    passages = split(text, Splitter())
    assert time.process_time() - started < 2
    assert max(passage.tokens for passage in passages) <= 200


def test_parameters_name_every_knob() -> None:
    """The index's fingerprint sees each knob that moves a bound."""
    assert Splitter(limit=100).parameters() == {"limit": 100, "overlap": 1, "least": 40}
