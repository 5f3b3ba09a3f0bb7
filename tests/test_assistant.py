"""The Python door: everything that INTERFACES promises of `Assistant`."""

from __future__ import annotations

import asyncio
import inspect
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant import Answer, Assistant, Chat, Citation, Done, Piece, Refusal, Step
from assistant.assistant import Assistant as Concrete
from assistant.errors import AssistantError, CorpusError, SettingError
from tests.conftest import OFFICE


def quotes_hold(assistant: Concrete, reply: Answer | Refusal) -> bool:
    shown = reply.nearest if isinstance(reply, Refusal) else reply.citations
    return all(assistant.document(c.source).text[c.start : c.end] == c.quote for c in shown)


def test_an_answer_quotes_its_sentence(office: Concrete) -> None:
    """An answer is the whole sentence with its number, and the span alone as its short form."""
    reply = office.ask("When does the office open?")
    assert isinstance(reply, Answer)
    assert reply.text == "The office opens at nine. [1]"
    assert reply.short is not None
    assert "nine" in reply.short
    assert reply.citations[0].quote == "The office opens at nine."
    assert quotes_hold(office, reply)
    assert reply.question == reply.standalone == "When does the office open?"
    assert set(reply.timings_ms) >= {"retrieve", "read", "total"}
    assert reply.reader == "extractive"


def test_a_refusal_says_what_is_missing(office: Concrete) -> None:
    """A refusal names the words that the text lacks and shows the nearest passages."""
    reply = office.ask("What does the cafeteria sell?")
    assert isinstance(reply, Refusal)
    assert reply.reason in ("not_in_text", "off_topic")
    assert "cafeteria" in " ".join(reply.missing)
    assert reply.nearest
    assert quotes_hold(office, reply)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("", "empty_question"),
        (" \n\t", "empty_question"),
        ("?!", "invalid_question"),
        ("\x00\x01\x1b", "invalid_question"),
        ("\u200b\u200b", "invalid_question"),
        ("\ud800", "invalid_question"),
        ("x " * 500_000, "invalid_question"),
    ],
)
def test_what_is_no_question_is_refused(office: Concrete, question: str, reason: str) -> None:
    """Nothing, symbols, control characters and a megabyte get a typed refusal at once."""
    reply = office.ask(question)
    assert isinstance(reply, Refusal)
    assert (reply.reason, reply.question) == (reason, question)
    assert reply.timings_ms["total"] < 200


@given(st.text(st.characters(), max_size=60))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_string_gets_a_reply(office: Concrete, question: str) -> None:
    """No string, lone surrogates included, makes `ask` raise, and every quote is the text's."""
    reply = office.ask(question)
    assert reply.question == question
    assert quotes_hold(office, reply)


def test_a_question_about_the_whole_is_answered_from_three_sections(office: Concrete) -> None:
    """What a text is about is said by cited sentences of different sections."""
    reply = office.ask("What is this text about?")
    assert isinstance(reply, Answer)
    assert len(reply.citations) == 3
    paragraphs = OFFICE.split("\n\n")
    assert len({next(p for p in paragraphs if c.quote in p) for c in reply.citations}) == 3


def test_a_list_has_up_to_three_sentences(office: Concrete) -> None:
    """An answer has at most three sentences, each with a citation of its own."""
    reply = office.ask("Which rules are there for visitors?")
    if isinstance(reply, Answer):
        assert 1 <= len(reply.citations) <= 3
    assert reply.question


def test_stream_ends_with_the_reply(office: Concrete) -> None:
    """The stream is steps, then pieces that make up the text, then the reply."""
    events = list(office.stream("When does the office open?"))
    done = events[-1]
    assert isinstance(done, Done)
    assert isinstance(done.reply, Answer)
    assert [event.name for event in events if isinstance(event, Step)] == ["search", "read", "write"]
    assert "".join(event.text for event in events if isinstance(event, Piece)) == done.reply.text


def test_aask_is_ask(office: Concrete) -> None:
    """The asynchronous form gives the same reply."""
    question = "Who has the key to the archive?"
    assert asyncio.run(office.aask(question)) == office.ask(question)


def test_a_chat_keeps_its_replies(office: Concrete) -> None:
    """A chat holds its own replies and sees no other chat."""
    chat, other = office.chat(), office.chat()
    first = chat.ask("When does the office open?")
    second = asyncio.run(chat.aask("How many cars does the car park hold?"))
    assert isinstance(chat, Chat)
    assert (chat.replies, other.replies) == ([first, second], [])


def test_search_gives_passages(office: Concrete) -> None:
    """Search returns the best passages as citations, and nothing for what is no question."""
    hits = office.search("parking a bicycle", k=2)
    assert len(hits) == 2
    assert "Bicycles" in hits[0].quote
    assert all(office.document(hit.source).text[hit.start : hit.end] == hit.quote for hit in hits)
    assert office.search("", k=3) == office.search("...") == office.search("car", k=0) == ()


def test_documents_are_the_texts(office: Concrete) -> None:
    """Documents come back as they were given; an unknown name is an error that says so."""
    assert [(d.source, d.title, d.text) for d in office.documents] == [("office.txt", "office", OFFICE)]
    with pytest.raises(CorpusError, match=r"'nowhere.txt'"):
        office.document("nowhere.txt")


def test_threads_share_an_assistant(office: Concrete) -> None:
    """Many threads asking one assistant get what one thread gets."""
    questions = ["When does the office open?", "Who has the key?", "What does the car park cost?"] * 4
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(office.ask, questions)) == [office.ask(question) for question in questions]


def test_open_builds_and_follows_the_corpus(corpus: Path, tmp_path: Path) -> None:
    """`open` builds a missing index, and builds it again when a text has changed."""
    with Assistant.open(corpus=corpus, index=tmp_path / "index") as first:
        assert [d.source for d in first.documents] == ["garden.md", "office.txt"]
        assert first.document("garden.md").title == "The garden"
    (corpus / "garden.md").write_text("# The garden\n\nThe garden closes at ten.\n", encoding="utf-8")
    with Assistant.open(corpus=str(corpus), index=str(tmp_path / "index")) as second:
        reply = second.ask("When does the garden close?")
    assert isinstance(reply, Answer)
    assert "ten" in reply.text


def test_a_closed_assistant_says_so(tmp_path: Path) -> None:
    """Closing twice is nothing; asking afterwards is an error of ours; its folder is gone."""
    before = set(Path(tempfile.gettempdir()).glob("assistant-*"))
    assistant = Assistant.from_texts({"a.txt": "The tower is 40 metres high."})
    assert isinstance(assistant.ask("How high is the tower?"), Answer)
    assistant.close()
    assistant.close()
    with pytest.raises(AssistantError, match="closed"):
        assistant.ask("How high is the tower?")
    assert set(Path(tempfile.gettempdir()).glob("assistant-*")) <= before


@pytest.mark.parametrize(
    ("texts", "error"),
    [({}, "none of the 0"), ({"a.txt": " ... "}, "none of the 1"), ({"\ud800": "A b."}, "name")],
)
def test_texts_without_words_are_an_error(texts: dict[str, str], error: str) -> None:
    """Texts that hold nothing, or cannot be named, are refused by name."""
    with pytest.raises(CorpusError, match=error):
        Assistant.from_texts(texts)


def test_a_language_model_of_no_known_provider_is_refused(corpus: Path) -> None:
    """Naming a language model that is none is a clear error, before anything is built."""
    with pytest.raises(SettingError, match="nobody:x"):
        Assistant.from_texts({"a.txt": "A b."}, llm="nobody:x")
    with pytest.raises(SettingError, match="nobody:x"):
        Assistant.open(corpus=corpus, llm="nobody:x")


def test_two_assistants_do_not_mix(office: Concrete) -> None:
    """Assistants over different texts answer from their own, also at the same time."""
    barrier = threading.Barrier(2)

    def ask(assistant: Concrete) -> str:
        barrier.wait()
        return str(assistant.ask("When does the office open?"))

    with Assistant.from_texts({"b.txt": "The office opens at noon."}) as other, ThreadPoolExecutor(2) as pool:
        ours, theirs = pool.map(ask, [office, other])
    assert "nine" in ours
    assert "noon" in theirs


def test_public_methods_are_documented() -> None:
    """Every public method of the assistant has a docstring."""
    methods = inspect.getmembers(
        Concrete, lambda each: inspect.isfunction(each) or isinstance(each, property)
    )
    assert all(inspect.getdoc(method) for name, method in methods if not name.startswith("_"))


def test_some_texts_alone_can_be_asked() -> None:
    """Within some texts nothing else is cited, also by what tells of the whole; within none nothing is."""
    texts = {"a.txt": "The office opens at nine.\n", "b.txt": "The garden closes at dusk.\n"}
    questions = ["When does the office open?", "When does the garden close?", "What is this about?"]
    with Assistant.from_texts(texts) as both:
        for source in texts:
            one = both.within([source])
            cited = [each.source for question in questions for each in _cited(one.ask(question))]
            assert set(cited) == {source}
            assert {hit.source for hit in one.search("office garden")} == {source}
        assert all(both.within([]).ask(question).refused for question in questions)


def test_what_the_chosen_texts_lack_is_missing() -> None:
    """A refusal speaks of the chosen texts alone: words, their combinations, and the nearest passages."""
    texts = {
        "a.txt": "The office opens at nine. Ann Berg has the key to the archive.\n",
        "b.txt": "The garden closes at dusk. Bob Stone waters the red roses. The bridge has an archive.\n",
    }
    with Assistant.from_texts(texts) as both:
        for one, question, missing in [
            ("a.txt", "When does the garden close?", ("garden close",)),
            ("a.txt", "Who waters the roses?", ("waters the roses",)),
            ("b.txt", "Who has the key to the archive?", ("key",)),
            ("b.txt", "Who has the bridge of the garden?", ("bridge of the garden",)),
        ]:
            reply = both.within([one]).variant(threshold=1.0).ask(question)
            assert isinstance(reply, Refusal)
            assert reply.missing == missing
            assert {each.source for each in reply.nearest} == {one}


def _cited(reply: Answer | Refusal) -> tuple[Citation, ...]:
    return reply.citations if isinstance(reply, Answer) else reply.nearest
