"""Draw docs/ask.svg, the README's picture, from real replies: python docs/picture.py"""

from __future__ import annotations

import re
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from assistant import Assistant

QUESTIONS = ("How far can the missile fly?", "How many people were killed in Belgorod?")

console = Console(record=True, width=100, file=Path("/dev/null").open("w"))  # noqa: SIM115  # ends with us
with Assistant.open() as assistant:
    for question in QUESTIONS:
        console.print(f'[bold green]$[/] [bold]make ask Q="{question}"[/]', highlight=False)
        console.print(str(assistant.ask(question)) + "\n", markup=False, highlight=False)
# The format loads its font from the web; a reader's own monospaced font does.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
svg = console.export_svg(title="offline, from a clone", code_format=FORMAT, unique_id="ask")
Path(__file__).with_name("ask.svg").write_text(svg, encoding="utf-8")
