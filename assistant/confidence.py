"""How likely an answer is right to give: evidence to a probability."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an answer.

    Attributes:
        score: of its span, `ReadSpan.score`.
        cosine: of the question and the passage nearest to it.
        missing_name: whether a name of the question is not where the span stands.
        unknown: share of the question's words that the texts do not have, 0 to 1.
    """

    score: float
    cosine: float
    missing_name: bool
    unknown: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How likely an answer is right to give, and from which probability on it is given.

    A logistic regression, fitted by models/calibrate.py and kept beside the weights, as it holds
    for these alone.

    Attributes:
        score, cosine, missing_name, unknown: the weights of an `Evidence`.
        intercept: added to what is weighed.
        threshold: the least probability that is answered. The curve is in docs/calibration.md.
    """

    score: float
    cosine: float
    missing_name: float
    unknown: float
    intercept: float
    threshold: float

    def probability(self, evidence: Evidence) -> float:
        """That the text answers the question, 0 to 1."""
        weighed = (getattr(self, name) * getattr(evidence, name) for name in Evidence.__slots__)
        total = self.intercept + sum(weighed)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def read_calibration(path: Path) -> tuple[Calibration, str]:
    """A calibration, and the digest of the reader that it was fitted for.

    Raises:
        OSError, ValueError, KeyError, TypeError: the file cannot be read, or is none.
    """
    fields = json.loads(path.read_text(encoding="utf-8"))
    numbers = {name: float(fields[name]) for name in Calibration.__slots__}
    return Calibration(**numbers), str(fields["reader"])


def write_calibration(path: Path, calibration: Calibration, reader: str) -> None:
    """Keep a calibration with the digest of its reader."""
    fields = asdict(calibration) | {"reader": reader}
    path.write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")
