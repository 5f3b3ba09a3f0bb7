"""Cases from use: a reply, and what it should have been."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ..answers import Answer, Refusal
from ..assistant import Assistant
from ..documents import Citation, Span
from ..errors import SettingError
from ..text import sentences
from .suites import Case, load_suite

PASSAGES = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person picks the evidence from: the sentences of the cited, then of the nearest passages."""

    sentences: tuple[Citation, ...]

    @classmethod
    def of(cls, assistant: Assistant, reply: Answer | Refusal) -> Self:
        cited = list(reply.citations) if isinstance(reply, Answer) else []
        passages = assistant.search(reply.question, PASSAGES)
        found = {(each.source, each.start): each for each in cited}
        for passage in passages:
            for each in _sentences(assistant, passage):
                found.setdefault((each.source, each.start), each)
        return cls(tuple(found.values()))


def _sentences(assistant: Assistant, passage: Citation) -> Iterable[Citation]:
    document = assistant.document(passage.source)
    for start, end in sentences(document.text, Span(passage.start, passage.end)):
        yield Citation.of(document, start, end)


def make_case(question: str, shown: Shown, chosen: str, answers: str, tags: str, *, answerable: bool) -> Case:
    """A case of what was typed.

    Args:
        question: as it was asked.
        shown: what was picked from.
        answerable: whether the text answers it.
        chosen: numbers of the sentences that prove the answer, counted from one.
        answers: short answers, with semicolons between them.
        tags: with white space between them.

    Raises:
        SettingError: a number is none of those shown, or there is none for an answerable case.
    """
    if answerable and not question.strip():
        raise SettingError(f"a question that the text answers has words, not {question!r}")
    picked = _picked(shown, chosen) if answerable else []
    sources = {each.source for each in picked}
    return Case(
        id=slug(question),
        question=question,
        answerable=answerable,
        answers=tuple(filter(None, map(str.strip, answers.split(";")))) if answerable else (),
        evidence=tuple(each.quote for each in picked),
        source=sources.pop() if len(sources) == 1 else None,
        tags=tuple(tags.split()),
    )


def _picked(shown: Shown, chosen: str) -> list[Citation]:
    numbers = [number for piece in re.split(r"[\s,;]+", chosen.strip()) for number in _range(piece)]
    if not numbers or not all(1 <= number <= len(shown.sentences) for number in numbers):
        raise SettingError(f"{chosen!r}: name one or more of the sentences 1 to {len(shown.sentences)}")
    return [shown.sentences[number - 1] for number in dict.fromkeys(numbers)]


def _range(piece: str) -> Sequence[int]:
    """The numbers of "3" or "2-4"; [0], which is none, for anything else."""
    found = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", piece)
    return range(int(found[1]), int(found[2] or found[1]) + 1) if found else [0]


def slug(question: str) -> str:
    """An id for a case, made of the question's first words."""
    return "-".join(re.findall(r"\w+", question.lower())[:6])[:60] or "case"


def append(file: Path, case: Case) -> Case:
    """Add a case to a suite; with a number behind its id where that is taken.

    Raises:
        SuiteProblem: the file holds something else than cases.
        SettingError: it cannot be written.
    """
    before = file.read_text(encoding="utf-8-sig", errors="replace") if file.is_file() else ""
    taken = {each.id for each in load_suite(file).cases} if before.strip() else set()
    if case.id in taken:
        number = next(n for n in range(2, len(taken) + 3) if f"{case.id}-{n}" not in taken)
        case = case.model_copy(update={"id": f"{case.id}-{number}"})
    try:
        with file.open("a", encoding="utf-8") as stream:
            stream.write(("" if before.endswith("\n") or not before else "\n") + case.to_line() + "\n")
    except (OSError, UnicodeEncodeError) as error:
        raise SettingError(f"{str(file)!r} cannot be written ({error}); name another with --file") from error
    return case
