"""What a token stands for, who reads that copy, and whether it may be measured now."""

import pytest

from backend import db
from backend.models.mail import Stamp, StampCopy
from backend.models.people import Person
from backend.tracking import sending
from backend.tracking.drafts import Stamped
from backend.tracking.facts import Kind
from backend.tracking.targets import Copy, Mail, add_copies, mails_of, refuse, targets_of
from tests.world import CAROL, LEO, NOON, World, hit


def only_mail(stamped: Stamped) -> Mail:
    """The mail with all its copies."""
    mails = mails_of([stamped.id])
    copies = StampCopy.select().where(StampCopy.stamp_id == stamped.id)
    add_copies(mails, [copy.id for copy in copies])
    refuse(mails)
    return mails[stamped.id]


def refusals(stamped: Stamped) -> set[str]:
    return {copy.refusal for copy in only_mail(stamped).copies.values()}


def test_each_kind_of_token_leads_to_its_copy_and_a_click_to_its_link(world: World) -> None:
    stamped = world.stamp()
    copy = StampCopy.get()
    tokens = {
        Kind.OPEN: copy.pixel_token,
        Kind.MARKER: copy.marker_token or "",
        Kind.UNSUBSCRIBE: copy.unsubscribe_token,
        Kind.CLICK: world.click_token(stamped),
    }

    found = targets_of(hit(token, kind) for kind, token in tokens.items())

    assert {(target.stamp_id, target.copy_id) for target in found.values()} == {
        (stamped.id, copy.id)
    }
    assert {kind: found[token].link_id for kind, token in tokens.items()} == {
        Kind.OPEN: None,
        Kind.MARKER: None,
        Kind.UNSUBSCRIBE: None,
        Kind.CLICK: stamped.links[0].id,
    }


def test_a_token_leads_nowhere_as_another_kind_or_when_it_is_not_there(world: World) -> None:
    stamped = world.stamp()

    assert targets_of([hit(world.open_token(stamped), Kind.CLICK), hit("a" * 32)]) == {}
    assert targets_of([]) == {}


def test_a_mail_comes_with_its_policy_counts_and_the_senders_looks(world: World) -> None:
    world.set_policy(open_count_cap=5)
    stamped = world.send()
    sending.self_view(Stamp.get_by_id(stamped.id))

    mail = mails_of([stamped.id])[stamped.id]

    assert (mail.org_id, mail.user_id) == (world.alice.org_id, world.alice.id)
    assert (mail.state, mail.sending.sent_at, mail.sending.link_count) == ("sent", NOON, 1)
    assert (mail.policy.open_count_cap, mail.opens_total, mail.first_opened_at) == (5, 0, None)
    assert len(mail.sending.self_views) == 1
    assert mail.copies == {}


def test_mails_that_are_not_there_are_not_found(world: World) -> None:
    assert mails_of([]) == mails_of([world.alice.id]) == {}


@pytest.mark.req("R25")
def test_a_shared_copy_has_all_recipients_and_an_own_one_its_reader(world: World) -> None:
    shared = only_mail(world.stamp(CAROL, LEO))
    own = only_mail(world.stamp(CAROL, LEO, per_recipient=True))

    (everybodys,) = shared.copies.values()
    assert sorted(address for address, _ in everybodys.readers) == [CAROL, LEO]
    assert everybodys.person_id is None
    assert sorted(copy.readers for copy in own.copies.values()) == [
        [(CAROL, world.people["carol"].id)],
        [(LEO, world.people["leo"].id)],
    ]
    assert {copy.person_id for copy in own.copies.values()} == {
        world.people["carol"].id,
        world.people["leo"].id,
    }


def test_the_sender_is_no_reader_and_a_mail_to_nobody_names_nobody(world: World) -> None:
    (copy,) = only_mail(world.stamp(recipients=())).copies.values()

    assert (copy.readers, copy.person_id) == ([], None)


def test_one_reader_of_two_people_is_nobody_in_particular() -> None:
    assert Copy("1", [("shared@example.com", None)]).person_id is None


@pytest.mark.req("R74")
def test_a_copy_is_refused_by_what_holds_now(world: World) -> None:
    stamped = world.send(CAROL, LEO, per_recipient=True)
    before = refusals(stamped)

    Person.update(do_not_track=True).where(Person.id == world.people["leo"].id).execute()
    one = refusals(stamped)
    world.set_policy(preset="off")

    assert (before, one, refusals(stamped)) == ({""}, {"", "do_not_track"}, {"policy_off"})


def test_one_reader_of_a_shared_copy_refuses_for_all(world: World) -> None:
    stamped = world.send(CAROL, LEO)

    Person.update(consent="denied").where(Person.id == world.people["leo"].id).execute()

    assert refusals(stamped) == {"consent_denied"}


@pytest.mark.parametrize("state", ["stopped", "disarmed", "untracked"])
def test_a_mail_that_is_not_tracked_is_refused_whoever_reads_it(world: World, state: str) -> None:
    stamped = world.send()

    Stamp.update(state=state).execute()

    assert refusals(stamped) == {state}


def test_copies_are_added_once(world: World) -> None:
    stamped = world.stamp(CAROL, LEO)
    mails = mails_of([stamped.id])
    copies = [copy.id for copy in StampCopy.select()]

    add_copies(mails, copies)
    add_copies(mails, copies)
    add_copies(mails, [])

    assert [len(copy.readers) for copy in mails[stamped.id].copies.values()] == [2]


def test_the_messages_are_locked_for_others_on_postgres(world: World) -> None:
    stamped = world.send()
    if not db.is_postgres():
        return  # the writer has the whole database there

    with db.transaction():
        mails_of([stamped.id])
        free = db.rows("SELECT id FROM email_message FOR NO KEY UPDATE SKIP LOCKED")
        seen = from_outside("SELECT id FROM email_message FOR NO KEY UPDATE SKIP LOCKED")

    assert (len(free), seen) == (1, [])


def from_outside(sql: str) -> list[db.Row]:
    """What another connection gets to see."""
    from threading import Thread

    found: list[db.Row] = []

    def ask() -> None:
        with db.connection():
            found.extend(db.rows(sql))

    thread = Thread(target=ask)
    thread.start()
    thread.join()
    return found
