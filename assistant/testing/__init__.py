"""Language models for tests: they say what a script says, and go wrong when it says so.

    ScriptedModel     a `LanguageModel` in this process: Assistant.open(llm=ScriptedModel(["..."]))
    ScriptedServer    an OpenAI-compatible server on this machine, with real sockets and real streaming
    Fault             what such a server does wrong, one of `FAULTS`

A script is replies in order, or a function from the messages to a reply. Running out of replies is an
error, so a test that asks more often than it meant to says so.
"""

from .faults import FAULTS, Fault
from .models import ScriptedModel
from .scripts import Part, Reply, Script, ScriptEnded
from .servers import Request, ScriptedServer

__all__ = [
    "FAULTS",
    "Fault",
    "Part",
    "Reply",
    "Request",
    "Script",
    "ScriptEnded",
    "ScriptedModel",
    "ScriptedServer",
]
