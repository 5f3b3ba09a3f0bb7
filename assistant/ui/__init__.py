"""The page: chat with the texts, every citation opens its passage."""

from __future__ import annotations

import os

# Read when gradio is first imported: without them it looks up hosts of its maker's, and counts who asks.
os.environ |= {
    "DO_NOT_TRACK": "1",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",  # answers: else statistics of all before each next one
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
}

from .page import build

__all__ = ["build"]
