"""What others see of a mail: each holder shares what is hers, and every surface obeys."""

import pytest

from backend.capture import sharing
from backend.errors import NotFound
from backend.insights import captured, metrics, search, timeline
from backend.insights.people_mail import About
from backend.insights.viewer import Viewer
from backend.models.mail import Stamp
from backend.tracking.policy import Sharing
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import OURS, Taking, messages, sent_copy
from tests.world import CAROL, LEO, hit, record

WHO = ("alice", "bob", "mika", "ada", "mallory")


@pytest.fixture
def take():
    return Taking()


@pytest.fixture
def carol(world):
    return About([world.people["carol"].id], [CAROL])


def viewer_of(user):
    return Viewer(user.id, user.org_id, user.role, user.team_id)


def seers(world, see):
    """Whom `see` shows something."""
    return {name for name in WHO if see(viewer_of(world.users[name]))}


def opens(viewer, message_id):
    try:
        return captured.one(viewer, message_id)
    except NotFound:
        return None


@pytest.mark.req("R41")
@pytest.mark.parametrize(
    ("shared", "expected"),
    [
        (Sharing.PRIVATE, {"alice"}),
        (Sharing.TEAM, {"alice", "mika"}),
        (Sharing.EVERYONE, {"alice", "bob", "mika", "ada"}),
    ],
)
@pytest.mark.parametrize("how", ["by the mailbox", "by hand"])
def test_every_surface_obeys_what_is_shared(world, take, carol, shared, expected, how):
    begins = shared if how == "by the mailbox" else Sharing.TEAM
    mailbox = mailbox_of(world.alice, visibility=begins.value)
    stamped = world.stamp(CAROL, subject="Quarterly")
    take(mailbox, letter(subject="Hello", message_id="<1@n.test>"))
    take(mailbox, sent_copy(stamped, subject="Quarterly"), is_sent=True)
    tracked = Stamp.get_by_id(stamped.id).message_id
    received = next(row["id"] for row in messages() if row["subject"] == "Hello")
    for message_id in (received, tracked):
        if how == "by hand" or message_id == tracked:
            sharing.share(world.alice.id, message_id, shared)

    surfaces = {
        "one": lambda who: opens(who, received),
        "timeline": lambda who: timeline.page(who, carol).items,
        "metrics": lambda who: metrics.of(who, carol)["sent_total"],
        "received": lambda who: metrics.of(who, carol)["last_received_at"],
        "search": lambda who: search.find(who, "quarterly").mails,
    }

    assert {name: seers(world, see) for name, see in surfaces.items()} == dict.fromkeys(
        surfaces, expected
    )


@pytest.mark.req("R41")
def test_of_what_is_private_others_see_when_it_was_and_who_took_part(world, take, carol):
    mailbox = mailbox_of(world.alice, visibility="private")
    mail = letter(OURS, CAROL, "Secret", text="Secret words", headers={"Bcc": LEO})
    take(mailbox, mail, is_sent=True)

    page = timeline.page(viewer_of(world.users["mika"]), carol)
    stranger = timeline.page(viewer_of(world.users["mallory"]), carol)

    assert (page.items, page.hidden) == ([], 1)
    (withheld,) = page.withheld
    assert withheld["at"] == "2026-11-20T12:00:00Z"
    assert [(who["role"], who["address"]) for who in withheld["participants"]] == [
        ("from", OURS),
        ("to", CAROL),
    ]
    assert "Secret" not in str(page)
    assert stranger.withheld == []


def test_a_private_copy_takes_nothing_from_what_a_colleague_shares(world, take, carol):
    mail = letter(CAROL, f"{OURS}, bob@ours.test", message_id="<1@n.test>")
    take(mailbox_of(world.alice, visibility="private"), mail)
    take(mailbox_of(world.users["bob"], visibility="org"), mail)
    (message,) = messages()

    shared = seers(world, lambda who: opens(who, message["id"]))
    sharing.share(world.users["bob"].id, message["id"], Sharing.PRIVATE)

    assert shared == {"alice", "bob", "mika", "ada"}
    assert seers(world, lambda who: opens(who, message["id"])) == {"alice", "bob"}


def test_nobody_shares_what_is_not_hers(world, take):
    take(mailbox_of(world.alice), letter(message_id="<1@n.test>"))
    (message,) = messages()

    for name in ("bob", "mika", "mallory"):
        with pytest.raises(NotFound):
            sharing.share(world.users[name].id, message["id"], Sharing.EVERYONE)

    assert opens(viewer_of(world.alice), message["id"]).sharing == "team"


def test_a_blind_copy_is_the_senders_alone(world, take):
    leo = About([world.people["leo"].id], [LEO])
    stamped = world.stamp(CAROL)
    mail = sent_copy(stamped, headers={"Bcc": LEO})
    take(mailbox_of(world.alice, visibility="org"), mail, is_sent=True)
    message_id = Stamp.get_by_id(stamped.id).message_id
    sharing.share(world.alice.id, message_id, Sharing.EVERYONE)
    record(hit(world.open_token(stamped)))

    seen = {
        name: (
            len(timeline.page(viewer_of(world.users[name]), leo).items),
            LEO in str(captured.one(viewer_of(world.users[name]), message_id)),
        )
        for name in ("alice", "mika")
    }

    assert seen == {"alice": (1, True), "mika": (0, False)}


def test_a_mail_that_a_colleague_received_first_is_its_senders(world, take, carol):
    mail = letter(OURS, f"{CAROL}, bob@ours.test", message_id="<1@p.test>")

    take(mailbox_of(world.users["bob"]), mail)
    take(mailbox_of(world.alice), mail, is_sent=True)

    (message,) = messages()
    assert (message["direction"], message["status"]) == ("sent", "sent")
    assert opens(viewer_of(world.alice), message["id"]).owner == "alice"
    assert metrics.of(viewer_of(world.alice), carol)["sent_total"] == 1
