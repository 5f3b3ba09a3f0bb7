"""A hostile model before the whole reader: what it writes is proven, or it is not shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from assistant import Assistant
from assistant.llm.served import ServedModel
from assistant.model_reader import ModelReader
from assistant.support import SupportCheck, shipped_support
from assistant.testing import ScriptedModel, ScriptedServer
from tests.hostile import Output, obeying, outputs, paragraphs, wrong

OUTPUTS = outputs(paragraphs().values())
SAMPLE = 40


@pytest.fixture(scope="module")
def texts() -> Iterator[Assistant]:
    """One for all outputs; the model of each is put into its reader."""
    with Assistant.from_texts(paragraphs(), llm=ScriptedModel([])) as assistant:
        yield assistant


@pytest.fixture(scope="module")
def check() -> SupportCheck:
    return shipped_support()


def asked(texts: Assistant, model: object, output: Output, check: SupportCheck) -> list[str]:
    """What is wrong with the reply to a question about the output's sentence."""
    assert isinstance(texts.reader, ModelReader)
    reader = replace(texts.reader, model=model)
    events = list(texts.variant(reader=reader).stream(f"Is it true that {output.about.rstrip('.')}?"))
    return wrong(texts, check, events, output.lie)


def test_a_sample_of_hostile_outputs_shows_nothing_unproven(texts: Assistant, check: SupportCheck) -> None:
    """Of every kind some: each citation is the text's own, each sentence has its evidence, all is text."""
    for output in OUTPUTS[:: len(OUTPUTS) // SAMPLE]:
        assert not asked(texts, ScriptedModel(obeying(output)), output, check), output


@pytest.mark.slow
def test_no_hostile_output_shows_anything_unproven(texts: Assistant, check: SupportCheck) -> None:
    """The same for all of more than five hundred."""
    assert len(OUTPUTS) >= 500
    found = {
        output.text: faults
        for output in OUTPUTS
        if (faults := asked(texts, ScriptedModel(obeying(output)), output, check))
    }
    assert not found


@pytest.mark.slow
def test_a_hostile_server_shows_nothing_unproven(texts: Assistant, check: SupportCheck) -> None:
    """The same over a socket, streamed a few characters at a time."""
    for output in OUTPUTS[:: len(OUTPUTS) // 60]:
        script = obeying(output)
        with closing(ScriptedServer(lambda messages, say=script: _dripped(say(messages)))) as server:
            served = ServedModel("hostile", "openai-like", server.address)
            assert not asked(texts, served, output, check), output
            assert server.asked


def _dripped(text: str) -> list[str]:
    return [text[at : at + 7] for at in range(0, len(text), 7)] or [""]
