"""Short answers scored as SQuAD 2.0 scores them, and answers found in texts."""

from __future__ import annotations

import random
import re
from dataclasses import asdict

import pytest

from assistant.scoring.answers import (
    Best,
    Group,
    Prediction,
    contains,
    exact_match,
    normalised,
    squad2,
    token_f1,
)

# The official definitions a second time, after the words of the script and not after our code:
# characters are kept one by one, words are crossed off one by one, questions have names.
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
Scores = dict[str, float]


def official_words(text: str) -> list[str]:
    kept = "".join(character for character in text.lower() if character not in PUNCTUATION)
    return [word for word in re.sub(r"\b(a|an|the)\b", " ", kept).split() if word]


def official_golds(golds: tuple[str, ...]) -> list[str]:
    counting = [gold for gold in golds if " ".join(official_words(gold)) != ""]
    return counting if counting else [""]


def official_exact(short: str, golds: tuple[str, ...]) -> float:
    return max(
        1.0 if official_words(short) == official_words(gold) else 0.0 for gold in official_golds(golds)
    )


def official_f1(short: str, golds: tuple[str, ...]) -> float:
    def of(gold: str) -> float:
        left, said = official_words(gold), official_words(short)
        if left == [] or said == []:
            return 1.0 if left == said else 0.0
        precision_of, recall_of, same = len(said), len(left), 0
        for word in said:
            if word in left:
                left.remove(word)
                same += 1
        if same == 0:
            return 0.0
        precision, recall = same / precision_of, same / recall_of
        return (2 * precision * recall) / (precision + recall)

    return max(of(gold) for gold in official_golds(golds))


def official_best(predictions: dict[str, Prediction], scores: Scores) -> tuple[float, float]:
    current = sum(1 for name in predictions if not predictions[name].golds)
    best, threshold = float(current), 0.0
    score = float(current)
    for name in sorted(predictions, key=lambda name: predictions[name].no_answer):
        if predictions[name].golds:
            score = score + scores[name]
        elif predictions[name].short:
            score = score - 1
        if score > best:
            best, threshold = score, predictions[name].no_answer
    return 100.0 * best / len(scores), threshold


def official_report(cases: list[Prediction]) -> dict[str, float]:
    predictions = {f"q{at}": case for at, case in enumerate(cases)}
    exact = {name: official_exact(case.short, case.golds) for name, case in predictions.items()}
    f1 = {name: official_f1(case.short, case.golds) for name, case in predictions.items()}
    report: dict[str, float] = {}
    report["best_exact"], report["best_exact_thresh"] = official_best(predictions, exact)
    report["best_f1"], report["best_f1_thresh"] = official_best(predictions, f1)
    for scores in (exact, f1):
        for name, case in predictions.items():
            if case.no_answer > 1.0:
                scores[name] = 0.0 if case.golds else 1.0
    groups = {
        "": list(predictions),
        "HasAns_": [name for name in predictions if predictions[name].golds],
        "NoAns_": [name for name in predictions if not predictions[name].golds],
    }
    for prefix, names in groups.items():
        if names:
            report[f"{prefix}exact"] = 100.0 * sum(exact[name] for name in names) / len(names)
            report[f"{prefix}f1"] = 100.0 * sum(f1[name] for name in names) / len(names)
            report[f"{prefix}total"] = len(names)
    return report


def our_report(cases: list[Prediction]) -> dict[str, float]:
    """What `squad2` says, under the script's names."""
    found = squad2(cases)
    groups = {"": Group(found.exact, found.f1, found.total), "HasAns_": found.has_answer}
    groups |= {"NoAns_": found.no_answer}
    report: dict[str, float] = {
        "best_exact": found.best_exact.score,
        "best_exact_thresh": found.best_exact.threshold,
        "best_f1": found.best_f1.score,
        "best_f1_thresh": found.best_f1.threshold,
    }
    for prefix, group in groups.items():
        if group:
            report |= {f"{prefix}{name}": value for name, value in group._asdict().items()}
    return report


WORDS = ["the", "The", "a", "an", "A.", "Kyiv", "kyiv,", "300", "1,300", "km", "km.", "U.S.", "US", "--"]
WORDS += ["anthem", "-the-", "\tnew\n", "é", "“the”", "_", "don't", "", "  ", "İ"]


def words(generator: random.Random) -> str:
    """A text of a few words out of a few, so that words are repeated and texts agree."""
    return " ".join(generator.choices(WORDS, k=generator.choice([0, 1, 1, 2, 3, 5, 8])))


def cases(generator: random.Random, count: int) -> list[Prediction]:
    """Predictions, a third of them on questions without an answer; some equally likely ones."""
    return [
        Prediction(
            generator.choice(["", words(generator), words(generator)]),
            tuple(words(generator) for _ in range(generator.choice([0, 1, 3]))),
            generator.choice([0.0, 0.5, 1.0, generator.random(), generator.random(), 1.5]),
        )
        for _ in range(count)
    ]


def test_a_thousand_pairs_score_as_officially() -> None:
    """Exact match and F1 are what a second writing-down of the official definitions gives."""
    pairs = cases(random.Random(2018), 1000)
    ours = [(exact_match(case.short, case.golds), token_f1(case.short, case.golds)) for case in pairs]
    theirs = [(official_exact(case.short, case.golds), official_f1(case.short, case.golds)) for case in pairs]
    assert ours == theirs
    assert 100 < sum(exact for exact, _ in ours) < 900, "the pairs are too easy or too hard to tell anything"
    assert sum(0 < f1 < 1 for _, f1 in ours) > 100


@pytest.mark.parametrize("seed", range(40))
def test_reports_are_the_official_ones(seed: int) -> None:
    """All numbers of a report, thresholds too, are what a second implementation gives."""
    predictions = cases(random.Random(seed), 1 + seed)
    assert our_report(predictions) == pytest.approx(official_report(predictions), rel=1e-12)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("The U.S.  Army's", "us armys"),
        ("a theory of an anthem", "theory of anthem"),
        ("“Kyiv”", "“kyiv”"),  # only ASCII punctuation goes, officially
        ("the-a", "thea"),  # the hyphen goes first, and no article is left
        ("An\u00a0 \n", ""),
    ],
)
def test_normalised(text: str, plain: str) -> None:
    """Texts lose case, ASCII punctuation, articles and extra white space."""
    assert normalised(text) == plain


@pytest.mark.parametrize(
    ("short", "golds", "exact", "f1"),
    [
        ("the Kyiv.", ("Kyiv",), 1.0, 1.0),
        ("Kyiv", ("Lviv", "in Kyiv", "kyiv"), 1.0, 1.0),  # the best gold counts
        ("", (), 1.0, 1.0),
        ("", ("Kyiv",), 0.0, 0.0),
        ("Kyiv", (), 0.0, 0.0),
        ("the", (), 1.0, 1.0),  # nothing is left of it
        ("", ("the", "--"), 1.0, 1.0),  # nothing is left of the golds
        ("--", ("Kyiv", "the"), 0.0, 0.0),  # one gold is left, and wants an answer
        ("up to 300 kilometers", ("300 kilometers",), 0.0, 2 / 3),  # precision 2/4, recall 2/2
        ("no no no", ("no",), 0.0, 1 / 2),  # one of three is the gold's: precision 1/3, recall 1/1
        ("no no", ("no no yes",), 0.0, 4 / 5),  # both count: precision 2/2, recall 2/3
        ("Lviv", ("Kyiv",), 0.0, 0.0),
    ],
)
def test_pairs_by_hand(short: str, golds: tuple[str, ...], exact: float, f1: float) -> None:
    """Articles, punctuation, repeated words and no answer score as worked out by hand."""
    assert exact_match(short, golds) == exact
    assert token_f1(short, golds) == pytest.approx(f1)


def test_a_report_by_hand() -> None:
    """The means of both kinds of questions and the best thresholds are as worked out by hand."""
    found = squad2(
        [
            Prediction("Kyiv", ("Kyiv",), 0.1),  # exact 1, f1 1
            Prediction("up to 300 km", ("300 km",), 0.4),  # exact 0, f1 2/3
            Prediction("Lviv", (), 0.3),  # wrong: 0, 0
            Prediction("", (), 0.9),  # right: 1, 1
            Prediction("", ("Odesa",), 0.8),  # wrong: 0, 0
        ]
    )
    assert found.total == 5
    assert found.exact == pytest.approx(100 * 2 / 5)
    assert found.f1 == pytest.approx(100 * (2 + 2 / 3) / 5)
    assert found.has_answer == pytest.approx((100 / 3, 100 * (5 / 3) / 3, 3))
    assert found.no_answer == pytest.approx((50, 50, 2))
    # Nothing answered: 2 right of 5. Down the probabilities 0.1, 0.3, 0.4, 0.8, 0.9 the changes are
    # +1, -1, +0 (f1: +2/3), +0, +0: the sum is highest, 3, at 0.1 for both.
    assert found.best_exact == found.best_f1 == (60.0, 0.1)


def is_plain(case: Prediction) -> bool:
    """Whether the script's threshold search sees the question as its plain numbers do.

    It counts a prediction of no words for an answer, and golds of which nothing is left for ones
    that "" does not match.
    """
    return any(map(normalised, case.golds)) if case.golds else bool(normalised(case.short)) or not case.short


@pytest.mark.parametrize("seed", range(20))
def test_the_best_threshold_is_one_that_scores_so(seed: int) -> None:
    """Where all differ in probability, leaving out what is above the best threshold gives the best score."""
    generator = random.Random(seed)
    some = [each._replace(no_answer=generator.random()) for each in cases(generator, 20) if is_plain(each)]

    def exact_at(threshold: float) -> float:
        return squad2(
            [each if each.no_answer <= threshold else each._replace(short="") for each in some]
        ).exact

    best = squad2(some).best_exact
    assert best.score == pytest.approx(max(map(exact_at, [0.0, *(each.no_answer for each in some)])))
    assert best.score == pytest.approx(exact_at(best.threshold))


def test_equally_likely_questions_enter_one_by_one() -> None:
    """The script's best score may lie amid a tie, where no threshold reaches it; so does ours."""
    right, wrong = Prediction("Kyiv", ("Kyiv",), 0.5), Prediction("Lviv", (), 0.5)
    assert squad2([right, wrong]).best_exact == Best(100.0, 0.5)
    assert squad2([wrong, right]).best_exact == Best(50.0, 0.0)


def test_groups_without_questions_have_no_mean() -> None:
    """Where no question lacks an answer, or none has one, that group is None."""
    assert squad2([Prediction("Kyiv", ("Kyiv",), 0.0)]).no_answer is None
    assert squad2([Prediction("", (), 0.0)]).has_answer is None


def test_a_report_needs_predictions() -> None:
    """No predictions are an error, not a mean of nothing."""
    with pytest.raises(ValueError, match="no predictions"):
        squad2([])


def test_reports_are_data() -> None:
    """A report turns into a dictionary of numbers."""
    fields = asdict(squad2([Prediction("Kyiv", ("Kyiv",), 0.2)]))
    assert fields["exact"] == 100.0
    assert fields["best_f1"] == (100.0, 0.2)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The missile flies 300 kilometers.", "300 Kilometers"),
        ("KYIV, the capital", "Kyiv the capital"),
        ("It was “Kyiv”.", "“Kyiv”"),
        ("Ukraine’s president", "Ukraine"),
        ("Ukraine’s president", "Ukraine's president"),
        ("the O’Brien case", "O'Brien"),
        ("a Kyiv-based firm, 2010–2012", "2012"),
        ("a self made man", "self-made"),
        ("on 2024-11-19.", "2024"),
        ("It costs $3.", "3"),
        ("He don't know. Don does.", "Don"),
    ],
)
def test_texts_contain_whole_words(text: str, answer: str) -> None:
    """Words in a row are found whatever their case and the punctuation around and between them."""
    assert contains(text, answer)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The missiles fly.", "missile"),
        ("Unicorn", "corn"),
        ("flies 300 long kilometers", "300 kilometers"),
        ("kilometers 300", "300 kilometers"),
        ("I don't know", "Don"),
        ("the Kyiv", "a Kyiv"),
        ("anything", ""),
        ("anything", "—"),
        ("", "Kyiv"),
    ],
)
def test_texts_do_not_contain_parts_of_words(text: str, answer: str) -> None:
    """A part of a word, words apart or in another order, other articles and no word are not found."""
    assert not contains(text, answer)


@pytest.mark.parametrize(
    ("text", "answer", "found"),
    [
        ("It flies 300 km.", "300", True),
        ("It flies 1,300 km.", "300", False),
        ("It flies 3000 km.", "300", False),
        ("It flies 1,300 km.", "1300", True),
        ("It flies 1300 km.", "1,300", True),
        ("It flies 1\u00a0300 km.", "1300", True),
        ("It flies 1\u202f300 km.", "300", False),
        ("It flies 300.5 km.", "300", False),
        ("It flies 0.300 km.", "300", False),
        ("It is 1.5 long.", "15", False),
        ("It is 1.5 long.", "1.5", True),
        ("At 10:30 they left.", "10", False),
        ("At 10:30 they left.", "10:30", True),
        ("In 2022, 300 came.", "300", True),
        ("They were 1,300,500.", "1300500", True),
        ("They were 1,300,500.", "300", False),
        ("They were 1,3000.", "13000", False),
        ("It ended in 1945.", "1945", True),
        ("It flies 300km.", "300", False),
        ("It is 70 % wet.", "70%", True),
    ],
)
def test_numbers_are_whole(text: str, answer: str, found: bool) -> None:
    """A number is found where that number stands, with or without marks between the thousands."""
    assert contains(text, answer) is found


@pytest.mark.parametrize(
    ("text", "answer", "found"),
    [
        ("It flies 300 [1] kilometers.", "300 kilometers", True),
        ("It flies 300[1][2] kilometers.", "300 kilometers", True),
        ("It flies 300.[1, 2]", "300", True),
        ("It flies 300 [12].", "12", False),
        ("It flies far [4–6].", "5", False),
        ("It flies far [1].", "1", False),
        ("In [2022] it rose.", "2022", True),  # four digits: an editor's word, no marker
        ("It flies 1 km [2].", "1", True),
    ],
)
def test_markers_do_not_matter(text: str, answer: str, found: bool) -> None:
    """Citation markers neither part an answer's words nor are answers."""
    assert contains(text, answer) is found


@pytest.mark.parametrize(
    ("text", "answer", "found"),
    [
        ("Made in the US by hand.", "U.S.", True),
        ("Made in the U.S. by hand.", "US", True),
        ("Made in the U.S. by hand.", "the U.S", True),
        ("the U.S.-led force", "US", True),
        ("They told us.", "U.S.", False),
        ("They told us so.", "us", True),
        ("the WHO said", "who", False),
        ("Nato and N.A.T.O.", "NATO", True),
        ("at 9 a.m. sharp", "am", True),
        ("J.R.R. Tolkien", "JRR Tolkien", True),
    ],
)
def test_initials_are_words(text: str, answer: str, found: bool) -> None:
    """Initials are found with and without their dots, but never in a pronoun."""
    assert contains(text, answer) is found


@pytest.mark.parametrize(
    ("text", "answer", "found"),
    [
        ("Anna BERGSTRÖM kam.", "Bergström", True),
        ("Anna Bergstro\u0308m kam.", "Bergström", True),  # the dots as a character of their own
        ("Anna Bergström kam.", "Bergstrom", False),
        ("an der STRASSE", "Straße", True),
        ("столица Київ.", "КИЇВ", True),
        ("столица Київська", "Київ", False),
        ("यह हिन्दी है", "हिन्दी", True),
        ("यह हिन्दी है", "हिन", False),  # the vowel sign belongs to the word
        ("قال أحمد، ثم ذهب", "أحمد", True),
        ("私は東京に住んでいます。", "東京", True),
        ("射程为1300公里。", "1300公里", True),
        ("射程为1300公里。", "300公里", False),
        ("กรุงเทพมหานคร", "เทพ", True),
        ("co\u00adoperate", "cooperate", True),
    ],
)
def test_words_of_any_script(text: str, answer: str, found: bool) -> None:
    """Words are whole in every script that sets them apart; in the others any run of characters counts."""
    assert contains(text, answer) is found
