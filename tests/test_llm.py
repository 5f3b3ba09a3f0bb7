"""Language models: every fault of a server ends in time with one typed error, and no key is told."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Sequence
from typing import Any

import pytest
from llama_index.core.llms import (
    CompletionResponse,
    CompletionResponseGen,
    CustomLLM,
    LLMMetadata,
    MockLLM,
)

from assistant.errors import LanguageModelProblem, SettingError
from assistant.llm import language_model
from assistant.llm.redact import redacted
from assistant.seams import LanguageModel, Message
from assistant.testing import FAULTS, Fault, ScriptedModel, ScriptedServer

KEY = "canary-key-5f1c"
QUESTION = "Where does the canary-question sleep?"
ASKED = [Message("system", "Answer briefly."), Message("user", QUESTION)]
DEADLINE = 3.0


def at(address: str, key: str = KEY) -> LanguageModel:
    found = language_model("openai-like:small", {"OPENAI_API_BASE": address, "OPENAI_API_KEY": key})
    assert found is not None
    return found


def written(model: LanguageModel, seconds: float = 60.0, messages: Sequence[Message] = ASKED) -> list[str]:
    return list(model.write(messages, time.monotonic() + seconds))


def problem_of(model: LanguageModel, seconds: float = DEADLINE) -> LanguageModelProblem:
    with pytest.raises(LanguageModelProblem) as caught:
        written(model, seconds)
    return caught.value


def test_a_server_is_asked_and_its_pieces_come_as_they_are() -> None:
    """Messages, model and key reach the server once, and its pieces come back one by one."""
    with ScriptedServer([["The office", " opens", " at nine. [1]"]]) as server:
        assert written(at(server.address)) == ["The office", " opens", " at nine. [1]"]
    (request,) = server.asked
    assert (request.path, request.key, request.messages) == ("/v1/chat/completions", KEY, tuple(ASKED))
    assert (request.body["model"], request.body["stream"]) == ("small", True)


def test_the_first_piece_comes_before_the_last_is_written() -> None:
    """A stream is a stream: the server goes on only once its first words were read."""
    rest = threading.Event()
    with ScriptedServer([["first", rest, " last"]]) as server:
        pieces = at(server.address).write(ASKED, time.monotonic() + 60)
        assert next(pieces) == "first"
        rest.set()
        assert list(pieces) == [" last"]


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_ends_in_time_with_one_error(name: str) -> None:
    """Whatever a server does wrong ends within the deadline and a second, typed, in one line."""
    with ScriptedServer(lambda _: Fault(name)) as server:
        model = at(server.address)
        for last in (False, True):  # a busy machine may stop us for a second, hardly twice
            asked, before = len(server.asked), time.monotonic()
            problem = problem_of(model)
            assert len(server.asked) - asked <= 2
            if time.monotonic() - before < DEADLINE + 1:
                break
            assert not last, "late"
    assert "\n" not in str(problem)
    assert "'small'" in str(problem)
    assert (problem.__cause__, problem.__context__) == (None, None)
    assert KEY not in "".join(traceback.format_exception(problem))


def test_a_server_that_is_not_there() -> None:
    """A port where nobody listens is told with its address, and for Ollama with its command."""
    with ScriptedServer([]) as server:
        gone = server.address
    assert gone in str(problem_of(at(gone)))
    ollama = language_model("ollama:llama3.2", {"OLLAMA_HOST": gone.removesuffix("/v1")})
    assert ollama is not None
    assert "ollama serve" in str(problem_of(ollama))


def test_a_second_try_is_our_own_and_the_last() -> None:
    """A server that is well again at the second request answers; a third is never made."""
    with ScriptedServer([Fault("server_error"), "Nine."]) as server:
        assert written(at(server.address)) == ["Nine."]
    with ScriptedServer(lambda _: Fault("server_error")) as server:
        problem_of(at(server.address), 60)
        assert len(server.asked) == 2


@pytest.mark.parametrize("name", ["unauthorised", "not_found", "length", "cut", "redirect"])
def test_what_would_end_the_same_is_not_tried_again(name: str) -> None:
    """No second try for a wrong key, a missing model, a full length, or after words were given out."""
    with ScriptedServer(lambda _: Fault(name)) as server:
        problem_of(at(server.address))
        assert len(server.asked) == 1


def test_a_long_wait_is_cut_to_five_seconds() -> None:
    """Retry-After: 50 is taken for 5 s, and for nothing where less is left."""
    with ScriptedServer([Fault("rate_limited"), "Nine."]) as server:
        began = time.monotonic()
        assert written(at(server.address)) == ["Nine."]
        assert 4.5 < time.monotonic() - began < 40


def test_no_key_and_no_question_is_logged_or_told(caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG neither the key nor the question is in a log, a repr, an error or its trace."""
    caplog.set_level(logging.DEBUG)
    told = []
    for name in ("unauthorised", "error_event", "server_error", "down", "bad_json", "cut"):
        with ScriptedServer(lambda _, name=name: Fault(name)) as server:
            model = at(server.address)
            problem = problem_of(model)
        told += [repr(model), str(model), repr(problem), "".join(traceback.format_exception(problem))]
    told.append(caplog.text)
    assert not any(KEY in each or "canary-question" in each for each in told)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Incorrect API key provided: sk-abc***wxyz.", "Incorrect API key provided: [key]"),
        ("Authorization: Bearer abc.def-1 was wrong", "Authorization: [key] was wrong"),
        ("a task-force\nand a risk-free\x1b line", "a task-force and a risk-free line"),
        (f"wrong: {KEY}!", "wrong: [key]!"),
    ],
)
def test_keys_are_cut_out_of_what_others_say(text: str, shown: str) -> None:
    """Keys in the usual shapes and the configured one are replaced; the rest is one line."""
    assert redacted(text, (KEY,)) == shown
    assert len(redacted("x" * 1000)) == 160


@pytest.mark.parametrize(
    ("spec", "environment", "address"),
    [
        ("ollama:llama3.2:3b", {}, "http://127.0.0.1:11434/v1"),
        ("ollama:a", {"OLLAMA_HOST": "0.0.0.0"}, "http://127.0.0.1:11434/v1"),
        ("ollama:a", {"OLLAMA_HOST": ":8080"}, "http://127.0.0.1:8080/v1"),
        ("ollama:a", {"OLLAMA_HOST": "https://big.example/"}, "https://big.example:443/v1"),
        ("ollama:a", {"OLLAMA_HOST": "http://[::1]:1234"}, "http://[::1]:1234/v1"),
        ("openai:gpt-4.1-mini", {"OPENAI_API_KEY": KEY}, "https://api.openai.com/v1"),
        ("openai-like:a", {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1/"}, "http://127.0.0.1:1/v1"),
    ],
)
def test_the_address_is_that_of_the_provider(spec: str, environment: dict[str, str], address: str) -> None:
    """Each provider has its address, from its usual variable or the usual place."""
    model: Any = language_model(spec, environment)
    assert model.address == address
    assert model.name == spec.partition(":")[2]
    assert model.host in address


@pytest.mark.parametrize(
    ("spec", "environment", "says"),
    [
        ("llama3.2", {}, "PROVIDER:MODEL"),
        ("opena:gpt", {}, "ollama:llama3.2"),
        ("openai:", {}, "PROVIDER:MODEL"),
        ("openai:gpt", {}, "OPENAI_API_KEY"),
        ("openai:gpt", {"OPENAI_API_KEY": "sk-\nabc"}, "copy it again"),
        ("openai-like:a", {}, "OPENAI_API_BASE"),
        ("openai-like:a", {"OPENAI_API_BASE": "localhost:1"}, "'localhost:1' is no address"),
        ("openai-like:a", {"OPENAI_API_BASE": "http://x:y/v1"}, "no address"),
        ("openai-like:a", {"OPENAI_API_BASE": "http://me:secret@x/v1"}, "holds a user's name"),
        (3, {}, "'int' is no language model"),
    ],
)
def test_what_is_no_model_says_what_is(spec: object, environment: dict[str, str], says: str) -> None:
    """A wrong name, key or address is one clear error without the secret in it."""
    with pytest.raises(SettingError) as caught:
        language_model(spec, environment)
    assert says in str(caught.value)
    assert "secret" not in str(caught.value)


def test_no_model_is_no_model() -> None:
    """Nothing and an empty name give none; a model that is one already stays as it is."""
    assert language_model(None, {}) is None
    assert language_model("", {}) is None
    scripted = ScriptedModel(["Nine."])
    assert language_model(scripted, {}) is scripted


class Foreign(CustomLLM):
    """A LlamaIndex model that is not ours: it says its pieces, raises, or does not return."""

    pieces: list[str]
    api_key: str = KEY
    waits: Any = None
    raises: bool = False

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="foreign")

    def complete(self, prompt: str, formatted: bool = False, **more: Any) -> CompletionResponse:
        raise NotImplementedError

    def stream_complete(self, prompt: str, formatted: bool = False, **more: Any) -> CompletionResponseGen:
        text = ""
        for piece in self.pieces:
            text += piece
            yield CompletionResponse(text=text, delta=piece)
        if self.waits:
            self.waits.wait(30)
        if self.raises:
            raise RuntimeError(f"no entry for {self.api_key}\nat all")


def plugged(**fields: Any) -> LanguageModel:
    model = language_model(Foreign(**fields), {})
    assert model is not None
    return model


def test_a_foreign_model_is_asked_by_its_own_means() -> None:
    """Any LlamaIndex object serves: its pieces come, its name is told, its key is not."""
    model = plugged(pieces=["Nine", " o'clock."])
    assert written(model) == ["Nine", " o'clock."]
    assert (model.name, model.host) == ("foreign", "Foreign")
    assert KEY not in repr(model)
    mock = language_model(MockLLM(), {})
    assert mock is not None
    assert QUESTION in "".join(written(mock))


def test_a_foreign_model_that_fails_is_one_error() -> None:
    """What a foreign class raises, or leaves unsaid, is one typed line without its key."""
    problem = problem_of(plugged(pieces=["Nine"], raises=True))
    assert "[key] at all" in str(problem)
    assert (problem.__cause__, problem.__context__) == (None, None)
    assert "wrote nothing" in str(problem_of(plugged(pieces=[])))
    assert "does not stop" in str(problem_of(plugged(pieces=["word " * 100] * 100), 60))


def test_a_foreign_model_that_hangs_is_left_alone() -> None:
    """A call that does not return is over at the deadline, and its thread ends with the call."""
    waits = threading.Event()
    assert "did not finish" in str(problem_of(plugged(pieces=["Nine"], waits=waits), 0.5))
    waits.set()
    for thread in threading.enumerate():
        if thread.name == "assistant-llm":
            thread.join(30)
            assert not thread.is_alive()
