"""A language model from the name of its provider, or from a LlamaIndex object.

What is heavy is imported once a model is named: asking without one does not pay for it.
"""

from .providers import PROVIDERS, language_model

__all__ = ["PROVIDERS", "language_model"]
