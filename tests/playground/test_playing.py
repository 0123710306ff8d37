"""A reader's requests as the tracking host sees them."""

import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from backend.errors import Unavailable
from playground import playing
from playground.bodies import Body, Link
from playground.readers import Deed, Fetches, Look, Reader, Step
from tests.waiting import free_port

STEP = Step(Deed.OPEN, Fetches.PICTURES, "Agent/1", "192.0.2.1", headers={"X-Requested-With": "a"})
SWEEP = Step(Deed.OPEN, Fetches.ALL_LINKS, "Scan/1", "192.0.2.2", methods=("HEAD", "GET"))
CLICK = Step(Deed.CLICK, Fetches.FIRST_LINK, "Browser/1", "192.0.2.3", after_s=30)


@contextmanager
def host(*before):
    """A tracking host that keeps what it was asked; gives its address and the requests.

    It leads on, once it has answered with the statuses `before`.
    """
    seen, statuses = [], list(before)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append((self.command, self.path, dict(self.headers)))
            self.send_response(statuses.pop(0) if statuses else 302)
            self.send_header("Location", "http://127.0.0.1:1/never-followed")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET  # noqa: N815 (the base class's name)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()
        thread.join()


def scene(url, *, age_s=0.0, told=None):
    told = [] if told is None else told
    return playing.Scene(
        tracking_url=url,
        body=Body((f"{url}/o/p.gif",), (Link(f"{url}/c/1", "One"), Link(f"{url}/c/2", "Two"))),
        age=timedelta(seconds=age_s),
        wait=lambda by: told.append(by.total_seconds()),
        show=lambda: told.append("shown"),
    )


def reader(*steps, waits_s=0.0):
    return Reader("someone", "you", Look.PERSON, waits_s, steps)


def test_a_person_asks_for_the_picture_with_her_programs_words():
    with host() as (url, seen):
        fetched = playing.play(reader(STEP), Deed.OPEN, scene(url))

    ((method, path, headers),) = seen
    assert (method, path) == ("GET", "/o/p.gif")
    assert headers["User-Agent"] == "Agent/1"
    assert headers["X-Forwarded-For"] == "192.0.2.1"
    assert headers["X-Requested-With"] == "a"
    assert [(each.what, each.status) for each in fetched] == [("picture", 302)]


def test_a_page_that_asks_again_by_itself_leads_on_in_the_end():
    with host(503) as (url, seen):
        fetched = playing.play(reader(CLICK), Deed.CLICK, scene(url))

    assert [path for _, path, _ in seen] == ["/c/1"] * 2
    assert [(each.what, each.status) for each in fetched] == [("link", 302)]


def test_a_scanner_looks_at_every_link_and_then_opens_every_one():
    with host() as (url, seen):
        playing.play(reader(SWEEP), Deed.OPEN, scene(url))

    assert [(method, path) for method, path, _ in seen] == [
        ("HEAD", "/c/1"), ("HEAD", "/c/2"), ("GET", "/c/1"), ("GET", "/c/2"),
    ]  # fmt: skip


def test_a_click_is_a_deed_of_its_own_and_follows_nothing():
    with host() as (url, seen):
        told = []
        fetched = playing.play(reader(STEP, CLICK), Deed.CLICK, scene(url, told=told))

    assert [(each.what, each.text) for each in fetched] == [("link", "One")]
    assert [path for _, path, _ in seen] == ["/c/1"]
    assert told == [30]


@pytest.mark.parametrize(("why", "age_s", "told"), [("young", 5, [15]), ("old enough", 60, [])])
def test_a_reader_comes_when_the_mail_is_old_enough(why, age_s, told):
    waited = []
    with host() as (url, _):
        playing.play(reader(STEP, waits_s=20), Deed.OPEN, scene(url, age_s=age_s, told=waited))

    assert waited == told, why


def test_the_panel_speaks_before_the_picture_is_asked_for():
    told = []
    own = Step(Deed.OPEN, Fetches.PICTURES, "A", "192.0.2.1", heads_up=True)
    with host() as (url, _):
        playing.play(reader(own), Deed.OPEN, scene(url, told=told))

    assert told == ["shown"]


def test_blocked_pictures_fetch_nothing():
    assert playing.play(reader(), Deed.OPEN, scene("http://127.0.0.1:1")) == []


def test_a_host_that_is_away_is_said_so():
    with pytest.raises(Unavailable):
        playing.play(reader(STEP), Deed.OPEN, scene(f"http://127.0.0.1:{free_port()}"))
