"""What a message of a server, or of a library, may say: one short line without a key."""

from __future__ import annotations

import re

# Keys as providers write them, masked ones among them, and whatever follows the word of the header.
SECRET = re.compile(r"\bsk-[\w*.-]{4,}|\bbearer\s+[^\s'\",}]+", re.I)
MARK = "[key]"
LONGEST = 160  # characters of what is not ours


def redacted(text: str, keys: tuple[str, ...] = ()) -> str:
    """The text in a line, at most `LONGEST` of it, without keys."""
    for key in filter(None, keys):
        text = text.replace(key, MARK)
    text = SECRET.sub(MARK, text)
    shown = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 2] + " …"
