"""Several visitors at once: each has a chat of their own, and nobody sees another's."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from assistant import Answer
from assistant.assistant import Assistant
from assistant.ui.guard import COOKIE
from assistant.ui.serve import listen, serving
from tests.ui.visitors import Visitor

TOWNS = """
    Aldmoor Birkholm Carsdale Dunwick Elmstead Farnley Glenrock Harwick Inverly Jarrowby Kelstone Larchmont
    Melbury Norwood Oakhurst Penrith Quarley Ravenhill Selwick Thornby Ulverton Valeford Westbrook Yarmley
    Zennor Ashcombe Brackley Coldstream Denholme Easby Foxton Garsdale Hexley Ilford Jedburgh Kirkby Lydbrook
    Marston Netherby Orford Pickering Quenby Rothwell Saltash Tarporley Uldale Virginstow Whitby Yealand Zeal
""".split()
NAMES = "Ada Bruno Clara Dario Elena Felix Greta Hugo Irma Jonas Karla Lukas Mona Nico Olga Paul Rosa".split()


def keeper(number: int) -> str:
    """A name that no other town's keeper has."""
    return f"{NAMES[number % len(NAMES)]} {TOWNS[-number - 1]}son"


def text_of(number: int) -> str:
    """What the texts say of a town, in words of its own."""
    return (
        f"The tower of {TOWNS[number]} was built in {1300 + 7 * number}. "
        f"{keeper(number)} is the keeper of the tower of {TOWNS[number]}. "
        f"The tower of {TOWNS[number]} is {40 + number} metres high.\n"
    )


def turns(number: int, count: int) -> list[str]:
    """Questions of one visitor, about one town; each second one leans on the one before."""
    asked = [f"How high is the tower of {TOWNS[number]}?", "When was it built?"]
    return [asked[at % 2] for at in range(count)]


@contextmanager
def served(count: int) -> Iterator[str]:
    """Address of a page over so many texts."""
    texts = {f"{town}.txt": text_of(number) for number, town in enumerate(TOWNS[:count])}
    with (
        Assistant.from_texts(texts) as assistant,
        listen(port=0) as free,
        serving(assistant, free) as address,
    ):
        yield address


@pytest.fixture(scope="module")
def towns() -> Iterator[str]:
    """Address of a page over ten texts."""
    with served(10) as address:
        yield address


def visit(address: str, number: int, count: int) -> list[float]:
    """Ask everything; no reply may have a word of another town. Seconds of each answer."""
    took = []
    with Visitor(address) as visitor:
        for question in turns(number, count):
            begun = time.monotonic()
            reply = visitor.ask(question)
            took.append(time.monotonic() - begun)
            assert reply.question == question
            assert TOWNS[number] in reply.standalone
            assert isinstance(reply, Answer)
            assert {each.source for each in reply.citations} == {f"{TOWNS[number]}.txt"}
    return took


def test_ten_visitors_of_five_turns(towns: str) -> None:
    """No error, no word of another's chat, and follow-ups lean on one's own."""
    with ThreadPoolExecutor(10) as pool:
        took = list(pool.map(lambda number: visit(towns, number, 5), range(10)))
    assert [len(each) for each in took] == [5] * 10


@pytest.mark.slow
def test_fifty_visitors_of_twenty_turns() -> None:
    """As with ten; how long the answers took is printed."""
    with served(50) as address, ThreadPoolExecutor(50) as pool:
        took = list(pool.map(lambda number: visit(address, number, 20), range(50)))
    seconds = [second for each in took for second in each]
    assert len(seconds) == 1000
    points = statistics.quantiles(seconds, n=100)
    print(f"\n1000 answers to 50 visitors: p50 {points[49]:.2f} s, p95 {points[94]:.2f} s")  # noqa: T201


def overheard(visitor: Visitor) -> str:
    """What the server says to whoever asks for the messages of this session."""
    try:
        return visitor.http.get("/gradio_api/queue/data", params={"session_hash": visitor.session}).text
    except httpx.RemoteProtocolError:  # cut off: there is no such session
        return ""


def test_the_name_of_anothers_session_shows_nothing(towns: str) -> None:
    """Who says another's session, chat and questions, but has not the cookie, learns nothing."""
    question = f"Who is the keeper of the tower of {TOWNS[8]}?"
    with Visitor(towns) as anna, Visitor(towns, anna.session) as bob:
        anna.send(question)
        assert "process_" not in overheard(bob)
        assert keeper(8) in json.dumps(list(anna.messages()))
        anna.asked, bob.asked = [question], [question]
        assert keeper(8) not in bob.ask("How old is he?").standalone
        assert keeper(8) in anna.ask("How old is he?").standalone


def test_the_cookie_is_what_a_chat_hangs_on(towns: str) -> None:
    """Another tab of the same browser goes on with the chat; without a cookie nothing is remembered."""
    question = f"Who is the keeper of the tower of {TOWNS[8]}?"
    with Visitor(towns) as anna, Visitor(towns) as tab, Visitor(towns) as nobody:
        anna.ask(question)
        tab.http.cookies.clear()
        tab.http.cookies.set(COOKIE, anna.http.cookies[COOKIE])
        tab.asked = [question]
        assert keeper(8) in tab.ask("How old is he?").standalone
        nobody.http.cookies.clear()
        nobody.ask(question)
        assert keeper(8) not in nobody.ask("How old is he?").standalone
