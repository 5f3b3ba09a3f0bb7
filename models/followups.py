"""How well follow-ups are understood: TREC CAsT's questions against what people rewrote them to.

    python models/followups.py --data ../shared/data/followups --year 2019 [--show]
    python models/followups.py --suites

Every question but the first of a conversation, with the questions before it; their answers are not there.
Compared are sets of words that carry meaning. "Added" are those that a rewriting has beyond the question
as asked; a question to which people added nothing stands alone.

With --suites, the follow-ups of the project's suites: what is decided and cited in the chat, beside the
same for the standalone form that a person wrote.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assistant import followups
from assistant.conversation import TURNS
from assistant.evals import load_suites
from assistant.evals.running import run
from assistant.followups import standalone
from assistant.fragments import fragment
from assistant.question import STOPWORDS
from assistant.scoring.statistics import mean_of, paired_difference
from assistant.text import words
from assistant.turns import Turn, turn_of

Rewriter = Callable[[str, list[str]], str]


@dataclass(frozen=True)
class FollowUp:
    """A question of a conversation, those before it, and what a person made of it."""

    topic: str
    question: str
    before: list[str]
    rewritten: str


def follow_ups(data: Path, year: int) -> Iterator[FollowUp]:
    topics = json.loads((data / f"cast{year}-topics.json").read_text(encoding="utf-8"))
    resolved = {}
    if year == 2019:
        lines = (data / "cast2019-resolved.tsv").read_text(encoding="utf-8").splitlines()
        resolved = dict(line.split("\t", 1) for line in lines if line)
    for topic in topics:
        before: list[str] = []
        for turn in topic["turn"]:
            asked = turn["raw_utterance"].strip()
            name = f"{topic['number']}_{turn['number']}"
            rewritten = resolved.get(name) or turn.get("manual_rewritten_utterance")
            if before and rewritten:
                yield FollowUp(str(topic["number"]), asked, list(before), rewritten.strip())
            before.append(asked)


def chat(question: str, before: Sequence[str], rewrite: Callable[[str, list[Turn]], str]) -> str:
    """As in a chat: the last turns count, and each question of them was made to stand alone too."""
    turns: list[Turn] = []
    for each in before[-TURNS:]:
        turns.append(turn_of(each, rewrite(each, turns), "", turns))
    return rewrite(question, turns)


def ours(question: str, before: Sequence[str]) -> str:
    return chat(question, before, standalone)


def alone(part: Callable[..., str | None], last: bool = False) -> Rewriter:
    """One part of the rules without the others."""

    def rewrite(question: str, turns: list[Turn]) -> str:
        return (part(question, turns[-1] if last else turns) or question) if turns else question

    return lambda question, before: chat(question, before, rewrite)


REWRITERS: dict[str, Rewriter] = {
    "as asked": lambda question, _: question,
    "all before it in front": lambda question, before: " ".join([*before, question]),
    "the question before in front": lambda question, before: f"{before[-1]} {question}",
    "ours": ours,
    "- rules alone": alone(followups.by_rules),
    "- pronouns and definite phrases alone": alone(followups._resolved),  # the parts of one module
    "- fragments alone": alone(fragment, last=True),
    '- "the symptoms" and "there" alone': alone(followups.related, last=True),
    "- what is left out (the model) alone": alone(followups.completed),
    "- of ours, with the last turn alone": lambda q, before: chat(
        q, before, lambda each, turns: standalone(each, turns[-1:])
    ),
}


def content(text: str) -> set[str]:
    return {word for word in words(text) if word not in STOPWORDS}


def f1(found: set[str], right: set[str]) -> tuple[float, float, float]:
    """Precision, recall and F1 of a set of words; all 1 when both are empty."""
    if not found and not right:
        return 1.0, 1.0, 1.0
    both = len(found & right)
    precision, recall = both / max(1, len(found)), both / max(1, len(right))
    return precision, recall, 2 * both / max(1, len(found) + len(right))


def suites() -> None:
    """Right decisions and right answers to follow-ups, and to their standalone forms."""
    print(
        "| suite | follow-ups | right decisions | their standalone forms | right answers | standalone forms |"
    )
    print("|---|---|---|---|---|---|")
    for suite in load_suites([]):
        cases = tuple(case for case in suite.cases if case.standalone)
        alone = tuple(case.model_copy(update={"question": case.standalone, "history": ()}) for case in cases)
        shares = []
        for column in ("decision", "answer"):
            for asked in (cases, alone):
                results = run(replace(suite, cases=asked)).results
                scores = [result.scores[column] for result in results if column in result.scores]
                shares.append(f"{sum(scores):.0f} of {len(scores)}")
        print(f"| {suite.name} | {len(cases)} | " + " | ".join(shares) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--suites", action="store_true", help="the project's own follow-ups instead")
    parser.add_argument("--year", type=int, choices=(2019, 2020), default=2019)
    parser.add_argument("--show", action="store_true", help="print what was changed")
    options = parser.parse_args()
    if options.suites or not options.data:
        suites()
        return
    asked = list(follow_ups(options.data, options.year))
    topics = [each.topic for each in asked]
    raw = [f1(content(each.question), content(each.rewritten))[2] for each in asked]
    print(f"CAsT {options.year}: {len(asked)} follow-ups, {len(set(topics))} conversations\n")
    print("| | precision | recall | F1 (95 %) | gain over as asked | F1, added words | alone, changed |")
    print("|---|---|---|---|---|---|---|")
    for name, rewrite in REWRITERS.items():
        made = [rewrite(each.question, each.before) for each in asked]
        scores = [f1(content(text), content(each.rewritten)) for text, each in zip(made, asked, strict=True)]
        mean = mean_of([score[2] for score in scores], topics)
        gain = paired_difference(raw, [score[2] for score in scores], topics)
        added, alone = [], []
        for text, each in zip(made, asked, strict=True):
            wanted, got = (content(t) - content(each.question) for t in (each.rewritten, text))
            (added if wanted else alone).append(f1(got, wanted)[2] if wanted else float(bool(got)))
        cells = [f"{np.mean([s[column] for s in scores]):.3f}" for column in (0, 1)]
        assert mean is not None
        cells.append(f"{mean.value:.3f} ({mean.low:.3f} to {mean.high:.3f})")
        cells.append(f"{gain.value:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})")
        cells += [f"{np.mean(added):.3f}", f"{np.mean(alone):.3f} of {len(alone)}"]
        print(f"| {name} | " + " | ".join(cells) + " |")
    if options.show:
        for each in asked:
            text = ours(each.question, each.before)
            got, wanted = content(text), content(each.rewritten)
            mark = "=" if got == wanted else "-" if text == each.question else "~"
            print(f"{mark} {each.question}\n    {text}\n    {each.rewritten}")


if __name__ == "__main__":
    main()
