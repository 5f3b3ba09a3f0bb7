"""Exported chats: Markdown that shows what was said, and gives each citation back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import Answer, Citation, Document, Refusal
from assistant.assistant import Assistant
from assistant.transcripts import SOURCES, Exported, check, markdown, read, reply_markdown
from tests.conftest import OFFICE

HARD = [
    "plain",
    "a `tick` and ```a fence```",
    "<script>alert(1)</script> <img src=x onerror=alert(1)>",
    "![picture](http://evil.example/x.png) [link](javascript:alert(1)) www.evil.example",
    "> quoted\n> again\n\n---\n===\n# heading\n1. one\n2) two\n- three\n+ four\n    code",
    "back\\slash\\\n\\\\ at the end\\",
    f"## A question\n\n{SOURCES}\n\n[1] Title (office.txt, characters 0 to 3)\n\n> abc",
    "carriage\r\nreturn\x0bvertical\x0cfeed\x85next\u2028line\ttab\x00nul",
    "right\u202eto left\u2066 \ufeff zero &amp; &#10; &lt;",
    "| a | b |\n|---|---|\n~~struck~~ $x$ ^1 [^1]: note",
    "[1] number (source, characters 1 to 2)",
    "lone \ud800 surrogate",
]


def answer(
    quotes: list[str], source: str = "a.txt", title: str = "A title", question: str = "Why?"
) -> Answer:
    """An answer that cites each of these."""
    text = "\n\n".join(quotes)
    document, citations, start = Document(source, title, text), [], 0
    for quote in quotes:
        citations.append(Citation.of(document, start, start + len(quote)))
        start += len(quote) + 2
    said = " ".join(f"It says so. [{number}]" for number in range(1, len(quotes) + 1))
    return Answer(question=question, text=said, short="so", citations=tuple(citations))


def as_exported(answers: list[Answer]) -> list[Exported]:
    """What `read` should give for these answers."""
    cited = [each for reply in answers for each in reply.citations]
    return [Exported(n, c.source, c.start, c.end, c.quote) for n, c in enumerate(cited, 1)]


@pytest.mark.parametrize("text", HARD)
def test_hard_texts_come_back(text: str) -> None:
    """As quote, source, title and question, such a text is one citation and comes back as it was."""
    reply = answer([text, "x"], source=text, title=text, question=text)
    assert read(markdown(text, [reply])) == as_exported([reply])


texts = st.one_of(
    st.text(min_size=1),
    st.text(alphabet="\\`*_[]<>&#;!-+=.()>\n\r \t1a:/w|~", min_size=1),
    st.sampled_from(HARD),
).filter(lambda text: bool(text.strip()))


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.lists(texts, min_size=1, max_size=3), texts, texts, texts), max_size=3))
def test_every_chat_comes_back(chats: list[tuple[list[str], str, str, str]]) -> None:
    """Whatever the texts, all citations come back, numbered through the chat."""
    answers = [answer(quotes, source, title, question) for quotes, source, title, question in chats]
    assert read(markdown("A chat", answers)) == as_exported(answers)


def test_a_chat_reads_well(office: Assistant) -> None:
    """An answer with its sources, and a refusal without numbers; numbers go on over the chat."""
    chat = office.chat()
    replies = [
        chat.ask("When does the office open?"),
        chat.ask("Which airline flies to Lisbon?"),
        chat.ask("Who has the key?"),
    ]
    told = markdown("The office", replies)
    assert told.startswith("# The office\n\n## When does the office open?\n\n")
    assert f"{SOURCES}\n\n[1] office (office.txt, characters 0 to 25)\n\n> The office opens at nine." in told
    assert "Ann Berg has the key to the archive. [2]" in told
    assert "Lisbon" in told.partition("Missing: ")[2].partition("\n")[0]
    assert [each.number for each in read(told)] == [1, 2]


def test_a_copied_reply_numbers_from_one(office: Assistant) -> None:
    """A reply that is copied has its references below."""
    copied = reply_markdown(office.ask("Who has the key?"))
    assert copied.count("[1]") == 2
    assert [each.source for each in read(copied)] == ["office.txt"]


def test_a_refusal_quotes_without_numbers() -> None:
    """The nearest passages of a refusal are no citations."""
    near = Citation.of(Document("a.txt", "A", "Some text."), 0, 10)
    told = markdown("x", [Refusal(question="Why?", reason="not_in_text", missing=("*X*",), nearest=(near,))])
    assert r"Missing: **\*X\***" in told
    assert "- A (a.txt, characters 0 to 10)\n\n  > Some text." in told
    assert read(told) == []


@pytest.mark.parametrize(
    "text", ["", "# A title\n", f"{SOURCES}\n", f"{SOURCES}\n\n[1] x (y, characters 1 to 2)"]
)
def test_what_is_no_export_has_no_citations(text: str) -> None:
    """Foreign Markdown is read without an error."""
    assert all(each.quote == "" for each in read(text))


def test_a_citation_is_checked_against_its_text() -> None:
    """It holds; or it moved, to the nearest place; or it is gone, as its text may be."""
    document = Document("a.txt", "A", "One two. One two. Three.")
    assert check(Exported(1, "a.txt", 9, 17, "One two."), document).holds
    moved = check(Exported(1, "a.txt", 8, 16, "One two."), document)
    assert (moved.holds, moved.says) == (False, "moved to characters 9 to 17")
    assert "does not say" in check(Exported(1, "a.txt", 0, 5, "Four."), document).says
    assert "not in the corpus" in check(Exported(1, "b.txt", 0, 5, "Four."), None).says


@pytest.fixture
def exported(tmp_path: Path, office: Assistant) -> Path:
    """A corpus with the office, and an exported chat about it."""
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "office.txt").write_text(OFFICE, encoding="utf-8")
    told = markdown("The office", [office.ask("When does the office open?"), office.ask("Who has the key?")])
    (tmp_path / "chat.md").write_text(told, encoding="utf-8")
    return tmp_path


def verify(folder: Path, file: str = "chat.md") -> tuple[int, str, str]:
    command = [sys.executable, "-m", "assistant", "verify", file, "--corpus", "corpus"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def test_verify_says_which_citations_hold(exported: Path) -> None:
    """All hold: 0. After the text changed: 1, and for each what became of it."""
    assert verify(exported) == (
        0,
        "[1] office.txt, characters 0 to 25: holds\n[2] office.txt, characters 26 to 62: holds\n"
        "2 of 2 citations hold\n",
        "",
    )
    changed = OFFICE.replace("opens at nine", "opens at half past nine")
    (exported / "corpus" / "office.txt").write_text(changed, encoding="utf-8")
    code, said, _ = verify(exported)
    assert code == 1
    assert "[1] office.txt, characters 0 to 25: the text does not say this any more\n" in said
    assert "[2] office.txt, characters 26 to 62: moved to characters 36 to 72\n" in said
    assert said.endswith("0 of 2 citations hold\n")


@pytest.mark.parametrize("content", [None, b"# nothing\n", b"\xff\xfe\xff"])
def test_verify_refuses_what_is_no_export(content: bytes | None, exported: Path) -> None:
    """A file that is not there, has no citation, or is no text is an error of two lines at most."""
    if content is not None:
        (exported / "other.md").write_bytes(content)
    code, said, error = verify(exported, "other.md")
    assert (code, said) == (2, "")
    assert error.startswith("error: ")
    assert "other.md" in error
