"""The gate: each way to make the assistant worse shuts it and names the cases; what is no worse passes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from assistant import Document, Refusal
from assistant.assistant import Assistant
from assistant.errors import AssistantError, SuiteProblem
from assistant.evals import Case, Result, Run, Suite, run
from assistant.evals.baseline import Accepted, Checked, accept, check, file_for, load_baseline
from assistant.evals.suites import home, load_suite
from tests.conftest import OFFICE
from tests.evals.conftest import ANSWERABLE, DESK, Failing, Shifted, Without, rewritten

OTHER_CPU = {"cpu": "a kind of its own"}


@pytest.fixture(scope="module")
def accepted(desk_run: Run) -> Accepted:
    return Accepted.of(desk_run)


def worse(checked: Checked) -> set[str]:
    return {each.before.id for each in checked.worse}


def checked(assistant: Assistant, accepted: Accepted) -> Checked:
    """The gate as `assistant eval --check` uses it."""
    return check(run(DESK, assistant, strict=False), accepted)


def test_what_was_accepted_passes(office: Assistant, accepted: Accepted) -> None:
    """An unchanged assistant is no worse, nothing flips, and nothing moves."""
    found = checked(office, accepted)
    assert (found.worse, found.excused, found.new) == ((), (), ())
    assert (found.comparison.flips, found.comparison.moved) == ((), {})


def shifted(office: Assistant, by: int) -> Assistant:
    document = Document("office.txt", "office", OFFICE)
    return office.variant(reader=Shifted(office.reader, document=document, by=by))


PARTS: dict[str, tuple[Callable[[Assistant], Assistant], set[str]]] = {
    "a reader that always answers": (lambda office: office.variant(threshold=0.0), {"match", "cafeteria"}),
    "a reader that always refuses": (lambda office: office.variant(threshold=1.0), ANSWERABLE),
    "a passage that is not found": (
        lambda office: office.variant(retriever=Without(office.retriever, "Ann Berg")),
        {"opens", "key"},
    ),
    "a citation shifted by a few words": (lambda office: shifted(office, by=12), ANSWERABLE),
    "a citation shifted by a word": (lambda office: shifted(office, by=4), ANSWERABLE),
    "a reader that breaks": (
        lambda office: office.variant(reader=Failing(office.reader, "cafeteria")),
        {"cafeteria"},
    ),
}
TEXTS: dict[str, tuple[str, str]] = {
    "a changed number": ("40 cars", "45 cars"),
    "a sentence that is gone": ("The car park holds 40 cars. ", ""),
    "a paragraph that is gone": (OFFICE[OFFICE.index("Parking") :], ""),
}


@pytest.mark.parametrize("part", PARTS)
def test_a_worse_part_shuts_the_gate(part: str, office: Assistant, accepted: Accepted) -> None:
    """What got worse is named case by case, with the reply before and after; the others are not."""
    make, expected = PARTS[part]
    found = checked(make(office), accepted)
    assert worse(found) == expected
    assert all(each.before.said and each.after and each.after.said and each.why for each in found.worse)


def test_a_moved_threshold_shuts_the_gate(office: Assistant, desk_run: Run, accepted: Accepted) -> None:
    """Above the least sure answer that one is worse, and at the surest refusal that one."""
    sure = {result.case.id: result.confidence for result in desk_run.results}
    least, second = sorted(ANSWERABLE, key=sure.__getitem__)[:2]
    surest = max(sure.keys() - ANSWERABLE, key=sure.__getitem__)
    for threshold, expected in (((sure[least] + sure[second]) / 2, least), (sure[surest], surest)):
        assert worse(checked(office.variant(threshold=threshold), accepted)) == {expected}


def test_what_a_threshold_nearby_decides_is_undecided(office: Assistant, desk_run: Run) -> None:
    """A case that a threshold a little off would decide otherwise is noted as undecided."""
    above = run(DESK, office.variant(threshold=1.0))
    assert set(Accepted.of(desk_run, [above]).undecided) == ANSWERABLE
    assert Accepted.of(desk_run, [desk_run]).undecided == ()


@pytest.mark.parametrize("change", TEXTS)
def test_a_changed_text_shuts_the_gate(change: str, accepted: Accepted) -> None:
    """The case whose evidence is not in the text any more is named, and what is missing."""
    with rewritten(*TEXTS[change]) as assistant:
        found = checked(assistant, accepted)
    assert worse(found) == {"cars"}
    assert "The car park holds 40 cars." in str(found.worse[0].after)


def test_a_citation_that_misses_a_word_of_a_long_sentence_is_worse() -> None:
    """A shift of a few letters is noticed however long the sentence is."""
    text = (
        "The committee that met in the old town hall on the second Monday of March decided, after a long and "
        "at times heated discussion among its eleven members, to move the weekly market from the square in "
        "front of the church to the meadow by the river, where there is more room for the stalls. "
        "Nobody voted against it.\n"
    )
    sentence = text[: text.index(" Nobody")]
    case = Case(
        id="market",
        question="Where does the market move?",
        answerable=True,
        answers=("meadow",),
        evidence=(sentence,),
    )
    suite = Suite("minutes", (case,))
    with Assistant.from_texts({"minutes.txt": text}) as assistant:
        accepted = Accepted.of(run(suite, assistant))
        late = Shifted(assistant.reader, document=assistant.document("minutes.txt"), by=5)
        assert worse(check(run(suite, assistant.variant(reader=late)), accepted)) == {"market"}


def test_what_was_wrong_may_stay_wrong_and_may_get_better(office: Assistant, desk_run: Run) -> None:
    """A case that was wrong holds nobody up; when it is right again, the comparison shows it as gained."""
    strict = Accepted.of(run(DESK, office.variant(threshold=1.0)))
    assert check(run(DESK, office.variant(threshold=1.0)), strict).worse == ()
    better = check(desk_run, strict)
    assert better.worse == ()
    assert {flip.after.id for flip in better.comparison.flips if flip.gained} == ANSWERABLE


def test_a_case_that_is_gone_fails(desk_run: Run, accepted: Accepted) -> None:
    """A case cannot be dropped quietly, whether it was right or wrong."""
    without = replace(desk_run, results=desk_run.results[1:])
    (gone,) = check(without, accepted).worse
    assert (gone.before.id, gone.after, gone.why) == ("opens", None, "the case is gone")


def test_a_part_of_the_suite_does_not_miss_the_others(desk_run: Run, accepted: Accepted) -> None:
    """With a tag, only its cases are compared."""
    assert check(desk_run.tagged("name"), accepted, whole=False).worse == ()
    assert worse(check(desk_run.tagged("name"), accepted)) == (ANSWERABLE | {"cafeteria", "match"}) - {"key"}


def test_a_new_case_is_named_and_passes(desk_run: Run, accepted: Accepted) -> None:
    """A case that the baseline does not have is listed as new, right or wrong."""
    cases = {name: each for name, each in accepted.cases.items() if name != "cars"}
    found = check(desk_run, replace(accepted, cases=cases))
    assert (found.worse, found.new) == ((), ("cars",))


@pytest.fixture(scope="module")
def near(office: Assistant, desk_run: Run) -> tuple[Accepted, Run]:
    """A baseline in which one refusal was near the threshold, and a run that answers it."""
    sure = desk_run.results[-1].confidence
    accepted = Accepted.of(run(DESK, office.variant(threshold=sure + 0.01)))
    return accepted, run(DESK, office.variant(threshold=sure - 0.01))


def test_a_case_near_the_threshold_is_excused_on_another_cpu(near: tuple[Accepted, Run]) -> None:
    """A case that the baseline lists as undecided is told, but not held, on another kind of CPU."""
    accepted, now = near
    assert accepted.undecided == ("match",)
    found = check(replace(now, identity=now.identity | OTHER_CPU), accepted)
    assert (found.worse, [each.before.id for each in found.excused]) == ((), ["match"])


def test_a_case_near_the_threshold_fails_on_the_same_cpu(near: tuple[Accepted, Run]) -> None:
    """The same numbers on the same kind of CPU are no excuse."""
    accepted, now = near
    found = check(now, accepted)
    assert (worse(found), found.excused) == ({"match"}, ())


def test_a_sure_case_fails_on_another_cpu(office: Assistant, near: tuple[Accepted, Run]) -> None:
    """Another kind of CPU excuses no case that was far from the threshold."""
    accepted, _ = near
    now = run(DESK, office.variant(threshold=1.0))
    found = check(replace(now, identity=now.identity | OTHER_CPU), accepted)
    assert (worse(found), found.excused) == (ANSWERABLE, ())


def test_a_case_near_the_threshold_may_not_break(office: Assistant, near: tuple[Accepted, Run]) -> None:
    """An error has nothing to do with a threshold: it fails on any CPU."""
    accepted, _ = near
    now = run(DESK, office.variant(reader=Failing(office.reader, "match")))
    assert "match" in worse(check(replace(now, identity=now.identity | OTHER_CPU), accepted))


def test_a_near_case_that_is_gone_fails_on_another_cpu(near: tuple[Accepted, Run]) -> None:
    """A case that is gone is not excused either."""
    accepted, now = near
    without = replace(now, results=now.results[:-1], identity=now.identity | OTHER_CPU)
    assert worse(check(without, accepted)) == {"match"}


# The file


def test_a_baseline_is_read_back(desk_run: Run, accepted: Accepted, tmp_path: Path) -> None:
    """Outcomes, values, tolerances and digests survive the file, and the run passes against it."""
    file = tmp_path / "baseline.json"
    accept(file, desk_run)
    read = load_baseline(file)["desk"]
    assert read == accepted
    assert check(desk_run, read).worse == ()
    assert set(read.identity) >= {"suite", "corpus", "index", "models", "prompts", "code", "cpu"}
    assert read.means["decision"].value == 1.0


def test_other_suites_stay_when_one_is_accepted(desk_run: Run, tmp_path: Path) -> None:
    """Accepting a suite writes its part alone, suites in order of their names."""
    file = tmp_path / "baseline.json"
    accept(file, desk_run)
    before = load_baseline(file)["desk"]
    accept(file, Run("attic", desk_run.results[:1]))
    after = load_baseline(file)
    assert (list(after), after["desk"], len(after["attic"].cases)) == (["attic", "desk"], before, 1)


def test_accepting_the_same_again_changes_nothing(desk_run: Run, office: Assistant, tmp_path: Path) -> None:
    """The same replies make the same bytes, whatever the time they took."""
    file = tmp_path / "baseline.json"
    accept(file, desk_run)
    before = file.read_bytes()
    accept(file, run(DESK, office))
    assert file.read_bytes() == before


def test_hostile_words_survive_the_file(tmp_path: Path) -> None:
    """Control characters and other scripts come back as they were; a lone surrogate is no error."""
    hostile = "a\"b'<c>&\x00\x1b[2J\u2028\ud800日本"
    case = Case(id="odd", question=hostile, answerable=False)
    reply = Refusal(question=hostile, reason="off_topic", missing=(hostile,))
    done = Run("desk", (Result("desk", case, "refused rightly", "", reply, {"decision": 1.0}, "x"),))
    accept(tmp_path / "baseline.json", done)
    read = load_baseline(tmp_path / "baseline.json")["desk"].cases["odd"]
    assert read.question == hostile.replace("\ud800", "?")


def test_a_tolerance_is_the_baselines_own(office: Assistant, accepted: Accepted) -> None:
    """How much a case may lose is data in the baseline."""
    now = run(DESK, shifted(office, by=12))
    lax = replace(accepted, tolerances=dict.fromkeys(accepted.tolerances, 1.0))
    assert worse(check(now, accepted)) == ANSWERABLE
    assert check(now, lax).worse == ()


def test_no_file_is_no_baseline(tmp_path: Path) -> None:
    """Without a file nothing is accepted yet."""
    assert load_baseline(tmp_path / "baseline.json") == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"schema": 2, "suites": {}}',
        '{"schema": 1}',
        '{"schema": 1, "suites": []}',
        '{"schema": 1, "suites": {"desk": {}}}',
        '{"schema": 1, "suites": {"desk": {"cases": {"a": {"outcome": "correct"}}, "means": {}}}}',
    ],
)
def test_a_damaged_baseline_says_how_to_mend_it(text: str, tmp_path: Path) -> None:
    """What is no baseline is named, with the command that writes it anew."""
    file = tmp_path / "baseline.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SuiteProblem, match=r"baseline.json'.*assistant eval --accept"):
        load_baseline(file)


def test_a_baseline_that_cannot_be_written_is_a_clear_error(desk_run: Run, tmp_path: Path) -> None:
    """A place that cannot be written is an error of ours that names it."""
    with pytest.raises(AssistantError, match="nowhere"):
        accept(tmp_path / "nowhere" / "baseline.json", desk_run)


def test_a_baseline_lies_with_its_suite(tmp_path: Path) -> None:
    """The shipped suites share a file in evals/; another suite's lies beside it; one in memory has none."""
    file = tmp_path / "mine.jsonl"
    file.write_text(DESK.cases[0].to_line() + "\n", encoding="utf-8")
    assert file_for(load_suite("article")) == file_for(load_suite("others")) == home() / "baseline.json"
    assert file_for(load_suite(file)) == tmp_path / "baseline.json"
    with pytest.raises(SuiteProblem, match="'desk'"):
        file_for(DESK)


def test_the_shipped_baseline_has_the_shipped_cases() -> None:
    """evals/baseline.json lists every case of the shipped suites, with digests and a CPU's kind."""
    shipped = load_baseline(home() / "baseline.json")
    for name in ("article", "others"):
        suite = load_suite(name)
        assert set(shipped[name].cases) == {case.id for case in suite.cases}
        assert shipped[name].identity["suite"] == suite.sha256
        assert shipped[name].identity["cpu"]
        assert not [each for each in shipped[name].cases.values() if each.outcome == "error"]
    assert json.loads((home() / "baseline.json").read_text("utf-8"))["schema"] == 1


# The shipped suite

SHIPPED: dict[str, tuple[str, Callable[[Assistant], Assistant]]] = {
    "a higher threshold": ("fact", lambda shipped: shipped.variant(threshold=0.97)),
    "a reader that always answers": ("near_miss", lambda shipped: shipped.variant(threshold=0.0)),
    "a reader that always refuses": ("fact", lambda shipped: shipped.variant(threshold=1.0)),
    "a passage that is not found": (
        "fact",
        lambda shipped: shipped.variant(retriever=Without(shipped.retriever, "300 kilometers")),
    ),
    "a shifted citation": (
        "fact",
        lambda shipped: shipped.variant(
            reader=Shifted(shipped.reader, document=shipped.document("article.txt"))
        ),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("part", SHIPPED)
def test_a_worse_part_shuts_the_shipped_gate(part: str) -> None:
    """Each of these, on the article, fails against the shipped baseline and names cases."""
    tag, make = SHIPPED[part]
    accepted = load_baseline(home() / "baseline.json")["article"]
    with Assistant.open() as shipped:
        now = run(load_suite("article").tagged(tag), make(shipped), strict=False)
    found = check(now, accepted, whole=False)
    assert found.worse
    assert all(each.before.right and each.after for each in found.worse)


@pytest.mark.slow
def test_a_changed_number_in_the_article_shuts_the_shipped_gate(article: Document) -> None:
    """Another range of the missile makes errors of the cases that ask for it."""
    accepted = load_baseline(home() / "baseline.json")["article"]
    changed = article.text.replace("300 kilometers", "500 kilometers")
    with Assistant.from_texts({"article.txt": changed}) as assistant:
        now = run(load_suite("article").tagged("fact"), assistant, strict=False)
    assert "range-1" in worse(check(now, accepted, whole=False))
