"""A calibration of one's own: fitted to a suite, kept beside the index, undone by removing a file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant import Answer, Refusal
from assistant.assistant import Assistant
from assistant.errors import SettingError, SuiteProblem
from assistant.evals import Case, Suite
from assistant.evals.calibrating import Fitted, calibrate
from assistant.index.layout import CALIBRATION
from tests.evals.conftest import DESK

OWNERS = {"ladder": "Berg", "drill": "Lund", "lamp": "Silva", "tent": "Okafor", "camera": "Tanaka"}


def cases_of(thing: str, owner: str) -> Iterator[Case]:
    """Four questions that the text about a thing answers, and four that it does not."""
    fact = f"The {thing} belongs to Mr {owner}."
    owned = (f"Who owns the {thing}?", f"To whom does the {thing} belong?")
    kept = (f"In which room is the {thing} kept?", f"Where is the {thing}?")
    strange = ("Who repaired the", "What did they pay for the", "How heavy is the", "Who painted the")
    for number, question in enumerate(owned):
        name = f"owner-{thing}-{number}"
        yield Case(id=name, question=question, answerable=True, answers=(owner,), evidence=(fact,))
    for number, question in enumerate(kept):
        yield Case(id=f"room-{thing}-{number}", question=question, answerable=True, answers=("room",))
    for number, words in enumerate(strange):
        yield Case(id=f"strange-{thing}-{number}", question=f"{words} {thing}?", answerable=False)


CASES = tuple(case for thing, owner in OWNERS.items() for case in cases_of(thing, owner))
ANSWERABLE = tuple(case for case in CASES if case.answerable)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with texts in `corpus/` and their index in `index/`."""
    folder = tmp_path_factory.mktemp("things")
    (folder / "corpus").mkdir()
    for number, (thing, owner) in enumerate(OWNERS.items(), 21):
        text = f"The {thing} belongs to Mr {owner}. It is kept in room {number}.\n"
        (folder / "corpus" / f"{thing}.txt").write_text(text, encoding="utf-8")
    Assistant.open(folder / "corpus", folder / "index").close()
    return folder


@pytest.fixture
def things(built: Path) -> Iterator[Suite]:
    """A suite of forty cases over these texts, whose index has no calibration of its own afterwards."""
    yield Suite("things", CASES, built / "corpus")
    (built / "index" / CALIBRATION).unlink(missing_ok=True)


def fit(suite: Suite, *borrowed: Suite, wrong: float = 0.05) -> Fitted:
    assert isinstance(suite.corpus, Path)
    index = suite.corpus.parent / "index"
    return calibrate(suite, borrowed, wrong, None, str(index), lambda *_: None)


def replies(suite: Suite) -> dict[str, Answer | Refusal]:
    """What each case gets, by its id."""
    assert isinstance(suite.corpus, Path)
    with Assistant.open(suite.corpus, suite.corpus.parent / "index") as assistant:
        return {case.id: assistant.ask(case.question) for case in suite.cases}


@pytest.mark.parametrize(
    ("cases", "says"),
    [
        (CASES[:39], "'things' has 20 and 19"),
        (ANSWERABLE * 2, "'things' has 40 and 0"),
        (tuple(case for case in CASES if not case.answerable) * 2, "'things' has 0 and 40"),
        ((), "'things' has 0 and 0"),
    ],
)
def test_what_is_missing_is_told_before_anything_is_opened(cases: tuple[Case, ...], says: str) -> None:
    """Too few cases, or of one kind alone, are counted, and what to do is said, at once."""
    with pytest.raises(SuiteProblem, match=f"at least 40 cases.*{says}.*case add.*--borrow"):
        fit(Suite("things", cases, Path("/nowhere/corpus")))


@pytest.mark.slow
def test_a_fit_changes_what_is_decided_and_can_be_undone(things: Suite, built: Path) -> None:
    """Held-out decisions are better, `open` follows the fit, and without its file all is as before."""
    before = replies(things)
    fitted = fit(things)
    assert (fitted.n, fitted.answerable, fitted.file) == (40, 20, built / "index" / CALIBRATION)
    assert fitted.before.threshold == 0.5
    assert fitted.after.decided > fitted.before.decided
    assert fitted.after.ece < fitted.before.ece
    assert fitted.after.wrong <= 0.05 < fitted.before.wrong
    assert (fitted.before.curve[-1].coverage, fitted.after.curve[-1].coverage) == (1.0, 1.0)
    after = replies(things)
    assert any(isinstance(before[name], Answer) and after[name].refused for name in before)
    assert all(reply.refused == (reply.confidence < fitted.after.threshold) for reply in after.values())
    assert fit(things) == fitted  # a fit does not start from an earlier one
    fitted.file.unlink()
    assert replies(things) == before


def test_borrowed_questions_are_off_topic(things: Suite) -> None:
    """Questions about other texts count as ones without an answer, whatever their suite says of them."""
    office = tuple(
        DESK.cases[n % 4].model_copy(update={"id": str(n), "history": ("Who?",), "source": "office.txt"})
        for n in range(20)
    )
    fitted = fit(replace(things, cases=ANSWERABLE), Suite("desk", office))
    assert (fitted.n, fitted.answerable) == (40, 20)
    assert fitted.after.decided > 0.9


def test_cases_of_one_passage_are_held_out_from_each_other(things: Suite) -> None:
    """Where all cases ask about one passage, folds are made of cases."""
    assert fit(replace(things, cluster="the only passage")).after.decided > 0.9


def test_no_threshold_is_good_enough(things: Suite) -> None:
    """When even the surest answers are wrong too often, it says how often, and nothing is written."""
    hopeless = tuple(case.model_copy(update={"answers": ("nobody",)}) for case in ANSWERABLE)
    others = tuple(case for case in CASES if not case.answerable)
    with pytest.raises(SuiteProblem, match=r"wrong answers at 5%: the best has 100%.*--wrong"):
        fit(replace(things, cases=hopeless + others))
    assert isinstance(things.corpus, Path)
    assert not (things.corpus.parent / "index" / CALIBRATION).exists()


def test_wrong_evidence_is_told(things: Suite) -> None:
    """A suite whose evidence is not in the texts is a problem, as everywhere."""
    wrong = CASES[0].model_copy(update={"evidence": ("nowhere",)})
    with pytest.raises(SuiteProblem, match="'nowhere'"):
        fit(replace(things, cases=(wrong, *CASES[1:])))


@pytest.mark.parametrize("damage", ["another reader", "{", "{}", "[]", '{"score": "high"}'])
def test_a_calibration_that_does_not_fit_is_refused(damage: str, things: Suite, built: Path) -> None:
    """Made for another reader, or damaged, it is named together with the ways out, and never used."""
    file = built / "index" / CALIBRATION
    numbers = dict.fromkeys(("score", "cosine", "missing_name", "unknown", "intercept", "threshold"), 0.5)
    text = json.dumps(numbers | {"reader": "0" * 64}) if damage == "another reader" else damage
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingError, match=r"calibration.json.*assistant calibrate SUITE.*remove"):
        replies(things)


def test_fitting_again_mends_a_calibration_that_does_not_fit(things: Suite, built: Path) -> None:
    """What the error says helps: a new fit takes the place of one that cannot be used."""
    (built / "index" / CALIBRATION).write_text("{}", encoding="utf-8")
    fit(things)
    assert any(reply.refused for reply in replies(things).values())


@pytest.mark.slow
def test_a_calibration_outlives_a_new_index(things: Suite, built: Path, tmp_path: Path) -> None:
    """When a text changes, its index is built anew and the fit still holds."""
    corpus = Path(shutil.copytree(built / "corpus", tmp_path / "corpus"))
    index = Path(shutil.copytree(built / "index", tmp_path / "index"))
    numbers = dict.fromkeys(("score", "cosine", "missing_name", "unknown"), 0.0)
    with Assistant.open(corpus, index) as assistant:
        digest = assistant.reader.model.sha256
    fields = numbers | {"intercept": 0.0, "threshold": 0.9, "reader": digest}
    (index / CALIBRATION).write_text(json.dumps(fields), encoding="utf-8")
    (corpus / "lamp.txt").write_text("The lamp belongs to Mr Meyer.\n", encoding="utf-8")
    with Assistant.open(corpus, index) as assistant:
        reply = assistant.ask("Who owns the lamp?")
    assert (type(reply), reply.confidence) == (Refusal, 0.5)
