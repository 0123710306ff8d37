"""Where a token leads when the book, the drain or both are asked."""

import asyncio
import socket
import threading
from contextlib import suppress

import pytest

from backend.edge.targets import DEADLINE_S, Targets
from backend.errors import Unavailable
from backend.tracking.linkbook import Link, LinkBook, LinkReader
from backend.tracking.linkdoor import serve_links
from tests import idle
from tests.waiting import wait_until

TOKEN = "a" * 32


def fail(token):
    raise LookupError(token)


@pytest.fixture
def targets(tmp_path):
    return Targets(LinkReader(tmp_path / "links.db"), tmp_path / "drain.sock")


def test_the_book_answers_as_soon_as_there_is_one(targets, tmp_path):
    before = targets.known(TOKEN)
    book = LinkBook(tmp_path / "links.db")
    book.put_many([Link(TOKEN, "https://a.test/", 3)])
    book.close()

    assert (before, targets.known(TOKEN)) == (None, "https://a.test/")


def test_a_broken_book_is_a_miss_and_not_a_fault(targets, tmp_path):
    (tmp_path / "links.db").write_bytes(b"not a database" * 1000)

    assert targets.known(TOKEN) is None


def told_in_time(targets, token):
    """What the drain says, which is asked again where a busy machine takes over 200 ms for it."""

    def told():
        with suppress(Unavailable):
            return [asyncio.run(targets.ask_drain(token))]

    (found,) = wait_until(told, what="an answer of the drain in time")
    return found


def test_the_drain_is_asked(targets, tmp_path):
    url = "https://ü.test/" + "x" * 10_000
    door = serve_links(tmp_path / "drain.sock", {TOKEN: url}.get)

    found = [told_in_time(targets, token) for token in (TOKEN, "b" * 32)]
    door.close()

    assert found == [url, None]


def test_a_drain_that_fails_is_not_a_dead_link(targets, tmp_path):
    door = serve_links(tmp_path / "drain.sock", fail)

    with pytest.raises(Unavailable):
        asyncio.run(targets.ask_drain(TOKEN))
    door.close()


def test_no_drain_at_all_is_told_at_once(targets):
    with pytest.raises(Unavailable):
        asyncio.run(targets.ask_drain(TOKEN))


def test_a_hundred_misses_wait_for_a_silent_drain_no_longer_than_one(targets, tmp_path):
    silent = socket.socket(socket.AF_UNIX)
    silent.bind(str(tmp_path / "drain.sock"))
    silent.listen(128)

    async def ask_all():
        asked = [targets.ask_drain(TOKEN) for _ in range(100)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        return answers, asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=idle.loop) as runner:
        answers, took = runner.run(ask_all())
    silent.close()

    assert {type(answer) for answer in answers} == {Unavailable}
    assert took == pytest.approx(DEADLINE_S, rel=0.1)


def test_the_door_outlives_a_client_that_says_nothing(targets, tmp_path):
    door = serve_links(tmp_path / "drain.sock", {TOKEN: "https://a.test/"}.get)
    with socket.socket(socket.AF_UNIX) as mute:
        mute.connect(str(tmp_path / "drain.sock"))
        closer = threading.Timer(0.05, mute.shutdown, [socket.SHUT_RDWR])
        closer.start()
        found = told_in_time(targets, TOKEN)
        closer.join()
    door.close()

    assert found == "https://a.test/"
