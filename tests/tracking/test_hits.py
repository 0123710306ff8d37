"""The hit table gives back what it was given, however it is kept."""

from datetime import timedelta
from typing import Any

import pytest

from backend import db
from backend.models.mail import StampCopy
from backend.tracking import hits
from backend.tracking.facts import Kind, NetworkFacts, RawHit
from backend.tracking.hits import Arrival
from backend.tracking.targets import add_copies, mails_of, targets_of
from backend.tracking.windows import ALWAYS, Window
from tests.world import CAROL, CHROME, LEO, NOON, OUTLOOK, World, hit, record

EVERYTHING = NetworkFacts(asn=2**32 - 1, country="DE", is_approximate=True, lists=("a", "b"))


def arrivals(*given: RawHit) -> list[Arrival]:
    """The hits with what their tokens stand for."""
    targets = targets_of(given)
    mails = mails_of({target.stamp_id for target in targets.values()})
    add_copies(mails, {target.copy_id for target in targets.values()})
    return hits.arrivals(given, targets, mails)


def store(*given: RawHit) -> None:
    hits.store(arrivals(*given))


def forget_agents() -> None:
    """Know no more of agents than a process that has just started."""
    hits._agent_of_text.cache_clear()
    hits._agents.clear()


VARIANTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("plain", {}),
    ("all that is known of a network", {"network": EVERYTHING}),
    ("a prefetch", {"headers": {"sec-purpose": "Prefetch;prerender"}}),
    ("an old prefetch header", {"headers": {"x-moz": "prefetch"}}),
    ("asks not to be tracked", {"headers": {"sec-gpc": "1"}}),
    ("asks in the old way", {"headers": {"dnt": "1"}}),
    ("asks nothing", {"headers": {"dnt": "0", "purpose": "navigate"}}),
    ("an app's web view", {"headers": {"x-requested-with": "com.google.android.gm"}}),
    ("without a name", {"user_agent": ""}),
    ("a strange name", {"user_agent": "ü\U0001f600" * 200}),
    ("a reader key of any bytes", {"reader_key": bytes(range(16))}),
    ("half of a microsecond-precise second", {"received_at": NOON + timedelta(microseconds=1)}),
)


@pytest.mark.parametrize(("why", "changes"), VARIANTS, ids=[row[0] for row in VARIANTS])
def test_a_hit_is_read_back_as_it_was_judged_when_it_came(
    world: World, why: str, changes: dict[str, Any]
) -> None:
    stamped = world.send()
    (came,) = arrivals(hit(world.open_token(stamped), **changes))

    hits.store([came])
    forget_agents()

    assert hits.between(mails_of([stamped.id]), ALWAYS) == {stamped.id: [came.facts]}, why


def test_a_click_knows_its_link_and_a_senders_own_browser_is_known(world: World) -> None:
    stamped = world.send()
    store(
        hit(world.click_token(stamped), Kind.CLICK, headers={"self": world.alice.id}),
        hit(world.click_token(stamped), Kind.CLICK, headers={"self": "someone"}, after=61),
    )

    mine, others = hits.between(mails_of([stamped.id]), ALWAYS)[stamped.id]

    assert mine.link == others.link == stamped.links[0].id
    assert (mine.is_self_cookie, others.is_self_cookie) == (True, False)


def test_only_hits_that_are_not_stored_yet_are_new(world: World) -> None:
    token = world.open_token(world.send())
    old, new = hit(token), hit(token, after=190)
    store(old)

    assert record(new, old) == 1
    assert record(new, old) == 0
    assert db.rows("SELECT count(*) FROM hit") == [(2,)]


def test_hits_come_in_the_order_of_time_within_the_window(world: World) -> None:
    one, other = world.send(), world.send()
    store(*(hit(world.open_token(one), after=after) for after in (90, 30, 60)))
    store(hit(world.open_token(other), after=60))
    window = Window(NOON + timedelta(seconds=60), NOON + timedelta(seconds=91))

    found = hits.between(mails_of([one.id]), window)

    assert [(each.received_at - NOON).seconds for each in found[one.id]] == [60, 90]
    assert list(found) == [one.id]
    assert hits.between({}, ALWAYS) == {}


def test_an_agent_is_kept_once(world: World) -> None:
    token = world.open_token(world.send())
    store(hit(token), hit(token, after=61, user_agent=CHROME))
    store(hit(token, after=62))

    assert sorted(db.rows("SELECT text FROM agent")) == sorted([(OUTLOOK,), (CHROME,)])


def test_the_same_name_in_another_app_is_another_agent(world: World) -> None:
    token = world.open_token(world.send())

    store(hit(token), hit(token, after=61, headers={"x-requested-with": "com.fsck.k9"}))

    assert db.rows("SELECT count(*) FROM agent") == [(2,)]


def test_whether_there_is_one_recipient_is_asked_of_the_copy(world: World) -> None:
    alone, together = world.send(), world.send(CAROL, LEO)
    for stamped in (alone, together):
        store(hit(world.open_token(stamped)))

    found = hits.between(mails_of([alone.id, together.id]), ALWAYS)

    assert found[alone.id][0].is_one_recipient
    assert not found[together.id][0].is_one_recipient


def test_no_address_of_a_reader_and_no_token_is_kept(world: World) -> None:
    stamped = world.send()
    given = hit(world.open_token(stamped), network=EVERYTHING)
    store(given)

    stored = str(db.rows("SELECT * FROM hit"))

    assert given.token not in stored
    assert CAROL not in stored
    assert StampCopy.get().id in stored


@pytest.mark.parametrize(
    ("headers", "is_prefetch", "asks"),
    [
        ({}, False, False),
        ({"purpose": "preview"}, True, False),
        ({"x-purpose": "PRERENDER"}, True, False),
        ({"sec-purpose": "navigate"}, False, False),
        ({"sec-gpc": "1", "dnt": "0"}, False, True),
        ({"sec-gpc": "0", "dnt": "1"}, False, True),
        ({"sec-gpc": "true"}, False, False),
        ({"x-requested-with": "preview"}, False, False),
    ],
)
def test_what_the_headers_say(headers: dict[str, str], is_prefetch: bool, asks: bool) -> None:
    assert hits.is_prefetch(headers) is is_prefetch
    assert hits.asks_not_to_be_tracked(headers) is asks
