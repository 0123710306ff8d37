"""What is written is the difference, no more and no less."""

from datetime import timedelta

import pytest

from backend import db
from backend.models.people import Person
from backend.tracking import engagements, ledger
from backend.tracking.classify import RULES_VERSION
from backend.tracking.drafts import Stamped
from backend.tracking.engagement_rows import known_of
from backend.tracking.facts import Kind, NetworkFacts
from backend.tracking.ledger import Change
from backend.tracking.targets import mails_of
from backend.tracking.windows import ALWAYS, Window
from tests.world import APPLE_MPP, CHROME, NOON, World, hit, record


@pytest.fixture
def stamped(world: World) -> Stamped:
    """A mail that was opened by a person and by Apple, and clicked."""
    made = world.send()
    token = world.open_token(made)
    record(
        hit(token, after=61, network=NetworkFacts(asn=3320, country="DE")),
        hit(token, after=130, user_agent=APPLE_MPP),
        hit(world.click_token(made), Kind.CLICK, after=200),
    )
    return made


def stored(columns: str) -> list[db.Row]:
    return db.rows(f"SELECT {columns} FROM engagement ORDER BY occurred_at")


def rejudged(stamped: Stamped) -> Change:
    return engagements.rejudge([stamped.id])


def test_an_engagement_has_all_that_the_feed_shows(world: World, stamped: Stamped) -> None:
    org, user = world.alice.org_id, world.alice.id

    assert stored(
        "org_id, user_id, stamp_id, kind, verdict, is_counted, repeats, country, asn"
    ) == [
        (org, user, stamped.id, "open", "human", True, 0, "DE", 3320),
        (org, user, stamped.id, "open", "apple_mpp", False, 0, None, None),
        (org, user, stamped.id, "click", "human", True, 0, None, None),
    ]
    assert [link for (link,) in stored("link_id")] == [None, None, stamped.links[0].id]
    assert {version for (version,) in stored("rules_version")} == {RULES_VERSION}
    assert stored("client_label")[0][0]


@pytest.mark.parametrize(
    ("why", "spoil"),
    [
        ("verdict", "verdict = 'scanner'"),
        ("counted or not", "is_counted = NOT is_counted"),
        ("confidence", "confidence = 0.123"),
        ("reasons", "reasons = '[\"other\"]'"),
        ("hints", "hints = '[\"maybe_forwarded\"]'"),
        ("repeats", "repeats = 7"),
    ],
)
def test_what_differs_is_written_anew(world: World, stamped: Stamped, why: str, spoil: str) -> None:
    columns = "id, verdict, is_counted, reasons, hints, repeats, last_at, client, person_id"
    before = stored(columns)
    db.execute(f"UPDATE engagement SET {spoil}")

    change = rejudged(stamped)

    assert (change.added, change.updated, change.removed) == (0, 3, 0), why
    assert stored(columns) == before


def test_what_is_missing_is_added_and_what_follows_from_nothing_is_removed(
    world: World, stamped: Stamped
) -> None:
    before = stored("*")
    db.execute("DELETE FROM engagement WHERE verdict = 'apple_mpp'")
    added = rejudged(stamped)
    db.execute("DELETE FROM hit WHERE kind = 'c'")
    removed = rejudged(stamped)

    assert (added.added, added.updated, added.removed) == (1, 0, 0)
    assert (removed.added, removed.updated, removed.removed) == (0, 0, 1)
    assert stored("*") == before[:2]
    assert world.message(stamped).click_count == 0


def test_a_second_writing_of_the_same_changes_nothing(world: World, stamped: Stamped) -> None:
    before = stored("*")

    assert rejudged(stamped) == rejudged(stamped) == Change()
    assert stored("*") == before


def test_a_change_says_which_verdicts_turned(world: World, stamped: Stamped) -> None:
    db.execute("UPDATE engagement SET verdict = 'scanner' WHERE kind = 'open'")

    change = rejudged(stamped)

    assert change.verdicts == {("scanner", "human"): 1, ("scanner", "apple_mpp"): 1}


def test_changes_add_up() -> None:
    total = Change(1, 2, 3)

    total.add(Change(10, 20, 30))
    total.verdicts.update([("a", "b")])
    other = Change()
    other.verdicts.update([("a", "b")])
    total.add(other)

    assert (total.added, total.removed, total.updated) == (11, 22, 33)
    assert total.verdicts == {("a", "b"): 2}


def test_writing_outside_a_window_leaves_the_table_alone(world: World, stamped: Stamped) -> None:
    before = stored("*")
    with db.transaction():
        mails = mails_of([stamped.id])
        window = Window(NOON - timedelta(days=2), NOON - timedelta(days=1))
        change = ledger.write(mails, {}, known_of(mails, window))

    assert (change, stored("*")) == (Change(), before)


def test_of_a_mail_nobody_knows_more_about_everything_is_removed(
    world: World, stamped: Stamped
) -> None:
    with db.transaction():
        mails = mails_of([stamped.id])
        change = ledger.write(mails, {}, known_of(mails, ALWAYS))

    assert (change.removed, stored("*")) == (3, [])
    assert not world.message(stamped).is_opened


@pytest.mark.parametrize("headers", [{"sec-gpc": "1"}, {"dnt": "1"}])
def test_a_browser_that_asks_not_to_be_tracked_is_counted_without_a_person(
    world: World, headers: dict[str, str]
) -> None:
    stamped = world.send()

    record(hit(world.click_token(stamped), Kind.CLICK, after=300, headers=headers))

    assert stored("is_counted, person_id") == [(True, None)]


def test_whom_it_is_about_follows_the_recipients(world: World, stamped: Stamped) -> None:
    db.execute("UPDATE participant SET person_id = %s", [world.people["leo"].id])

    rejudged(stamped)

    assert {person for (person,) in stored("person_id")} == {world.people["leo"].id}


def test_a_client_that_is_read_otherwise_today_is_shown_so(world: World, stamped: Stamped) -> None:
    before = stored("client, device, client_label")
    db.execute("UPDATE engagement SET client = 'x', device = 'x', client_label = 'x'")

    rejudged(stamped)

    assert stored("client, device, client_label") == before


def test_a_person_who_is_refused_later_keeps_what_was_counted(
    world: World, stamped: Stamped
) -> None:
    before = stored("*")
    Person.update(do_not_track=True).where(Person.id == world.people["carol"].id).execute()

    assert rejudged(stamped) == Change()
    assert stored("*") == before


def test_hits_read_back_say_what_fresh_ones_said(world: World, stamped: Stamped) -> None:
    record(hit(world.open_token(stamped), after=62, user_agent=CHROME, reader="two"))

    assert rejudged(stamped) == Change()
