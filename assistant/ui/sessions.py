"""Gradio's sessions, each kept to its visitor.

Gradio knows a session by a name that the browser makes up, and gives its messages to whoever says that
name. On its way in each name is mixed with the visitor's cookie, so that it opens nobody else's session.
"""

from __future__ import annotations

import hashlib
import json
import re
from urllib.parse import parse_qsl, urlencode

from starlette.types import Scope

NAME = "session_hash"
IN_PATH = re.compile(r"(?<=/heartbeat/)\w+")


def kept_apart(scope: Scope, body: bytes, visitor: str) -> tuple[Scope, bytes]:
    """The request with the names of sessions mixed with the visitor's cookie, "" without one."""

    def mixed(name: str) -> str:
        return hashlib.sha256(f"{visitor} {name}".encode("utf-8", "surrogatepass")).hexdigest()[:32]

    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    changed = [(name, mixed(value) if name == NAME else value) for name, value in query]
    path = IN_PATH.sub(lambda found: mixed(found[0]), scope["path"])
    scope = {**scope, "path": path, "raw_path": path.encode(), "query_string": urlencode(changed).encode()}
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):  # no body, or none that Gradio reads either
        return scope, body
    if not isinstance(fields, dict) or not isinstance(fields.get(NAME), str):
        return scope, body
    body = json.dumps(fields | {NAME: mixed(fields[NAME])}).encode()
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
    return {**scope, "headers": [*headers, (b"content-length", str(len(body)).encode())]}, body
