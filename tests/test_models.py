"""The shipped models: vectors and spans that depend on nothing but their text."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.confidence import Calibration, Evidence
from assistant.errors import ModelProblem
from assistant.models import Encoder, ReaderModel, Reading

QUICK = settings(max_examples=30, deadline=None)
ASKED = "Who has the key?"
SAID = "The office opens at nine. Ann Berg has the key to the archive."
ODD = [
    "",
    "nine",
    SAID,
    "😀 👩‍👩‍👧",
    "Tür\r\n\u200b\0 e\u0301",
    "\ud800 half",
    "שלום עולם",
    "[SEP] [CLS] [PAD] [MASK]",
    "x" * 5000,
    "word " * 900,
]
TEXTS = st.lists(
    st.text(st.characters(), max_size=10)
    | st.sampled_from(
        ["Ann Berg ", "\r\n", "😀", "Zoë ", "Zoe\u0308 ", "\ud800", "\0", "ﬁ", "İ", "[SEP] ", "中文"]
    ),
    max_size=8,
).map("".join)


def read(model: ReaderModel, passage: str, question: str = ASKED) -> Reading:
    (reading,) = model.read(question, [passage])
    return reading


def quotes(model: ReaderModel, passage: str, question: str = ASKED) -> list[str]:
    return [passage[each.span.start : each.span.end] for each in read(model, passage, question).spans]


def test_vectors_have_length_one(encoder: Encoder) -> None:
    """Every text, however odd, has a finite vector of 384 numbers and length 1."""
    vectors = encoder.encode(ODD)
    assert vectors.shape == (len(ODD), Encoder.dimension) == (len(ODD), 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(ODD)), abs=1e-5)


def test_no_texts_no_vectors(encoder: Encoder) -> None:
    """Without a text there is an empty array of the right width, and without a passage no reading."""
    assert encoder.encode([]).shape == (0, 384)
    assert encoder.encode([]).dtype == np.float32


def test_vector_does_not_depend_on_neighbours(encoder: Encoder) -> None:
    """A text has exactly the same vector alone, in a batch and in another order."""
    together = encoder.encode(ODD)
    assert np.array_equal(together, np.concatenate([encoder.encode([text]) for text in ODD]))
    assert np.array_equal(together[::-1], encoder.encode(ODD[::-1]))


def test_vectors_tell_meaning(encoder: Encoder) -> None:
    """Texts of like meaning are nearer than texts that share words only."""
    asked, near, far = encoder.encode(
        ["When does the office open?", "The bureau starts at nine.", "Open an account."]
    )
    assert asked @ near > asked @ far


def test_special_tokens_in_a_text_are_text(encoder: Encoder) -> None:
    """What is written `[SEP]` counts as its characters, so no text can end a sequence early."""
    plain, marked, spelt = encoder.encode(["the key", "the key [SEP] [PAD]", "the key [ sep ] [ pad ]"])
    assert not np.array_equal(plain, marked)
    assert np.array_equal(marked, spelt)


def test_encoder_sees_a_bounded_part(encoder: Encoder) -> None:
    """Word pieces behind the limit change nothing, and those before it do."""
    base, behind, before = encoder.encode(["word " * 400, "word " * 400 + "key", "key " + "word " * 400])
    assert np.array_equal(base, behind)
    assert not np.array_equal(base, before)


def test_encoder_knows_its_weights(encoder: Encoder) -> None:
    """The encoder's digest is made of those of its weights and of its tokenizer."""
    files = [(encoder.folder / name).read_bytes() for name in ("model.onnx", "tokenizer.json")]
    assert encoder.sha256 == "-".join(hashlib.sha256(data).hexdigest() for data in files)


@pytest.mark.parametrize(
    ("question", "passage", "answer"),
    [
        (ASKED, SAID, "Ann Berg"),
        ("When does the office open?", SAID, "nine"),
        (ASKED, "😀👩‍👩‍👧 The office.\r\n\r\nAnn\r\nBerg has the key 😀.", "Ann\r\nBerg"),
        (ASKED, "\ufeff\0Zoë Ångström-Østergård has the key.", "Zoë Ångström-Østergård"),
        (ASKED, "\u200bAnn\u00a0Berg\u200b has the key.", "Ann\u00a0Berg"),
        (ASKED, "\ud800 Ann Berg has the key \udfff.", "Ann Berg"),
        (ASKED, "[CLS] [SEP] Ann Berg has the key. [SEP] [MASK]", "Ann Berg"),
        (ASKED, "A\u030asa A\u030aberg\u0301 has the key.", "A\u030asa A\u030aberg\u0301"),
    ],
    ids=lambda value: ascii(value[:14]),
)
def test_span_maps_to_characters(reader_model: ReaderModel, question: str, passage: str, answer: str) -> None:
    """The best span is the answer to the letter, whatever stands around and in it."""
    assert quotes(reader_model, passage, question)[0] == answer


@QUICK
@given(TEXTS, TEXTS)
@example("", "")
@example("?", "Cafe\u0301")
def test_spans_lie_in_their_passage(reader_model: ReaderModel, question: str, passage: str) -> None:
    """Spans are not empty, inside the passage, apart, best first, and cut no accent from its letter."""
    reading = read(reader_model, passage, question)
    spans = [each.span for each in reading.spans]
    assert len(spans) <= reader_model.spans
    assert all(0 <= start < end <= len(passage) for start, end in spans)
    assert all(a.end <= b.start or b.end <= a.start for a, b in combinations(spans, 2))
    scores = [each.score for each in reading.spans]
    assert scores == sorted(scores, reverse=True)
    assert np.isfinite([*scores, reading.no_answer]).all()
    assert reading.score == (scores[0] if scores else -np.inf)
    assert not [end for _, end in spans if unicodedata.combining(passage[end : end + 1] or " ")]


def test_reading_does_not_depend_on_neighbours(reader_model: ReaderModel) -> None:
    """A passage has exactly the same reading alone, among others and in another order."""
    together = reader_model.read(ASKED, ODD)
    assert together == [read(reader_model, passage) for passage in ODD]
    assert together[::-1] == reader_model.read(ASKED, ODD[::-1])
    assert reader_model.read(ASKED, []) == []


def test_answer_scores_above_no_answer(reader_model: ReaderModel) -> None:
    """A passage that answers scores above zero, one that does not below, and one without words lowest."""
    good, bad, none = reader_model.read(ASKED, [SAID, "Bicycles are free in the car park.", " \n"])
    assert good.score > 0 > bad.score > none.score == -np.inf
    assert none.spans == ()


@pytest.mark.parametrize("before", [0, 40, 60, 100, 300])
def test_long_passages_are_read_in_windows(reader_model: ReaderModel, before: int) -> None:
    """An answer anywhere in a long passage is found at its own place."""
    door = "The door is green. "
    passage = f"{door * before}Ann Berg has the key. {door * (300 - before)}"
    (best, *_) = read(reader_model, passage).spans
    assert passage[best.span.start : best.span.end].startswith("Ann Berg")
    assert best.span.start == len(door) * before


@pytest.mark.parametrize(
    "question", ["", "?", " ? ?", "\ud800", "\0", "key " * 1000, "[SEP] key"], ids=lambda q: ascii(q[:9])
)
def test_any_question_can_be_read(reader_model: ReaderModel, question: str) -> None:
    """A question of no words, or of too many, still gives a reading."""
    assert np.isfinite(read(reader_model, SAID, question).no_answer)


def test_question_mark_makes_no_difference(reader_model: ReaderModel) -> None:
    """A question reads the same with one mark, several or none."""
    once, none, many = (reader_model.read(f"Who has the key{mark}", [SAID]) for mark in ("?", "", " ??"))
    assert once == none == many


def test_probability_is_a_sigmoid() -> None:
    """Evidence is weighed into a probability that rises with the score and stays within 0 and 1."""
    calibration = Calibration(
        score=0.5, cosine=2.0, missing_name=-3.0, unknown=-4.0, intercept=-2.0, threshold=0.5
    )
    scores = [-np.inf, -1e9, 0.0, 2.0, 4.0, 1e9]
    found = [
        calibration.probability(Evidence(score, 0.5, missing_name=False, unknown=0.0)) for score in scores
    ]
    assert found == sorted(found)
    assert 0 <= found[0] < found[-1] <= 1
    assert found[3] == 0.5
    assert found[2] == pytest.approx(1 / (1 + np.e))
    assert calibration.probability(Evidence(2.0, 0.5, missing_name=True, unknown=0.0)) == pytest.approx(
        1 / (1 + np.e**3)
    )
    assert calibration.probability(Evidence(2.0, 1.0, missing_name=False, unknown=0.0)) > 0.5


def test_shipped_calibration_decides(reader_model: ReaderModel) -> None:
    """The shipped calibration answers the best evidence and refuses the worst."""
    calibration = reader_model.calibration
    best = calibration.probability(Evidence(30.0, 1.0, missing_name=False, unknown=0.0))
    worst = calibration.probability(Evidence(-30.0, 0.0, missing_name=True, unknown=1.0))
    assert worst < calibration.threshold < best


@pytest.mark.parametrize(
    "content", [None, b"", b"no model", b"\xff\xfe\0"], ids=["missing", "empty", "text", "binary"]
)
@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("tokenizer.json", lambda folder: Encoder(folder).encode(["a"])),
        ("model.onnx", lambda folder: Encoder(folder).encode(["a"])),
        ("tokenizer.json", lambda folder: ReaderModel(folder, folder / "tokenizer.json").read("a", ["b"])),
        ("model.onnx", lambda folder: ReaderModel(folder, folder / "tokenizer.json").read("a", ["b"])),
        ("calibration.json", lambda folder: ReaderModel(folder, folder / "tokenizer.json").calibration),
    ],
)
def test_missing_or_damaged_file(
    encoder: Encoder, tmp_path: Path, name: str, use: Callable[[Path], object], content: bytes | None
) -> None:
    """A model file that is missing or damaged is a ModelProblem that names the file and what restores it."""
    (tmp_path / "tokenizer.json").symlink_to(encoder.folder / "tokenizer.json")
    path = tmp_path / name
    path.unlink(missing_ok=True)
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelProblem) as caught:
        use(tmp_path)
    assert repr(str(path)) in str(caught.value)
    assert ("is missing" in str(caught.value)) == (content is None)
    assert "git checkout -- models" in str(caught.value)


@pytest.mark.parametrize("content", ["[]", "1", "null", "{}", '{"score": "x"}'])
def test_damaged_calibration(tmp_path: Path, content: str) -> None:
    """A calibration that is JSON but lacks a number is a ModelProblem, too."""
    (tmp_path / "calibration.json").write_text(content)
    with pytest.raises(ModelProblem, match=r"calibration\.json"):
        _ = ReaderModel(tmp_path, tmp_path / "tokenizer.json").calibration


def test_a_calibration_belongs_to_its_weights(reader_model: ReaderModel, tmp_path: Path) -> None:
    """Probabilities of one reader are none of another: a calibration beside other weights is refused."""
    (tmp_path / "calibration.json").write_bytes((reader_model.folder / "calibration.json").read_bytes())
    (tmp_path / "model.onnx").write_bytes(b"other weights")
    with pytest.raises(ModelProblem, match="another reader"):
        _ = ReaderModel(tmp_path, reader_model.tokenizer).calibration


def test_digest_of_missing_weights(tmp_path: Path) -> None:
    """Weights that are not there have no digest but a ModelProblem."""
    with pytest.raises(ModelProblem, match=r"model\.onnx"):
        _ = Encoder(tmp_path).sha256


def test_many_threads_share_a_model(encoder: Encoder, reader_model: ReaderModel) -> None:
    """Eight threads at once get exactly what one gets alone."""
    texts = [f"Visitor {number} has the key to room {number * 7}." for number in range(24)]
    vectors, readings = encoder.encode(texts), reader_model.read(ASKED, texts)

    def both(text: str) -> tuple[np.ndarray, Reading]:
        return encoder.encode([text])[0], read(reader_model, text)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(both, texts * 2))
    for at, (vector, reading) in enumerate(found):
        assert np.array_equal(vector, vectors[at % len(texts)])
        assert reading == readings[at % len(texts)]
