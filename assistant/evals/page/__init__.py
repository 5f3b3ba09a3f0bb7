"""The report of an eval as one HTML file: no outside asset, no request, nothing to install."""

from .document import page

__all__ = ["page"]
