"""What is asked: may it be searched, of what kind is it, which words count, what is missing."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.question import LONGEST, Question

QUICK = settings(max_examples=50, deadline=None)
STRINGS = st.lists(
    st.text(st.characters(), max_size=12)
    | st.sampled_from(
        ["How many ", "Who is ", " of the ", "'s ", "’", "-", ".", "[1] ", '"', "\\", "*)(", "%s", "\0", "😀"]
    )
    | st.sampled_from(
        [
            "\ud800",
            "\u200b",
            "\u202e",
            "İ",
            "ﬁ",
            "ŉ",
            "e\u0301",
            "__",
            "what ",
            "SELECT ",
            "Zeus ",
            "in 2024 ",
        ]
    ),
    max_size=12,
).map("".join)


def question(asked: str) -> Question:
    looked = Question.of(asked)
    assert isinstance(looked, Question)
    return looked


def missing(asked: str, known: str = "", together: bool = False) -> tuple[str, ...]:
    """What a text of these known words lacks, which says all of them together or none."""
    return question(asked).missing(lambda word: word in known.split(), lambda words: together)


@QUICK
@given(STRINGS)
@example("\ud800")
@example("_")
@example("How many")
@example("a's")
def test_any_string_is_a_question_or_a_reason(asked: str) -> None:
    """No string raises; a question has clean words, a kind, terms and something that it may miss."""
    looked = Question.of(asked)
    if isinstance(looked, str):
        assert looked in ("empty_question", "invalid_question")
        return
    assert looked.text.encode("utf-8")
    assert set(looked.terms) <= set(looked.words)
    assert looked.terms
    assert looked.kind in ("lookup", "yes_no", "list", "whole")
    for known in (True, False):
        lacking = looked.missing(lambda word, known=known: known, lambda words: False)
        assert lacking
        assert all(each.strip() and each.casefold() in looked.text.casefold() for each in lacking)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ("", "empty_question"),
        (" \n\t\u2003", "empty_question"),
        ("?!…", "invalid_question"),
        ("😀", "invalid_question"),
        ("\0\x1b", "invalid_question"),
        ("\u200b\u200d", "invalid_question"),
        ("\ud800\udfff", "invalid_question"),
        ("_ __", "invalid_question"),
        ("x" * (LONGEST + 1), "invalid_question"),
    ],
    ids=lambda value: ascii(value[:12]),
)
def test_what_cannot_be_searched(asked: str, reason: str) -> None:
    """White space is an empty question; no letter or digit, or too many characters, an invalid one."""
    assert Question.of(asked) == reason


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("x" * LONGEST, "x" * LONGEST),
        ("  How\nfar?\0", "How far?"),
        ("Wie weit fliegt\ud800 die Rakete?", "Wie weit fliegt die Rakete?"),
        ("7", "7"),
        ("为什么?", "为什么?"),
    ],
    ids=lambda value: ascii(value[:12]),
)
def test_what_is_searched(asked: str, text: str) -> None:
    """A question is searched in one clean line, up to its 4,000th character and in any script."""
    assert question(asked).text == text


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("Who has the key?", "lookup"),
        ("How far can the missile fly?", "lookup"),
        ("What does it cost?", "lookup"),
        ("What business is it?", "lookup"),
        ("Is it red or green?", "lookup"),
        ("Isn't red or green enough?", "lookup"),
        ("What is the missile's range?", "lookup"),
        ("Summarise the missile's range", "lookup"),
        ("Is the office open?", "yes_no"),
        ("did Ann leave", "yes_no"),
        ("Can't we leave?", "yes_no"),
        ("Don’t they leave?", "yes_no"),
        ("List the visitors", "list"),
        ("name all guards", "list"),
        ("What are the rules?", "list"),
        ("Which countries sent missiles?", "list"),
        ("Of all, which were sent?", "list"),
        ("What warnings and threats has the office issued?", "list"),
        ("In what ways did it change?", "list"),
        ("What forms of help has she had?", "list"),
        ("Please give me all the reasons.", "list"),
        ("Who were the visitors?", "list"),
        ("What sports team does she lead?", "lookup"),
        ("What does Ann bring?", "lookup"),
        ("What is this article about?", "whole"),
        ("Summarize the text", "whole"),
        ("Give me an overview, please.", "whole"),
        ("What are the main points?", "whole"),
        ("tl;dr", "whole"),
        ("TLDR?", "whole"),
        ("Can you sum it up for me?", "whole"),
        ("Boil it down for me", "whole"),
        ("Explain the article in a few sentences", "whole"),
        ("What should I know from this text?", "whole"),
        ("Give me the highlights", "whole"),
        ("Summarise in three sentences", "whole"),
        ("What is going on in this article?", "whole"),
        ("Please provide a short abstract of the article.", "whole"),
        ("What is the most important thing in this article?", "whole"),
        ("Describe the content of the article.", "whole"),
        ("What's in the text?", "whole"),
        ("What does the article say?", "whole"),
        ("Which points does the article make?", "whole"),
        ("sum up the article pls", "whole"),
        ("Outline the article", "whole"),
        ("Can you give me a recap?", "whole"),
        ("What topics does it cover?", "whole"),
        ("In a nutshell, what is this text about?", "whole"),
        ("What is the overall message?", "whole"),
        ("What can I learn from this document?", "whole"),
        ("Could you tell me what this article is about?", "whole"),
        ("What does he say?", "lookup"),
        ("What is he talking about?", "lookup"),
        ("What is this war about?", "lookup"),
    ],
)
def test_kind(asked: str, kind: str) -> None:
    """A question looks something up, wants yes or no, a list, or is about the whole text."""
    assert question(asked).kind == kind


@pytest.mark.parametrize(
    ("asked", "topic"),
    [
        ("What does the article say about NATO?", ("nato",)),
        ("Tell me about the Himars.", ("himars",)),
        ("What do we know about the damage in Belgorod?", ("damage", "belgorod")),
        ("What is known about the old mill?", ("old", "mill")),
        ("What are we told about Putin's statements?", ("putin", "statements")),
        ("What did Lavrov say about the missiles?", ()),  # what he said, not what the text says
        ("Who talked about NATO in the article?", ()),
        ("What is this article about?", ()),
    ],
)
def test_topic(asked: str, topic: tuple[str, ...]) -> None:
    """What the text is asked to say something about, and nothing where someone else is."""
    assert question(asked).topic == topic


@pytest.mark.parametrize(
    ("asked", "terms"),
    [
        ("How far can the missile fly?", ("missile", "fly")),
        ("Who is Russia's foreign minister?", ("russia", "foreign", "minister")),
        ("Who is Russia’s foreign minister?", ("russia", "foreign", "minister")),
        ("Missile, missile, MISSILE", ("missile",)),
        ("What is it?", ("what", "is", "it")),
        ("Why don't they fly?", ("fly",)),
        ("Why don’t they fly?", ("fly",)),
        ("Vitamin C in 5 eggs", ("vitamin", "eggs")),
        ("C", ("c",)),
    ],
)
def test_terms(asked: str, terms: tuple[str, ...]) -> None:
    """Terms are the words that carry meaning, each once, in order; all words when none does."""
    assert question(asked).terms == terms


@pytest.mark.parametrize(
    ("asked", "known", "lacking"),
    [
        ("Who is Zeus?", "", ("Zeus",)),
        ("How many dogs bark?", "", ("how many dogs bark",)),
        ("Where is the office of Zeus and Hera?", "office", ("Zeus and Hera",)),
        ("Did Zeus, in the office, meet Hera?", "office meet", ("Zeus", "Hera")),
        ("Did Zeus meet Ann where Zeus lives?", "meet ann lives", ("Zeus",)),
        ("What did Ann say in 2024?", "ann", ("2024",)),
        ("What happened to Ann in 2024?", "ann", ("2024",)),
        ("What happened?", "ann", ("happened",)),
        ("Did Ann pay 4,300 pounds?", "ann pay pounds", ("4,300",)),
        ("Why was Station Road closed?", "road closed", ("Station Road",)),
        ("Who stole the archive's crown jewels?", "archive stole", ("crown jewels",)),
        ("Who is the cafe\u0301 owner?", "owner", ("café",)),
    ],
)
def test_missing_words(asked: str, known: str, lacking: tuple[str, ...]) -> None:
    """Words that the text never has are missing, neighbours as one phrase, each once, as they were typed."""
    assert missing(asked, known) == lacking


@pytest.mark.parametrize(
    ("asked", "lacking"),
    [
        ("Who is Ukraine's foreign minister?", ("Ukraine's foreign minister",)),
        ("Who is the minister of Ukraine?", ("minister of Ukraine",)),
    ],
)
def test_missing_combination(asked: str, lacking: tuple[str, ...]) -> None:
    """Of words that the text has, the combination that it never makes is missing; else all that was asked."""
    known = "ukraine foreign minister"
    assert missing(asked, known, together=False) == lacking
    assert missing(asked, known, together=True) == (asked.rstrip("?"),)


def test_missing_asks_in_lower_case_and_without_function_words() -> None:
    """The text is asked for bare words: in lower case, without a possessive, none that carries no meaning."""
    asked: list[str] = []
    combined: list[Sequence[str]] = []

    def known(word: str) -> bool:
        asked.append(word)
        return True

    def together(words: Sequence[str]) -> bool:
        combined.append(tuple(words))
        return False

    question("Who is Ukraine's Foreign Minister?").missing(known, together)
    assert asked == ["ukraine", "foreign", "minister"]
    assert combined == [("ukraine", "foreign", "minister")]


@pytest.mark.parametrize(
    "unit", ["zz, ", "of the ", "what ", "a-", "a'", "how many ", "\u0301a", " ", "'", "[1]", "__ "]
)
def test_the_longest_questions_take_no_time(unit: str) -> None:
    """4,000 characters of any kind are looked at in no time: what grows with their square takes minutes."""
    started = time.process_time()
    looked = question(f"b {unit * LONGEST}"[: LONGEST - 2] + " c")
    assert looked.kind
    assert looked.missing(lambda word: False, lambda words: False)
    assert looked.missing(lambda word: True, lambda words: False)
    assert time.process_time() - started < 5
