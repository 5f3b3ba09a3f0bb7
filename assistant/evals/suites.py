"""Suites: cases in JSON Lines, and the texts that they are asked about."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from .. import resources
from ..errors import SuiteProblem

CASES = "suite.jsonl"
CORPUS = "corpus"


class Case(BaseModel):
    """A question, and what a right reply to it holds.

    Attributes:
        id: tells the case from the others of its suite.
        answerable: whether the text answers the question.
        history: questions asked before it in the same chat.
        answers: any one of them, found as whole words in the reply, makes it right.
        evidence: verbatim passages of the text; a citation is right when it overlaps one.
        source: the document that they are in; any document when left out.
        tags: groups that the case counts in.
        standalone: what a person would make of a follow-up for someone who does not know the chat.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, max_length=200)
    question: str
    history: tuple[str, ...] = ()
    answerable: bool = Field(strict=True)
    answers: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    source: str | None = None
    tags: tuple[str, ...] = ()
    standalone: str | None = None

    @model_validator(mode="after")
    def _can_be_judged(self) -> Self:
        if self.answerable and not (self.answers or self.evidence):
            raise ValueError("an answerable case needs answers or evidence")
        if self.answerable and not self.question.strip():
            raise ValueError("an answerable case needs a question")
        if not all(map(str.strip, (*self.answers, *self.evidence))):
            raise ValueError("an answer or a piece of evidence is empty")
        return self

    @property
    def yes_no(self) -> bool:
        """Whether the answer is yes or no."""
        return bool(self.answers) and {answer.lower() for answer in self.answers} <= {"yes", "no"}

    def to_line(self) -> str:
        """The case as a line of a suite, without what is at its default."""
        fields = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(fields, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases about one corpus.

    Attributes:
        corpus: a folder of texts, or texts by name; None for the shipped one.
        cluster: what all cases belong to when intervals are made; "" where each document, or each
            passage of few documents, stands for itself.
        file: where the cases were read; None for cases made in memory.
        lines: the line of each case in that file, by id.
    """

    name: str
    cases: tuple[Case, ...]
    corpus: Path | Mapping[str, str] | None = None
    cluster: str = ""
    file: Path | None = None
    lines: Mapping[str, int] = field(default_factory=dict, repr=False)

    @property
    def sha256(self) -> str:
        """Of the cases, hexadecimal; the order and the name do not matter."""
        lines = sorted(case.to_line() for case in self.cases)
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()

    def tagged(self, tag: str) -> Suite:
        """The cases with this tag."""
        return replace(self, cases=tuple(case for case in self.cases if tag in case.tags))

    @property
    def place_for_people(self) -> str:
        """What names the suite on the command line."""
        return self.name if self.shipped or self.file is None else str(self.file)

    @property
    def shipped(self) -> bool:
        """Whether it lies in `evals/`."""
        return self.file is not None and self.file.resolve().is_relative_to(home().resolve())

    def place(self, case: Case) -> str:
        """Where a case stands, for messages: "evals/article/suite.jsonl:12"."""
        return f"{self.file}:{self.lines[case.id]}" if self.file and case.id in self.lines else case.id


def home() -> Path:
    """The folder of the shipped suites."""
    return resources.folder("evals")


def load_suite(suite: str | Path) -> Suite:
    """The suite of this name in `evals/`, or in this file or folder.

    A folder holds suite.jsonl, and texts in `corpus/` when it does not ask about the shipped one.

    Raises:
        SuiteProblem: it is not there, or lines in it are wrong: all of them, each with file and line.
    """
    (file,) = _files([suite], nested=False)
    return _read(file)


def load_suites(names: Sequence[str | Path]) -> list[Suite]:
    """Suites by name, file or folder; a folder may hold several. All of `evals/` for no name.

    Raises:
        SuiteProblem: as `load_suite`, for all of them at once.
    """
    suites, problems = [], []
    for file in _files(names or [home()], nested=True):
        try:
            suites.append(_read(file))
        except SuiteProblem as problem:
            problems.append(str(problem))
    if problems:
        raise SuiteProblem("\n".join(problems))
    return suites


def _files(names: Sequence[str | Path], *, nested: bool) -> list[Path]:
    found = [file for name in names for file in _files_of(name, nested=nested)]
    return list(dict.fromkeys(found))


def _files_of(name: str | Path, *, nested: bool) -> list[Path]:
    shipped = {file.parent.name: file for file in home().glob(f"*/{CASES}")}
    if name in shipped:
        return [shipped[str(name)]]
    try:
        inside = _inside(Path(name).expanduser()) if str(name) else []
    except (OSError, RuntimeError, ValueError):  # as pathlib raises for "~nobody", NUL, long names
        inside = []
    if not inside:
        raise SuiteProblem(
            f"{str(name)!r} is no suite: no such file, and no folder with {CASES}; "
            f"shipped: {', '.join(sorted(shipped))}"
        )
    if not nested and len(inside) > 1:
        raise SuiteProblem(f"{str(name)!r} holds {len(inside)} suites; name one of them: {inside[0]}, ...")
    return inside


def _inside(path: Path) -> list[Path]:
    """The file itself, the suite of a folder, else the suites that lie in it."""
    if path.is_file():
        return [path]
    if (path / CASES).is_file():
        return [path / CASES]
    return sorted({*path.glob("*.jsonl"), *path.glob(f"*/{CASES}")}) if path.is_dir() else []


def _read(file: Path) -> Suite:
    """Read a suite, or say everything that is wrong with it."""
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SuiteProblem(f"{file}: cannot be read ({error})") from error
    cases: dict[str, Case] = {}
    places: dict[str, int] = {}
    problems = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            case = Case.model_validate(_fields(line))
        except ValidationError as error:
            problems += [f"{file}:{number}: {what}" for what in _complaints(error)]
            continue
        except ValueError as error:
            problems.append(f"{file}:{number}: {error}")
            continue
        if case.id in cases:
            problems.append(f"{file}:{number}: the id {case.id!r} is that of line {places[case.id]}")
        cases.setdefault(case.id, case)
        places.setdefault(case.id, number)
    if not cases and not problems:
        problems.append(f"{file}: no case in it")
    if problems:
        raise SuiteProblem("\n".join(problems))
    texts = file.parent / CORPUS
    corpus = texts if file.name == CASES and texts.is_dir() else None
    name = file.resolve().parent.name if file.name == CASES else file.stem
    return Suite(name, tuple(cases.values()), corpus, file=file, lines=places)


def _fields(line: str) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON ({error})") from None
    if not isinstance(fields, dict):
        raise ValueError(f"not a case but {line[:40]!r}")
    return fields


def _complaints(error: ValidationError) -> Iterator[str]:
    for each in error.errors():
        where = ".".join(map(str, each["loc"]))
        message = each["msg"].removeprefix("Value error, ").replace("tuple", "list")
        yield f"{where}: {message[0].lower()}{message[1:]}" if where else message
