"""What every test shares: no network, the shipped models, texts with names."""

from __future__ import annotations

import dataclasses
import ipaddress
import random
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import Document, resources
from assistant.assistant import Assistant
from assistant.index import silent, update
from assistant.index.opened import describe
from assistant.index.place import Place
from assistant.models import Encoder, ReaderModel

pytest_plugins = ["tests.browser"]

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"

OFFICE = """The office opens at nine. Ann Berg has the key to the archive.

Visitors

Visitors sign the green book at the desk. They leave at six because the guard locks the gate.

Parking

The car park holds 40 cars. It costs 3 euros a day. Bicycles are free.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that need ../shared are skipped, with that reason, where it is not there."""
    if not SHARED.is_dir():
        for item in items:
            if item.get_closest_marker("shared"):
                item.add_marker(pytest.mark.skip(reason="needs ../shared, which this clone lacks"))


def _is_here(host: object) -> bool:
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def pytest_configure() -> None:
    """From the first import on, a connection or a look-up of anything but this machine is an error.

    What native code and child processes do is out of its sight: test_cli.py runs the whole path in a
    namespace without a network.
    """

    def guarded(function: Callable[..., Any], host_of: Callable[..., object]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            host = host_of(*arguments)
            assert _is_here(host), f"a test asked the network for {host!r}"
            return function(*arguments, **named)

        return call

    def of_address(_: socket.socket, address: object) -> object:
        return address[0] if isinstance(address, tuple) else "localhost"  # a path is a local socket

    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, guarded(getattr(socket.socket, name), of_address))
    for name in ("getaddrinfo", "gethostbyname"):
        setattr(socket, name, guarded(getattr(socket, name), lambda host, *_: host))


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return Encoder(resources.folder("models") / "encoder")


@pytest.fixture(scope="session")
def reader_model() -> ReaderModel:
    models = resources.folder("models")
    return ReaderModel(models / "reader", models / "encoder" / "tokenizer.json")


@pytest.fixture(scope="session")
def article() -> Document:
    """The shipped text."""
    path = resources.folder("corpus") / "article.txt"
    return Document("article.txt", "The article", path.read_bytes().decode("utf-8"))


@pytest.fixture(scope="session")
def office() -> Iterator[Assistant]:
    """An assistant over `OFFICE`, a text with two headings; shared, so never closed by a test."""
    with Assistant.from_texts({"office.txt": OFFICE}) as assistant:
        yield assistant


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with two texts of its own for the test to change."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "office.txt").write_text(OFFICE, encoding="utf-8")
    (folder / "garden.md").write_text("# The garden\n\nThe garden closes at dusk.\n", encoding="utf-8")
    return folder


LARGE = 48  # texts, of `PARTS` passages each: so many that Chroma writes its graph
PARTS = 25
WORDS = (
    "amber basil cedar delta ember fjord grove haven inlet jetty knoll ledge manor ocean pearl ridge".split()
)


def sentences(number: int) -> str:
    """A text of `PARTS` passages, no two of them alike."""
    chosen = random.Random(number)
    lines = (
        f"Keeper {number}-{n} counts {chosen.randrange(9999)} {chosen.choice(WORDS)} birds."
        for n in range(PARTS)
    )
    return "".join(f"# {chosen.choice(WORDS)} {n}\n\n{line}\n\n" for n, line in enumerate(lines))


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Place:
    """1,200 passages and their index; what is built from a copy takes most of it from there."""
    root = tmp_path_factory.mktemp("large")
    (root / "corpus").mkdir()
    for number in range(LARGE):
        (root / "corpus" / f"{number:03}.md").write_text(sentences(number))
    place = Place(root / "corpus", root / "index", encoder)
    assert describe(update.build(place, silent)).passages == LARGE * PARTS
    return place


@pytest.fixture
def place(built: Place, tmp_path: Path) -> Place:
    """A copy of the test file's own `built`, an index and its corpus, for the test to change."""
    return dataclasses.replace(
        built,
        corpus=Path(shutil.copytree(built.corpus, tmp_path / "corpus")),
        folder=Path(shutil.copytree(built.folder, tmp_path / "index")),
    )
