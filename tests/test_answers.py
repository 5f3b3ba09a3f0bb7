"""Documents, passages, citations and replies: what is wrong cannot be built."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from assistant import Answer, Citation, Document, Refusal
from assistant.answers import REASONS, SCHEMA, Reply, Sent
from assistant.documents import Passage, Span, flat
from assistant.errors import AssistantError, InvalidReply

TEXT = "The office opens at nine.  Ann Berg has the key.\r\nShe 😀 left. "
DOCUMENT = Document("notes/office.txt", "The office", TEXT)
FIRST = Citation.of(DOCUMENT, 0, 25, score=0.9)
SECOND = Citation.of(DOCUMENT, 27, 48)
ANSWER = Answer(
    question="When?",
    text="The office opens at nine. [1] Ann Berg has the key. [2]",
    short="at\n nine",
    citations=(FIRST, SECOND),
    confidence=0.97,
    notices=("1 statement removed",),
    timings_ms={"total": 1.5},
)
REFUSAL = Refusal(question="Who is Zeus?", reason="not_in_text", missing=("Zeus", "2024"), nearest=(SECOND,))

# Two halves of a pair become one character in JSON, whoever writes it; alone, they survive.
PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
STRINGS = st.text(st.characters(), max_size=20).filter(lambda text: not PAIR.search(text))
COMMON = {
    "question": STRINGS,
    "standalone": STRINGS,
    "confidence": st.floats(0, 1),
    "reader": STRINGS,
    "notices": st.lists(STRINGS, max_size=2).map(tuple),
    "timings_ms": st.dictionaries(STRINGS, st.floats(0, 1e6), max_size=2),
}


@st.composite
def citations(draw: st.DrawFn) -> Citation:
    text = draw(STRINGS.filter(str.strip))
    document = Document(draw(STRINGS), draw(STRINGS), text)
    label = draw(st.sampled_from(["exact", "normalised", "located"]))
    return Citation.of(document, 0, len(text), score=draw(st.floats(0, 1)), label=label)


@st.composite
def replies(draw: st.DrawFn) -> Answer | Refusal:
    common = {name: draw(strategy) for name, strategy in COMMON.items()}
    cited = tuple(draw(st.lists(citations(), max_size=3)))
    if not cited:
        missing = tuple(draw(st.lists(STRINGS, max_size=2)))
        nearest = tuple(draw(st.lists(citations(), max_size=2)))
        return Refusal(
            reason=draw(st.sampled_from(list(REASONS))), missing=missing, nearest=nearest, **common
        )
    text = " ".join(f"So it is. [{number}]" for number in range(1, len(cited) + 1))
    return Answer(text=text, short=draw(st.none() | STRINGS), citations=cited, **common)


def through_json(reply: Answer | Refusal) -> Answer | Refusal:
    return Reply.from_dict(json.loads(json.dumps(reply.to_dict())))


def fields_of(reply: Answer | Refusal, **changed: Any) -> dict[str, Any]:
    return reply.to_dict() | changed


@settings(max_examples=50, deadline=None)
@given(text=st.text(st.characters(), max_size=30), start=st.integers(-2, 32), end=st.integers(-2, 32))
def test_citation_quotes_its_document(text: str, start: int, end: int) -> None:
    """A citation is the text at its span, trimmed and inside what was asked for, or a ValueError."""
    document = Document("a.txt", "A", text)
    if not 0 <= start < end <= len(text) or not text[start:end].strip():
        with pytest.raises(ValueError, match=r"a\.txt"):
            Citation.of(document, start, end)
        return
    citation = Citation.of(document, start, end)
    assert text[citation.start : citation.end] == citation.quote == text[start:end].strip()
    assert start <= citation.start < citation.end <= end


@pytest.mark.parametrize(
    ("start", "end"), [(-1, 3), (0, len(TEXT) + 1), (5, 5), (6, 5), (25, 27), (len(TEXT) - 1, len(TEXT))]
)
def test_citation_needs_a_span_with_words(start: int, end: int) -> None:
    """A span outside the text, empty, reversed or of white space is no citation."""
    with pytest.raises(ValueError, match=re.escape(f"{start}:{end}")):
        Citation.of(DOCUMENT, start, end)


def test_citation_is_trimmed() -> None:
    """White space at a span's ends is left out, and the offsets follow."""
    citation = Citation.of(DOCUMENT, 25, 50)
    assert (citation.start, citation.end, citation.quote) == (27, 48, "Ann Berg has the key.")


@pytest.mark.parametrize(
    "forge",
    [
        Citation,
        lambda: Citation("a.txt", "A", 0, 3, "lie", 1.0, "exact"),  # type: ignore[call-arg]
        lambda: dataclasses.replace(FIRST, quote="lie"),
    ],
)
def test_citation_has_no_other_door(forge: Callable[[], Citation]) -> None:
    """Neither the constructor nor `dataclasses.replace` makes a citation of one's own words."""
    with pytest.raises(TypeError):
        forge()


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("The office opens at nine.", ()),
        ("The office opens at nine. [1]", ()),
        ("The office opens at nine.", (FIRST,)),
        ("", (FIRST,)),
        ("The office opens at nine. [2]", (FIRST,)),
        ("The office opens at nine. [0] [1]", (FIRST,)),
        ("The office opens at nine. [1]", (FIRST, SECOND)),
        ("The office opens at nine. [1] [3]", (FIRST, SECOND)),
    ],
)
def test_answer_resolves_its_markers(text: str, cited: tuple[Citation, ...]) -> None:
    """An answer has citations, each marked in its text, and no marker points nowhere."""
    with pytest.raises(ValueError, match="citation"):
        Answer(question="When?", text=text, citations=cited)


@pytest.mark.parametrize("confidence", [-0.01, 1.01, float("nan"), float("inf")])
def test_confidence_is_a_probability(confidence: float) -> None:
    """A reply's confidence lies between 0 and 1."""
    with pytest.raises(ValueError, match="probability"):
        Refusal(question="Who?", reason="off_topic", confidence=confidence)


def test_refusal_has_a_known_reason() -> None:
    """A reason that the contract does not name is refused, and the named ones are listed."""
    with pytest.raises(ValueError, match="'tired' is none of off_topic, not_in_text"):
        Refusal(question="Who?", reason="tired")  # type: ignore[arg-type]
    assert set(REASONS) == {"off_topic", "not_in_text", "unsupported", "empty_question", "invalid_question"}


@pytest.mark.parametrize(("start", "end", "text"), [(0, 4, "abc"), (0, 2, "abc"), (0, 0, ""), (0, 2, " \n")])
def test_passage_is_as_long_as_its_span(start: int, end: int, text: str) -> None:
    """A passage whose text does not fill its span, or holds no character, cannot be built."""
    with pytest.raises(ValueError, match="passage"):
        Passage("id", "a.txt", start, end, text)


def test_passage_finds_the_sentence_of_an_offset() -> None:
    """An offset gives the sentence that holds it, between two the one before, and without any the whole."""
    passage = Passage("id", "a.txt", 10, 22, "One.  Two a.", sentences=(Span(10, 14), Span(16, 22)))
    assert [passage.sentence_at(at) for at in (10, 14, 16, 21)] == [(10, 14), (10, 14), (16, 22), (16, 22)]
    assert dataclasses.replace(passage, sentences=()).sentence_at(12) == (10, 22)


@pytest.mark.parametrize("value", [DOCUMENT, FIRST, ANSWER, REFUSAL], ids=lambda value: type(value).__name__)
def test_values_are_frozen(value: Any) -> None:
    """No field can be set or added, and copies and pickles are equal."""
    for name in (dataclasses.fields(value)[0].name, "extra"):
        with pytest.raises((AttributeError, TypeError)):
            setattr(value, name, "other")
    assert copy.deepcopy(value) == value == pickle.loads(pickle.dumps(value))
    assert hash(copy.deepcopy(value)) == hash(value)


@settings(max_examples=50, deadline=None)
@given(replies())
def test_json_round_trip_is_exact(reply: Answer | Refusal) -> None:
    """A reply comes back from JSON equal in every field, lone surrogates and timings included."""
    again = through_json(reply)
    assert again == reply
    assert type(again) is type(reply)
    assert again.to_dict() == reply.to_dict()


def test_json_form_has_the_same_keys_for_both() -> None:
    """Answers and refusals share one JSON form, with its schema, in the contract's order."""
    keys = "schema question standalone refused confidence reader text short citations reason missing nearest"
    assert (
        list(ANSWER.to_dict()) == list(REFUSAL.to_dict()) == [*keys.split(), "notices", "sent", "timings_ms"]
    )
    assert ANSWER.to_dict()["schema"] == SCHEMA == 1
    assert (ANSWER.to_dict()["refused"], REFUSAL.to_dict()["refused"]) == (False, True)
    cited = "source title start end quote score label"
    assert list(ANSWER.to_dict()["citations"][0]) == cited.split()


@pytest.mark.parametrize(
    "key", [key for key in ANSWER.to_dict() if key not in ("reason", "missing", "nearest", "sent")]
)
def test_json_form_without_a_field_is_invalid(key: str) -> None:
    """A field that an answer needs and lacks is named."""
    fields = ANSWER.to_dict()
    del fields[key]
    with pytest.raises(InvalidReply, match=key):
        Reply.from_dict(fields)


def test_json_form_says_what_left_the_computer() -> None:
    """What was sent survives the round trip; a form without it, as 0.1 wrote it, sent nothing."""
    sent = Sent("127.0.0.1", passages=5, chat=True, prompts="ab12")
    asked = dataclasses.replace(ANSWER, sent=sent)
    assert asked.to_dict()["sent"] == {"host": "127.0.0.1", "passages": 5, "chat": True, "prompts": "ab12"}
    assert Reply.from_dict(asked.to_dict()).sent == sent
    assert Reply.from_dict({k: v for k, v in asked.to_dict().items() if k != "sent"}).sent is None
    with pytest.raises(InvalidReply, match="host"):
        Reply.from_dict(asked.to_dict() | {"sent": {"passages": 5}})


@pytest.mark.parametrize(
    "fields",
    [
        [],
        {},
        fields_of(ANSWER, schema=2),
        fields_of(ANSWER, schema="1"),
        fields_of(ANSWER, citations=[]),
        fields_of(ANSWER, citations=None),
        fields_of(ANSWER, citations="ab"),
        fields_of(ANSWER, text=None),
        fields_of(ANSWER, text="No marker."),
        fields_of(ANSWER, confidence="high"),
        fields_of(ANSWER, confidence=1.5),
        fields_of(ANSWER, timings_ms=[1]),
        fields_of(ANSWER, refused=True),
        fields_of(ANSWER, reason="off_topic"),
        fields_of(ANSWER, question=5),
        fields_of(ANSWER, reader=None),
        fields_of(ANSWER, short=5),
        fields_of(ANSWER, notices="one"),
        fields_of(REFUSAL, refused=False),
        fields_of(REFUSAL, reason=None),
        fields_of(REFUSAL, reason=[]),
        fields_of(REFUSAL, reason="tired"),
        fields_of(REFUSAL, nearest=[{}]),
    ],
    ids=lambda fields: repr(fields)[-40:] if not fields else None,
)
def test_json_form_that_does_not_hold_together(fields: Mapping[str, Any]) -> None:
    """A newer schema, a contradiction or a value of the wrong kind is an InvalidReply, nothing else."""
    with pytest.raises(InvalidReply):
        Reply.from_dict(fields)


@pytest.mark.parametrize(
    "changed",
    [
        {"start": "0"},
        {"start": 0.0},
        {"start": -1, "end": 24},
        {"end": 24},
        {"end": 26},
        {"start": 0, "end": 0, "quote": ""},
        {"quote": None},
        {"quote": " " * 25},
        {"quote": "The office opens at nine\n"},
        {"label": "guessed"},
        {"label": None},
        {"source": 4},
        {"title": None},
        {"score": "high"},
    ],
    ids=str,
)
def test_citation_from_json_is_checked(changed: dict[str, Any]) -> None:
    """A citation whose quote does not fit its span, or with a value of the wrong kind, is invalid."""
    with pytest.raises(InvalidReply):
        Citation.from_dict(FIRST.to_dict() | changed)


def test_invalid_reply_is_an_error_of_ours() -> None:
    """Callers may catch an invalid form as an AssistantError or as a ValueError; a lost field is named."""
    with pytest.raises(AssistantError) as caught:
        Citation.from_dict({"source": "a.txt"})
    assert isinstance(caught.value, ValueError)
    assert "'title'" in str(caught.value)


def test_answer_prints_what_a_person_reads() -> None:
    """An answer prints its notices, the short answer in one line, the text, then each citation's place."""
    assert str(ANSWER).splitlines() == [
        "Note: 1 statement removed",
        "at nine",
        "",
        ANSWER.text,
        "",
        "[1] The office (notes/office.txt, characters 0 to 25)",
        "[2] The office (notes/office.txt, characters 27 to 48)",
    ]
    assert str(dataclasses.replace(ANSWER, short=None, notices=())).startswith(ANSWER.text)


@pytest.mark.parametrize("reason", REASONS)
def test_refusal_prints_without_numbers(reason: Any) -> None:
    """A refusal says why, what is missing and what is near, without a number that looks like a citation."""
    shown = str(dataclasses.replace(REFUSAL, reason=reason, notices=("Slow.",)))
    assert shown.startswith(f"Note: Slow.\n{REASONS[reason]}\n")
    assert "Missing: Zeus; 2024" in shown
    assert "- notes/office.txt: Ann Berg has the key." in shown
    assert not re.search(r"\[\d+\]", shown)


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(), min_size=1, max_size=400))
def test_refusal_shows_a_long_passage_short(text: str) -> None:
    """Each nearest passage prints as one line, cut when it is long."""
    assume(text.strip())
    near = Citation.of(Document("a.txt", "A", text), 0, len(text))
    *_, last = str(Refusal(question="Who?", reason="off_topic", nearest=(near,))).split("\n")
    assert last.startswith("- a.txt: ")
    assert len(last) <= len("- a.txt: ") + 162
    assert last.endswith(" …") or last == f"- a.txt: {flat(near.quote)}"


def test_replies_match_by_their_type() -> None:
    """`match` tells an answer from a refusal and takes their fields."""

    def told(reply: Reply) -> str:
        match reply:
            case Answer(citations=(first, *_)):
                return first.quote
            case Refusal(reason="not_in_text", missing=(lacking, *_)):
                return lacking
        return ""

    assert (told(ANSWER), told(REFUSAL)) == ("The office opens at nine.", "Zeus")
    assert (ANSWER.refused, REFUSAL.refused) == (False, True)


def test_repr_stays_short() -> None:
    """A document or passage shows its name, not its text."""
    long = "word " * 1000
    assert len(repr(Document("a.txt", "A", long))) < 100
    assert len(repr(Passage("id", "a.txt", 0, len(long), long))) < 200
