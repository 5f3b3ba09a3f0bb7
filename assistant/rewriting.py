"""A follow-up that a language model makes to stand alone, or our rules where it cannot be trusted."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass

from .answers import Sent
from .conversation import Standing
from .errors import LanguageModelProblem
from .followups import LONGEST, standalone
from .names import lacking, names_of
from .prompts import prompt, prompts_digest, tame
from .question import STOPWORDS
from .seams import LanguageModel, Message
from .text import WORD, words
from .turns import Turn

FOREIGN = frozenset("[]<>{}`|\n")  # in no question that a model was asked to write


@dataclass(frozen=True, slots=True)
class ModelRewriter:
    """Makes questions stand alone.

    Attributes:
        seconds: for a question; what comes later is not waited for.
    """

    model: LanguageModel
    seconds: float = 10.0

    def __call__(self, question: str, turns: Sequence[Turn]) -> Standing:
        """The model's words when they say no more than the chat does, else those of the rules.

        The first question of a chat stays as it is, and goes nowhere.
        """
        if not turns or len(question) > LONGEST:
            return Standing(question)
        sent = Sent(self.model.host, chat=True, prompts=prompts_digest()) if self.model.host else None
        try:
            written = self._written(question, turns)
        except (
            LanguageModelProblem
        ):  # the rules do; whether it answers is for the reader to find, and to tell
            written = ""
        trusted = is_faithful(written, question, turns)
        return Standing(written if trusted else standalone(question, turns), sent)

    def _written(self, question: str, turns: Sequence[Turn]) -> str:
        mark = secrets.token_hex(8)
        lines = (f"Question: {each.question}\nAnswer: {each.answer or '(refused)'}" for each in turns)
        values = {
            "opening": f"<<{mark}",
            "closing": f"{mark}>>",
            "chat": tame("\n".join(lines)),
            "question": tame(question),
        }
        message = Message("user", prompt("standalone").render(values))
        text = ""
        for piece in self.model.write([message], time.monotonic() + self.seconds):
            text += piece
            if len(text) > 2 * LONGEST:  # no question
                break
        return text.strip()


def is_faithful(written: str, question: str, turns: Sequence[Turn]) -> bool:
    """Whether a rewritten question is one, keeps the names of the question, and adds none to the chat's."""
    if not words(written) or len(written) > LONGEST or FOREIGN & set(written):
        return False
    if question.rstrip().endswith("?") and not written.endswith("?"):
        return False
    chat = "\n".join([question, *(text for each in turns for text in (each.question, each.answer))])
    return not lacking(_names(written, chat), chat) and not lacking(_names(question, chat), written)


def _names(question: str, chat: str) -> list[str]:
    """Words of a question that can be names, numbers among them; its first word, too, unless it asks."""
    first, *others = WORD.findall(question)
    opens = [] if STOPWORDS & set(words(first)[:1]) else [first]
    foreign = [word for word in others if word.lower() == word.upper()]
    return [*opens, *foreign, *names_of(question, [chat])]
