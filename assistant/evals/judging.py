"""What a reply to a case is worth, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from ..answers import Answer, Refusal, Reply
from ..documents import Citation, Document, flat
from ..errors import SuiteProblem
from ..scoring.answers import contains, exact_match, token_f1
from ..scoring.spans import Place, first_hit, hit_at, overlap, reciprocal_rank, touched
from ..text import blocks, sentences
from .suites import Case, Suite

Outcome = Literal["correct", "wrong", "refused rightly", "refused wrongly", "answered wrongly", "error"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
RIGHT: tuple[Outcome, ...] = ("correct", "refused rightly")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is remembered of a case to tell later what changed.

    Attributes:
        said: the reply in a line.
    """

    id: str
    question: str
    outcome: Outcome
    said: str
    confidence: float
    scores: Mapping[str, float]
    cluster: str

    @property
    def right(self) -> bool:
        return self.outcome in RIGHT


@dataclass(frozen=True, slots=True)
class Result:
    """A case, the reply to it, and what that is worth.

    Attributes:
        outcome: in a word; `reason` says why in a line.
        reply: None after an error.
        scores: by name, each 0 to 1; those that do not apply are left out.
        cluster: cases of one cluster are not independent of each other.
        candidate: what would have been answered by a reader that never refuses.
        candidate_right: whether that would have been right.
    """

    suite: str
    case: Case
    outcome: Outcome
    reason: str
    reply: Answer | Refusal | None
    scores: Mapping[str, float] = field(default_factory=dict)
    cluster: str = ""
    candidate: str | None = None
    candidate_right: bool = False

    @property
    def right(self) -> bool:
        return self.outcome in RIGHT

    @property
    def confidence(self) -> float:
        return self.reply.confidence if self.reply else 0.0

    @property
    def milliseconds(self) -> float:
        return self.reply.timings_ms.get("total", 0.0) if self.reply else 0.0

    @property
    def verdict(self) -> Verdict:
        said = in_a_line(self.reply) if self.reply else self.reason
        case = self.case
        # Four digits are enough to compare, and a new run changes few lines of a baseline.
        scores = {name: round(value, 4) for name, value in self.scores.items()}
        confidence = round(self.confidence, 4)
        return Verdict(case.id, case.question, self.outcome, said, confidence, scores, self.cluster)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: one line of `assistant eval --json`."""
        return {
            "id": self.case.id,
            "suite": self.suite,
            "outcome": self.outcome,
            "reason": self.reason,
            "scores": dict(self.scores),
            "reply": self.reply.to_dict() if self.reply else None,
            "candidate": self.candidate,
            "candidate_right": self.candidate_right,
            "cluster": self.cluster,
            "case": self.case.model_dump(mode="json", exclude_defaults=True),
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Result:
        """The result of a JSON form; raises `ValueError` or `KeyError` for anything else."""
        kept = {name: fields[name] for name in ("suite", "outcome", "reason", "scores", "cluster")}
        if kept["outcome"] not in OUTCOMES:
            raise ValueError(f"outcome {kept['outcome']!r} is none of {', '.join(OUTCOMES)}")
        kept["scores"] = {str(name): float(value) for name, value in dict(kept["scores"]).items()}
        reply = fields["reply"]
        return cls(
            case=Case.model_validate(fields["case"]),
            reply=Reply.from_dict(reply) if reply is not None else None,
            candidate=fields["candidate"],
            candidate_right=fields["candidate_right"],
            **kept,
        )


@dataclass(frozen=True, slots=True)
class Key:
    """Where the evidence of a case stands in the texts.

    Attributes:
        evidence: every occurrence of each piece of evidence.
        sentences: the whole sentences that hold them.
    """

    evidence: tuple[tuple[Place, ...], ...]
    sentences: tuple[Place, ...]

    @property
    def pieces(self) -> tuple[Place, ...]:
        """Every occurrence of every piece."""
        return tuple(place for places in self.evidence for place in places)

    def nearest(self, cited: Sequence[Place]) -> list[Place]:
        """Of each piece the occurrence that is cited best: one is as good a proof as another."""
        return [max(places, key=lambda each: overlap(cited, [each]).recall) for places in self.evidence]


def key_of(case: Case, documents: Mapping[str, Document]) -> Key:
    """Find a case's evidence.

    Raises:
        SuiteProblem: its source is no document, or a piece of evidence is not in it.
    """
    if case.source is not None and case.source not in documents:
        raise SuiteProblem(f"its source {case.source!r} is not in the corpus")
    searched = [documents[case.source]] if case.source is not None else list(documents.values())
    pieces: list[tuple[Place, ...]] = []
    for evidence in case.evidence if case.answerable else ():
        found = tuple(place for document in searched for place in _occurrences(evidence, document))
        if not found:
            raise SuiteProblem(f"its evidence {_clip(evidence)} is not in {case.source or 'the corpus'}")
        pieces.append(found)
    everywhere = [place for places in pieces for place in places]
    return Key(tuple(pieces), tuple(_sentences_around(everywhere, documents)))


def keys_of(suite: Suite, documents: Mapping[str, Document]) -> dict[str, Key]:
    """Where the evidence of each case stands, by the case's id.

    Raises:
        SuiteProblem: evidence is not in the texts; all such cases, each with file and line.
    """
    keys, problems = {}, []
    for case in suite.cases:
        try:
            keys[case.id] = key_of(case, documents)
        except SuiteProblem as problem:
            problems.append(f"{suite.place(case)}: {problem}")
    if problems:
        raise SuiteProblem("\n".join(problems))
    return keys


def _occurrences(evidence: str, document: Document) -> Iterable[Place]:
    at = document.text.find(evidence)
    while at >= 0:
        yield Place(document.source, at, at + len(evidence))
        at = document.text.find(evidence, at + 1)


def _sentences_around(pieces: Sequence[Place], documents: Mapping[str, Document]) -> Iterable[Place]:
    for source in {piece.source for piece in pieces}:
        text = documents[source].text
        mine = [piece for piece in pieces if piece.source == source]
        for block in blocks(text):
            if any(piece.start < block.span.end and piece.end > block.span.start for piece in mine):
                for start, end in sentences(text, block.span):
                    if any(piece.start < end and piece.end > start for piece in mine):
                        yield Place(source, start, end)


def places(citations: Iterable[Citation]) -> list[Place]:
    """Where citations stand."""
    return [Place(each.source, each.start, each.end) for each in citations]


def judge(case: Case, key: Key, reply: Answer | Refusal) -> tuple[Outcome, str]:
    """The outcome, and why in a line.

    An answer is right when it holds one of the case's answers, and cites some of its evidence. For
    yes or no, that word or the evidence is enough.
    """
    if isinstance(reply, Refusal):
        if not case.answerable:
            return "refused rightly", f"refused ({reply.reason}), and the text does not answer it"
        return "refused wrongly", f"refused ({reply.reason}), but the text says {_expected(case)}"
    if not case.answerable:
        return "answered wrongly", f"answered {_said(reply)}, but the text does not answer it"
    found = next((answer for answer in case.answers if contains(reply.text, answer)), None)
    cites = touched(places(reply.citations), key.pieces).precision > 0 if key.pieces else True
    if case.yes_no:
        if (reply.short or "").lower() in map(str.lower, case.answers):
            return "correct", f"says {reply.short!r}"
        return ("correct", "cites the evidence") if key.pieces and cites else _elsewhere(case, reply)
    if case.answers and found is None:
        return "wrong", f"answered {_said(reply)}, not {_expected(case)}"
    if not cites:
        return _elsewhere(case, reply)
    return "correct", f"holds {found!r}" if found else "cites the evidence"


def _elsewhere(case: Case, reply: Answer) -> tuple[Outcome, str]:
    if not case.evidence:
        return "wrong", f"answered {_said(reply)}, not {_expected(case)}"
    return "wrong", f"cites {_clip(reply.citations[0].quote)}, not {_clip(case.evidence[0])}"


def _expected(case: Case) -> str:
    return _clip((*case.answers, *case.evidence)[0])


def in_a_line(reply: Answer | Refusal) -> str:
    """What a reply says, short enough for a table."""
    if isinstance(reply, Answer):
        return _said(reply)
    return f"refused ({reply.reason})" + (f", missing {'; '.join(reply.missing)}" if reply.missing else "")


def _said(reply: Answer) -> str:
    return _clip(reply.short or reply.text)


def _clip(text: str, longest: int = 80) -> str:
    text = flat(text)
    return repr(text if len(text) <= longest else text[: longest - 2] + " …")


def score(
    case: Case, key: Key, reply: Answer | Refusal, found: Sequence[Citation], texts: Mapping[str, Document]
) -> dict[str, float]:
    """Every score that applies to a reply, and to the passages that were found for it."""
    answered, outcome = isinstance(reply, Answer), judge(case, key, reply)[0]
    scores = {
        "decision": float(answered == case.answerable),
        "brier": (reply.confidence - case.answerable) ** 2,
    }
    if not answered:
        scores["refusal_precision"] = float(not case.answerable)
    if not case.answerable:
        scores["refusal_recall"] = float(not answered)
        return scores | (_exactness(reply, texts) if isinstance(reply, Answer) else {})
    scores["answer"] = float(outcome == "correct")
    if case.answers and not case.yes_no:
        short = (reply.short or "") if isinstance(reply, Answer) else ""
        scores |= {"exact": exact_match(short, case.answers), "f1": token_f1(short, case.answers)}
    if key.pieces:
        rank = first_hit(places(found), key.pieces)
        scores |= {"hit@1": hit_at(1, rank), "hit@5": hit_at(5, rank), "mrr": reciprocal_rank(rank)}
    if isinstance(reply, Answer):
        scores |= _exactness(reply, texts)
        if key.pieces:
            cited = places(reply.citations)
            scores["citation_precision"] = overlap(cited, key.sentences).precision
            scores["citation_recall"] = overlap(cited, key.nearest(cited)).recall
    return scores


def _exactness(reply: Answer, texts: Mapping[str, Document]) -> dict[str, float]:
    """Share of the quotes that stand in their document where the citation says."""
    exact = [
        each.source in texts and texts[each.source].text[each.start : each.end] == each.quote
        for each in reply.citations
    ]
    return {"quotes_exact": sum(exact) / len(exact)}
