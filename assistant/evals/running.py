"""Ask every case of a suite, and keep what came of it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..answers import Answer, Refusal
from ..assistant import Assistant
from ..documents import Citation, Document, flat
from ..errors import SuiteProblem
from ..index import Progress, layout, silent
from .identity import Identity
from .judging import Key, Result, Verdict, judge, key_of, keys_of, score
from .suites import Case, Suite

RANKED = 10  # passages that are looked through for the evidence
FEW_DOCUMENTS = 10  # below this, passages are the clusters
CACHE_SCHEMA = 1  # rises when the form of what is kept changes


@dataclass(frozen=True, slots=True)
class Run:
    """A suite's results, in the order of its cases.

    Attributes:
        identity: what they were made with, as `Identity.to_dict`.
        threshold: the least confidence that was answered.
        cached: whether nothing had changed since an earlier run, whose results these are.
    """

    suite: str
    results: tuple[Result, ...]
    identity: Mapping[str, str] = field(default_factory=dict, repr=False)
    threshold: float = 0.0
    cached: bool = False

    def __repr__(self) -> str:
        right = sum(result.right for result in self.results)
        return f"<Run of {self.suite}: {right} of {len(self.results)} right>"

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        return tuple(result.verdict for result in self.results)

    def tagged(self, tag: str) -> Run:
        """The results of the cases with this tag."""
        kept = tuple(result for result in self.results if tag in result.case.tags)
        return Run(self.suite, kept, self.identity, self.threshold, self.cached)

    def to_lines(self) -> Iterator[str]:
        """JSON Lines, one case a line."""
        for result in self.results:
            yield json.dumps(result.to_dict(), ensure_ascii=True)


@contextmanager
def opened(
    suite: Suite, corpus: str | Path | None, index: str | None, progress: Progress, llm: object | None = None
) -> Iterator[Assistant]:
    """An assistant over a suite's own texts, else over `corpus`; with a language model, if one is named."""
    if isinstance(suite.corpus, Mapping):
        with Assistant.from_texts(suite.corpus, llm) as assistant:
            yield assistant
    elif suite.corpus is not None:
        with Assistant.open(suite.corpus, llm=llm, progress=progress) as assistant:
            yield assistant
    else:
        with Assistant.open(corpus, index, llm, progress=progress) as assistant:
            yield assistant


def run(
    suite: Suite,
    assistant: Assistant | None = None,
    *,
    cache: Path | None = None,
    strict: bool = True,
    progress: Progress = silent,
) -> Run:
    """Ask every case of a suite.

    Args:
        suite: as `load_suite` gives it.
        assistant: what is asked; one over the suite's texts, else the shipped ones, when left out.
        cache: a folder where results are kept, and taken from when nothing has changed since.
        strict: whether evidence that is not in the texts is raised, or makes its case an error.
        progress: called with the suite, and how many cases of how many are done.

    Raises:
        SuiteProblem: evidence is not in the texts; all such cases, each with file and line.
        AssistantError: the suite's texts cannot be opened.
    """
    if assistant is None:
        with opened(suite, None, None, progress) as own:
            return run(suite, own, cache=cache, strict=strict, progress=progress)
    identity = Identity.of(suite, assistant)
    kept = cache / f"{identity.sha256}.json" if cache else None
    results = _kept(kept, suite)
    cached = results is not None
    if results is None:
        results = tuple(_ask_all(suite, assistant, strict, progress))
        if kept and all(result.outcome != "error" for result in results):
            _keep(kept, results)
    return Run(suite.name, results, identity.to_dict(), assistant.reader.threshold, cached)


def cache_folder() -> Path:
    """Where the command line keeps results."""
    return layout.user_cache() / "evals"


def _ask_all(suite: Suite, assistant: Assistant, strict: bool, progress: Progress) -> Iterator[Result]:
    texts = {document.source: document for document in assistant.documents}
    if strict:
        keys_of(suite, texts)
    bold = assistant.variant(threshold=0.0)
    exam = _Exam(suite, assistant, bold, texts, _clusters(suite, len(texts)))
    for done, case in enumerate(suite.cases):
        progress(suite.name, done, len(suite.cases))
        yield exam.result(case)
    progress(suite.name, len(suite.cases), len(suite.cases))


Cluster = Callable[[Case, list[Citation]], str]


def _clusters(suite: Suite, documents: int) -> Cluster:
    """What a case belongs to: its document, or of few documents the passage that it asks about."""

    def cluster(case: Case, found: list[Citation]) -> str:
        if suite.cluster:
            return suite.cluster
        if documents >= FEW_DOCUMENTS:
            return case.source or (found[0].source if found else "")
        holding = [each for each in found if any(part in each.quote for part in case.evidence)]
        nearest = (holding or found)[:1]
        return f"{nearest[0].source}:{nearest[0].start}" if nearest else case.id

    return cluster


@dataclass(frozen=True, slots=True)
class _Exam:
    """The parts that a case meets."""

    suite: Suite
    assistant: Assistant
    bold: Assistant
    texts: Mapping[str, Document]
    cluster: Cluster

    def result(self, case: Case) -> Result:
        try:
            return self._result(case, key_of(case, self.texts))
        except SuiteProblem as problem:
            return self._failed(case, str(problem))
        except Exception as error:  # noqa: BLE001 a case that fails is a result; the others go on
            return self._failed(case, flat(f"{type(error).__name__}: {error}"))

    def _failed(self, case: Case, reason: str) -> Result:
        scores = {"decision": 0.0} | ({"answer": 0.0} if case.answerable else {})
        return Result(self.suite.name, case, "error", reason, None, scores, cluster=case.id)

    def _result(self, case: Case, key: Key) -> Result:
        chat = self.assistant.chat()
        for earlier in case.history:
            chat.ask(earlier)
        reply = chat.ask(case.question)
        found = list(self.assistant.search(reply.standalone or case.question, RANKED))
        outcome, reason = judge(case, key, reply)
        candidate = self._candidate(reply)
        return Result(
            self.suite.name,
            case,
            outcome,
            reason,
            reply,
            score(case, key, reply, found, self.texts),
            self.cluster(case, found),
            (candidate.short or candidate.citations[0].quote) if candidate else None,
            candidate is not None and judge(case, key, candidate)[0] == "correct",
        )

    def _candidate(self, reply: Answer | Refusal) -> Answer | None:
        """What a reader that never refuses would have said."""
        if isinstance(reply, Refusal):
            bold = self.bold.ask(reply.standalone)
            return bold if isinstance(bold, Answer) else None
        return reply


def _kept(file: Path | None, suite: Suite) -> tuple[Result, ...] | None:
    """Results of an earlier run; None when there are none, or what lies there cannot be used."""
    try:
        fields: Any = json.loads(file.read_text(encoding="utf-8")) if file else {}
        if fields.get("schema") != CACHE_SCHEMA:
            return None
        found = {result.case.id: result for result in map(Result.from_dict, fields["results"])}
        return tuple(replace(found[case.id], suite=suite.name, case=case) for case in suite.cases)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _keep(file: Path, results: tuple[Result, ...]) -> None:
    fields = {"schema": CACHE_SCHEMA, "results": [result.to_dict() for result in results]}
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    with suppress(OSError):  # a cache without room costs time alone
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.write_text(json.dumps(fields), encoding="utf-8")
        unfinished.replace(file)
