"""A thumb down becomes a case, in a file of this computer that `assistant eval` runs."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from ..answers import Answer, Refusal
from ..assistant import Assistant
from ..documents import Citation
from ..errors import SettingError
from ..evals.collecting import Shown, append, slug
from ..evals.suites import Case

ANSWERABLE = {"wrong_passage": True, "should_have_refused": False, "should_have_answered": True}
SHORT = 8  # words that may be an answer on their own; more are a passage

_writing = threading.Lock()  # an id is free until it is written


def save(assistant: Assistant, reply: Answer | Refusal, verdict: str, words: str = "") -> Path:
    """Keep what a reply should have been.

    Args:
        assistant: that gave the reply.
        reply: as it was given.
        verdict: `wrong_passage`, `should_have_refused` or `should_have_answered`.
        words: the right answer, or the words of the text that hold it; "" when nobody said.

    Returns:
        The file: one for each corpus, among the user's data.

    Raises:
        SettingError: there is no such verdict, or nothing that a right reply could be known by; or the
            file cannot be written.
        SuiteProblem: the file was changed, and is no suite any more.
    """
    if verdict not in ANSWERABLE:
        raise SettingError(f"{verdict!r} is no verdict; use one of {', '.join(ANSWERABLE)}")
    case = _case(assistant, reply, verdict, words.strip())
    file = file_of(assistant)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"{str(file.parent)!r} cannot be made ({error.strerror}); make it") from error
    with _writing:
        append(file, case)
    return file


def file_of(assistant: Assistant) -> Path:
    """Where the cases about these texts are kept."""
    try:
        home = Path(platformdirs.user_data_dir("cited-assistant"))
    except RuntimeError as error:  # no HOME, and no such user
        raise SettingError(f"there is no folder for your data ({error}); set XDG_DATA_HOME") from error
    corpus = assistant.corpus
    if corpus is None:
        return home / "feedback" / "texts.jsonl"
    corpus = corpus.expanduser().resolve()
    return home / "feedback" / f"{corpus.name}-{hashlib.sha256(os.fsencode(corpus)).hexdigest()[:16]}.jsonl"


def _case(assistant: Assistant, reply: Answer | Refusal, verdict: str, words: str) -> Case:
    """The question as it was searched, and what a right reply to it holds."""
    question, answerable = reply.standalone or reply.question, ANSWERABLE[verdict]
    if answerable and not question.strip():
        raise SettingError("a question without words has no answer")
    short = bool(words) and len(words.split()) <= SHORT
    evidence = _evidence(assistant, reply, words) if answerable else ()
    if answerable and not evidence and not words:
        raise SettingError("say what would have been right: the text has no other passage that is near")
    sources = {each.source for each in evidence}
    return Case(
        id=slug(question),
        question=question,
        answerable=answerable,
        answers=(words,) if answerable and (short or not evidence) and words else (),
        evidence=tuple(dict.fromkeys(each.quote for each in evidence)),
        source=sources.pop() if len(sources) == 1 else None,
        tags=("feedback", verdict),
    )


def _evidence(assistant: Assistant, reply: Answer | Refusal, words: str) -> Sequence[Citation]:
    """What proves a right answer: the words where the text has them; without any, what else was near."""
    shown = Shown.of(assistant, reply).sentences
    if not words:
        cited = reply.citations if isinstance(reply, Answer) else ()
        return [each for each in shown if not any(_overlap(each, other) for other in cited)]
    pattern = re.compile(r"\s+".join(map(re.escape, words.split())))
    documents = [assistant.document(source) for source in dict.fromkeys(each.source for each in shown)]
    found = ((document, pattern.search(document.text)) for document in documents)
    return [Citation.of(document, *match.span()) for document, match in found if match]


def _overlap(one: Citation, other: Citation) -> bool:
    return one.source == other.source and one.start < other.end and other.start < one.end
