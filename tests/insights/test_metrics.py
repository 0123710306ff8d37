"""Figures rest on the number they are made of, and nothing is 0 that is not known."""

from datetime import timedelta

import pytest

from backend import clock
from backend.insights import metrics
from backend.insights.people_mail import About
from backend.tracking.drafts import Recipient
from backend.tracking.facts import Kind
from tests.world import CAROL, DANA, LEO, NOON, hit, record


@pytest.fixture
def carol(world):
    return About([world.people["carol"].id], [CAROL])


@pytest.mark.req("R54", "R85")
def test_a_person_without_mail_has_nothing_known(as_viewer, carol):
    found = metrics.of(as_viewer(), carol)

    assert (found["last_sent_at"], found["last_received_at"], found["sent_total"]) == (
        None,
        None,
        0,
    )
    assert found["last_30_days"] == {
        "sent": 0,
        "measurable": 0,
        "opened": 0,
        "clicked": 0,
        "received": None,
        "meetings": None,
    }
    assert abs(found["as_of"] - clock.now()) < timedelta(minutes=1)


@pytest.mark.req("R54")
def test_mail_of_a_month_is_counted_with_its_measurable_share(world, as_viewer, carol):
    world.send(CAROL, at=NOON - timedelta(days=29))
    world.send(CAROL, at=NOON - timedelta(days=31))
    shared = world.send(CAROL, LEO)
    opened = world.send(CAROL)
    clicked = world.send(CAROL, at=NOON + timedelta(hours=1))
    world.stamp(CAROL)
    record(
        hit(world.open_token(shared)),
        hit(world.open_token(opened), after=120),
        hit(world.click_token(clicked), Kind.CLICK, after=3_800),
    )

    found = metrics.of(as_viewer(), carol)

    assert found["last_sent_at"] == NOON + timedelta(hours=1)
    assert found["sent_total"] == 5
    month = found["last_30_days"]
    assert (month["sent"], month["measurable"]) == (3, 2)
    assert (month["opened"], month["clicked"]) == (2, 1)


def test_an_accounts_figures_are_of_all_its_people(world, as_viewer):
    world.send(CAROL, LEO, per_recipient=True)
    world.send(DANA)
    everybody = About([each.id for each in world.people.values()], [CAROL, LEO, DANA])

    month = metrics.of(as_viewer(), everybody)["last_30_days"]

    assert (month["sent"], month["measurable"]) == (2, 2)


@pytest.mark.req("R41")
def test_an_accounts_figures_tell_of_no_blind_copy(world, as_viewer):
    blind = (Recipient("to", CAROL), Recipient("bcc", LEO))
    stamped = world.send(recipients=blind, per_recipient=True)
    record(hit(world.open_token(stamped, LEO)))
    both = About([world.people[name].id for name in ("carol", "leo")], [CAROL, LEO])

    told = {name: metrics.of(as_viewer(name), both)["last_30_days"] for name in ("alice", "mika")}

    assert [(each["sent"], each["measurable"], each["opened"]) for each in told.values()] == [
        (1, 2, 1),
        (1, 1, 0),
    ]


@pytest.mark.req("R41")
def test_figures_are_of_the_mail_that_one_may_see(world, as_viewer, carol):
    world.send(CAROL)

    assert [
        metrics.of(as_viewer(name), carol)["sent_total"] for name in ("alice", "mika", "bob")
    ] == [1, 1, 0]
