"""The shipped models: an encoder (text -> vector) and a reader (question, passage -> spans).

Both are BERT in ONNX, int8, and get one text a call. Dynamic quantisation takes one scale over a
whole batch: in a batch, what a text gets would depend on its neighbours. Several texts run side by
side on the cores instead, which is also faster (models/encoder/CARD.md).
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from . import resources
from .confidence import Calibration, read_calibration
from .digests import sha256_of
from .documents import Span
from .errors import ModelProblem, SettingError
from .text import encodable, whole_characters

Input = TypeVar("Input")
Output = TypeVar("Output")
Floats = NDArray[np.float32]


CANDIDATES = 200  # spans of a passage: the best ones mostly overlap
RESTORE = "restore it with: git checkout -- models, or install the package again"


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def side_by_side(function: Callable[[Input], Output], inputs: Sequence[Input]) -> list[Output]:
    """`map` over the cores. The threads end with the call: nothing is left to close."""
    if len(inputs) < 2 or cores() < 2:
        return [function(each) for each in inputs]
    with ThreadPoolExecutor(min(cores(), len(inputs))) as pool:
        return list(pool.map(function, inputs))


@cache
def session(path: Path) -> Any:
    """A model file, loaded once. Raises `ModelProblem` when it cannot be."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # lengths differ from call to call
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a class for each status, none of them documented
        raise _damaged(path, error) from error


@cache
def tokenizer(path: Path) -> Tokenizer:
    """A tokenizer file, loaded once. Raises `ModelProblem` when it cannot be."""
    try:
        loaded = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exception
        raise _damaged(path, error) from error
    loaded.encode_special_tokens = True  # "[SEP]" in a text is text
    loaded.no_truncation()
    loaded.no_padding()
    return loaded


def _damaged(path: Path, error: Exception) -> ModelProblem:
    what = "is missing" if not path.is_file() else f"cannot be loaded ({str(error).splitlines()[0][:120]})"
    return ModelProblem(f"the model file {str(path)!r} {what}; {RESTORE}")


def feed(ids: Sequence[int]) -> NDArray[np.int64]:
    """Token ids as an input of a model: one text, so one row."""
    return np.asarray(ids, dtype=np.int64)[None, :]


@dataclass(frozen=True)
class Encoder:
    """Texts to vectors. Loads its weights with the first text; safe to share between threads.

    Attributes:
        folder: holds model.onnx and tokenizer.json.
        tokens: word pieces of a text that count, [CLS] and [SEP] included; the rest is not seen.
    """

    folder: Path
    tokens: int = 320

    dimension = 384

    @cached_property
    def sha256(self) -> str:
        """Digests of the weights and the tokenizer, hexadecimal: what tells one encoder from another."""
        try:
            return "-".join(sha256_of(self.folder / name) for name in ("model.onnx", "tokenizer.json"))
        except OSError as error:
            raise _damaged(self.folder / "model.onnx", error) from error

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors of length 1, float32, one row a text: shape (len(texts), 384).

        The mean of the last layer's token vectors, normalised, as in Reimers and Gurevych,
        Sentence-BERT (EMNLP 2019). Raises `ModelProblem` when the weights cannot be loaded.
        """
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.stack(side_by_side(self._vector, texts))

    def _vector(self, text: str) -> Floats:
        ids = tokenizer(self.folder / "tokenizer.json").encode(encodable(text)).ids
        if len(ids) > self.tokens:
            ids = [*ids[: self.tokens - 1], ids[-1]]
        (vector,) = session(self.folder / "model.onnx").run(None, {"input_ids": feed(ids)})
        result: Floats = vector
        return result


@dataclass(frozen=True, slots=True)
class ReadSpan:
    """A span that may answer, in the passage's own offsets.

    Attributes:
        score: start logit + end logit, less the same at the first token, which stands for "no
            answer here"; above zero the model prefers the span. Devlin et al., BERT (2019), 4.3.
    """

    span: Span
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader found in one passage.

    Attributes:
        spans: best first, none inside another; empty only for a passage without tokens.
        no_answer: start logit + end logit at the first token.
    """

    spans: tuple[ReadSpan, ...]
    no_answer: float

    @property
    def score(self) -> float:
        """The best span's score."""
        return self.spans[0].score if self.spans else -np.inf


@dataclass(frozen=True)
class ReaderModel:
    """A question and a passage to the spans that may answer it, or none.

    Attributes:
        folder: holds model.onnx and calibration.json.
        tokenizer: the encoder's tokenizer.json, which both share.
        tokens: word pieces of a call, question and passage together. A longer passage is read in
            windows that overlap by a third.
        question_tokens: word pieces of the question that count.
        span_tokens: the longest span, in word pieces.
        spans: how many spans a reading keeps.
    """

    folder: Path
    tokenizer: Path
    tokens: int = 384
    question_tokens: int = 64
    span_tokens: int = 30
    spans: int = 5

    @cached_property
    def calibration(self) -> Calibration:
        """What makes probabilities of this very model's scores."""
        path = self.folder / "calibration.json"
        try:
            return self._read_calibration(path)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _damaged(path, error) from error

    def fitted_to(self, path: Path) -> Calibration | None:
        """What `assistant calibrate` fitted to some texts; None when there is no such file.

        Raises:
            SettingError: it was fitted for another reader, or cannot be read.
        """
        try:
            return self._read_calibration(path) if path.exists() else None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SettingError(
                f"{str(path)!r} cannot be used ({error}); fit it again with assistant calibrate SUITE, "
                f"or remove it: rm {shlex.quote(str(path))}"
            ) from error

    def _read_calibration(self, path: Path) -> Calibration:
        calibration, reader = read_calibration(path)
        if reader != self.sha256:
            raise ValueError("it was fitted for another reader")
        return calibration

    @cached_property
    def sha256(self) -> str:
        """Digest of the weights, hexadecimal: what tells one reader from another."""
        path = self.folder / "model.onnx"
        try:
            return sha256_of(path)
        except OSError as error:
            raise _damaged(path, error) from error

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """A reading for each passage, in order; each the same alone or among others.

        Raises:
            ModelProblem: the weights cannot be loaded.
        """
        asked = self._encode(question.rstrip(" ?") + "?").ids[: self.question_tokens]
        return side_by_side(lambda passage: self._passage(asked, passage), passages)

    def _encode(self, text: str) -> Encoding:
        return tokenizer(self.tokenizer).encode(encodable(text), add_special_tokens=False)

    def _passage(self, question: list[int], passage: str) -> Reading:
        tokens = self._encode(passage)
        room = self.tokens - len(question) - 3
        starts = range(0, max(1, len(tokens) - room // 3), room - room // 3)
        readings = [
            self._window(question, tokens.ids[at : at + room], tokens.offsets[at : at + room])
            for at in starts
        ]
        found = (
            ReadSpan(whole_characters(passage, each.span), each.score)
            for reading in readings
            for each in reading.spans
        )
        spans = sorted(found, key=lambda each: -each.score)
        return Reading(_apart(spans, self.spans), max(each.no_answer for each in readings))

    def _window(self, question: list[int], ids: list[int], offsets: list[tuple[int, int]]) -> Reading:
        first = len(question) + 2
        tokens = [101, *question, 102, *ids, 102]  # [CLS] question [SEP] passage [SEP]
        segments = [0] * first + [1] * (len(ids) + 1)
        inputs = {"input_ids": feed(tokens), "token_type_ids": feed(segments)}
        start, end = session(self.folder / "model.onnx").run(None, inputs)
        no_answer = float(start[0] + end[0])
        here = slice(first, first + len(ids))
        best = _best_spans(start[here], end[here], self.span_tokens)
        found = [ReadSpan(Span(offsets[a][0], offsets[b][1]), score - no_answer) for a, b, score in best]
        return Reading(_apart(found, self.spans), no_answer)


def _best_spans(start: Floats, end: Floats, longest: int) -> list[tuple[int, int, float]]:
    """The `CANDIDATES` best (first, last, start + end) among spans of at most `longest` tokens."""
    if not len(start):
        return []
    scores = start[:, None] + end[None, :]
    last_behind_first = np.arange(len(start))[None, :] - np.arange(len(start))[:, None]
    allowed = (last_behind_first >= 0) & (last_behind_first < longest)
    scores = np.where(allowed, scores, -np.inf).ravel()
    best = np.argpartition(-scores, min(CANDIDATES, len(scores) - 1))[:CANDIDATES]
    order = sorted(best, key=lambda at: (-scores[at], at))
    return [
        (int(at) // len(start), int(at) % len(start), float(scores[at]))
        for at in order
        if np.isfinite(scores[at])
    ]


def _apart(spans: Sequence[ReadSpan], count: int) -> tuple[ReadSpan, ...]:
    """The first spans, in their order, that share no character with a better one."""
    kept: list[ReadSpan] = []
    for each in spans:
        if all(each.span.end <= other.span.start or other.span.end <= each.span.start for other in kept):
            kept.append(each)
    return tuple(kept[:count])


def shipped_encoder() -> Encoder:
    """The encoder that ships with the package."""
    return Encoder(resources.folder("models") / "encoder")


def shipped_reader() -> ReaderModel:
    """The reader that ships with the package."""
    models = resources.folder("models")
    return ReaderModel(models / "reader", models / "encoder" / "tokenizer.json")
