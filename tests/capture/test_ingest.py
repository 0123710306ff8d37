"""One mail into the record: joined with its stamp, left out, matched, answered, bounced."""

from datetime import timedelta

import pytest

from backend import db
from backend.capture.leaving_out import Limits
from backend.insights import captured, feed, sent
from backend.insights.viewer import Viewer
from backend.models.mail import EmailMessage, Stamp
from backend.models.mailboxes import Mailbox
from backend.people import adding
from backend.people.values import Actor
from tests.capture.letters import LIMITS, hours, letter, mailbox_of
from tests.capture.taking import OURS, Report, Taking, messages, one_behind_the_other, sent_copy
from tests.world import CAROL, DANA, LEO, NOON, hit, record

GMAIL_QUOTE = '<div class="gmail_quote">{}</div>'
ORIGINAL = "<p>-----Original Message-----</p>{}"


@pytest.fixture
def mailbox(world):
    return mailbox_of(world.alice)


@pytest.fixture
def take():
    return Taking()


def people_on(message_id):
    return {
        (row[0], row[1]): (row[2], row[3])
        for row in db.rows(
            "SELECT role, address, person_id, rule FROM participant WHERE message_id = %s",
            [message_id],
        )
    }


def joined_by(world):
    """How the page of the one captured mail says that it was joined."""
    (row,) = db.rows("SELECT id FROM email_message WHERE captured_at IS NOT NULL")
    return captured.one(Viewer(world.alice.id, world.alice.org_id), row[0]).joined_by


def kinds(stamped):
    sql = "SELECT kind, person_id, reasons FROM engagement WHERE stamp_id = %s ORDER BY occurred_at"
    return [tuple(row) for row in db.rows(sql, [stamped.id])]


@pytest.mark.req("R42", "R44", "R50")
def test_a_received_mail_becomes_a_record_with_its_people(world, mailbox, take):
    mail = letter(f"Carol <{CAROL}>", f"{OURS}, {LEO}, new@nowhere.test", message_id="<1@n.test>")

    assert take(mailbox, mail) == "captured"

    (found,) = messages()
    assert (found["direction"], found["status"], found["kind"]) == (
        "received",
        "received",
        "person",
    )
    assert people_on(found["id"]) == {
        ("from", CAROL): (world.people["carol"].id, "address"),
        ("to", OURS): (None, "user"),
        ("to", LEO): (world.people["leo"].id, "address"),
        ("to", "new@nowhere.test"): (None, ""),
    }


def test_the_same_mail_twice_changes_nothing(mailbox, take):
    mail = letter(message_id="<1@n.test>")

    take(mailbox, mail)
    before = [db.rows(f"SELECT * FROM {table}") for table in ("email_message", "participant")]
    take(mailbox, mail)

    after = [db.rows(f"SELECT * FROM {table}") for table in ("email_message", "participant")]
    assert after == before


def test_one_mail_in_three_mailboxes_is_one_message_with_three_copies(world, take):
    mail = letter(CAROL, f"{OURS}, bob@ours.test, mika@ours.test", message_id="<1@n.test>")

    for name in ("alice", "bob", "mika"):
        take(mailbox_of(world.users[name]), mail)

    assert len(messages()) == 1
    assert db.one("SELECT count(*) FROM message_copy") == (3,)


def test_mails_without_an_id_are_told_apart_by_their_facts(mailbox, take):
    for subject in ("One", "One", "Two"):
        take(mailbox, letter(subject=subject))

    assert [each["subject"] for each in messages()] == ["One", "Two"]


@pytest.mark.req("R48")
def test_a_sent_mail_with_our_token_is_one_record_with_its_stamp(world, mailbox, take):
    stamped = world.stamp(CAROL)
    record(hit(world.open_token(stamped), after=60))

    take(mailbox, sent_copy(stamped), at=NOON, is_sent=True)

    (found,) = messages()
    assert found["internet_message_id"] == "<sent-1@provider.test>"
    stamp = Stamp.get_by_id(stamped.id)
    assert (stamp.sent_at, stamp.sent_at_source, stamp.state) == (NOON, "provider", "sent")
    assert world.message(stamped).open_count == 1


def test_the_providers_time_corrects_the_panels(world, mailbox, take):
    stamped = world.send(CAROL, at=NOON)
    record(hit(world.open_token(stamped), after=60))

    take(mailbox, sent_copy(stamped), at=hours(1), is_sent=True)

    assert Stamp.get_by_id(stamped.id).sent_at == hours(1)
    assert world.message(stamped).open_count == 0  # it was before the send


def test_whoever_saw_it_first_it_ends_as_one_record(world, take):
    stamped = world.stamp("bob@ours.test", CAROL)
    mail = letter(OURS, f"bob@ours.test, {CAROL}", message_id="<1@p.test>", html=stamped.html)

    take(mailbox_of(world.users["bob"]), mail)
    take(mailbox_of(world.alice), mail, is_sent=True)

    (found,) = messages()
    assert found["id"] == Stamp.get_by_id(stamped.id).message_id
    assert db.one("SELECT count(DISTINCT message_id), count(*) FROM message_copy") == (1, 2)


def test_a_reply_that_quotes_an_older_mail_is_not_taken_for_it(world, mailbox, take):
    older = world.send(CAROL)
    take(mailbox, sent_copy(older, "<1@p.test>"), is_sent=True)
    newer = world.stamp(CAROL, html=f"<p>New</p><blockquote>{older.html}</blockquote>")

    take(mailbox, sent_copy(newer, "<2@p.test>"), at=hours(1), is_sent=True)

    assert Stamp.get_by_id(newer.id).sent_at == hours(1)
    assert Stamp.get_by_id(older.id).sent_at == NOON


@pytest.mark.req("R48")
def test_two_pictures_of_one_draft_are_one_record_and_their_hits_in_a_cycle_one_open(
    world, mailbox, take
):
    first, again = world.stamp(CAROL), world.stamp(CAROL)
    tokens = [world.open_token(each) for each in (first, again)]
    mail = letter(OURS, CAROL, message_id="<1@p.test>", html=f"{first.html}{again.html}")
    take(mailbox, mail, at=NOON, is_sent=True)

    for token in tokens:
        record(hit(token, after=60))

    (found,) = messages()
    stamp = Stamp.get()
    assert (stamp.state, stamp.message_id) == ("sent", found["id"])
    assert Stamp.select().count() == 1
    assert EmailMessage.get_by_id(stamp.message_id).open_count == 1


@pytest.mark.parametrize("quote", ["<blockquote>{}</blockquote>", GMAIL_QUOTE, ORIGINAL])
def test_a_quoted_mail_that_nobody_has_confirmed_stays_a_mail_of_its_own(
    world, mailbox, take, quote
):
    older = world.stamp(CAROL, html="<p>Old</p>")
    newer = world.stamp(CAROL, html="<p>New</p>")
    below = quote.format(older.html)
    tracked = letter(OURS, CAROL, message_id="<1@p.test>", html=f"{newer.html}{below}")
    untracked = letter(OURS, CAROL, message_id="<2@p.test>", html=f"Yes{below}", subject="Re: Hi")

    take(mailbox, tracked, at=NOON, is_sent=True)
    take(mailbox, untracked, at=NOON, is_sent=True)

    assert Stamp.get_by_id(newer.id).sent_at == NOON
    assert Stamp.get_by_id(older.id).sent_at is None


@pytest.mark.parametrize("comes_first", ["a copy", "the stamp"])
@pytest.mark.parametrize("was_captured", [True, False])
def test_a_copy_that_comes_while_the_stamp_takes_its_mail_over_is_kept(
    world, take, was_captured, comes_first
):
    names = ("alice", "mika", "bob")[: 2 + was_captured]
    boxes = {name: mailbox_of(world.users[name]) for name in names}
    stamped = world.stamp("bob@ours.test", "mika@ours.test", CAROL)
    others = f"bob@ours.test, mika@ours.test, {CAROL}"
    mail = letter(OURS, others, message_id="<1@p.test>", html=stamped.html)
    if was_captured:
        take(boxes["bob"], mail)
    turns = [
        lambda: take(boxes["mika"], mail),
        lambda: take(boxes["alice"], mail, is_sent=True),
    ]

    one_behind_the_other(*(turns if comes_first == "a copy" else reversed(turns)))

    (found,) = messages()
    assert found["id"] == Stamp.get_by_id(stamped.id).message_id
    held = db.rows("SELECT mailbox_id FROM message_copy WHERE message_id = %s", [found["id"]])
    assert {each for (each,) in held} == {box.id for box in boxes.values()}


def test_a_copied_text_does_not_move_the_stamp_of_its_first_mail(world, mailbox, take):
    stamped = world.stamp(CAROL)
    take(mailbox, sent_copy(stamped, "<1@p.test>"), is_sent=True)

    take(mailbox, sent_copy(stamped, "<2@p.test>"), at=hours(5), is_sent=True)

    assert Stamp.get_by_id(stamped.id).sent_at == NOON
    assert len(messages()) == 2


def test_nobody_else_can_take_a_stamp_over(world, take):
    stamped = world.stamp(CAROL)

    take(
        mailbox_of(world.users["bob"]),
        letter("bob@ours.test", CAROL, html=stamped.html),
        is_sent=True,
    )

    assert Stamp.get_by_id(stamped.id).sent_at is None


def test_an_untracked_mail_is_found_by_who_what_and_when(world, mailbox, take):
    untracked = world.stamp(DANA)
    created_at = Stamp.get_by_id(untracked.id).created_at

    take(mailbox, letter(OURS, DANA), at=created_at + timedelta(minutes=1), is_sent=True)

    assert len(messages()) == 1
    assert Stamp.get_by_id(untracked.id).sent_at is not None
    assert joined_by(world) == "probable"


@pytest.mark.parametrize(
    ("how", "in_text", "property_", "in_header"),
    [
        ("body", "first", "second", "second"),
        ("property", "", "first", "second"),
        ("header", "", "", "first"),
    ],
)
def test_the_surest_mark_of_a_mail_decides_whose_it_is(
    world, mailbox, take, how, in_text, property_, in_header
):
    stamps = {"first": world.stamp(CAROL), "second": world.stamp(CAROL)}
    html = stamps[in_text].html if in_text else "<p>Hello</p>"
    headers = {"X-Telltale-Stamp": stamps[in_header].id} if in_header else {}
    mail = letter(OURS, CAROL, "Other", "<1@p.test>", html=html, headers=headers)

    mark = stamps[property_].id if property_ else ""
    take(mailbox, mail, at=NOON, is_sent=True, mark=mark)

    assert Stamp.get_by_id(stamps["first"].id).sent_at == NOON
    assert Stamp.get_by_id(stamps["second"].id).sent_at is None
    assert joined_by(world) == how


@pytest.mark.req("R59")
@pytest.mark.parametrize("order", ["answer last", "answer first"])
@pytest.mark.parametrize("how", ["references", "thread"])
def test_an_answer_is_joined_whichever_is_found_first(world, mailbox, take, order, how):
    stamped = world.stamp(CAROL)
    headers = {"In-Reply-To": "<sent-1@provider.test>"} if how == "references" else {}
    answer = letter(subject="Re: Offer", message_id="<a@n.test>", headers=headers)
    steps = [
        lambda: take(mailbox, sent_copy(stamped), thread="t", is_sent=True),
        lambda: take(mailbox, answer, at=hours(2), thread="t"),
    ]

    for step in steps if order == "answer last" else reversed(steps):
        step()

    assert world.message(stamped).replied_at == hours(2)
    assert kinds(stamped) == [("reply", world.people["carol"].id, [f"reply_by_{how}"])]


@pytest.mark.parametrize(
    ("why", "mail", "at"),
    [
        ("the subject alone", letter(subject="Re: Offer"), hours(2)),
        (
            "an out-of-office notice",
            letter(
                headers={
                    "In-Reply-To": "<sent-1@provider.test>",
                    "Auto-Submitted": "auto-replied",
                }
            ),
            hours(2),
        ),
        (
            "before it was sent",
            letter(headers={"In-Reply-To": "<sent-1@provider.test>"}),
            hours(-2),
        ),
    ],
)
def test_no_answer_is_made_of(world, mailbox, take, why, mail, at):
    stamped = world.stamp(CAROL)
    take(mailbox, sent_copy(stamped), is_sent=True)

    take(mailbox, mail, at=at)

    assert world.message(stamped).replied_at is None, why


def test_a_stranger_in_the_thread_is_no_answer(world, mailbox, take):
    stamped = world.stamp(CAROL)
    take(mailbox, sent_copy(stamped), thread="t", is_sent=True)

    take(mailbox, letter("x@stranger.test"), at=hours(1), thread="t")

    assert kinds(stamped) == []


def test_an_answer_in_two_mailboxes_is_one(world, take):
    stamped = world.stamp(CAROL, "bob@ours.test")
    alice, bob = mailbox_of(world.alice), mailbox_of(world.users["bob"])
    take(alice, sent_copy(stamped), is_sent=True)
    answer = letter(message_id="<a@n.test>", headers={"In-Reply-To": "<sent-1@provider.test>"})

    take(alice, answer, at=hours(1))
    take(bob, answer, at=hours(1))

    assert [kind for kind, *_ in kinds(stamped)] == ["reply"]


def test_new_readings_of_the_hits_leave_an_answer_alone(world, mailbox, take):
    stamped = world.stamp(CAROL)
    take(mailbox, sent_copy(stamped), is_sent=True)
    answer = letter(message_id="<a@n.test>", headers={"In-Reply-To": "<sent-1@provider.test>"})
    take(mailbox, answer, at=hours(1))

    record(hit(world.open_token(stamped), after=3600))
    world.confirm(stamped, NOON)
    take(mailbox, sent_copy(stamped), at=hours(0.5), is_sent=True)

    assert [kind for kind, *_ in kinds(stamped)].count("reply") == 1


@pytest.mark.req("R69", "R70")
@pytest.mark.parametrize("order", ["report last", "report first"])
def test_a_hard_bounce_is_told_and_stops_further_mail(world, mailbox, take, order):
    stamped = world.stamp(CAROL)
    steps = [
        lambda: take(mailbox, sent_copy(stamped), is_sent=True),
        lambda: take(mailbox, Report(), at=hours(1)),
    ]

    for step in steps if order == "report last" else reversed(steps):
        step()

    assert world.message(stamped).is_bounced
    carol = world.people["carol"].id
    assert kinds(stamped) == [("bounce", carol, ["bounced_for_good"])]
    assert db.one("SELECT client_label FROM engagement") == ("5.1.1",)
    assert world.stamp(CAROL).recipients[0].reason == "hard_bounce"


@pytest.mark.parametrize(
    ("report", "reasons"),
    [
        (Report(status="5.2.2"), [["bounced_for_now"]]),
        (Report(action="delayed", status="4.4.1"), []),
        (Report(address="other@northwind.test"), []),
    ],
)
def test_what_is_not_for_good_stops_nothing(world, mailbox, take, report, reasons):
    stamped = world.stamp(CAROL)
    take(mailbox, sent_copy(stamped), is_sent=True)

    take(mailbox, report, at=hours(1))

    assert not world.message(stamped).is_bounced
    assert [row[2] for row in kinds(stamped)] == reasons
    assert world.stamp(CAROL).recipients[0].decision == "track"


def test_the_feed_shows_answers_and_bounces(world, mailbox, take):
    stamped = world.stamp(CAROL, LEO)
    at = world.message(stamped).created_at
    take(mailbox, sent_copy(stamped), at=at, is_sent=True)
    take(
        mailbox,
        letter(LEO, headers={"In-Reply-To": "<sent-1@provider.test>"}),
        at=at + timedelta(seconds=1),
    )
    take(mailbox, Report(status="5.2.2"), at=at + timedelta(seconds=2))

    viewer = Viewer(world.alice.id, world.alice.org_id)
    shown = feed.page(viewer, feed.FeedQuery()).items

    assert [each["label"] for each in shown] == ["bounced_for_now", "replied"]
    assert sent.one(stamped.id)["replied_at"]


@pytest.mark.parametrize(
    ("rule", "mail", "marks", "limits"),
    [
        ("draft", letter(), {"is_draft": True}, LIMITS),
        ("spam", letter(), {"is_spam": True}, LIMITS),
        ("trash", letter(), {"is_trash": True}, LIMITS),
        ("internal", letter("bob@ours.test"), {}, LIMITS),
        ("internal", letter("bob@sub.ours.test"), {}, LIMITS),
        ("excluded", letter(), {}, Limits(domains=frozenset({"northwind.test"}))),
        ("excluded", letter(), {}, Limits(addresses=frozenset({CAROL}))),
        (
            "excluded",
            letter("x@a.northwind.test"),
            {},
            Limits(domains=frozenset({"northwind.test"})),
        ),
        ("confidential", letter(headers={"Sensitivity": "Private"}), {}, LIMITS),
        ("automated", letter("no-reply@shop.test"), {}, LIMITS),
        ("automated", letter(headers={"List-Id": "<n.test>"}), {}, LIMITS),
        ("captured", letter("no-reply@shop.test"), {}, Limits(keeps_automated=True)),
        ("captured", letter(headers={"Auto-Submitted": "auto-replied"}), {}, LIMITS),
    ],
)
def test_what_is_left_out_is_left_out_by_name_and_nothing_of_it_is_kept(
    mailbox, rule, mail, marks, limits
):
    assert Taking(limits)(mailbox, mail, **marks) == rule

    decided = [row[0] for row in db.rows("SELECT rule FROM capture_decision")]
    assert decided == ([] if rule == "captured" else [rule])
    assert len(messages()) == (rule == "captured")


def test_a_bcc_is_seen_on_the_senders_copy_alone(world, take):
    mail = letter(OURS, CAROL, message_id="<1@p.test>", headers={"Bcc": LEO})

    take(mailbox_of(world.users["bob"]), mail)
    seen = people_on(messages()[0]["id"])
    take(mailbox_of(world.alice), mail, is_sent=True)

    assert ("bcc", LEO) not in seen
    assert ("bcc", LEO) in people_on(messages()[0]["id"])


def test_two_people_with_one_address_are_not_guessed_between(world, mailbox, take):
    actor = Actor(world.alice.org_id, world.alice.id, "page", "")
    adding.add(actor, {"kind": "contact", "name": "Other", "addresses": (CAROL,)}, "test", "other")

    take(mailbox, letter())

    assert people_on(messages()[0]["id"])["from", CAROL] == (None, "ambiguous")


def test_aliases_are_inside(world, take):
    mailbox = mailbox_of(world.alice, aliases=["alice@old.test"])

    assert take(Mailbox.get_by_id(mailbox.id), letter("alice@old.test")) == "internal"
