"""`assistant ui`: where it listens, how it ends, what it says when it cannot."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from assistant.assistant import Assistant
from assistant.errors import SettingError
from assistant.ui.serve import listen, serving
from tests.browser import Chromium
from tests.conftest import OFFICE
from tests.ui.conftest import PATIENCE, ask
from tests.ui.visitors import Visitor


class Server:
    """`assistant ui` as a process."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        (folder / "corpus").mkdir(exist_ok=True)
        (folder / "corpus" / "office.txt").write_text(OFFICE, encoding="utf-8")
        command = [sys.executable, "-m", "assistant", "ui", "--corpus", "corpus", "--index", "index"]
        self.process = subprocess.Popen(
            ["env", "--default-signal=INT", *command, "--port", str(port)],  # a background job ignores it
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.said = self.process.stdout.readline()
        self.address = self.said.split(" ")[0].strip()

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """The exit code, and what was printed besides the address."""
        self.process.send_signal(number)
        out, error = self.process.communicate(timeout=120)
        return self.process.returncode, out + error

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def test_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    """It prints its address once it is ready, is healthy, and ends with 0 and no word when it is told to."""
    with Server(tmp_path) as server:
        assert server.said == f"{server.address} (Ctrl-C ends it)\n"
        health = httpx.get(f"{server.address}/healthz", timeout=60)
        assert (health.status_code, health.text) == (200, "ok\n")
        assert server.end(signal.SIGINT) == (0, "")


@pytest.mark.slow
def test_sigterm_ends_it_while_browsers_wait(tmp_path: Path) -> None:
    """A visitor that still listens does not keep it."""
    with Server(tmp_path) as server, Visitor(server.address) as visitor:
        visitor.ask("When does the office open?")
        beating = f"{server.address}/gradio_api/heartbeat/{visitor.session}"
        with httpx.stream("GET", beating, timeout=60) as answer:
            assert next(answer.iter_raw())
            code, _ = server.end()
        assert code == 0


@pytest.mark.parametrize(
    ("host", "port", "behind_proxy", "says"),
    [
        ("0.0.0.0", 0, False, "'0.0.0.0' lets other computers reach the page.* --behind-proxy"),
        ("", 0, False, "--behind-proxy"),
        ("127.0.0.1", 70_000, False, "ports are numbered 0 to 65535"),
        ("192.0.2.1", 0, True, "'192.0.2.1' is no address of this computer"),
    ],
)
def test_where_it_cannot_listen_is_told_in_words(host: str, port: int, behind_proxy: bool, says: str) -> None:
    """A host that others reach, or no host or port at all: what mends it is named."""
    with pytest.raises(SettingError, match=says):
        listen(host, port, behind_proxy=behind_proxy)


def test_a_port_that_is_taken_is_named() -> None:
    """Before anything else is done, another port is proposed."""
    with listen(port=0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingError, match=rf"port {port} is taken .* --port \d+$"):
            listen(port=port)


def test_the_settings_come_from_the_environment_too() -> None:
    """ASSISTANT_HOST stands for the option; what cannot be is one line, and ends with 2."""
    command = [sys.executable, "-m", "assistant", "ui"]
    environment = os.environ | {"ASSISTANT_HOST": "0.0.0.0"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: --host '0.0.0.0' lets")
    assert done.stderr.count("\n") == 1


def test_help_says_what_a_proxy_must_do() -> None:
    """TLS, logging in, one Origin."""
    command = [sys.executable, "-m", "assistant", "ui", "--help"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=os.environ | {"COLUMNS": "200"}
    )
    said = " ".join(done.stdout.split())
    assert all(word in said for word in ("TLS", "log in", "one Origin", "ASSISTANT_PORT", "ASSISTANT_CORPUS"))


def test_behind_a_proxy_any_name_is_served_under_one_origin(office: Assistant) -> None:
    """The proxy's name is taken; an Origin besides it is refused; the cookie travels by TLS alone."""
    with listen(port=0, behind_proxy=True) as free, serving(office, free, behind_proxy=True) as address:
        ours = {"host": "answers.example", "origin": "https://answers.example"}
        page = httpx.get(address, headers=ours, timeout=60)
        assert page.status_code == 200
        assert page.headers["set-cookie"].endswith("; HttpOnly; SameSite=Lax; Secure")
        foreign = httpx.get(address, headers=ours | {"origin": "https://evil.example"}, timeout=60)
        assert foreign.status_code == 403


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_the_other_loopback(office: Assistant) -> None:
    """The address of IPv6 is written with its brackets."""
    try:
        free = listen("::1", 0)
    except SettingError:
        pytest.skip("this machine has no ::1")
    with free, serving(office, free) as address:
        assert address.startswith("http://[::1]:")
        assert httpx.get(f"{address}/healthz", timeout=60).text == "ok\n"


@pytest.mark.slow
def test_a_server_stopped_in_an_answer_leaves_the_page_usable(tmp_path: Path, chromium: Chromium) -> None:
    """Killed while it answers and started again, the page has its history after a reload, and goes on."""
    with chromium.in_use() as browser:  # no fixture: that the server is away, the page complains of rightly
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        with Server(tmp_path) as server:
            port = int(server.address.rpartition(":")[2])
            page.goto(server.address)
            expect(page.locator("#scope")).to_contain_text("Asking")
            ask(page, "When does the office open?")
            server.process.send_signal(signal.SIGSTOP)  # so that no answer comes before it is killed
            page.fill("#question", "Who has the key?")
            page.keyboard.press("Enter")
            expect(page.locator(".turn")).to_have_count(2)
            server.process.kill()
            server.process.communicate()
        page.goto("about:blank")  # Gradio reloads by itself, too: no race with that
        with Server(tmp_path, port):
            page.goto(server.address)
            expect(page.locator(".turn").first).to_contain_text("nine")
            ask(page, "And when does it close?")
            assert "Searched for" in page.locator(".turn").last.inner_text()
            page.close()
