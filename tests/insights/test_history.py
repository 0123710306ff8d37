"""The history of one message: ninety days or everything, in pages, with its links."""

from datetime import timedelta

import pytest

from backend import clock
from backend.errors import Invalid, NotFound
from backend.insights import history
from backend.models.mail import EmailMessage, Stamp, StampCopy, TrackedLink
from backend.tracking import outcomes
from backend.tracking.drafts import Recipient
from backend.tracking.facts import Kind
from backend.tracking.outcomes import Outcome
from tests.world import APPLE_MPP, CAROL, LEO, NOON, hit, record

DAY = 86_400
TWO_LINKS = '<p><a href="https://example.com/a">A</a> <a href="https://example.com/b">B</a></p>'


def opened(world, *days, **changes):
    """A mail opened on these days after it was sent."""
    stamped = world.send(**changes)
    for day in days:
        record(hit(world.open_token(stamped), after=day * DAY + 60))
    return stamped


def days_of(found):
    return [item["occurred_at"][:10] for item in found["items"]]


@pytest.mark.req("R38")
def test_it_goes_ninety_days_back_and_to_the_beginning_on_request(world, as_viewer, time_machine):
    stamped = opened(world, 0, 9, 11)
    time_machine.move_to(NOON + timedelta(days=100))

    usual = history.of(as_viewer(), stamped.id)
    everything = history.of(as_viewer(), stamped.id, days=None)
    week = history.of(as_viewer(), stamped.id, days=7)

    assert days_of(usual) == ["2026-12-01"]
    assert days_of(everything) == ["2026-12-01", "2026-11-29", "2026-11-20"]
    assert days_of(week) == []


def test_it_shows_what_came_by_itself_too(world, as_viewer):
    stamped = world.send()
    record(hit(world.open_token(stamped), user_agent=APPLE_MPP))

    (item,) = history.of(as_viewer(), stamped.id)["items"]

    assert (item["counted"], item["verdict"]) == (False, "apple_mpp")


def test_pages_have_no_gaps_and_no_doubles(world, as_viewer):
    stamped = world.send()
    count = 2 * history.PAGE_SIZE + 5
    record(*(hit(world.open_token(stamped), after=60 * n) for n in range(1, count + 1)))

    found, before = [], None
    while True:
        page = history.of(as_viewer(), stamped.id, before=before)
        found.append(page["items"])
        before = page["next"]
        if before is None:
            break

    ids = [item["id"] for items in found for item in items]
    assert [len(items) for items in found] == [history.PAGE_SIZE, history.PAGE_SIZE, 5]
    assert len(set(ids)) == count


def test_it_is_of_one_mail_only(world, as_viewer):
    one, other = opened(world, 0), opened(world, 0)

    items = history.of(as_viewer(), one.id)["items"]

    assert {item["stamp"]["id"] for item in items} == {one.id}
    assert other.id != one.id


@pytest.mark.req("R41")
def test_a_manager_sees_it_unless_it_is_private(world, as_viewer):
    stamped = opened(world, 0)
    assert len(history.of(as_viewer("mika"), stamped.id)["items"]) == 1

    EmailMessage.update(visibility="private").execute()

    with pytest.raises(NotFound):
        history.of(as_viewer("mika"), stamped.id)


@pytest.mark.req("R41")
def test_a_reply_to_a_blind_copy_that_all_share_is_told_to_the_sender_alone(world, as_viewer):
    stamped = world.send(recipients=(Recipient("to", CAROL), Recipient("bcc", LEO)))
    for name, address in (("carol", CAROL), ("leo", LEO)):
        person_id = world.people[name].id
        outcomes.record(
            Stamp.get_by_id(stamped.id),
            Outcome("reply", address, person_id, NOON, "reply_by_references", name),
        )

    told = {
        name: {each["person"]["name"] for each in history.of(as_viewer(name), stamped.id)["items"]}
        for name in ("alice", "mika")
    }

    assert told == {"alice": {"Carol", "Leo"}, "mika": {"Carol"}}


@pytest.mark.req("R41")
def test_counters_and_links_are_of_what_is_shown_beside_them(world, as_viewer):
    blind = (Recipient("to", CAROL), Recipient("bcc", LEO))
    stamped = world.send(recipients=blind, per_recipient=True)
    (leos,) = TrackedLink.select().join(
        StampCopy, on=(StampCopy.id == TrackedLink.copy_id)
    ).where(StampCopy.address == LEO)  # fmt: skip
    record(
        hit(world.open_token(stamped, CAROL), after=300),
        hit(world.open_token(stamped, LEO), after=400, reader="two"),
        hit(leos.token, Kind.CLICK, after=900, reader="two"),
    )

    told = {name: history.of(as_viewer(name), stamped.id) for name in ("alice", "mika")}

    figures = ("open_count", "opens_total", "click_count", "last_opened_at", "open_confidence")
    assert {name: [found["stamp"][each] for each in figures] for name, found in told.items()} == {
        "alice": [2, 2, 1, "2026-11-20T12:06:40Z", 0.9],
        "mika": [1, 1, 0, "2026-11-20T12:05:00Z", 0.9],
    }
    assert {name: len(found["items"]) for name, found in told.items()} == {"alice": 3, "mika": 1}
    assert {name: found["links"][0]["click_count"] for name, found in told.items()} == {
        "alice": 1,
        "mika": 0,
    }


@pytest.mark.parametrize("name", ["bob", "ada", "mallory"])
def test_for_others_there_is_no_such_mail(world, as_viewer, name):
    with pytest.raises(NotFound):
        history.of(as_viewer(name), opened(world, 0).id)


def test_an_unknown_mail_is_not_found(world, as_viewer):
    with pytest.raises(NotFound):
        history.of(as_viewer(), clock.new_id())


def test_a_cursor_of_ones_own_is_refused(world, as_viewer):
    with pytest.raises(Invalid):
        history.of(as_viewer(), opened(world, 0).id, before="x")


@pytest.mark.req("R33")
def test_links_have_their_clicks_over_all_copies(world, as_viewer):
    stamped = world.send(CAROL, LEO, per_recipient=True, html=TWO_LINKS)
    record(*(
        hit(token, Kind.CLICK, after=600 + 200 * n, reader=str(n))
        for n, token in enumerate(tokens_of(world, stamped, "https://example.com/b"))
    ))  # fmt: skip

    found = history.of(as_viewer(), stamped.id)

    assert [(link["position"], link["url"], link["text"], link["click_count"])
            for link in found["links"]] == [
        (0, "https://example.com/a", "A", 0),
        (1, "https://example.com/b", "B", 2),
    ]  # fmt: skip
    assert found["stamp"]["click_count"] == 2
    assert [each["state"] for each in found["recipients"]] == ["opened", "opened"]


def tokens_of(world, stamped, url):
    from backend.models.mail import TrackedLink

    rows = TrackedLink.select().where(TrackedLink.stamp_id == stamped.id, TrackedLink.url == url)
    return [row.token for row in rows]


def test_a_mail_without_links_has_none(world, as_viewer):
    assert history.of(as_viewer(), world.send(html="<p>x</p>").id)["links"] == []
