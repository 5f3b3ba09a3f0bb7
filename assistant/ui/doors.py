"""The page's one public function: `ask`, for gradio_client and plain HTTP."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.events import api

from ..assistant import Assistant
from ..errors import AssistantError


def register(assistant: Assistant) -> None:
    """Let programs ask, too; called where the page is being built. No chat is kept for them."""

    def ask(question: str) -> dict[str, Any]:
        """The reply to a question, in the JSON form of `assistant ask --json`."""
        if not isinstance(question, str):  # Gradio passes on what it got
            raise gr.Error(f"a question is a string, not {question!r:.80}", print_exception=False)
        try:
            return assistant.ask(question).to_dict()
        except AssistantError as error:
            raise gr.Error(str(error), print_exception=False) from error

    api(ask, api_name="ask")
