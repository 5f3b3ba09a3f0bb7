"""What every test shares: no network, the shipped models, texts with names."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant import Document, resources
from assistant.assistant import Assistant
from assistant.models import Encoder, ReaderModel

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


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to anything but this machine fails the test that opens it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else "127.0.0.1"
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise AssertionError(f"a test opened a connection to {address!r}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return Encoder(resources.folder("models") / "encoder")


@pytest.fixture(scope="session")
def reader_model() -> ReaderModel:
    return ReaderModel(resources.folder("models") / "reader")


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
