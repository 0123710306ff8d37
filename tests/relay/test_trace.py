"""The line that says how a mail came to us: by the grammar, whatever a peer calls itself."""

import smtplib
import socket
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from backend import clock
from backend.relay.trace import SIGNED_IN, traces
from tests.relay import hosting
from tests.relay.letters import below, letter, trace_of
from tests.waiting import LOOPBACK
from tests.world import CAROL

HERE = f"[{LOOPBACK}]"
LONGEST = ".".join(["a" * 63] * 3 + ["b" * 63])  # of 255 characters


@pytest.fixture(scope="module")
def database_url():
    return ""  # nothing here depends on the engine


def trace_by(settings, smarthost, name: bytes, verb: bytes = b"EHLO"):
    """The trace of a mail from a peer that calls itself so."""
    mail = b"MAIL FROM:<alice@ours.test>\r\nRCPT TO:<carol@northwind.test>\r\nDATA\r\n"
    with socket.create_connection((LOOPBACK, settings.relay_port), 10) as peer:
        peer.sendall(verb + b" " + name + b"\r\n" + mail + letter() + b".\r\nQUIT\r\n")
        while peer.recv(1000):
            pass
    (taken,) = smarthost.taken
    return trace_of(taken.content)


def test_a_mail_says_from_whom_it_came_how_and_when(relay, smarthost):
    before = clock.now().replace(microsecond=0)

    found = trace_by(relay, smarthost, b"peer.example.com")

    assert found["source"] == f"peer.example.com ({HERE})"
    assert (found["name"], found["protocol"]) == ("relay.test", "ESMTP")
    assert before <= parsedate_to_datetime(found["date"]) <= clock.now()
    assert CAROL not in found[0]


@pytest.mark.parametrize(
    ("why", "name", "written"),
    [
        ("a name", b"Peer-1.example.com", "Peer-1.example.com"),
        ("a name of one word", b"localhost", "localhost"),
        ("the longest name", LONGEST.encode(), LONGEST),
        ("an address", b"[192.0.2.1]", "[192.0.2.1]"),
        ("an address of six", b"[IPv6:2001:DB8:0::1]", "[IPv6:2001:db8::1]"),
        ("a name that is too long", b"x." + LONGEST.encode(), HERE),
        ("a label that is too long", b"a" * 64, HERE),
        ("a line end", b"x\rX-Evil: yes", HERE),
        ("a comment", b"x (y)", HERE),
        ("the rest of a line", b"x by evil.test with SMTP id 1; Mon, 1 Jan 1990", HERE),
        ("a semicolon", b"x;y", HERE),
        ("characters beyond ASCII", "bücher.example".encode(), HERE),
        ("digits beyond ASCII", "[١٢٧.0.0.1]".encode(), HERE),
        ("bytes of no characters", b"\xff\xfe", HERE),
        ("a NUL", b"x\0", HERE),
        ("an underline", b"DESKTOP_1", HERE),
        ("an empty label", b"a..b", HERE),
        ("a stroke at the end", b"a-.b", HERE),
        ("a dot at the end", b"a.b.", HERE),
        ("no such address", b"[999.0.0.1]", HERE),
        ("an address without its mark", b"[2001:db8::1]", HERE),
        ("a mark on another address", b"[IPv6:192.0.2.1]", HERE),
        ("an address with more behind it", b"[192.0.2.1] x", HERE),
        ("an address with a zone", b"[IPv6:fe80::1%eth0]", HERE),
        ("an address that is not closed", b"[192.0.2.1", HERE),
    ],
)
def test_a_peer_is_called_by_what_can_be_a_hosts_name_alone(relay, smarthost, why, name, written):
    found = trace_by(relay, smarthost, name)

    assert found["source"] == f"{written} ({HERE})", why
    assert b"Evil" not in smarthost.taken[0].content


def test_without_extensions_the_protocol_is_another(relay, smarthost):
    assert trace_by(relay, smarthost, b"x", verb=b"HELO")["protocol"] == "SMTP"


def test_with_addresses_beyond_ascii_the_protocol_is_another(relay, smarthost):
    with smtplib.SMTP(LOOPBACK, relay.relay_port) as client:
        client.sendmail("alice@ours.test", ["jürgen@bücher.test"], letter(), ["SMTPUTF8"])

    assert trace_of(smarthost.taken[0].content)["protocol"] == "UTF8SMTP"


@contextmanager
def secret(settings, context, name="reps-phone.local"):
    """A session over TLS of a peer that calls itself so."""
    with smtplib.SMTP(LOOPBACK, settings.relay_port, local_hostname=name) as client:
        client.starttls(context=context)
        yield client


@pytest.mark.parametrize("networks", ["", "127.0.0.0/8"], ids=["a stranger", "a neighbour"])
@pytest.mark.parametrize("name", ["reps-phone.local", "[192.168.178.23]", "[IPv6:2001:db8::1]"])
def test_of_who_has_signed_in_neither_address_nor_name_is_told(guarded, smarthost, networks, name):
    settings, password, context = guarded
    there = settings.model_copy(update={"relay_networks": networks})
    with hosting.relay(there) as running, secret(running, context, name) as client:
        client.login("crm", password)
        client.sendmail("alice@ours.test", [CAROL], letter())

    (mail,) = smarthost.taken
    found = trace_of(mail.content)
    assert (found["source"], found["protocol"]) == (SIGNED_IN, "ESMTPSA")
    head = mail.content[: -len(below(mail.content))].decode()
    assert not [each for each in (name, LOOPBACK, "crm", "[") if each in head]


def test_of_a_neighbour_that_speaks_in_secret_the_line_says_so(guarded, smarthost):
    settings, _, context = guarded
    near = settings.model_copy(update={"relay_networks": "127.0.0.0/8"})
    with hosting.relay(near) as running, secret(running, context, "peer.test") as client:
        client.sendmail("alice@ours.test", [CAROL], letter())

    found = trace_of(smarthost.taken[0].content)
    assert (found["source"], found["protocol"]) == (f"peer.test ({HERE})", "ESMTPS")


def test_a_peers_address_of_six_is_written_with_its_mark(onward, world, smarthost):
    with (
        hosting.relay(onward.model_copy(update={"relay_host": "::1"})) as running,
        smtplib.SMTP("::1", running.relay_port, local_hostname="not_a_name") as client,
    ):
        client.sendmail("alice@ours.test", [CAROL], letter())

    assert trace_of(smarthost.taken[0].content)["source"] == "[IPv6:::1] ([IPv6:::1])"


@pytest.mark.parametrize(
    ("ours", "written"),
    [("build_box.example", "build-box-example"), ("[192.0.2.1]", "192-0-2-1"), ("_", "localhost")],
)
def test_our_own_name_is_written_as_a_name(onward, world, smarthost, ours, written):
    with hosting.relay(onward.model_copy(update={"relay_ehlo": ours})) as running:
        found = trace_by(running, smarthost, b"x")

    assert found["name"] == written


@pytest.fixture
def next_year():
    """The installation's dial is turned on by a year."""
    clock.run_ahead_by(lambda: timedelta(days=365))
    yield clock.wall() + timedelta(days=364)
    clock.run_ahead_by(None)


def test_the_time_is_the_installations(next_year: datetime, relay, smarthost):
    found = trace_by(relay, smarthost, b"x")

    assert parsedate_to_datetime(found["date"]) > next_year


@pytest.mark.parametrize(
    ("why", "head", "count"),
    [
        ("none", b"From: a\r\n", 0),
        ("in any case, and folded", b"RECEIVED: x\r\n\ty\r\nreceived : z\r\n", 2),
        ("others that are called alike", b"X-Received: x\r\nReceived-SPF: y\r\n", 0),
        ("in a head that cannot be read", b"no field\r\nReceived: x\r\n", 1),
        ("in the text alone", b"", 0),
        ("in the text behind a head", b"From: a\r\n\r\n", 0),
    ],
)
def test_traces_are_found_in_the_head_alone(why, head, count):
    assert len(traces(head + b"\r\nReceived: in the text\r\n")) == count, why
