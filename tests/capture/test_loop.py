"""The loop test: a mail through a Gmail that others wrote, a real edge and drain, into the Feed."""

import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from threading import Event, Thread

import pytest
import trustme

from backend import db
from backend.access.safe import Safe
from backend.capture import loop
from backend.capture.loop import Walk, Way
from backend.capture.loop_runs import TOKEN, LoopRunner, owner
from backend.drain.steps import TICK_S, Drain
from backend.errors import Forbidden, Unavailable
from backend.mail.parsed import parse
from backend.models.loop_tests import LoopTest
from backend.models.mailboxes import Connection
from backend.models.secrets import Secret
from backend.providers.vault import open_vault
from backend.tracking.hitlog import open_source
from backend.tracking.linkdoor import serve_links
from backend.tracking.linkpull import target_of
from tests.edge.running import Edge
from tests.fakes import graph_server, myworld
from tests.fakes.tls_front import in_front_of
from tests.relay.hosting import smarthost
from tests.waiting import LOOPBACK, free_port
from tests.world import SECRET

NAME = "track.example.test"


@pytest.fixture(scope="module")
def database_url():
    return ""  # what is tried are the steps


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with myworld.running(tmp_path_factory.mktemp("myworld")) as running:
        yield running


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def trust(authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture(scope="module")
def public(settings, host, authority):
    """Settings of an installation whose edge answers behind a proxy with a certificate."""
    front, edge_port = free_port(), free_port()
    url = f"https://{NAME}:{front}"
    edge = Edge(settings.data_dir, edge_port, {"SECRET": SECRET, "TRACKING_URL": url})
    with ExitStack() as stack:
        edge.start()
        stack.callback(edge.stop)
        stack.enter_context(in_front_of(edge_port, authority, NAME, front))
        changes = {"tracking_url": url, "google_gmail_endpoint": host.gmail}
        yield settings.model_copy(update=changes)


@pytest.fixture
def door(world):
    """The drain's door, which hands a link over that the edge does not know yet."""
    opened = serve_links(world.settings.drain_socket, target_of)
    yield
    opened.close()


@pytest.fixture
def drained(world, door):
    """A drain that works until the end of the test."""
    drain, stop = Drain(world.settings, open_source(world.settings)), Event()

    def work():
        while not stop.is_set():
            if not drain.step():
                stop.wait(TICK_S)

    thread = Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join(30)
    drain.close()


@pytest.fixture
def way(trust):
    return Way(lambda _: [LOOPBACK], trust, arrives_s=0.1, shown_s=60)


@pytest.fixture
def safe(world):
    return Safe(open_vault(world.settings))


def due(world, safe, token="", provider="google"):
    """A test that waits for a worker, by ada with alice's mailbox."""
    ada = world.users["ada"]
    connection = Connection.create(
        org_id=ada.org_id, provider=provider, method="user_consent", client_id="us", state="ready"
    )
    made = LoopTest.create(
        org_id=ada.org_id, connection_id=connection.id, user_id=ada.id,
        address="alice@ours.test", language="en",
    )  # fmt: skip
    if token:
        safe.put(owner(made), TOKEN, token)
    return made


def apart(call):
    """What the call returns, made in a thread: ours holds a connection, which it would close."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result(120)


def run_next(public, safe, way):
    return apart(lambda: LoopRunner(public, safe, way).step(Event()))


def told(test):
    """State and last step of a test, as the table has them now."""
    found = LoopTest.get_by_id(test.id)
    last = found.notes[-1]
    return found.state, last.step, last.cause


@pytest.mark.req("R79")
def test_a_mail_goes_round_and_stands_in_the_feed(world, host, public, safe, way, drained):
    test = due(world, safe, host.world([]).token("alice"))

    assert run_next(public, safe, way)

    found = LoopTest.get_by_id(test.id)
    assert [(note.step, note.state) for note in found.notes] == [
        (step, "good")
        for step in ("stamp", "send", "find", "content", "host", "open", "click", "feed")
    ]
    assert found.state == "passed"
    assert all(note.took_ms < 120_000 for note in found.notes)
    assert db.rows(
        "SELECT kind, verdict, is_counted FROM engagement WHERE stamp_id = %s ORDER BY kind",
        [found.stamp_id],
    ) == [("click", "self", False), ("open", "self", False)]
    assert db.one("SELECT state FROM stamp WHERE id = %s", [found.stamp_id]) == ("stopped",)
    assert db.one("SELECT open_count, click_count FROM email_message") == (0, 0)
    assert Connection.get().detail["loop_at"] == found.finished_at.isoformat()
    assert Secret.select().where(Secret.owner_type == "loop_test").count() == 0


@pytest.fixture
def graph(public):
    """Alice's mailbox at Microsoft, whose mail goes through a real mail host and back."""
    with smarthost() as carrier, graph_server.running() as running:
        running.box("alice@ours.test", "token")
        running.sending.port = carrier.port
        running.sending.arrived = lambda _address: [mail.content for mail in carrier.taken]
        yield public.model_copy(update={"graph_url": running.url}), carrier


@pytest.mark.req("R79")
def test_at_microsoft_the_mail_travels_by_smtp_and_stands_in_the_feed(
    world, graph, safe, way, drained
):
    settings, carrier = graph
    test = due(world, safe, "token", "microsoft")
    patient = replace(way, arrives_s=30)  # its copy is in Sent Items a moment later

    assert run_next(settings, safe, patient)

    assert told(test) == ("passed", "feed", "")
    assert carrier.recipients() == [("alice@ours.test",)]
    assert db.one("SELECT open_count, click_count, internet_message_id FROM email_message") == (
        0, 0, parse(carrier.taken[0].content).message_id,
    )  # fmt: skip
    assert Secret.select().where(Secret.owner_type == "loop_test").count() == 0


def test_its_own_domain_left_out_and_a_policy_of_nothing_do_not_hinder_it(
    world, host, public, safe, way, drained
):
    world.set_policy(preset="off", internal_domains=["ours.test"])
    test = due(world, safe, host.world([]).token("alice"))

    run_next(public, safe, way)

    assert told(test) == ("passed", "feed", "")


@pytest.mark.req("R15", "R79")
@pytest.mark.parametrize(
    ("why", "ask", "trusted", "cause"),
    [
        ("DNS knows no such name", lambda _: [], True, "name"),
        ("DNS leads where nothing is", lambda _: ["127.0.0.9"], True, "connection"),
        ("nobody knows who signed it", lambda _: [LOOPBACK], False, "certificate"),
    ],
)
def test_a_host_that_readers_do_not_reach_fails_with_its_cause(
    world, host, public, safe, trust, why, ask, trusted, cause
):
    test = due(world, safe, host.world([]).token("alice"))
    way = Way(ask, trust if trusted else ssl.create_default_context())

    run_next(public, safe, way)

    assert told(test) == ("failed", "host", cause), why
    assert db.one("SELECT count(*) FROM hit") == (0,)


@pytest.mark.req("R15")
def test_dns_that_leads_to_somebody_else_fails_with_its_cause(
    world, host, public, safe, authority, trust
):
    test = due(world, safe, host.world([]).token("alice"))
    # The same certificate, and behind it Gmail's emulator in place of our edge.
    port = int(host.gmail.split(":")[2].split("/")[0])
    with in_front_of(port, authority, NAME) as other:
        elsewhere = public.model_copy(update={"tracking_url": f"https://{NAME}:{other}"})
        run_next(elsewhere, safe, Way(lambda _: [LOOPBACK], trust))

    assert told(test) == ("failed", "host", "answer")


def test_plain_http_goes_on_and_is_said(world, host, public, safe):
    test = due(world, safe, host.world([]).token("alice"))
    edge_port = free_port()
    url = f"http://{LOOPBACK}:{edge_port}"
    edge = Edge(world.settings.data_dir / "plain", edge_port, {"SECRET": SECRET})
    edge.data_dir.mkdir()
    edge.start()
    try:
        run_next(public.model_copy(update={"tracking_url": url}), safe, Way(shown_s=0.1))
    finally:
        edge.stop()

    notes = {note.step: note for note in LoopTest.get_by_id(test.id).notes}
    assert (notes["host"].state, notes["host"].cause) == ("warn", "plain")
    assert notes["open"].state == "good"


class Post:
    """A mailbox at no provider, through which mail may come changed, late, or not at all."""

    def __init__(self, change=lambda raw: raw, fault=None, *, is_sent=True):
        self.change, self.fault, self.is_sent, self.mail = change, fault, is_sent, b""

    def post(self, raw):
        if self.fault:
            raise self.fault
        self.mail = raw
        return "1"

    def sent(self, _handle):
        return "<1@ours.test>" if self.is_sent else None

    def raw(self, _message_id):
        return self.change(self.mail)

    def find(self, _internet_message_id):
        return "1" if self.change(self.mail) else None


def without(text):
    """Mail in which an address of ours is another one."""
    return lambda raw: raw.replace(text, b"/x/")


@pytest.mark.parametrize(
    ("why", "post", "told_as"),
    [
        ("sending is not allowed", Post(fault=Forbidden("No.")), ("send", "refused")),
        ("the provider is away", Post(fault=Unavailable("No.")), ("send", "away")),
        ("it stays in the outbox", Post(is_sent=False), ("send", "not_sent")),
        ("it does not come", Post(lambda _: b""), ("find", "not_found")),
        ("a gateway took the picture", Post(without(b"/o/")), ("content", "no_pixel")),
        ("a gateway changed the link", Post(without(b"/c/")), ("content", "no_link")),
    ],
)
def test_what_goes_wrong_on_the_way_is_told_and_the_rest_not_tried(
    world, public, safe, way, why, post, told_as
):
    test = due(world, safe)

    assert not apart(lambda: loop.run(Walk(test, post, public, way, Event())))

    assert told(test) == ("failed", *told_as), why
    assert db.one("SELECT state FROM stamp") == ("stopped",)


@pytest.mark.req("R15", "R79")
@pytest.mark.parametrize(
    ("why", "known_s", "told_as", "is_asked_again"),
    [
        ("it is in a moment, and asked for again", 20, ("feed", "no_row"), True),
        ("nobody waits any longer", 0, ("click", "status"), False),
    ],
)
def test_a_link_that_the_drain_does_not_know_at_once(
    world, public, safe, trust, why, known_s, told_as, is_asked_again
):
    test, asked = due(world, safe), []

    def busy_at_first(token):
        asked.append(token)
        if len(asked) == 1:
            raise Unavailable("Later.")  # the edge then shows the page that asks again
        return target_of(token)

    way = Way(lambda _: [LOOPBACK], trust, known_s=known_s, shown_s=0.1)
    with closing(serve_links(world.settings.drain_socket, busy_at_first)):
        apart(lambda: loop.run(Walk(test, Post(), public, way, Event())))

    # A third time, too, where a busy machine takes longer for the answer than the edge waits.
    assert (told(test), len(asked) > 1) == (("failed", *told_as), is_asked_again), why
    assert set(asked) == {asked[0]}


def test_a_feed_that_stays_empty_is_told(world, public, safe, trust, door):
    test = due(world, safe)
    way = Way(lambda _: [LOOPBACK], trust, shown_s=0.1)

    apart(lambda: loop.run(Walk(test, Post(), public, way, Event())))

    assert told(test) == ("failed", "feed", "no_row")  # no drain takes the hits
