"""From hits to engagements and counters, on both engines."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from backend import db
from backend.models.people import Person
from backend.tracking import engagements
from backend.tracking.facts import Kind
from tests.world import (
    APPLE_MPP,
    CAROL,
    CHROME,
    GMAIL_PROXY,
    LEO,
    NOON,
    OUTLOOK,
    World,
    hit,
    record,
)

FAR = timedelta(seconds=600)


@pytest.mark.req("R16")
def test_an_open_is_stored_judged_and_counted(world: World) -> None:
    stamped = world.send()

    record(hit(world.open_token(stamped)))

    (found,) = world.engagements(stamped)
    message = world.message(stamped)
    assert (found["kind"], found["verdict"], found["is_counted"]) == ("open", "human", True)
    assert found["person_id"] == world.people["carol"].id
    assert (message.is_opened, message.open_count, message.opens_total) == (True, 1, 1)
    assert message.first_opened_at == message.last_opened_at == NOON + timedelta(seconds=60)


def test_a_batch_that_comes_twice_changes_nothing(world: World) -> None:
    stamped = world.send()
    batch = [hit(world.open_token(stamped)), hit(world.open_token(stamped), after=180)]

    first, second = record(*batch), record(*batch)

    assert (first, second) == (2, 0)
    assert world.message(stamped).opens_total == 2


@pytest.mark.req("R18")
@pytest.mark.parametrize(
    ("why", "seconds", "opens"),
    [
        ("twice in one cycle is one open", (60, 119), 1),
        ("a second later, but in the next cycle, is another", (119, 120), 2),
        ("three cycles", (60, 120, 180), 3),
    ],
)
def test_repeats_in_a_cycle_count_once(
    world: World, why: str, seconds: tuple[int, ...], opens: int
) -> None:
    stamped = world.send()
    token = world.open_token(stamped)

    for after in seconds:  # one by one, as they come
        record(hit(token, after=after))

    assert world.message(stamped).opens_total == opens, why
    assert len(world.engagements(stamped)) == opens


def test_one_batch_and_single_hits_come_to_the_same(world: World) -> None:
    one, other = world.send(), world.send()
    seconds = (5, 61, 62, 119, 120, 200, 240)

    record(*(hit(world.open_token(one), after=after) for after in seconds))
    for after in reversed(seconds):
        record(hit(world.open_token(other), after=after))

    assert world.engagements(one) == world.engagements(other)
    assert world.message(one).opens_total == world.message(other).opens_total


@pytest.mark.req("R22")
def test_a_burst_takes_back_the_open_that_had_been_counted(world: World) -> None:
    html = "".join(f'<a href="https://example.com/{n}">{n}</a>' for n in range(4))
    stamped = world.send(html=html)
    record(hit(world.open_token(stamped), after=100, user_agent=CHROME))
    before = world.message(stamped).opens_total

    record(*(hit(world.click_token(stamped, n), Kind.CLICK, after=101 + n / 2) for n in range(4)))

    message = world.message(stamped)
    assert before == 1
    assert (message.opens_total, message.click_count, message.is_opened) == (0, 0, False)
    assert message.first_opened_at is None
    assert {each["verdict"] for each in world.engagements(stamped)} == {"scanner"}


@pytest.mark.req("R29")
def test_a_hit_before_the_send_is_known_waits_and_is_judged_later(world: World) -> None:
    stamped = world.stamp()
    record(hit(world.open_token(stamped), after=60))
    (waiting,) = world.engagements(stamped)

    world.confirm(stamped, NOON)

    (judged,) = world.engagements(stamped)
    assert "send_not_confirmed" in waiting["reasons"]
    assert not waiting["is_counted"]
    assert judged["is_counted"]
    assert world.message(stamped).opens_total == 1


def test_a_later_sent_time_makes_an_early_open_the_senders_own(world: World) -> None:
    stamped = world.send()
    record(hit(world.open_token(stamped), after=60))

    world.confirm(stamped, NOON + timedelta(minutes=5))

    (judged,) = world.engagements(stamped)
    assert (judged["verdict"], judged["is_counted"]) == ("self", False)
    assert world.message(stamped).opens_total == 0


@pytest.mark.req("R24")
def test_a_click_shows_that_the_mail_was_opened_without_adding_an_open(world: World) -> None:
    stamped = world.send()

    record(hit(world.click_token(stamped), Kind.CLICK, after=300))

    message = world.message(stamped)
    assert (message.is_opened, message.is_open_inferred) == (True, True)
    assert (message.opens_total, message.open_count, message.click_count) == (0, 0, 1)
    assert message.first_opened_at == NOON + timedelta(seconds=300)


@pytest.mark.req("R20")
def test_a_load_by_apple_is_shown_but_never_counted(world: World) -> None:
    stamped = world.send()

    record(hit(world.open_token(stamped), user_agent=APPLE_MPP))

    (found,) = world.engagements(stamped)
    assert (found["verdict"], found["is_counted"]) == ("apple_mpp", False)
    assert not world.message(stamped).is_opened


def test_a_machines_open_never_swallows_a_persons(world: World) -> None:
    stamped = world.send()
    token = world.open_token(stamped)

    record(hit(token, after=61, user_agent=APPLE_MPP), hit(token, after=62))

    assert world.message(stamped).opens_total == 1
    assert len(world.engagements(stamped)) == 2


@pytest.mark.req("R74")
def test_do_not_track_holds_for_mail_that_was_sent_before(world: World) -> None:
    stamped = world.send()
    record(hit(world.open_token(stamped), after=60))
    Person.update(do_not_track=True).where(Person.id == world.people["carol"].id).execute()

    stored = record(hit(world.open_token(stamped), after=600))

    assert stored == 0
    assert db.rows("SELECT reason, hits FROM dropped_hit") == [("do_not_track", 1)]
    assert db.one("SELECT count(*) FROM hit") == (1,)
    assert world.message(stamped).opens_total == 1


@pytest.mark.req("R25")
def test_a_shared_pixel_names_nobody(world: World) -> None:
    stamped = world.send(CAROL, LEO)

    record(hit(world.open_token(stamped)))

    (found,) = world.engagements(stamped)
    assert found["is_counted"]
    assert found["person_id"] is None


@pytest.mark.req("R25")
def test_a_copy_of_ones_own_names_its_reader(world: World) -> None:
    stamped = world.send(CAROL, LEO, per_recipient=True)

    record(hit(world.open_token(stamped, LEO)))

    (found,) = world.engagements(stamped)
    assert found["person_id"] == world.people["leo"].id


def test_with_the_aggregate_preset_nobody_is_named(world: World) -> None:
    world.set_policy(preset="aggregate")
    stamped = world.send(CAROL, per_recipient=True)

    record(hit(world.open_token(stamped)))

    (found,) = world.engagements(stamped)
    assert (found["is_counted"], found["person_id"]) == (True, None)


@pytest.mark.req("R26")
def test_a_second_reader_elsewhere_is_hinted_at_and_the_recipient_stays(world: World) -> None:
    from backend.tracking.facts import NetworkFacts

    stamped = world.send()
    token = world.open_token(stamped)
    record(hit(token, after=600, network=NetworkFacts(asn=3209, country="DE")))

    later = hit(
        token,
        after=90_000,
        reader="two",
        user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.4.0",
        network=NetworkFacts(asn=7922, country="US"),
    )
    record(later)

    second = world.engagements(stamped)[1]
    assert "maybe_forwarded" in second["hints"]
    assert second["person_id"] == world.people["carol"].id


@pytest.mark.req("R17")
@pytest.mark.parametrize("opens", [100, 101, 102, 10_000])
def test_the_shown_count_stops_at_101_and_the_total_does_not(world: World, opens: int) -> None:
    stamped = world.send()
    token = world.open_token(stamped)

    for start in range(0, opens, 1000):
        record(*(hit(token, after=60 * (1 + n)) for n in range(start, min(start + 1000, opens))))

    message = world.message(stamped)
    assert (message.open_count, message.opens_total) == (min(opens, 101), opens)


@pytest.mark.req("R17")
def test_the_cap_holds_when_four_drains_count_at_once(world: World) -> None:
    stamped = world.send()
    token = world.open_token(stamped)
    batches = [
        [hit(token, after=60 * (1 + 4 * n + drain)) for n in range(40)] for drain in range(4)
    ]
    together = Barrier(4)

    def drain(batch: list) -> None:
        together.wait()
        with db.connection():
            for each in batch:
                record(each)

    threads = [Thread(target=drain, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    message = world.message(stamped)
    assert (message.open_count, message.opens_total) == (101, 160)


def test_a_stopped_mail_records_nothing_more(world: World) -> None:
    from backend.models.mail import Stamp
    from backend.tracking import sending

    stamped = world.send()
    sending.stop(Stamp.get_by_id(stamped.id))

    record(hit(world.open_token(stamped)))

    assert world.engagements(stamped) == []
    assert db.rows("SELECT reason, hits FROM dropped_hit") == [("stopped", 1)]


def test_refusing_on_the_page_ends_measuring_at_once(world: World) -> None:
    from backend.models.mail import StampCopy

    stamped = world.send()
    copy = StampCopy.get(StampCopy.stamp_id == stamped.id)
    stop = hit(copy.unsubscribe_token, Kind.UNSUBSCRIBE, after=100, headers={"action": "stop"})

    record(stop, hit(copy.pixel_token, after=101))

    assert Person.get_by_id(world.people["carol"].id).consent == "denied"
    assert [each["kind"] for each in world.engagements(stamped)] == ["unsubscribe"]
    assert db.rows("SELECT reason, hits FROM dropped_hit") == [("consent_denied", 1)]
    assert db.rows("SELECT state, actor FROM consent_record") == [("denied", "recipient")]


def test_unsubscribing_suppresses_the_address(world: World) -> None:
    from backend.models.mail import StampCopy

    stamped = world.send()
    copy = StampCopy.get(StampCopy.stamp_id == stamped.id)

    record(hit(copy.unsubscribe_token, Kind.UNSUBSCRIBE, headers={"action": "unsubscribe"}))

    assert db.rows("SELECT address, reason FROM suppression") == [(CAROL, "unsubscribed")]


@pytest.mark.req("R23")
def test_the_senders_own_look_is_hers(world: World) -> None:
    from backend.models.mail import SelfView

    stamped = world.send()
    SelfView.create(
        org_id=world.alice.org_id, stamp_id=stamped.id, occurred_at=NOON + timedelta(minutes=30)
    )

    record(hit(world.open_token(stamped), after=1803), hit(world.open_token(stamped), after=3600))

    assert [each["verdict"] for each in world.engagements(stamped)] == ["self", "human"]
    assert world.message(stamped).opens_total == 1


def test_the_feeds_version_moves_only_when_something_changed(world: World) -> None:
    stamped = world.send()
    seen = hit(world.open_token(stamped))

    def version() -> int:
        return db.one('SELECT feed_version FROM "user" WHERE id = %s', [world.alice.id])[0]

    before = version()
    record(seen)
    after = version()
    record(seen)

    assert (after, version()) == (before + 1, before + 1)


def test_judging_everything_anew_changes_nothing_by_itself(world: World) -> None:
    stamped = world.send()
    agents = (OUTLOOK, GMAIL_PROXY, APPLE_MPP, CHROME)
    record(
        *(
            hit(world.open_token(stamped), after=40 * n, user_agent=agents[n % 4])
            for n in range(1, 60)
        )
    )
    before, counters = world.engagements(stamped), world.message(stamped).__data__

    change = engagements.rejudge([stamped.id])

    assert (change.added, change.updated, change.removed) == (0, 0, 0)
    assert world.engagements(stamped) == before
    assert world.message(stamped).__data__ == counters


@pytest.mark.parametrize("look", [95, 117, 241, 3_600])
def test_a_look_is_judged_like_the_whole_mail_and_leaves_what_is_far_away(
    world: World, look: int
) -> None:
    from backend.models.mail import SelfView

    stamped = world.send()
    agents = (OUTLOOK, GMAIL_PROXY, APPLE_MPP, CHROME)
    record(
        *(
            hit(world.open_token(stamped), after=7 * n, user_agent=agents[n % 4], reader=str(n % 5))
            for n in range(1, 90)
        ),
        *(hit(world.click_token(stamped), Kind.CLICK, after=90 + n / 20) for n in range(600)),
    )
    at = NOON + timedelta(seconds=look)
    SelfView.create(org_id=world.alice.org_id, stamp_id=stamped.id, occurred_at=at)
    last, hint = world.engagements(stamped)[-1], '["country_is_approximate"]'
    db.execute("UPDATE engagement SET hints = %s WHERE occurred_at > %s", [hint, NOON + FAR])

    change = engagements.rejudge_around(stamped.id, at)

    assert (change.updated + change.added > 0) is (look != 3_600)
    assert world.engagements(stamped)[-1] == {**last, "hints": ["country_is_approximate"]}
    whole = engagements.rejudge([stamped.id])
    assert (whole.added, whole.removed, dict(whole.verdicts)) == (0, 0, {})
    assert world.engagements(stamped)[-1] == last
