"""The guard that keeps the tests off the network."""

from __future__ import annotations

import socket

import pytest


@pytest.mark.parametrize("name", ["connect", "connect_ex"])
def test_no_connection_leaves_this_machine(name: str) -> None:
    """A connection to another machine is an error before it is opened."""
    with socket.socket() as each, pytest.raises(AssertionError, match="asked the network"):
        getattr(each, name)(("192.0.2.1", 80))


def test_no_name_is_looked_up() -> None:
    """The name of another machine is not looked up; our own is."""
    with pytest.raises(AssertionError, match="asked the network"):
        socket.getaddrinfo("example.com", 80)
    assert socket.getaddrinfo("localhost", 80)
