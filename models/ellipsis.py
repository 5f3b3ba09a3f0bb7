"""Learns when a question leaves out what it is about: the weights of assistant/ellipsis.py.

    python models/ellipsis.py --data ../shared/data

From the follow-ups of TREC CAsT 2019, iKAT and CANARD that the rules leave as they are: did a person put in
words of the questions before? A logistic regression; what stands alone counts more, and what CAsT says more
than the others. Prints what five-fold cross-validation over conversations gives when several odds are
demanded, then the weights.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from followups import FollowUp, content, f1, follow_ups

from assistant import ellipsis
from assistant.conversation import TURNS
from assistant.followups import by_rules
from assistant.turns import Turn, turn_of

FOLDS = 5
SOURCES = {"cast": 3.0, "ikat": 1.0, "canard": 0.1}  # what a question of them weighs
ALONE, OTHERS = 3.0, 0.3  # one that stands alone; one that lacks what no question said
RIDGE = 0.3
LONGEST = 14  # words of a question; iKAT has whole speeches
OF_TEXT = re.compile(
    r"article|anything else|interesting", re.I
)  # asked for more, as CANARD's people were told


@dataclass(frozen=True)
class Example:
    """A question, what holds of it, and what adding what the chat is about would gain."""

    source: str
    conversation: str
    names: frozenset[str]
    lacks: bool
    gain: float
    alone: bool

    @property
    def fold(self) -> int:
        return crc32(f"{self.source}{self.conversation}".encode()) % FOLDS


def rewrites(data: Path, source: str) -> Iterator[FollowUp]:
    """Follow-ups of CANARD or iKAT; the answers between the questions are left out, as CAsT lacks them."""
    name = {"canard": "canard_dev", "ikat": "ikat"}[source]
    with gzip.open(data / "rewrites" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            history, asked = row["history"], row["question"]
            first = [f"Tell me about {history[0]}."] if source == "canard" else []
            before = [*first, *history[2 if first else 0 :: 2]]
            short = asked.strip().endswith("?") and len(asked.split()) <= LONGEST
            if before and short and not OF_TEXT.search(asked):
                topic = history[0] if first else row["id"].rsplit("-", 1)[0]
                yield FollowUp(topic, asked, before, row["rewrite"])


def examples(source: str, asked: Sequence[FollowUp]) -> Iterator[Example]:
    for each in asked:
        turns: list[Turn] = []
        for before in each.before[-TURNS:]:
            standing = by_rules(before, turns) if turns else before
            turns.append(turn_of(before, standing, "", turns))
        theme = ellipsis.theme(each.question, turns)
        if not theme or by_rules(each.question, turns) != each.question:
            continue
        as_asked, wanted = content(each.question), content(each.rewritten)
        said = set().union(*(content(turn.question) for turn in turns))
        gain = f1(as_asked | content(theme), wanted)[2] - f1(as_asked, wanted)[2]
        names = frozenset(ellipsis.features(each.question, turns))
        lacks = not said.isdisjoint(wanted - as_asked)
        yield Example(source, each.topic, names, lacks, gain, not wanted - as_asked)


def learned(asked: Sequence[Example]) -> dict[str, float]:
    """Weights of a logistic regression, each example weighed by its source and kind."""
    names = sorted({name for each in asked for name in each.names})
    held = np.array([[name in each.names for name in names] for each in asked], float)
    right = np.array([each.lacks for each in asked], float)
    cost = np.array(
        [SOURCES[each.source] * (ALONE if each.alone else 1 if each.lacks else OTHERS) for each in asked]
    )
    weights = np.zeros(len(names))
    for _ in range(25):  # Newton's steps
        likely = 1 / (1 + np.exp(-held @ weights))
        slope = held.T @ (cost * (likely - right)) + RIDGE * weights
        bend = (held.T * (cost * likely * (1 - likely))) @ held + RIDGE * np.eye(len(names))
        weights -= np.linalg.solve(bend, slope)
    return dict(zip(names, weights.round(2).tolist(), strict=True))


def report(asked: Sequence[Example]) -> None:
    """By cross-validation: what is gained, how often the topic is added, and to how many that stood alone."""
    by_fold = [learned([each for each in asked if each.fold != fold]) for fold in range(FOLDS)]
    print("| demanded | source | questions | gain in F1 | topic added | of those that stand alone |")
    print("|---|---|---|---|---|---|")
    for threshold in (0.0, 0.5, 1.0, 1.5, 2.0, 2.5):
        for source in SOURCES:
            those = [each for each in asked if each.source == source]
            scores = [sum(by_fold[each.fold].get(name, 0) for name in each.names) for each in those]
            made = [score > threshold for score in scores]
            gain = np.mean([each.gain * added for each, added in zip(those, made, strict=True)])
            alone = [added for each, added in zip(those, made, strict=True) if each.alone]
            print(
                f"| {threshold} | {source} | {len(those)} | {gain:+.4f} | {np.mean(made):.2f} "
                f"| {sum(alone)} of {len(alone)} |"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    asked = [
        *examples("cast", list(follow_ups(data / "followups", 2019))),
        *(each for name in ("ikat", "canard") for each in examples(name, list(rewrites(data, name)))),
    ]
    report(asked)
    print("\nWEIGHTS = {")
    for name, weight in learned(asked).items():
        print(f'    "{name}": {weight},')
    print("}")


if __name__ == "__main__":
    main()
