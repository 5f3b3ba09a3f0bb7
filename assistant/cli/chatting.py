"""The command `chat`: a conversation in the terminal."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from .options import WIDEST, Bar, Corpus, IndexFolder, Model, app, end_with_the_reader_of_our_output

if TYPE_CHECKING:
    from ..answers import Answer, Event, Refusal
    from ..conversation import Chat

HELP = """\
Ask anything; a follow-up may lean on what was said before.
  /sources   the passages behind the last reply
  /history   what was asked so far, and the short of what was said
  /new       forget the conversation
  /quit      leave; so does Ctrl-D"""
PROMPT = "> "


@app.command()
def chat(corpus: Corpus = None, index: IndexFolder = None, llm: Model = None) -> None:
    """Talk with a text: follow-ups are understood. /help lists what else can be typed."""
    from ..assistant import Assistant

    with Bar() as progress, Assistant.open(corpus, index, llm or None, progress=progress) as assistant:
        progress.close()
        end_with_the_reader_of_our_output()
        if sys.stdin.isatty():
            print("/help lists what can be typed.\n")
        _talk(assistant.chat)


def _talk(new: Callable[[], Chat]) -> None:
    """Read, answer, until the input ends. Ctrl-C drops what is being typed or answered, no more."""
    conversation = new()
    for line in _typed():
        if line in ("/quit", "/exit"):
            return
        try:
            if line == "/new":
                conversation = new()
            elif line.startswith("/"):
                print(_command(line, conversation.replies) + "\n", flush=True)
            elif line:
                print_events(conversation.stream(line))
        except KeyboardInterrupt:
            print("\nstopped\n", flush=True)


def _typed() -> Iterator[str]:
    """What is typed, a line at a time; with a history where input is a terminal."""
    interactive = sys.stdin.isatty()
    if interactive:
        import readline  # noqa: F401 importing it gives `input` its history and its editing
    while True:
        try:
            line = input(PROMPT if interactive else "")
        except EOFError:
            if interactive:
                print()
            return
        except KeyboardInterrupt:
            print("\n(Ctrl-D or /quit leaves)", flush=True)
            continue
        if not interactive and line.strip():
            print(f"{PROMPT}{line}")
        yield line.strip()


def print_events(events: Iterator[Event]) -> None:
    """Print a reply as it comes; whole once more when it is another than what came."""
    from ..answers import Answer, Done, Piece

    column, streamed = 0, ""
    for event in events:
        if isinstance(event, Piece):
            if column + len(event.text.rstrip()) > WIDEST:
                print()
                column = 0
            print(event.text, end="", flush=True)
            column += len(event.text)
            streamed += event.text
        elif isinstance(event, Done):
            reply = event.reply
            same = isinstance(reply, Answer) and reply.text == streamed
            print(("\n" if column else "") + (_below(reply) if same else str(reply)) + "\n", flush=True)


def _below(reply: Answer | Refusal) -> str:
    """What stands below an answer's text, or a refusal whole."""
    from ..answers import Answer

    if isinstance(reply, Answer):
        return "\n".join([*reply.notes, *reply.places])
    return str(reply)


def _command(line: str, replies: list[Answer | Refusal]) -> str:
    if line == "/sources":
        return _sources(replies[-1]) if replies else "nothing was asked yet"
    if line == "/history":
        said = (f"{PROMPT}{reply.question}\n  {_in_short(reply)}" for reply in replies)
        return "\n".join(said) or "nothing was asked yet"
    return HELP if line == "/help" else f"there is no {line}\n{HELP}"


def _sources(reply: Answer | Refusal) -> str:
    from ..answers import Answer

    cited = isinstance(reply, Answer)
    found = reply.citations if isinstance(reply, Answer) else reply.nearest
    head = "" if cited else "Nothing is cited; nearest are:\n"
    lines = []
    for number, each in enumerate(found, 1):
        lines.append(f"{f'[{number}]' if cited else '-'} {each.source} {each.start}-{each.end}")
        lines += textwrap.wrap(each.quote, WIDEST, initial_indent="  ", subsequent_indent="  ")
    return head + "\n".join(lines)


def _in_short(reply: Answer | Refusal) -> str:
    from ..answers import REASONS, Answer

    if isinstance(reply, Answer):
        return reply.short or textwrap.shorten(reply.text, WIDEST)
    return REASONS[reply.reason]
