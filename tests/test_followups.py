"""Follow-ups as questions that stand alone, and what a chat remembers of them."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.followups import standalone
from assistant.phrases import phrases
from assistant.turns import Turn, turn_of


def said(*chat: str) -> str:
    """What becomes of the last question; "question # answer" for those before."""
    turns: list[Turn] = []
    *before, question = chat
    for each in before:
        asked, _, short = (part.strip() for part in each.partition("#"))
        turns.append(turn_of(asked, standalone(asked, turns), short, turns))
    return standalone(question, turns)


@pytest.mark.parametrize(
    ("chat", "alone"),
    [
        (
            ("Who is Russia's foreign minister? # Sergey Lavrov", "What did he say?"),
            "What did Sergey Lavrov say?",
        ),
        (
            ("Which missile was fired? # the Storm missile", "How far can it fly?"),
            "How far can the Storm missile fly?",
        ),
        (("What is the range of the ATACMS?", "And the price of it?"), "And the price of the ATACMS?"),
        (("What is the range of the ATACMS?", "What about the Himars?"), "What is the range of the Himars?"),
        (
            ("What is the range of the ATACMS?", "What about the Himars?", "And who supplied it?"),
            "And who supplied the Himars?",
        ),
        (("Did Ukraine strike Belgorod?", "And why?"), "Why did Ukraine strike Belgorod?"),
        (("Did Ukraine strike Belgorod?", "When?"), "When did Ukraine strike Belgorod?"),
        (("What did Mr. Putin say?", "When did he say it?"), "When did Mr. Putin say it?"),
        (("What did Putin say about NATO?", "And about Ukraine?"), "What did Putin say about Ukraine?"),
        (("Where did it happen? # Bryansk", "Was anyone killed there?"), "Was anyone killed in Bryansk?"),
        (("Tell me about lung cancer.", "What are its symptoms?"), "What are lung cancer's symptoms?"),
        (("Tell me about lung cancer.", "What are the symptoms?"), "What are the symptoms of lung cancer?"),
        (("Tell me about makos.", "Where do they live?"), "Where do makos live?"),
        (("What is there to see in Rock City?", "Are events held there?"), "Are events held in Rock City?"),
        (
            ("Which German weapons has Ukraine received?", "And American ones?"),
            "Which American weapons has Ukraine received?",
        ),
        (("What was built in 1894?", "And in 1920?"), "What was built in 1920?"),
        (
            ("What is Russia warning of? # severe consequences", "Who could trigger such consequences?"),
            "Who could trigger the severe consequences?",
        ),
        (
            ("Who is the president of Ukraine?", "Has he commented?"),
            "Has the president of Ukraine commented?",
        ),
        (
            ("Where did it happen? # in the region of Bryansk", "Who lives there?"),
            "Who lives in the region of Bryansk?",
        ),
        # A refusal is context, too: there is no answer, but what was asked counts.
        (("How fast is the ferry?", "Where does it land?"), "Where does the ferry land?"),
        # What is left out is what the chat is about.
        (
            ("What is there to see in Rock City?", "Are there any film festivals?"),
            "Are there any film festivals in Rock City?",
        ),
        (
            ("What is a ferry?", "Are there any popular ones?", "Which are the largest?"),
            "Which are the largest for a ferry?",
        ),
        (
            ("Tell me about lung cancer.", "How reliable is the test?"),
            "How reliable is the test for lung cancer?",
        ),
        (
            ("How do you cook pork ribs?", "How about on the barbecue?"),
            "How do you cook pork ribs on the barbecue?",
        ),
        # A greeting is no topic, and what is meant may stand in the same breath.
        (("Hi! Tell me about makos.", "Wow, where do they live?"), "Wow, where do makos live?"),
        (
            ("Tell me about makos.", "I saw a seal. Where does it live?"),
            "I saw a seal. Where does it live?",
        ),
        # The topic lasts over questions that lean on it.
        (
            ("Tell me about lung cancer.", "What are its symptoms?", "Can it be cured?", "What causes it?"),
            "What causes lung cancer?",
        ),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else "",
)
def test_a_follow_up_stands_alone(chat: tuple[str, ...], alone: str) -> None:
    """Pronouns, definite phrases, fragments and what is left out are filled from the chat."""
    assert said(*chat) == alone


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of France?",
        "Why did Ann leave when she was ill?",
        "Is it true that the war began in 2022?",
        "How long does it take to descale the machine?",
        "What does the West insist its involvement is for?",
        "Who is the mayor of Kell, and what does he want?",
        "  odd   SPACING of the question ",
        "Did the US say that it would help?",
        "Who said that they would leave?",
        "Which company moved its headquarters?",
        "Who lost his job?",
        "How did the country defend itself?",
        "Did the soldiers say they were tired?",
        "Can you summarize it?",
        "Is it raining?",
        "Why is it so hard to end the war?",
        "Was it a mistake to invade Ukraine?",
        "Explain the reason for the invasion.",
        "What are the risks to civilians?",
        "Hello there",
        "Is there a god out there?",
        "So what?",
        "Which ones?",
        "Who sang “Let It Be”?",
        "How many?",
        "why",
        "What's the plan that the council agreed on?",
        "What is ketosis?",
        "Tell me about the tower of Kell.",
        "What if the electors do not vote for the pledged candidate?",
        "",
        "???",
    ],
)
def test_a_question_that_stands_alone_stays_to_the_letter(question: str) -> None:
    """What needs nothing of the chat is not touched; nor is the first question of one."""
    assert said("Who is Russia's foreign minister? # Sergey Lavrov", question) == question
    assert said(question) == question


def test_what_points_at_all_that_was_said_is_not_completed() -> None:
    """What "it" means may be a doing, for which no phrase stands."""
    assert (
        said("How often should I descale the machine?", "How long does it take?") == "How long does it take?"
    )


@given(st.lists(st.text(max_size=80), max_size=5), st.text(max_size=80))
@example(["\ud800"], "it \ud800?")
@example(["The"], "the the the it")
@example(["Who? # ", "'s"], "And 's?")
def test_any_chat_has_a_question(before: list[str], question: str) -> None:
    """No string raises."""
    assert isinstance(said(*before, question), str)


@pytest.mark.parametrize(
    "unit",
    [
        "it ",
        "the ",
        "the a ",
        "and ",
        "what about ",
        "x's ",
        "how many ",
        "of the ",
        "A and ",
        "ones ",
        "he/",
        "a/b/",
    ],
)
def test_the_longest_questions_take_little_time(unit: str) -> None:
    """4,000 characters of any kind, after others like them, take less than a second of work."""
    longest, long = (unit * 4000)[:4000], (unit * 500)[:499]
    started = time.process_time()
    said("Who is Ann Lee? # Ann Lee", longest, "What did she say?", longest, *[long] * 7)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("question", "found"),
    [
        (
            "What is the range of the ATACMS missile?",
            ["the range of the ATACMS missile", "the ATACMS missile"],
        ),
        ("Who is Russia's foreign minister?", ["Russia's foreign minister", "Russia"]),
        ("Why did Ukraine strike Belgorod?", ["Ukraine", "Belgorod"]),
        ("Where did the missile attack take place?", ["the missile attack", "place"]),
        ("What is a 529 plan?", ["a 529 plan"]),
        ("Is it treatable?", []),
        ("How reliable is the test in the U.S.?", ["the test", "the U.S."]),
        ("What did Lewis and Clark discover?", ["Lewis and Clark"]),
    ],
)
def test_noun_phrases(question: str, found: list[str]) -> None:
    """A phrase is a run of words that name or describe, with its article; one inside another counts, too."""
    assert [phrase.text for phrase in phrases(question)] == found
    assert all(question[each.start : each.end].startswith(each.text) for each in phrases(question))
