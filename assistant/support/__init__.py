"""Does the evidence support a claim? Decided offline, before a sentence of a language model counts."""

from .check import Support, SupportCheck, shipped_support

__all__ = ["Support", "SupportCheck", "shipped_support"]
