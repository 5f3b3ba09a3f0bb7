"""Reports for other programs: JSON Lines and JUnit XML."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ..errors import SettingError, SuiteProblem
from .judging import Result
from .running import Run

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(file: Path, text: str) -> None:
    """Write a report.

    Raises:
        SettingError: it cannot be written there.
    """
    try:
        file.expanduser().write_text(text, encoding="utf-8", errors="replace")
    except (OSError, RuntimeError) as error:  # the latter for "~nobody"
        raise SettingError(
            f"{str(file)!r} cannot be written ({getattr(error, 'strerror', error)}); name another file"
        ) from error


def read_runs(file: Path) -> list[Run]:
    """The runs that an earlier `--json` wrote.

    Raises:
        SuiteProblem: the file is no such report; says in which line.
    """
    found: dict[str, list[Result]] = {}
    try:
        lines = file.expanduser().read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError, RuntimeError) as error:
        raise SuiteProblem(f"{file}: cannot be read ({error})") from error
    number = 0
    try:
        for number, line in enumerate(lines, 1):  # noqa: B007
            result = Result.from_dict(json.loads(line))
            found.setdefault(result.suite, []).append(result)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SuiteProblem(
            f"{file}:{number}: not what `assistant eval --json` writes ({error!r:.200})"
        ) from error
    return [Run(name, tuple(results)) for name, results in found.items()]


def junit(runs: Sequence[Run]) -> str:
    """JUnit XML: a test suite a suite, a test case a case; what is not right failed."""
    root = Element("testsuites")
    for run in runs:
        failed = sum(not result.right and result.outcome != "error" for result in run.results)
        errors = sum(result.outcome == "error" for result in run.results)
        seconds = sum(result.milliseconds for result in run.results) / 1000
        counts = {"tests": len(run.results), "failures": failed, "errors": errors}
        attributes = {name: str(count) for name, count in counts.items()}
        named = {"name": _clean(run.suite), "time": f"{seconds:.3f}"}
        suite = SubElement(root, "testsuite", named | attributes)
        for result in run.results:
            _add_case(suite, result)
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _add_case(suite: Element, result: Result) -> None:
    case = SubElement(
        suite,
        "testcase",
        name=_clean(result.case.id),
        classname=_clean(result.suite),
        time=f"{result.milliseconds / 1000:.3f}",
    )
    if not result.right:
        kind = "error" if result.outcome == "error" else "failure"
        found = SubElement(case, kind, message=_clean(result.reason), type=result.outcome)
        found.text = _clean(f"{result.case.question}\n{result.reply or ''}")


def _clean(text: str) -> str:
    return NOT_XML.sub("\ufffd", text)
