"""Against the data that the project was built with, where it is at hand."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from assistant import Assistant
from assistant.resources import folder
from tests.conftest import SHARED


@pytest.mark.shared
def test_the_shipped_article_is_the_given_one() -> None:
    """The article in `corpus/` is the given one to the byte."""
    assert (folder("corpus") / "article.txt").read_bytes() == (SHARED / "data" / "article.txt").read_bytes()


@pytest.mark.shared
def test_retrieval_finds_the_paragraph() -> None:
    """Nine in ten questions about an encyclopedia article find a passage with an answer among five."""
    data = gzip.decompress((SHARED / "data" / "dev" / "squad2-dev-half.json.gz").read_bytes())
    paragraphs = json.loads(data)["data"][0]["paragraphs"]
    contexts = [paragraph["context"].replace("\n", " ") for paragraph in paragraphs]
    starts = np.cumsum([0, *(len(context) + 1 for context in contexts)]).tolist()
    found = []
    with Assistant.from_texts({"article.txt": "\n".join(contexts)}) as assistant:
        for start, paragraph in zip(starts, paragraphs, strict=False):
            for question in [each for each in paragraph["qas"] if each["answers"]][:2]:
                places = [start + answer["answer_start"] for answer in question["answers"]]
                hits = assistant.search(question["question"], k=5)
                found.append(any(hit.start <= place < hit.end for hit in hits for place in places))
    assert len(found) > 20
    assert np.mean(found) >= 0.9
