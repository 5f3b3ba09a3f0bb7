"""What the support check learns from: a claim, its evidence, and whether the evidence says so.

Each group is a kind of lesson:

    people          claims that people wrote about a sentence (FEVER, MNLI, SciTail, BEGIN)
    asked           a question about a sentence and its answer, made a claim; false with another answer,
                    or when people wrote the question so that the text does not answer it (SQuAD 2.0)
    changed         a sentence cut short, against the same with a number or a name exchanged
    denied          a sentence with a negation or without, claimed with it or without: four rows each
    turned          "A accused B": in the passive, and with the two exchanged

The made ones are two-sided: a change of words alone tells nothing.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from rows import names

from assistant.documents import Span
from assistant.lexicon import IRREGULAR, VERBS
from assistant.text import sentences, words

HELD_OUT = ("fever_symmetric_dev", "vitaminc_small")
PEOPLE = {"fever_validation": 6700, "mnli": 6000, "scitail": 2500, "begin": 1200}
SENTENCES = {"squadshifts_new_wiki": 2500, "qamr_capped": 3500, "squad_train": 30_000}
COUNTS = {"asked": 9000, "changed": 2500, "denied": 3500, "turned": 3500}
DEVELOPMENT = 12  # every n-th text is for choosing the threshold

AUXILIARY = r"(?:is|are|was|were|has|have|had|will|would|can|could)"
QUESTION = re.compile(
    rf"^(?:who|what|(?:which|what)(?: [a-z]+){{1,2}}|how many(?= [a-z]+ (?:\w+ed|{AUXILIARY})\b)) "
    rf"(?P<rest>(?:(?:{AUXILIARY}) (?:the|a|an|not|been|\w+ed|\w+en)|[a-z]+ed"
    rf"|{'|'.join(sorted(IRREGULAR))})\b.*)$",
    re.I,
)
MANY = re.compile(r"^how many (?P<rest>[a-z]+ (?:\w+ed|is|are|was|were|has|have|had)\b.*)$", re.I)
PLACED = re.compile(
    r"^(?:when|where|in (?:what|which) (?:year|month|city|country|state|place)) (?P<be>was|were|is|are|did) "
    r"(?P<who>(?:the )?(?:[A-Z][\w'.-]*(?: |$)(?:of )?)+|the [a-z]+ )(?P<rest>[a-z]+\b.*)$"
)
BROKEN = re.compile(
    r"\b(?:do|does|did|whom|which|what|that who)\b|\b(?:by|of|in|for|to|with|from|on|after)$", re.I
)
NUMBER = re.compile(r"\b\d[\d,.]*\b")
BE = re.compile(rf"\b({AUXILIARY})\b(?! (?:not|never|no|been|n't))", re.I)
PROPER = r"(?:the )?[A-Z][\w'’-]+(?: (?:of )?[A-Z][\w'’-]+)*"
TURNED = re.compile(rf"(?P<one>{PROPER}) (?P<verb>[a-z]+ed) (?P<other>{PROPER})\b(?P<rest>[^.,;:()]*)")
DENIALS = ("not", "not", "not", "never", "no longer")

Fields = dict[str, Any]


@dataclass(frozen=True)
class Claim:
    """A claim, the text that it is about, and whether that supports it."""

    claim: str
    evidence: str
    supported: bool
    group: str = ""

    @property
    def develops(self) -> bool:
        """Whether it is kept from training, by its text."""
        return int(sha256(self.evidence.encode()).hexdigest(), 16) % DEVELOPMENT == 0


def read(file: Path) -> list[Fields]:
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]


def as_claims(rows: list[Fields], group: str) -> list[Claim]:
    return [Claim(tidy(r["claim"]), tidy(r["evidence"]), r["label"] == "SUPPORTS", group) for r in rows]


def tidy(text: str) -> str:
    """Without the marks that tokenising left."""
    text = text.replace("-LRB-", "(").replace("-RRB-", ")").replace("-LSB-", "[").replace("-RSB-", "]")
    text = text.replace("``", '"').replace("''", '"')
    return re.sub(r" (?=[,.;:!?%)\]]|'s\b|n't\b)|(?<=[(\[]) ", "", " ".join(text.split()))


def mix(data: Path, seed: int = 7, most: int | None = None) -> list[Claim]:
    """The rows of all groups, shuffled; the same each time."""
    draw = random.Random(seed)
    pool = Pool(data, draw, most)
    rows: list[Claim] = []
    for name, group in GROUPS.items():
        found = [replace(each, group=each.group or name) for each in islice(group(pool), COUNTS.get(name))]
        print(f"{name}: {len(found):,} rows, {sum(r.supported for r in found):,} supported", flush=True)
        rows += found
    draw.shuffle(rows)
    return rows


class Pool:
    """The files, and the order that chance gives them."""

    def __init__(self, data: Path, draw: random.Random, most: int | None) -> None:
        self.data, self.draw, self.most = data, draw, most

    def rows(self, name: str) -> list[Fields]:
        rows = read(self.data / "train" / f"{name}.jsonl.gz")
        self.draw.shuffle(rows)
        return rows[: self.most]

    def sentences(self) -> list[str]:
        """Sentences of 8 to 40 words, from several files."""
        found: dict[str, None] = {}
        for name, count in SENTENCES.items():
            for fields in self.rows(name)[:count]:
                context = fields["context"][:1200]
                for span in sentences(context, Span(0, len(context))):
                    sentence = tidy(context[span.start : span.end])
                    if 8 <= len(sentence.split()) <= 40 and sentence[0].isupper() and sentence[-1] == ".":
                        found.setdefault(sentence)
        kept = list(found)
        self.draw.shuffle(kept)
        return kept


def people(pool: Pool) -> Iterator[Claim]:
    """No text or claim of what is held out; as many supported as not."""
    held = [r for name in HELD_OUT for r in read(pool.data / "claims" / f"{name}.jsonl.gz")]
    kept_out = {" ".join(words(r[key])) for r in held for key in ("claim", "evidence")}
    for name, count in PEOPLE.items():
        rows = as_claims(read(pool.data / "claims" / f"{name}.jsonl.gz"), name)
        rows = [r for r in rows if len(r.evidence) < 450]
        rows = [
            r for r in rows if kept_out.isdisjoint({" ".join(words(r.claim)), " ".join(words(r.evidence))})
        ]
        pool.draw.shuffle(rows)
        half = (pool.most or count) // 2
        for supported in (True, False):
            yield from [r for r in rows if r.supported == supported][:half]


def asked(pool: Pool) -> Iterator[Claim]:
    for fields in pool.rows("squad_train") + pool.rows("qamr_capped") + pool.rows("squadshifts_new_wiki"):
        shape = _shape(fields["question"].strip(" ?"))
        context = fields["context"]
        if shape is None or not context[0].isupper():
            continue
        bounds = [context[s.start : s.end] for s in sentences(context, Span(0, len(context)))]
        if fields["is_impossible"]:
            told = set(words(fields["question"]))
            at = max(range(len(bounds)), key=lambda n: len(told & set(words(bounds[n]))))
            answer, taken = "", fields["question"]
        else:
            answer = fields["answers"][0]["text"].strip(" .,")
            at = next((n for n, s in enumerate(bounds) if answer in s), -1)
            taken = fields["question"] + answer
            if at < 0 or not 0 < len(answer.split()) <= 8:
                continue
        evidence = tidy(" ".join(bounds[max(0, at - pool.draw.randrange(2)) : at + 1]))
        if len(evidence) > 450:
            continue
        other = _another(evidence, answer, taken, shape, pool.draw)
        if answer:
            yield Claim(_sentence(shape, answer), evidence, True)
        if other and (not answer or pool.draw.random() < 0.6):
            yield Claim(_sentence(shape, other), evidence, False)


def _shape(question: str) -> str | None:
    """The claim that a question asks to complete, with {} where the answer goes."""
    if match := PLACED.match(question):
        rest = f"{match['rest']}"
        return f"{match['who'].strip()} {match['be']} {rest} in {{}}".replace(" in in ", " in ")
    match = MANY.match(question) or QUESTION.match(question)
    if match is None or BROKEN.search(match["rest"]) or "{" in question:
        return None
    return "{} " + match["rest"]


def _sentence(shape: str, answer: str) -> str:
    claim = shape.replace("{}", answer)
    claim = re.sub(r"\bin ((?:in|on|at|by|during|since|after|before)\b)", r"\1", claim, flags=re.I)
    return claim[0].upper() + claim[1:] + "."


def _another(evidence: str, answer: str, taken: str, shape: str, draw: random.Random) -> str | None:
    """A name or number of the evidence that is not the answer and not in the question."""
    numeric = bool(re.search(r"\d", answer)) if answer else bool(MANY.match(taken) or " in {}" in shape)
    found = NUMBER.findall(evidence) if numeric else sorted(names(evidence))
    others = [each.strip(".,") for each in found if each.strip(".,").lower() not in taken.lower()]
    return draw.choice(others) if others else None


def changed(pool: Pool) -> Iterator[Claim]:
    kept = pool.sentences()
    every = [name for sentence in kept[:3000] for name in sorted(names(sentence)) if not name.isdigit()]
    for sentence in kept:
        claim = _short(sentence, pool.draw)
        numbers = NUMBER.findall(claim)
        own = sorted(name for name in names(claim) if not name.isdigit())
        if not numbers and not own:
            continue
        yield Claim(claim, sentence, True)
        if numbers and (not own or pool.draw.random() < 0.5):
            old = pool.draw.choice(numbers)
            yield Claim(claim.replace(old, _number(old, pool.draw), 1), sentence, False)
        else:
            old = pool.draw.choice(own)
            near = sorted(n for n in names(sentence) if n not in claim and not n.isdigit())
            new = pool.draw.choice(near or every)
            if new.lower() not in claim.lower():
                yield Claim(claim.replace(old, new), sentence, False)


def _short(sentence: str, draw: random.Random) -> str:
    """The sentence without what its commas set off, where that leaves a sentence."""
    if draw.random() < 0.4:
        return sentence
    parts = re.split(r", ", sentence.rstrip("."))
    first = parts[0] if len(parts[0].split()) >= 6 else sentence.rstrip(".")
    return first + "."


def _number(old: str, draw: random.Random) -> str:
    digits = [at for at, character in enumerate(old) if character.isdigit()]
    at = draw.choice(digits)
    new = draw.choice([d for d in "123456789" if d != old[at]])
    return (old[:at] + new + old[at + 1 :]).rstrip(".,")


def denied(pool: Pool) -> Iterator[Claim]:
    """With "not" in the text or the claim or both or neither; "did not" and "failed to" for a verb."""
    for sentence in pool.sentences():
        plain = _short(sentence, pool.draw)
        if re.search(r"\b(?:not|no|never|without|failed|refused)\b|n't", sentence, re.I):
            continue
        pair = _denial(plain, pool.draw)
        if pair is None:
            continue
        old, new = pair
        if old not in sentence:
            continue
        if pool.draw.random() < 0.5:
            yield Claim(plain, sentence, True)
            yield Claim(plain.replace(old, new, 1), sentence, False)
        else:
            text = sentence.replace(old, new, 1)
            again = _denial(plain, pool.draw)
            yield Claim(plain.replace(old, again[1] if again and again[0] == old else new, 1), text, True)
            yield Claim(plain, text, False)


def _denial(sentence: str, draw: random.Random) -> tuple[str, str] | None:
    """What to exchange, and for what, to deny a sentence."""
    if match := BE.search(sentence):
        return match.group(), f"{match.group()} {draw.choice(DENIALS)}"
    for match in re.finditer(r"(?<=[\w)] )([a-z]+ed)(?= (?:the|a|an|its|his|her|their|to|[A-Z]))", sentence):
        if base := _base(match.group()):
            how = draw.choice(("did not", "did not", "never", "failed to", "refused to", "declined to"))
            return f" {match.group()} ", f" {how} {match.group() if how == 'never' else base} "
    return None


def _base(past: str) -> str | None:
    """The verb that a regular past form belongs to, where we know it."""
    for base in (past[:-2], past[:-1], past[:-3], past[:-3] + "y"):
        if base in VERBS:
            return base
    return None


def turned(pool: Pool) -> Iterator[Claim]:
    for sentence in pool.sentences():
        match = TURNED.search(sentence)
        if match is None or match["one"].split()[0] in ("When", "After", "While", "In", "As"):
            continue
        one, verb, other, rest = match["one"], match["verb"], match["other"], match["rest"]
        if one == other or " by " in rest:
            continue
        one = one[4:] if one.startswith("The ") else one
        yield Claim(f"{other} was {verb} by {one}.", sentence, True)
        draw = pool.draw.random()
        if draw < 0.4:
            yield Claim(f"{other} {verb} {one}{rest}.", sentence, False)
        elif draw < 0.7:
            yield Claim(f"{one} was {verb} by {other}.", sentence, False)
        else:
            passive = sentence.replace(match.group(), f"{other} was {verb} by {one}{rest}")
            yield Claim(f"{one} {verb} {other}{rest}.", passive, True)
            yield Claim(f"{other} {verb} {one}{rest}.", passive, False)
        if draw < 0.4:
            yield Claim(f"{one} {verb} {other}{rest}.", sentence, True)


GROUPS: Mapping[str, Callable[[Pool], Iterator[Claim]]] = {
    "people": people,
    "asked": asked,
    "changed": changed,
    "denied": denied,
    "turned": turned,
}
