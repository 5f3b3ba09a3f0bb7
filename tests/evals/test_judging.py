"""What a reply is worth: every outcome with its reason, and each score on the cases that it applies to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant import Answer, Citation, Document, Refusal
from assistant.evals import Case, Result
from assistant.evals.judging import in_a_line, judge, key_of, score
from tests.conftest import OFFICE

TEXTS = {"office.txt": Document("office.txt", "office", OFFICE)}
OPENS, KEY = "The office opens at nine.", "Ann Berg has the key to the archive."
REFUSED = Refusal(question="?", reason="not_in_text", confidence=0.2)

OPENING = Case(id="a", question="When?", answerable=True, answers=("at nine", "9"), evidence=(OPENS,))
EVIDENCE_ALONE = Case(id="b", question="What is it about?", answerable=True, evidence=(OPENS,))
ANSWER_ALONE = Case(id="c", question="When?", answerable=True, answers=("nine",))
YES = Case(id="d", question="Is it open at nine?", answerable=True, answers=("Yes",), evidence=(OPENS,))
YES_ALONE = Case(id="e", question="Is it open at nine?", answerable=True, answers=("yes",))
NOTHING = Case(id="f", question="Where?", answerable=False)


def cited(*quotes: str) -> tuple[Citation, ...]:
    return tuple(
        Citation.of(TEXTS["office.txt"], OFFICE.index(quote), OFFICE.index(quote) + len(quote))
        for quote in quotes
    )


def answer(*quotes: str, short: str | None = None, confidence: float = 0.9) -> Answer:
    """An answer that quotes these pieces of the office's text."""
    text = " ".join(f"{quote} [{number}]" for number, quote in enumerate(quotes, 1))
    return Answer(question="?", text=text, short=short, citations=cited(*quotes), confidence=confidence)


@pytest.mark.parametrize(
    ("case", "reply", "outcome", "reason"),
    [
        (OPENING, answer(OPENS, short="nine"), "correct", "holds 'at nine'"),
        (OPENING, answer(KEY, short="Ann Berg"), "wrong", "answered 'Ann Berg', not 'at nine'"),
        (OPENING, answer("nine", short="nine"), "wrong", "answered 'nine', not 'at nine'"),
        (OPENING, REFUSED, "refused wrongly", "refused (not_in_text), but the text says 'at nine'"),
        (NOTHING, REFUSED, "refused rightly", "refused (not_in_text), and the text does not answer it"),
        (NOTHING, answer(KEY), "answered wrongly", f"answered '{KEY} [1]', but the text does not answer it"),
        (EVIDENCE_ALONE, answer(KEY, OPENS), "correct", "cites the evidence"),
        (EVIDENCE_ALONE, answer(KEY), "wrong", f"cites '{KEY}', not '{OPENS}'"),
        (EVIDENCE_ALONE, REFUSED, "refused wrongly", f"refused (not_in_text), but the text says '{OPENS}'"),
        (ANSWER_ALONE, answer(OPENS), "correct", "holds 'nine'"),
        (ANSWER_ALONE, answer(KEY), "wrong", f"answered '{KEY} [1]', not 'nine'"),
        (YES, answer(KEY, short="yes"), "correct", "says 'yes'"),
        (YES, answer(OPENS), "correct", "cites the evidence"),
        (YES, answer(KEY), "wrong", f"cites '{KEY}', not '{OPENS}'"),
        (YES_ALONE, answer(OPENS, short="Yes"), "correct", "says 'Yes'"),
        (YES_ALONE, answer(OPENS, short="no"), "wrong", "answered 'no', not 'yes'"),
    ],
)
def test_every_outcome_has_its_reason(case: Case, reply: Answer | Refusal, outcome: str, reason: str) -> None:
    """What was said is compared with what is right, and the reason shows both in a line."""
    assert judge(case, key_of(case, TEXTS), reply) == (outcome, reason)


def test_the_right_words_cited_from_elsewhere_are_wrong() -> None:
    """An answer that holds the words, but cites none of the evidence, is wrong and says where it looked."""
    case = Case(id="a", question="When?", answerable=True, answers=("six",), evidence=(OPENS,))
    leave = "They leave at six because the guard locks the gate."
    assert judge(case, key_of(case, TEXTS), answer(leave, short="six")) == (
        "wrong",
        f"cites '{leave}', not '{OPENS}'",
    )


def test_an_answer_is_found_as_whole_words() -> None:
    """Case and punctuation do not matter, and half a word is no answer."""
    for words, right in (("ann berg", True), ("ANN, BERG", True), ("Ann Ber", False), ("Berg has a", False)):
        case = Case(id="a", question="Who?", answerable=True, answers=(words,))
        assert (judge(case, key_of(case, TEXTS), answer(KEY))[0] == "correct") is right


def test_a_reason_is_a_line_of_bearable_length() -> None:
    """Line breaks and control characters of what was said do not reach a reason; long texts are cut."""
    reply = replace(answer(OPENS), short="a\nb\x1b[2J" + "c" * 500)
    reason = judge(NOTHING, key_of(NOTHING, TEXTS), reply)[1]
    assert reason.startswith("answered 'a b[2Jccc")
    assert reason.isprintable()
    assert len(reason) < 200


@pytest.mark.parametrize(
    ("case", "reply", "names"),
    [
        (NOTHING, REFUSED, "decision brier refusal_precision refusal_recall"),
        (NOTHING, answer(KEY), "decision brier refusal_recall quotes_exact"),
        (ANSWER_ALONE, REFUSED, "decision brier refusal_precision answer exact f1"),
        (ANSWER_ALONE, answer(KEY), "decision brier answer exact f1 quotes_exact"),
        (
            OPENING,
            answer(KEY),
            "decision brier answer exact f1 quotes_exact hit@1 hit@5 mrr citation_precision citation_recall",
        ),
        (
            YES,
            answer(KEY),
            "decision brier answer quotes_exact hit@1 hit@5 mrr citation_precision citation_recall",
        ),
    ],
)
def test_scores_are_those_that_apply(case: Case, reply: Answer | Refusal, names: str) -> None:
    """A score that has no meaning for a case or a reply is left out, not counted as 0."""
    assert set(score(case, key_of(case, TEXTS), reply, [], TEXTS)) == set(names.split())


def test_scores_are_worked_out_by_hand() -> None:
    """Each score of one answer has the value that its definition gives."""
    case = Case(
        id="a", question="When?", answerable=True, answers=("at nine o'clock",), evidence=("at nine",)
    )
    reply = answer(OPENS, KEY, short="nine", confidence=0.9)
    found = cited(KEY, "Bicycles are free.", OPENS)
    assert score(case, key_of(case, TEXTS), reply, found, TEXTS) == pytest.approx(
        {
            "decision": 1.0,
            "brier": 0.01,
            "answer": 0.0,  # the text has no "o'clock"
            "exact": 0.0,
            "f1": 0.5,  # one of one word, of three
            "quotes_exact": 1.0,
            "hit@1": 0.0,
            "hit@5": 1.0,
            "mrr": 1 / 3,
            "citation_precision": len(OPENS) / len(OPENS + KEY),  # the whole sentence is right
            "citation_recall": 1.0,
        }
    )


def test_half_the_evidence_is_half_the_recall() -> None:
    """Of two pieces of evidence of a list, the characters of the one that is cited count."""
    case = Case(id="a", question="Which?", answerable=True, evidence=(OPENS, KEY))
    scores = score(case, key_of(case, TEXTS), answer(OPENS), [], TEXTS)
    assert scores["answer"] == scores["citation_precision"] == 1.0
    assert scores["citation_recall"] == pytest.approx(len(OPENS) / len(OPENS + KEY))


def test_evidence_that_stands_twice_is_proven_by_either_place() -> None:
    """Citing one of two places that say the same is citing all of that evidence."""
    texts = {"a.txt": Document("a.txt", "a", f"{OPENS}\n\nOnce more: {OPENS}\n")}
    reply = replace(answer(OPENS), citations=(Citation.of(texts["a.txt"], 0, len(OPENS)),))
    scores = score(OPENING, key_of(OPENING, texts), reply, [], texts)
    assert (scores["citation_precision"], scores["citation_recall"]) == (1.0, 1.0)


def test_a_quote_that_the_text_does_not_have_is_not_exact() -> None:
    """Quotes that do not stand where they say, or in no text at all, lower the share of exact ones."""
    wrong = replace(TEXTS["office.txt"], text=OFFICE.replace("nine", "five"))
    reply = replace(
        answer(OPENS, KEY), citations=(Citation.of(wrong, 0, len(OPENS)), *cited(KEY)), confidence=1.0
    )
    assert score(NOTHING, key_of(NOTHING, TEXTS), reply, [], TEXTS)["quotes_exact"] == 0.5
    assert score(NOTHING, key_of(NOTHING, TEXTS), reply, [], {})["quotes_exact"] == 0.0


def test_a_result_is_read_back() -> None:
    """The JSON form of a result is the same result, with and without a reply."""
    failed = Result("desk", NOTHING, "error", "it broke", None, cluster="f")
    said = Result("desk", OPENING, "correct", "right", answer(OPENS), {"f1": 0.25}, "x:0", "nine", True)
    for result in (failed, said):
        assert Result.from_dict(result.to_dict()) == result
    assert (failed.right, failed.confidence, failed.milliseconds) == (False, 0.0, 0.0)
    assert said.right


def test_a_verdict_keeps_what_tells_a_change() -> None:
    """What is remembered of a case is its outcome, the reply in a line, and rounded numbers."""
    reply = Refusal(question="Where?", reason="off_topic", missing=("the bar", "Lisbon"), confidence=0.12345)
    verdict = Result("desk", NOTHING, "refused rightly", "", reply, {"brier": 0.0152399}, "f").verdict
    assert (verdict.id, verdict.question, verdict.right) == ("f", "Where?", True)
    assert verdict.said == in_a_line(reply) == "refused (off_topic), missing the bar; Lisbon"
    assert (verdict.confidence, verdict.scores) == (0.1235, {"brier": 0.0152})
