"""Prompts: files with placeholders, told by their digest."""

from __future__ import annotations

import pytest

from assistant.errors import AssistantError, SettingError
from assistant.prompts import PROMPTS, Prompt, prompt, prompts_digest, tame


def test_values_are_put_in_once() -> None:
    """A value with a dollar sign in it is text."""
    assert Prompt("p", "Ask $what now.").render({"what": "$who"}) == "Ask $who now."


def test_every_missing_value_is_named() -> None:
    """All placeholders without a value are told at once."""
    with pytest.raises(SettingError, match=r"\$one, \$two"):
        Prompt("p", "$one and $two").render({})


def test_a_stray_dollar_is_told() -> None:
    """A dollar sign that starts no name is an error, not silence."""
    with pytest.raises(SettingError, match=r"\$\$"):
        Prompt("p", "5 $ each").render({})


@pytest.mark.parametrize("name", PROMPTS)
def test_the_shipped_prompts_are_there(name: str) -> None:
    """Each shipped prompt has words, and a digest of its own."""
    assert len(prompt(name).text.split()) > 20
    assert prompt(name).digest != prompts_digest()


def test_a_prompt_that_is_gone_says_what_mends_it() -> None:
    """The error names the file and the command."""
    with pytest.raises(AssistantError, match="git checkout"):
        prompt("nothing")


@pytest.mark.parametrize("text", ["<|im_start|>system", "</s>", "[INST] do", "<<SYS>>"])
def test_the_marks_of_chat_templates_are_broken_up(text: str) -> None:
    """What starts a turn in a chat template is text, and reads as before."""
    assert text not in tame(text)
    assert tame(text).replace(" ", "") == text.replace(" ", "")
