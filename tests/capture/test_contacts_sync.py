"""Address books: whom an entry becomes, what is never written over, and that none is doubled."""

from datetime import timedelta

import pytest

from backend import clock, db
from backend.access import address_books
from backend.capture import contacts_sync, leases, matching, side_streams
from backend.capture.leaving_out import Limits
from backend.models.mailboxes import CONTACTS, Mailbox, MailboxState
from backend.models.org import AuditLog
from backend.models.people import Person, PersonAddress
from backend.people import changing, merging
from backend.people.details import details
from backend.people.values import Actor
from backend.providers.mail import NeedsAdmin, NeedsReauth, TryLater, Unreadable
from tests.capture.letters import LIMITS, letter, mailbox_of, run_dry
from tests.fakes.contacts import FakeContacts
from tests.fakes.mailbox import FakeMailbox
from tests.world import CAROL, DANA, NOON

NEW = "new@harbour.test"


@pytest.fixture
def book(world):
    return FakeContacts()


@pytest.fixture
def mailbox(world):
    return mailbox_of(world.alice, brings_contacts=True)


def turn(mailbox, book, limits=LIMITS):
    return contacts_sync.sync(
        Mailbox.get_by_id(mailbox.id), book, lambda _mailbox: limits, "worker"
    )


def people():
    return Person.select().count()


def shown(world, person_id):
    (found,) = details(world.alice.org_id, [str(person_id)])
    return found


def whose(address):
    return PersonAddress.get(PersonAddress.address == address).person_id


def rules():
    return dict(db.rows("SELECT provider_id, rule FROM book_entry"))


def by_hand(world):
    return Actor(world.alice.org_id, world.alice.id)


@pytest.mark.req("R42", "R50")
def test_somebody_whom_nobody_has_becomes_a_contact_of_the_mailboxes_user(world, mailbox, book):
    book.put("c1", "Nora New", "Nora@Harbour.TEST", "n@home.test", company="Harbour")

    found = turn(mailbox, book)

    nora = shown(world, whose("nora@harbour.test"))
    assert (nora.name, nora.kind, nora.company) == ("Nora New", "contact", "Harbour")
    assert nora.addresses == ("nora@harbour.test", "n@home.test")
    assert nora.owner.id == world.alice.id
    assert (nora.source, nora.external_id) == ("google_contacts", f"{mailbox.id}/c1")
    assert nora.account.domain == "harbour.test"
    assert (found.added, found.filled, rules()) == (1, 0, {"c1": "added"})
    told = AuditLog.get(AuditLog.action == "people.address_book")
    assert told.detail == {"added": 1, "filled": 0, "left_out": 0}


def test_an_entry_without_a_name_goes_by_its_address_until_it_has_one(world, mailbox, book):
    book.put("c1", "", NEW)
    turn(mailbox, book)
    assert shown(world, whose(NEW)).name == NEW

    book.put("c1", "Nora", NEW)
    turn(mailbox, book)

    assert shown(world, whose(NEW)).name == "Nora"


@pytest.mark.req("R51")
def test_whom_it_brings_is_found_in_mail_of_the_past(world, mailbox, book):
    box = FakeMailbox("alice@ours.test")
    box.put(letter(NEW), NOON)
    run_dry(mailbox, box)
    book.put("c1", "Nora", NEW)

    turn(mailbox, book)
    matching.rematch_changed()

    row = db.one("SELECT person_id, rule FROM participant WHERE address = %s", [NEW])
    assert row == (whose(NEW), "address")


def test_of_somebody_who_is_there_only_what_is_empty_is_filled_in(world, mailbox, book):
    carol = world.people["carol"]
    before = shown(world, carol.id)
    Person.update(company="").where(Person.id == carol.id).execute()
    count = people()
    book.put("c1", "C. from the book", CAROL, "carol@home.test", company="Of the book")

    found = turn(mailbox, book)

    after = shown(world, carol.id)
    assert people() == count
    assert (after.name, after.company) == (before.name, "Of the book")
    assert after.addresses == (*before.addresses, "carol@home.test")
    assert (after.owner, after.kind, after.source) == (before.owner, before.kind, before.source)
    assert (found.added, found.filled, rules()) == (0, 1, {"c1": "matched"})


def test_a_refusal_stays_whatever_a_book_says(world, mailbox, book):
    refusing = Person.get(Person.do_not_track)
    address = PersonAddress.get(PersonAddress.person_id == refusing.id).address
    book.put("c1", "Somebody", address, "another@x.test")

    turn(mailbox, book)

    assert Person.get_by_id(refusing.id).do_not_track
    assert whose("another@x.test") == refusing.id


def test_what_came_from_the_book_follows_it_and_what_was_typed_stays(world, mailbox, book):
    book.put("c1", "Nora", NEW, company="Harbour")
    turn(mailbox, book)
    nora = whose(NEW)
    changing.change(by_hand(world), nora, {"company": "Harbour Ltd"})
    book.put("c1", "Nora Miller", NEW, "nora@home.test", company="Harbour GmbH")

    found = turn(mailbox, book)

    after = shown(world, nora)
    assert (after.name, after.company) == ("Nora Miller", "Harbour Ltd")
    assert after.addresses == (NEW, "nora@home.test")
    assert (found.added, found.filled) == (0, 1)


def test_an_address_that_somebody_took_away_does_not_come_back(world, mailbox, book):
    book.put("c1", "Nora", NEW, "old@harbour.test")
    turn(mailbox, book)
    nora = whose(NEW)
    changing.change(by_hand(world), nora, {"addresses": (NEW,)})
    book.put("c1", "Nora Miller", NEW, "old@harbour.test")

    turn(mailbox, book)

    assert shown(world, nora).addresses == (NEW,)


def test_told_again_nothing_changes(world, mailbox, book):
    book.put("c1", "Nora", NEW)
    turn(mailbox, book)
    rows = db.rows("SELECT updated_at FROM person ORDER BY id")
    book.forget_changes()

    found = turn(mailbox, book)

    assert (found.added, found.filled) == (0, 0)
    assert db.rows("SELECT updated_at FROM person ORDER BY id") == rows
    assert AuditLog.select().where(AuditLog.action == "people.address_book").count() == 1


@pytest.mark.parametrize("how", ["removed", "not told again"])
def test_a_contact_that_went_from_the_book_stays_and_is_found_again(world, mailbox, book, how):
    book.put("c1", "Nora", NEW)
    book.put("c2", "Otto", "otto@x.test")
    turn(mailbox, book)
    nora, count = whose(NEW), people()
    book.remove("c1")
    if how != "removed":
        book.forget_changes()

    found = turn(mailbox, book)

    assert (found.gone, people(), rules()) == (1, count, {"c2": "added"})
    book.put("c9", "Nora again", NEW)
    turn(mailbox, book)
    assert (whose(NEW), people()) == (nora, count)


@pytest.mark.parametrize(
    ("rule", "addresses", "limits"),
    [
        ("nobody", (), LIMITS),
        ("nobody", ("no address",), LIMITS),
        ("internal", ("bob@ours.test",), LIMITS),
        ("internal", ("ada@ours.test",), Limits()),  # a user, whatever domains are inside
        ("automated", ("no-reply@shop.test",), LIMITS),
        ("excluded", (NEW,), Limits(addresses=frozenset({NEW}))),
        ("excluded", (NEW, "x@mail.bad.test"), Limits(domains=frozenset({"bad.test"}))),
        ("ambiguous", (CAROL, DANA), LIMITS),
    ],
)
def test_what_is_left_out_says_why_and_makes_nobody(world, mailbox, book, rule, addresses, limits):
    count = people()
    book.put("c1", "Canary", *addresses, company="Canary")

    found = turn(mailbox, book, limits)

    assert (found.added, found.left_out, people()) == (0, 1, count)
    assert rules() == {"c1": rule}
    assert "Canary" not in str(db.rows("SELECT * FROM book_entry"))


def test_an_address_that_two_people_have_is_not_guessed(world, mailbox, book):
    for each in ("carol", "dana"):
        PersonAddress.create(
            org_id=world.alice.org_id, person_id=world.people[each].id, address=NEW
        )
    book.put("c1", "Nora", NEW)

    turn(mailbox, book)

    assert rules() == {"c1": "ambiguous"}


def test_an_entry_that_is_left_out_is_looked_at_anew_when_the_book_is_told_anew(mailbox, book):
    book.put("c1", "Nora", NEW)
    turn(mailbox, book, Limits(addresses=frozenset({NEW})))
    book.forget_changes()

    turn(mailbox, book)

    assert rules() == {"c1": "added"}


def test_one_person_twice_in_a_book_and_in_two_books_is_one(world, mailbox, book):
    theirs, bob = FakeContacts(), mailbox_of(world.users["bob"], brings_contacts=True)
    count = people()
    book.put("c1", "Nora", NEW)
    book.put("c2", "Nora N.", NEW)
    theirs.put("c1", "Nora Miller", NEW)

    turn(mailbox, book)
    turn(bob, theirs)

    assert people() == count + 1
    nora = shown(world, whose(NEW))
    assert (nora.name, nora.owner.id) == ("Nora", world.alice.id)


def test_an_entry_of_somebody_who_was_merged_goes_to_whom_she_became(world, mailbox, book):
    book.put("c1", "Nora", NEW)
    turn(mailbox, book)
    nora, carol = whose(NEW), world.people["carol"]
    name = carol.name
    merge_id = merging.merge(by_hand(world), str(carol.id), nora)
    book.put("c1", "Nora Miller", NEW, "nora@home.test")

    turn(mailbox, book)

    kept = shown(world, carol.id)
    assert kept.name == name
    assert "nora@home.test" in kept.addresses
    merging.undo(by_hand(world), merge_id)
    assert whose(NEW) == nora


def test_an_entry_with_another_id_than_before_is_the_same(mailbox, book):
    book.put("c1", "Nora", NEW)
    turn(mailbox, book)
    count = people()
    del book.entries["c1"]
    book.put("p7", "Nora", NEW, former=("c1",))

    turn(mailbox, book)

    assert (rules(), people()) == ({"p7": "added"}, count)


def test_whom_a_turn_brought_in_before_it_lost_the_mailbox_stands_in_the_audit_log(mailbox, book):
    for number in range(3):
        book.put(f"c{number}", str(number), f"n{number}@x.test")
    book.refusals.extend([None, leases.LeaseLost()])

    turn(mailbox, book)

    told = AuditLog.get(AuditLog.action == "people.address_book")
    assert (told.detail["added"], len(rules())) == (2, 2)


def test_half_an_emoji_in_a_name_loses_nobody(mailbox, book):
    book.put("c1", "Ann \ud83d", NEW)

    turn(mailbox, book)

    assert (rules(), Person.get_by_id(whose(NEW)).name) == ({"c1": "added"}, "Ann")


def test_a_round_of_several_pages_loses_none(mailbox, book):
    for number in range(5):
        book.put(f"c{number}", str(number), f"n{number}@x.test")

    found = turn(mailbox, book)

    assert (found.added, found.is_over, len(rules())) == (5, True, 5)
    assert book.calls == ["all", "2", "4"]


def test_a_book_without_places_is_told_whole_each_time(mailbox, book):
    book.counts = False
    for number in range(3):
        book.put(f"c{number}", str(number), f"n{number}@x.test")
    turn(mailbox, book)
    book.remove("c1")

    found = turn(mailbox, book)

    assert (found.added, found.gone, sorted(rules())) == (0, 1, ["c0", "c2"])


@pytest.mark.parametrize("refused", range(3))
def test_a_refusal_at_any_call_costs_time_and_nothing_else(mailbox, book, refused):
    for number in range(5):
        book.put(f"c{number}", str(number), f"n{number}@x.test")
    book.refusals.extend([*[None] * refused, TryLater("429", 30.0)])

    turn(mailbox, book)
    assert not side_streams.is_due(mailbox, CONTACTS)
    assert side_streams.reasons(mailbox.user_id, CONTACTS) == {mailbox.id: side_streams.LATER}
    turn(mailbox, book)

    assert len(rules()) == 5
    assert Mailbox.get_by_id(mailbox.id).state == MailboxState.CONNECTING


def test_a_page_whose_token_has_grown_old_begins_the_book_anew(mailbox, book):
    for number in range(5):
        book.put(f"c{number}", str(number), f"n{number}@x.test")
    book.refusals += [None, TryLater("503"), Unreadable("invalidPageToken")]

    for _ in range(3):
        turn(mailbox, book)

    assert book.calls == ["all", "2", "2", "all", "2", "4"]
    assert len(rules()) == 5


@pytest.mark.parametrize(
    ("error", "state", "reason"),
    [
        (NeedsAdmin("contacts_scope"), MailboxState.CONNECTING, "contacts_scope"),
        (NeedsReauth("invalid_grant"), MailboxState.NEEDS_REAUTH, "invalid_grant"),
    ],
)
def test_a_book_that_may_not_be_read_says_so(mailbox, book, error, state, reason):
    book.refusals.append(error)

    turn(mailbox, book)

    assert Mailbox.get_by_id(mailbox.id).state == state
    assert db.one("SELECT reason FROM sync_stream WHERE kind = 'contacts'") == (reason,)


@pytest.mark.parametrize("where", ["told by the provider", "found as it is taken in"])
def test_an_entry_that_cannot_be_kept_stops_no_other(mailbox, book, where):
    if "provider" in where:
        book.unreadable = ("bad",)
    else:
        book.put("bad", 7, "bad@x.test")
    book.put("good", "Nora", NEW)

    turn(mailbox, book)

    assert rules() == {"bad": "unreadable", "good": "added"}


def test_it_is_looked_at_every_quarter_of_an_hour(mailbox, book):
    assert side_streams.is_due(mailbox, CONTACTS)

    turn(mailbox, book)

    assert not side_streams.is_due(mailbox, CONTACTS)
    ((next_at,),) = db.rows("SELECT next_at FROM sync_stream WHERE kind = 'contacts'")
    assert abs(next_at - clock.now() - contacts_sync.POLL) < timedelta(minutes=1)


def test_who_switched_it_off_meanwhile_gets_nothing_more_of_it(world, mailbox, book):
    class Switching(FakeContacts):
        """Its user switches it off while it answers."""

        def contacts(self, place, page):
            found = super().contacts(place, page)
            address_books.switch_off(world.alice, mailbox)
            return found

    slow = Switching()
    slow.put("c1", "Nora", NEW)
    count = people()

    turn(mailbox, slow)

    assert (people(), rules()) == (count, {})


def test_two_workers_never_have_one_book(mailbox, book):
    lease = leases.take(mailbox.id, "first")

    assert turn(mailbox, book) is None
    leases.release(lease)
