"""What language models are told: one Markdown file a prompt, text with `$name` placeholders, no logic."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from string import Template

from . import resources
from .errors import AssistantError, SettingError

PROMPTS = ("system", "answer", "repair", "standalone")
CONTROL = re.compile(r"<(?=[|/a-z_]*(?:[|>]|im_|start_|end_|s>|sys))|\[(?=/?(?:INST|SYS)\b)", re.I)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text with placeholders.

    Attributes:
        digest: sha256 of the text, hexadecimal.
    """

    name: str
    text: str = field(repr=False)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def render(self, values: Mapping[str, object]) -> str:
        """The text with each `$name` replaced; what is put in is not looked at again.

        Raises:
            SettingError: the text has placeholders without a value, or a `$` that is none.
        """
        template = Template(self.text)
        if not template.is_valid():
            raise SettingError(f"the prompt {self.name!r} has a $ that starts no name; write $$ for the sign")
        if lacking := [name for name in template.get_identifiers() if name not in values]:
            raise SettingError(
                f"the prompt {self.name!r} also has ${', $'.join(lacking)}, which get no value"
            )
        return template.substitute(values)


@cache
def prompt(name: str) -> Prompt:
    """The shipped prompt of this name.

    Raises:
        AssistantError: there is none.
    """
    file = resources.folder("prompts") / f"{name}.md"
    try:
        return Prompt(name, file.read_text(encoding="utf-8").strip())
    except OSError as error:
        raise AssistantError(
            f"there is no prompt {str(file)!r}; restore it with: git checkout -- prompts, or install again"
        ) from error


@cache
def prompts_digest() -> str:
    """One digest of all the shipped prompts: what a reply says that the model was told."""
    return hashlib.sha256("".join(prompt(name).digest for name in PROMPTS).encode()).hexdigest()


def tame(text: str) -> str:
    """Without what a chat template takes for the start of a turn: broken up, it is text."""
    return CONTROL.sub(lambda match: f"{match.group()} ", text)
