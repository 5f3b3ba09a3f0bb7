"""What a model wrote, as statements: whole sentences with their marks, plain, and what is none of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.drafting import LONGEST, MOST_CITED, Mark, statements


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It opens at nine. [1]", [("It opens at nine.", (1,))]),
        ("It opens at nine [1].", [("It opens at nine.", (1,))]),
        ("It opens at nine. [1][2]", [("It opens at nine.", (1, 2))]),
        ("It opens at nine. [1, 3]", [("It opens at nine.", (1, 3))]),
        ("It opens at nine. [2-4]", [("It opens at nine.", (2, 4, 3))]),
        ("It opens at nine. 【2】", [("It opens at nine.", (2,))]),
        ("It opens at nine. [^2]", [("It opens at nine.", (2,))]),
        ("It opens at nine. [passage 2]", [("It opens at nine.", (2,))]),
        ("According to [2], it opens at nine.", [("It opens at nine.", (2,))]),
        ("Answer: It opens at nine. [1]", [("It opens at nine.", (1,))]),
        ("**It** opens at `nine`. [1]", [("It opens at nine.", (1,))]),
        ("# It opens at nine. [1]", [("It opens at nine.", (1,))]),
        ("It opens. [1] It closes. [2]", [("It opens.", (1,)), ("It closes.", (2,))]),
        ("It opens. It closes. [2]", [("It opens.", (2,)), ("It closes.", (2,))]),
        ("- It opens. [1]\n- It closes. [2]", [("It opens.", (1,)), ("It closes.", (2,))]),
        ("It opens at 9 a.m. on Monday. [1]", [("It opens at 9 a.m. on Monday.", (1,))]),
        ("", []),
        ("[1]", []),
        ("...", []),
    ],
)
def test_a_statement_is_a_plain_sentence_with_its_marks(
    text: str, found: list[tuple[str, tuple[int, ...]]]
) -> None:
    """Whatever the marks look like and wherever they stand, none of them is left in the sentence."""
    told = [(each.text, tuple(mark.number for mark in each.marks)) for each in statements([text])]
    assert told == found


@pytest.mark.parametrize(
    "text",
    [
        'It opens at nine. [1: "open from nine"]',
        'It opens at nine. [1] "open from nine"',
        "It opens at nine. [1: “open from nine”]",
        'It opens at nine [1: "open from nine"].',
    ],
)
def test_a_quote_belongs_to_its_mark(text: str) -> None:
    """In the brackets or behind them, in straight or curly signs."""
    (one,) = statements([text])
    assert (one.text, one.marks) == ("It opens at nine.", (Mark(1, "open from nine"),))


@pytest.mark.parametrize(
    ("text", "objection"),
    [
        ("It opens at nine.", "it names no passage"),
        ("Does it open at nine? [1]", "it is a question"),
        ("It opens [here](https://evil.example). [1]", "it holds a link, a picture or markup"),
        ("![It opens](x.png) [1]", "it holds a link, a picture or markup"),
        ("<b>It opens.</b> [1]", "it holds a link, a picture or markup"),
        ("It is &lt;b&gt;open. [1]", "it holds a link, a picture or markup"),
        (f"It {'really ' * LONGEST}opens. [1]", "it is too long"),
    ],
)
def test_what_cannot_be_shown_says_why(text: str, objection: str) -> None:
    """No passage, a question, more than text, or too much of it."""
    assert objection in {each.objection for each in statements([text])}


@pytest.mark.parametrize(
    "text",
    [
        "Sure!",
        "Sure, here is the answer.",
        "Here is the answer to your question:",
        "Thank you for the question.",
        "I hope this helps!",
        "Let me know if you have any other questions.",
        "### Answer",
    ],
)
def test_a_politeness_claims_nothing(text: str) -> None:
    """What a model says around its answer is told from a claim."""
    assert all(each.talk for each in statements([text]))


@pytest.mark.parametrize(
    "text",
    ["Yes.", "Sure, the gate is open.", "I hope this helps Ann win.", "Here is the key.", "Thank the mayor."],
)
def test_a_claim_is_no_politeness(text: str) -> None:
    """However it begins, it has to be proven."""
    assert not any(each.talk for each in statements([text]))


def test_an_item_knows_what_introduced_its_list() -> None:
    """A line that ends in a colon is no statement, and the lead of the items below it."""
    told = list(statements(["The mayor denied that:\n- it opens [1]\n- it closes [1]\n\nIt is red. [2]"]))
    assert [(each.text, each.lead, each.item) for each in told] == [
        ("it opens", "The mayor denied that:", True),
        ("it closes", "The mayor denied that:", True),
        ("It is red.", "", False),
    ]


def test_a_statement_names_few_passages() -> None:
    """A row of numbers without end is cut."""
    (one,) = statements(["It opens at nine. [1-900]"])
    assert len(one.marks) == MOST_CITED


@given(cuts=st.lists(st.integers(0, 200), max_size=12))
def test_pieces_do_not_matter(cuts: list[int]) -> None:
    """However a text is cut into pieces, its statements are the same."""
    text = (
        'Sure!\n\nIt opens. [1: "from nine"] It "closes" at six [2][3].\n- Ann has it. 【1】 "she"\n- Bob [1'
    )
    ends = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    parts = [text[start:end] for start, end in zip(ends, ends[1:], strict=False)]
    assert list(statements(parts)) == list(statements([text]))
