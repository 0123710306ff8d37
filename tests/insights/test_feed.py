"""The Feed: whose it is, how far back it goes, and pages without gaps or doubles."""

import logging
import re
from datetime import timedelta

import pytest

from backend import clock
from backend.errors import Invalid
from backend.insights import cursors, feed
from backend.insights.feed import FeedQuery
from backend.models.people import Person
from backend.tracking import reclassify
from backend.tracking.facts import Kind
from tests.models.plans import plan_of
from tests.world import APPLE_MPP, CAROL, GMAIL_PROXY, LEO, NOON, hit, record


def opened(world, after=60, to=CAROL, **changes):
    """A mail of alice's that was opened that many seconds after noon."""
    stamped = world.send(to)
    record(hit(world.open_token(stamped), after=after, **changes))
    return stamped


def stamps_of(page):
    return [item["stamp"]["id"] for item in page.items]


def pages(viewer, limit, **query):
    """Every page from the newest on."""
    before, found = None, []
    while True:
        page = feed.page(viewer, FeedQuery(limit=limit, before=before, **query))
        found.append(page)
        before = page.next
        if before is None:
            return found


@pytest.mark.req("R37")
def test_it_shows_the_newest_first(world, as_viewer):
    first, second, third = (opened(world, after) for after in (60, 180, 120))

    shown = stamps_of(feed.page(as_viewer(), FeedQuery()))

    assert shown == [second.id, third.id, first.id]


@pytest.mark.parametrize("query", [FeedQuery(), FeedQuery(include_automatic=True)])
def test_however_many_there_are_a_page_is_a_walk_along_one_index(world, as_viewer, query, caplog):
    opened(world)
    with caplog.at_level(logging.DEBUG, "peewee"):
        feed.page(as_viewer(), query)
    asked = [row.msg for row in caplog.records if row.name == "peewee"]
    (sql, params) = next(each for each in asked if "FROM engagement e" in each[0])

    plan = plan_of(sql, params)

    walks = re.findall(r"engagement_feed|engagement_\w+_is_counted_\w+", plan)
    assert len(walks) >= 1 + query.include_automatic, plan
    assert "SCAN e " not in plan
    assert "SCAN e'" not in plan


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_have_no_gaps_and_no_doubles(world, as_viewer, limit):
    # Five at one and the same moment: only their ids tell them apart.
    made = [opened(world, after) for after in (60, 60, 60, 60, 60, 90, 30)]

    found = pages(as_viewer(), limit)

    ids = [item["id"] for page in found for item in page.items]
    assert sorted(stamp for page in found for stamp in stamps_of(page)) == sorted(
        stamped.id for stamped in made
    )
    assert len(set(ids)) == len(ids) == 7
    assert [len(page.items) for page in found[:-1]] == [limit] * (len(found) - 1)


def test_what_comes_in_meanwhile_does_not_move_the_pages(world, as_viewer):
    made = [opened(world, after) for after in (60, 120, 180, 240)]
    first = feed.page(as_viewer(), FeedQuery(limit=2))

    opened(world, 300)
    second = feed.page(as_viewer(), FeedQuery(limit=2, before=first.next))

    assert stamps_of(first) + stamps_of(second) == [stamped.id for stamped in reversed(made)]


def test_after_gives_what_is_newer_and_the_nearest_first_if_it_is_much(world, as_viewer):
    made = [opened(world, after) for after in (60, 120, 180, 240)]
    oldest = feed.page(as_viewer(), FeedQuery()).items[-1]
    known = cursors.encode(NOON + timedelta(seconds=60), oldest["id"])

    newer = feed.page(as_viewer(), FeedQuery(after=known))
    nearest = feed.page(as_viewer(), FeedQuery(after=known, limit=2))

    assert stamps_of(newer) == [stamped.id for stamped in reversed(made[1:])]
    assert stamps_of(nearest) == [made[2].id, made[1].id]


def test_after_and_before_give_what_lies_between(world, as_viewer):
    made = [opened(world, after) for after in (60, 120, 180, 240)]
    items = feed.page(as_viewer(), FeedQuery()).items
    low = cursors.encode(NOON + timedelta(seconds=60), items[3]["id"])
    high = cursors.encode(NOON + timedelta(seconds=240), items[0]["id"])

    between = feed.page(as_viewer(), FeedQuery(after=low, before=high))

    assert stamps_of(between) == [made[2].id, made[1].id]


def test_a_cursor_of_ones_own_is_refused(world, as_viewer):
    with pytest.raises(Invalid):
        feed.page(as_viewer(), FeedQuery(before="yesterday"))


def test_nothing_yet_is_an_empty_page(world, as_viewer):
    assert feed.page(as_viewer(), FeedQuery()) == feed.FeedPage([], None, None)


@pytest.mark.req("R38")
def test_it_goes_thirty_days_back(world, as_viewer, time_machine):
    opened(world, 60)
    time_machine.move_to(NOON + timedelta(days=30))
    assert len(feed.page(as_viewer(), FeedQuery()).items) == 1

    time_machine.move_to(NOON + timedelta(days=30, seconds=61))

    assert feed.page(as_viewer(), FeedQuery()).items == []


@pytest.mark.parametrize("name", ["bob", "mika", "ada", "mallory"])
def test_it_is_nobody_elses(world, as_viewer, name):
    stamped = opened(world)

    assert feed.page(as_viewer(name), FeedQuery(include_automatic=True)).items == []
    assert feed.page(as_viewer(name), FeedQuery(stamp=stamped.id)).items == []


@pytest.mark.req("R39")
def test_it_is_filtered(world, as_viewer):
    one, two = opened(world, 60), opened(world, 120, to=LEO)
    record(hit(world.click_token(one), Kind.CLICK, after=600))
    viewer = as_viewer()

    def shown(**query):
        return [
            (item["kind"], item["stamp"]["id"])
            for item in feed.page(viewer, FeedQuery(**query)).items
        ]

    assert shown(kind="click") == [("click", one.id)]
    assert shown(kind="open") == [("open", two.id), ("open", one.id)]
    assert shown(kind="bounce") == []
    assert shown(stamp=two.id) == [("open", two.id)]
    assert shown(person=world.people["leo"].id) == [("open", two.id)]
    assert shown(person=world.people["carol"].id, kind="open") == [("open", one.id)]
    assert shown(person=clock.new_id()) == []


@pytest.mark.req("R20")
def test_what_came_by_itself_is_shown_on_request_and_is_in_its_place(world, as_viewer):
    person = opened(world, 60)
    by_itself = opened(world, 120, user_agent=APPLE_MPP)
    last = opened(world, 180)

    usual = feed.page(as_viewer(), FeedQuery())
    everything = feed.page(as_viewer(), FeedQuery(include_automatic=True))

    assert stamps_of(usual) == [last.id, person.id]
    assert stamps_of(everything) == [last.id, by_itself.id, person.id]
    assert [item["counted"] for item in everything.items] == [True, False, True]
    assert everything.items[1]["label"] == "loaded_automatically"


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_with_both_kinds_have_no_gaps_either(world, as_viewer, limit):
    for after in (60, 120, 180):
        opened(world, after)
        opened(world, after, user_agent=APPLE_MPP)

    found = pages(as_viewer(), limit, include_automatic=True)

    ids = [item["id"] for page in found for item in page.items]
    assert len(set(ids)) == len(ids) == 6


@pytest.mark.req("R25")
def test_a_shared_pixel_names_nobody_and_says_who_it_may_be(world, as_viewer):
    stamped = world.send(CAROL, LEO)
    record(hit(world.open_token(stamped)))

    (item,) = feed.page(as_viewer(), FeedQuery()).items

    assert item["person"] is None
    assert [each["address"] for each in item["recipients"]] == [CAROL, LEO]
    assert [each["name"] for each in item["recipients"]] == ["Carol", "Leo"]


def test_an_own_copy_names_its_reader(world, as_viewer):
    stamped = world.send(CAROL, LEO, per_recipient=True)
    record(hit(world.open_token(stamped, LEO)))

    (item,) = feed.page(as_viewer(), FeedQuery()).items

    assert item["person"] == {"id": world.people["leo"].id, "name": "Leo"}


@pytest.mark.req("R33")
def test_a_click_says_which_link(world, as_viewer):
    stamped = world.send()
    record(hit(world.click_token(stamped), Kind.CLICK, after=600))

    (item, *_) = feed.page(as_viewer(), FeedQuery(kind="click")).items

    assert item["label"] == "clicked"
    assert (item["link"]["url"], item["link"]["text"], item["link"]["position"]) == (
        "https://example.com/a",
        "A",
        0,
    )


def test_the_version_moves_with_what_is_shown_and_only_for_whom(world, as_viewer):
    stamped = opened(world)
    alice, bob = feed.marks(as_viewer()), feed.marks(as_viewer("bob"))

    record(hit(world.open_token(stamped), after=600))

    assert feed.marks(as_viewer()) != alice
    assert feed.marks(as_viewer("bob")) == bob


def test_the_version_moves_when_hits_are_judged_anew(world, as_viewer):
    stamped = world.stamp()
    record(hit(world.open_token(stamped)))
    before = feed.marks(as_viewer())

    world.confirm(stamped, NOON)

    assert feed.marks(as_viewer()) != before


def test_the_version_stays_when_nothing_is_judged_otherwise(world, as_viewer):
    opened(world)
    before = feed.marks(as_viewer())

    reclassify.everything(is_dry_run=False, tell=lambda _done: None)

    assert feed.marks(as_viewer()) == before


def test_somebody_unknown_has_the_first_version(world, as_viewer):
    viewer = as_viewer()

    assert feed.marks(type(viewer)(clock.new_id(), viewer.org_id)) == (0, 0, None)


LABELS: tuple[tuple[str, dict, str], ...] = (
    ("a person's open", {"kind": "open", "counted": True, "confidence": 0.9}, "likely_opened"),
    ("at 0.8 still likely", {"kind": "open", "counted": True, "confidence": 0.8}, "likely_opened"),
    ("PostgreSQL's 0.8", {"kind": "open", "counted": True, "confidence": 0.8 - 1e-8},
     "likely_opened"),
    ("a weak one", {"kind": "open", "counted": True, "confidence": 0.5}, "possibly_opened"),
    ("a machine's", {"kind": "open", "counted": False, "confidence": 0.9}, "loaded_automatically"),
    ("a click", {"kind": "click", "counted": True, "confidence": 0.5}, "clicked"),
    ("a scanner's", {"kind": "click", "counted": False, "confidence": 0.9},
     "clicked_automatically"),
    ("one's own", {"kind": "open", "verdict": "self", "counted": False}, "you_opened"),
    ("one's own click", {"kind": "click", "verdict": "self", "counted": False}, "you_clicked"),
    ("too early to say", {"kind": "open", "reasons": ["send_not_confirmed"]}, "send_not_confirmed"),
    ("a wish", {"kind": "unsubscribe", "counted": True}, "unsubscribed"),
)  # fmt: skip


@pytest.mark.req("R85")
@pytest.mark.parametrize(("why", "given", "expected"), LABELS, ids=[row[0] for row in LABELS])
def test_each_engagement_has_one_word(why, given, expected):
    usual = {"verdict": "human", "counted": False, "confidence": 0.5, "reasons": []}

    assert feed.label(**(usual | given) | {}) == expected


@pytest.mark.req("R19")
def test_a_proxy_hides_the_device(world, as_viewer):
    opened(world, user_agent=GMAIL_PROXY)

    (item,) = feed.page(as_viewer(), FeedQuery()).items

    assert "Gmail" in item["client_label"]
    assert item["device"] in {"", "unknown", "hidden"}


def test_a_person_who_is_gone_leaves_the_engagement(world, as_viewer):
    opened(world)
    person = world.people["carol"].id
    Person.update(name="").where(Person.id == person).execute()

    (item,) = feed.page(as_viewer(), FeedQuery()).items

    assert item["person"] in ({"id": person, "name": ""}, None)
