import datetime as dt
import urllib.request
from http.client import HTTPMessage
from io import BytesIO

import pytest

from backend.errors import Invalid, TooLarge, Unavailable
from backend.tracking.lists import SHIPPED, read_list
from backend.tracking.networks import Networks
from backend.tracking.published import SOURCES
from backend.tracking.refresh import (
    MAX_BYTES,
    _HttpsOnly,
    https_fetch,
    read_file,
    refresh,
    refresh_from_files,
)
from tests.tracking.test_published import MICROSOFT, google

TODAY = dt.date(2026, 11, 22)


def apple(count: int) -> bytes:
    return "".join(f"10.{at // 256}.{at % 256}.0/25,DE,,,\n" for at in range(count)).encode()


def serving(**documents: bytes):
    """A fetch that answers by the list's name with its document."""

    def fetch(url: str) -> bytes:
        for name, source in SOURCES.items():
            if url in source.urls and name.replace("-", "_") in documents:
                return documents[name.replace("-", "_")]
        raise Unavailable(f"{url} cannot be fetched: no route.")

    return fetch


def refreshed(into, fetch, name="apple-relay", **more):
    [one] = refresh(into, fetch, [name], on=TODAY, **more)
    return one


@pytest.mark.req("R20")
def test_a_list_is_fetched_and_used(tmp_path):
    done = refreshed(tmp_path, serving(apple_relay=apple(1200)))

    facts = Networks.load(SHIPPED, tmp_path).facts("10.0.7.1")
    info = read_list(tmp_path / "apple-relay.txt").info
    assert (done.ranges, done.old, done.new, done.problem) == (1200, 0, 1200, "")
    assert (facts.lists, facts.country, facts.is_approximate) == (("apple-relay",), "DE", True)
    assert (info.retrieved, info.role) == ("2026-11-22", "relay")
    assert info.sources == SOURCES["apple-relay"].urls


def test_a_second_refresh_says_what_is_new(tmp_path):
    refreshed(tmp_path, serving(apple_relay=apple(1200)))

    done = refreshed(tmp_path, serving(apple_relay=apple(1300)))

    assert (done.ranges, done.old, done.new) == (1300, 1200, 100)


# why, document, part of the problem
REFUSED = [
    ("too few", apple(999), "1000 to 400000 are expected"),
    ("nothing", b"", "would have 0 ranges"),
    ("less than half", apple(1499), "would shrink from 3000 to 1499"),
    ("a web page", b"<html>", "no network"),
    ("too large", b"x" * (MAX_BYTES + 1), "more than 20 MB"),
]


@pytest.mark.parametrize(
    ("document", "problem"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_cannot_be_believed_leaves_the_old_list_in_force(tmp_path, document, problem):
    refreshed(tmp_path, serving(apple_relay=apple(3000)))
    before = (tmp_path / "apple-relay.txt").read_bytes()

    done = refreshed(tmp_path, serving(apple_relay=document))

    assert problem in done.problem
    assert (done.ranges, done.new) == (3000, 0)
    assert (tmp_path / "apple-relay.txt").read_bytes() == before


def test_half_is_not_less_than_half_and_force_takes_less(tmp_path):
    refreshed(tmp_path, serving(apple_relay=apple(3000)))

    half = refreshed(tmp_path, serving(apple_relay=apple(1500)))
    refreshed(tmp_path, serving(apple_relay=apple(4000)))
    forced = refreshed(tmp_path, serving(apple_relay=apple(1100)), is_forced=True)

    assert (half.problem, forced.problem, forced.ranges) == ("", "", 1100)


def test_force_does_not_take_an_empty_list(tmp_path):
    assert refreshed(tmp_path, serving(apple_relay=b""), is_forced=True).problem


def test_one_list_that_fails_does_not_stop_the_others(tmp_path):
    fetch = serving(apple_relay=apple(1200), microsoft_eop=MICROSOFT)

    done = refresh(tmp_path, fetch, on=TODAY)

    problems = {one.name: bool(one.problem) for one in done}
    assert list(problems) == list(SOURCES)
    assert not problems["apple-relay"]
    assert problems["google"]


def test_a_refreshed_list_that_is_damaged_is_replaced(tmp_path):
    (tmp_path / "apple-relay.txt").write_text("half a li")

    assert refreshed(tmp_path, serving(apple_relay=apple(1200))).problem == ""


def test_nothing_is_left_beside_the_list(tmp_path):
    refreshed(tmp_path / "new" / "folder", serving(apple_relay=apple(1200)))

    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["apple-relay.txt"]


def test_an_unknown_list_is_refused(tmp_path):
    with pytest.raises(Invalid, match="apple-relay"):
        refresh(tmp_path, serving(), ["bing"], on=TODAY)


def test_a_list_comes_from_files_too(tmp_path):
    own, customers = tmp_path / "goog.json", tmp_path / "cloud.json"
    own.write_bytes(google(*(f"20.{at}.0.0/24" for at in range(30))))
    customers.write_bytes(google("20.0.0.0/24"))

    done = refresh_from_files(tmp_path / "lists", "google", [own, customers], on=TODAY)

    assert (done.ranges, done.problem) == (29, "")
    assert Networks.load(SHIPPED, tmp_path / "lists").facts("20.7.0.1").lists == ("google",)


def test_the_number_of_files_must_be_that_of_the_documents(tmp_path):
    with pytest.raises(Invalid, match=r"goog\.json.*cloud\.json"):
        refresh_from_files(tmp_path, "google", [tmp_path / "goog.json"], on=TODAY)


def test_a_missing_file_is_a_problem_of_that_list(tmp_path):
    done = refresh_from_files(tmp_path, "apple-relay", [tmp_path / "none.csv"], on=TODAY)

    assert "No such file" in done.problem


def test_a_file_past_the_limit_is_refused(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as out:
        out.truncate(MAX_BYTES + 1)

    with pytest.raises(TooLarge):
        read_file(path)


@pytest.mark.parametrize("url", ["http://mask-api.icloud.com/x", "file:///etc/passwd", "ftp://x/"])
def test_only_https_is_fetched(url):
    with pytest.raises(Invalid, match="not an https address"):
        https_fetch(url)


def test_a_redirect_must_stay_with_https():
    request = urllib.request.Request("https://a.example/")

    with pytest.raises(Invalid, match="not an https address"):
        _HttpsOnly().redirect_request(
            request, BytesIO(), 302, "Found", HTTPMessage(), "http://a.example/"
        )


def test_what_cannot_be_reached_is_unavailable():
    with pytest.raises(Unavailable, match="cannot be fetched"):
        https_fetch("https://127.0.0.1:1/list")
