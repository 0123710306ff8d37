"""The sent list: every mail, tracked or not and why, found by its words and people."""

import logging
from datetime import timedelta

import pytest

from backend import clock
from backend.errors import Invalid
from backend.insights import sent
from backend.insights.sent import SentQuery
from backend.models.mail import Stamp
from backend.tracking import mail_index
from backend.tracking.drafts import State
from tests.models.plans import plan_of
from tests.world import CAROL, DANA, LEO, NOON, hit, record


def subjects(viewer, **query):
    return [mail["subject"] for mail in sent.page(viewer, SentQuery(**query)).items]


@pytest.mark.req("R10", "R66")
def test_every_mail_is_there_tracked_or_not(world, as_viewer):
    world.send(subject="tracked")
    world.send(subject="text", html="x", content_type="text/plain")
    world.send(DANA, subject="refused")
    world.stamp(subject="draft")

    found = sent.page(as_viewer(), SentQuery()).items

    assert [(mail["subject"], mail["state"], mail["reason"]) for mail in found] == [
        ("draft", "stamped", ""),
        ("refused", "untracked", "do_not_track"),
        ("text", "untracked", "text_only"),
        ("tracked", "sent", ""),
    ]


def test_it_says_what_came_of_a_mail(world, as_viewer):
    stamped = world.send()
    record(hit(world.open_token(stamped)), hit(world.open_token(stamped), after=600))

    (mail,) = sent.page(as_viewer(), SentQuery()).items

    assert (mail["is_opened"], mail["open_count"], mail["opens_total"]) == (True, 2, 2)
    assert mail["first_opened_at"] == "2026-11-20T12:01:00Z"
    assert mail["last_opened_at"] == "2026-11-20T12:10:00Z"
    assert (mail["sent_at"], mail["sent_at_source"]) == ("2026-11-20T12:00:00Z", "sender")
    assert [each["state"] for each in mail["recipients"]] == ["opened"]
    assert mail == sent.one(stamped.id)


def test_what_few_mails_have_is_found_without_a_walk_through_all_of_ones_own(
    world, as_viewer, caplog
):
    world.send(subject="A rare one")
    mail_index.write()
    with caplog.at_level(logging.DEBUG, "peewee"):
        assert subjects(as_viewer(), q="rare") == ["A rare one"]
    asked = [row.msg for row in caplog.records if row.name == "peewee"]
    page = next(each for each in asked if each[0].startswith(f"SELECT {sent.COLUMNS}"))

    assert "stamp_user" not in plan_of(*page)


def test_a_mail_that_went_over_to_somebody_else_is_not_found_by_its_words(world, as_viewer):
    stamped = world.send(subject="A rare one")
    mail_index.write()
    Stamp.update(user_id=world.users["bob"].id).where(Stamp.id == stamped.id).execute()

    assert subjects(as_viewer(), q="rare") == []


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
def test_pages_have_no_gaps_and_no_doubles(world, as_viewer, limit):
    made = [world.send().id for _ in range(5)]
    Stamp.update(created_at=NOON).where(Stamp.id.in_(made[:3])).execute()

    found, before = [], None
    while True:
        page = sent.page(as_viewer(), SentQuery(limit=limit, before=before))
        found += [mail["id"] for mail in page.items]
        before = page.next
        if before is None:
            break

    assert sorted(found) == sorted(made)


def test_a_cursor_of_ones_own_is_refused(world, as_viewer):
    with pytest.raises(Invalid):
        sent.page(as_viewer(), SentQuery(before="x"))


@pytest.mark.parametrize("name", ["bob", "mika", "ada", "mallory"])
def test_it_is_nobody_elses(world, as_viewer, name):
    world.send(subject="Offer")

    assert subjects(as_viewer(name)) == []
    assert subjects(as_viewer(name), q="Offer") == []
    assert subjects(as_viewer(name), person=world.people["carol"].id) == []


FOUND: tuple[tuple[str, str, list[str]], ...] = (
    ("the beginnings of its words", "no off", ["Offer No. 7"]),
    ("a part of a word is none", "ffer", []),
    ("in other letters", "OFFER", ["Offer No. 7"]),
    ("an address", "leo@", ["Ärger 100%_!"]),
    ("a host", "@northwind.test", ["Offer No. 7"]),
    ("a word and an address", "offer carol", ["Offer No. 7"]),
    ("a word of one and the address of another", "offer leo", []),
    ("no word at all", "%", []),
    ("an at sign alone", "@", []),
    ("a domain in other letters", "Northwind", ["Offer No. 7"]),
    ("letters with marks", "ärger", ["Ärger 100%_!"]),
    ("letters with marks, in capitals", "ÄRGER", ["Ärger 100%_!"]),
    ("without the marks", "arger", ["Ärger 100%_!"]),
    ("a per cent sign", "100%", ["Ärger 100%_!"]),
    ("a per cent sign is no wildcard", "O%r", []),
    ("an underscore is no wildcard", "_ffer", []),
    ("a word that is an underscore", "_!", ["Ärger 100%_!"]),
    ("nothing like it", "canary", []),
    ("the sender is not searched", "alice", []),
)


@pytest.mark.parametrize(("why", "q", "expected"), FOUND, ids=[row[0] for row in FOUND])
def test_it_is_searched_by_words_and_addresses(world, as_viewer, why, q, expected):
    world.send(CAROL, subject="Offer No. 7")
    world.send(LEO, subject="Ärger 100%_!")

    before = subjects(as_viewer(), q=q)
    mail_index.write()

    assert before == subjects(as_viewer(), q=q) == expected, why


def test_it_is_filtered_by_person_and_state(world, as_viewer):
    world.send(CAROL, LEO, subject="both")
    world.send(LEO, subject="leo")
    world.stamp(CAROL, subject="draft")
    viewer, carol = as_viewer(), world.people["carol"].id

    assert subjects(viewer, person=carol) == ["draft", "both"]
    assert subjects(viewer, person=carol, state=State.SENT) == ["both"]
    assert subjects(viewer, state=State.STAMPED) == ["draft"]
    assert subjects(viewer, state=State.STOPPED) == []
    assert subjects(viewer, person=clock.new_id()) == []


def test_times_are_told_in_utc(world):
    assert sent.shown(NOON + timedelta(microseconds=5)) == "2026-11-20T12:00:00.000005Z"
    assert sent.shown(None) is None
