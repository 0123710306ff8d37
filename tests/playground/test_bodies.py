"""What a mail program would fetch of a mail, and what the playground never fetches."""

import pytest

from playground import bodies
from playground.bodies import Link

HOSTS = frozenset({"track.test:8001"})
BASE = "http://track.test:8001"


def test_pictures_and_links_come_in_their_order():
    found = bodies.read(
        f'<p><a href="{BASE}/c/1">One <b>and\n more</b></a> text <A HREF=" {BASE}/c/2 ">Two</A>'
        f'<img src="{BASE}/o/1.gif"><IMG SRC="{BASE}/o/2.gif"/>',
        HOSTS,
    )

    assert found.pictures == (f"{BASE}/o/1.gif", f"{BASE}/o/2.gif")
    assert found.links == (Link(f"{BASE}/c/1", "One and more"), Link(f"{BASE}/c/2", "Two"))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8001/o/1.gif",
        "http://track.test:8001.theirs.test/o/1.gif",
        "http://track.test:8001@theirs.test/o/1.gif",
        "//track.test:8001/o/1.gif",
        "file:///etc/passwd",
        "http://[",
        "",
    ],
)
def test_nothing_but_the_tracking_host_is_fetched(url):
    found = bodies.read(f'<img src="{url}"><a href="{url}">x</a>', HOSTS)

    assert (found.pictures, found.links) == ((), ())


def test_a_hostile_mail_is_bounded():
    many = f'<a href="{BASE}/c/1">x' * 10_000 + "<a href><img src><" + "<b" * 10_000

    assert len(bodies.read(many, HOSTS).links) == bodies.MAX_FOUND
