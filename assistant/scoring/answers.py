"""Short answers against gold ones, as SQuAD 2.0 scores them; whether a text has an answer.

But for `contains`, the definitions are those of SQuAD's evaluate-v2.0.py (Rajpurkar, Jia and Liang,
"Know What You Don't Know", ACL 2018), quirks included: a number made here can stand beside
published ones.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
ARTICLES = re.compile(r"\b(?:a|an|the)\b")
NO_ANSWER = 1.0  # a question is left unanswered above it: the default of evaluate-v2.0.py

MARKER = re.compile(r"\[\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\]")  # [1], [2, 3], [4-6]
THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:[,\u00a0\u2009\u202f]\d{3})+(?!\d)")
INITIALS = re.compile(r"(?<!\w)(?:[^\W\d_]\.)+[^\W\d_](?!\w)")  # U.S, with or without the last dot
NOT = re.compile(r"(?<=n)['’](?=t\b)", re.IGNORECASE)  # "don't" has no "Don" in it
LOOSE = re.compile(r"(?<!\d)[.,:]|[.,:](?!\d)")  # the others are inside a number: 1.5, 10:30
# Thai, Lao, Myanmar, Khmer, kana, Han: written without spaces between the words.
UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff]"
)
CAPITALS = frozenset({"US", "IT", "WHO"})  # not the pronouns: case tells them apart


class Prediction(NamedTuple):
    """What was answered to a question, and what would have been right.

    Attributes:
        short: the short answer; "" when the question was not answered.
        golds: the right answers, any of which will do; none when the text has no answer.
        no_answer: how probable it was thought that the text has none, 0 to 1.
    """

    short: str
    golds: tuple[str, ...]
    no_answer: float


class Group(NamedTuple):
    """Means over some questions: exact match and F1 in per cent, and how many questions."""

    exact: float
    f1: float
    total: int


class Best(NamedTuple):
    """The highest mean that a threshold reaches, in per cent, and that threshold.

    A question whose `no_answer` is above the threshold is left unanswered.
    """

    score: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Squad2:
    """What evaluate-v2.0.py reports; like there, in per cent.

    Attributes:
        exact, f1, total: over all questions.
        has_answer: over those that the text answers, None when there are none ("HasAns").
        no_answer: over those that it does not answer, None when there are none ("NoAns").
        best_exact, best_f1: with the best threshold for each, found on these very questions.
    """

    exact: float
    f1: float
    total: int
    has_answer: Group | None
    no_answer: Group | None
    best_exact: Best
    best_f1: Best


def normalised(text: str) -> str:
    """In lower case, without ASCII punctuation, without a, an and the, with single spaces."""
    bare = text.lower().translate(NO_PUNCTUATION)
    return " ".join(ARTICLES.sub(" ", bare).split())


def exact_match(short: str, golds: Sequence[str]) -> float:
    """1.0 if the answer is one of the gold ones, `normalised`, otherwise 0.0.

    Gold answers of which nothing is left do not count. Where none counts, no answer ("") is right.
    """
    return float(normalised(short) in map(normalised, _counting(golds)))


def token_f1(short: str, golds: Sequence[str]) -> float:
    """Harmonic mean of the precision and the recall of the answer's words, 0 to 1; of the best gold.

    Words are `normalised` and count as often as they stand there. If either side has none, the
    score is 1.0 when both have none. Which gold answers count is as in `exact_match`.
    """
    tokens = normalised(short).split()
    return max(_f1(tokens, normalised(gold).split()) for gold in _counting(golds))


def _counting(golds: Sequence[str]) -> list[str]:
    return [gold for gold in golds if normalised(gold)] or [""]


def _f1(tokens: Sequence[str], gold: Sequence[str]) -> float:
    if not tokens or not gold:
        return float(tokens == gold)
    same = (Counter(tokens) & Counter(gold)).total()
    if same == 0:
        return 0.0
    precision, recall = same / len(tokens), same / len(gold)
    return 2 * precision * recall / (precision + recall)


def squad2(predictions: Sequence[Prediction]) -> Squad2:
    """The official metrics of SQuAD 2.0 over one prediction a question.

    A question has an answer if it has gold ones, even if nothing is left of those. The plain numbers
    take a question for unanswered if its prediction is "", or its `no_answer` above 1.0, which no
    probability is.

    Raises:
        ValueError: there are no predictions.
    """
    raw = [_Scored(each, exact_match(*each[:2]), token_f1(*each[:2])) for each in predictions]
    plain = [_at_default(row) for row in raw]
    everyone = _group(plain)
    if everyone is None:
        raise ValueError("there are no predictions to score")
    return Squad2(
        *everyone,
        has_answer=_group([row for row in plain if row.prediction.golds]),
        no_answer=_group([row for row in plain if not row.prediction.golds]),
        best_exact=_best(predictions, [row.exact for row in raw]),
        best_f1=_best(predictions, [row.f1 for row in raw]),
    )


class _Scored(NamedTuple):
    prediction: Prediction
    exact: float
    f1: float


def _at_default(row: _Scored) -> _Scored:
    if row.prediction.no_answer <= NO_ANSWER:
        return row
    right = float(not row.prediction.golds)
    return _Scored(row.prediction, right, right)


def _group(rows: Sequence[_Scored]) -> Group | None:
    if not rows:
        return None
    exact, f1 = sum(row.exact for row in rows), sum(row.f1 for row in rows)
    return Group(100 * exact / len(rows), 100 * f1 / len(rows), len(rows))


def _best(predictions: Sequence[Prediction], scores: Sequence[float]) -> Best:
    """The best mean when questions are answered one by one, the likeliest to have an answer first.

    As in the script, equally likely ones enter one by one too, in the order given: where they are
    many, the best score is one that no threshold reaches.
    """
    # Answering nothing is right for every question without an answer, and for no other.
    total = best = float(sum(not each.golds for each in predictions))
    threshold = 0.0
    pairs = zip(predictions, scores, strict=True)
    for each, score in sorted(pairs, key=lambda pair: pair[0].no_answer):
        total += score if each.golds else -float(bool(each.short))
        if total > best:
            best, threshold = total, each.no_answer
    return Best(100 * best / len(predictions), threshold)


def contains(text: str, answer: str) -> bool:
    """Whether the answer's words stand in the text, whole and in a row.

    Case, punctuation, symbols and citation markers ("[1]") do not matter; articles do. What a word is:

    - A number: "300" is neither in "1,300" nor in "300.5", and "1300" is in "1,300".
    - Initials: "U.S." is "US". That one, IT and WHO are told from the pronouns by their capitals.
    - A noun without its possessive ending: "Ukraine" is in "Ukraine's". But "Don" is not in "don't".
    - In scripts without spaces between words each character, so that any run of them is found.

    An answer without a word is in no text.
    """
    words = _words(answer)
    return bool(words) and f" {' '.join(words)} " in f" {' '.join(_words(text))} "


def _words(text: str) -> list[str]:
    """The words, folded so that two that count as the same are equal."""
    composed = unicodedata.normalize("NFC", text)
    plain = "".join(each for each in composed if unicodedata.category(each) != "Cf")
    plain = THOUSANDS.sub(lambda match: re.sub(r"\D", "", match.group()), MARKER.sub(" ", plain))
    plain = INITIALS.sub(lambda match: match.group().replace(".", ""), NOT.sub("", plain))
    plain = UNSPACED.sub(r" \g<0> ", LOOSE.sub(" ", plain))
    words = "".join(each if _in_word(each) else " " for each in plain).split()
    return [word if word in CAPITALS else word.casefold() for word in words]


def _in_word(character: str) -> bool:
    """Letters and digits; the marks on letters, which are no `str.isalnum`; what `LOOSE` left."""
    return unicodedata.category(character)[0] in "LMN" or character in ".,:"
