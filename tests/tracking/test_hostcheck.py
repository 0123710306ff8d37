"""The check of a tracking host names the first thing that keeps a reader from getting through."""

import ssl
from contextlib import ExitStack

import pytest
import trustme

from backend.tracking import hostcheck
from tests.fakes.listening import Quiet, certified, listening
from tests.waiting import LOOPBACK, free_port


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def serve(authority):
    """Starts a server with a body and, on request, a certificate for a name; gives its port."""
    with ExitStack() as running:

        def start(body=b'<meta name="generator" content="Telltale">', name=None):
            class Page(Quiet):
                def do_GET(self):
                    self.send(200, body)

            context = certified(authority, name) if name else None
            return running.enter_context(listening(Page, context))

        yield start


def here(_host):
    return [LOOPBACK]


def steps(url, ask=here, trust=None):
    return [(each.step, each.is_good) for each in hostcheck.check(url, ask, trust)]


@pytest.fixture
def trust(authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.mark.req("R15")
def test_a_reader_gets_through(serve, trust):
    port = serve(name="track.example.test")

    findings = hostcheck.check(f"https://track.example.test:{port}", here, trust)

    assert [each.is_good for each in findings] == [True] * 4
    assert findings[0].found == LOOPBACK
    assert "GMT" in findings[2].found


def test_a_name_that_dns_does_not_know(trust):
    assert steps("https://track.example.test", lambda _: [], trust) == [("name", False)]


def test_a_name_that_leads_where_nothing_listens(trust):
    url = f"https://track.example.test:{free_port()}"

    assert steps(url, here, trust) == [("name", True), ("connection", False)]


def test_a_name_that_leads_to_somebody_else(serve, trust):
    port = serve(b"It works!", "track.example.test")

    assert steps(f"https://track.example.test:{port}", here, trust)[-1] == ("answer", False)


@pytest.mark.parametrize(
    ("why", "name", "said"),
    [
        ("for another name", "other.example.test", "mismatch"),
        ("of nobody known", "track.example.test", "unable to get local issuer"),
    ],
)
def test_a_certificate_that_browsers_refuse(serve, trust, why, name, said):
    port = serve(name=name)
    known = trust if "another" in why else ssl.create_default_context()

    last = hostcheck.check(f"https://track.example.test:{port}", here, known)[-1]

    assert (last.step, last.is_good) == ("certificate", False)
    assert said in last.found, why


def test_plain_http_is_said(serve):
    assert steps(f"http://localhost:{serve()}") == [
        ("name", True), ("connection", True), ("certificate", False), ("answer", True),
    ]  # fmt: skip


@pytest.mark.parametrize("host", ["a..b.com", f"{'a' * 64}.com", ".com"])
def test_what_can_be_no_name_has_no_address(host):
    assert hostcheck.resolve(host) == []


def test_names_are_looked_up():
    assert LOOPBACK in hostcheck.resolve("localhost")
