"""One mail of the record: how its people were matched, what is kept of it, what came back."""

import pytest

from backend.insights import captured
from backend.insights.viewer import Viewer
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import OURS, Report, Taking, messages
from tests.world import CAROL, LEO


@pytest.mark.req("R44", "R50")
def test_a_mail_tells_who_is_on_it_and_why(world):
    mailbox = mailbox_of(world.alice)
    mail = letter(f"Carol <{CAROL}>", f"{OURS}, new@nowhere.test", text="Hello there")
    Taking()(mailbox, mail)
    alice = world.alice

    found = captured.one(Viewer(alice.id, alice.org_id), messages()[0]["id"])

    assert [(who.role, who.person, who.rule) for who in found.participants] == [
        ("from", "Carol", "address"),
        ("to", "", "user"),
        ("to", "", ""),
    ]
    assert (found.text, found.mailboxes, found.sharing) == ("Hello there", [OURS], "team")
    assert (found.stamp_id, found.direction, found.owner) == (None, "received", "alice")


def test_a_bounce_is_told_where_the_mail_is(world):
    take, mailbox = Taking(), mailbox_of(world.alice)
    take(mailbox, letter(OURS, CAROL, message_id="<sent-1@provider.test>"), is_sent=True)
    take(mailbox, Report(), hours=1)
    alice = world.alice
    sent = next(row["id"] for row in messages() if row["direction"] == "sent")

    reports = captured.one(Viewer(alice.id, alice.org_id), sent).reports

    assert [(each.address, each.is_hard) for each in reports] == [(CAROL, True)]


@pytest.mark.req("R41")
def test_who_got_a_blind_copy_is_not_told_by_a_bounce(world, as_viewer):
    take, mailbox = Taking(), mailbox_of(world.alice)
    mail = letter(OURS, LEO, message_id="<sent-1@provider.test>", headers={"Bcc": CAROL})
    take(mailbox, mail, is_sent=True)
    take(mailbox, Report(), hours=1)
    sent = next(row["id"] for row in messages() if row["direction"] == "sent")

    told = {
        name: [each.address for each in captured.one(as_viewer(name), sent).reports]
        for name in ("alice", "mika")
    }

    assert told == {"alice": [CAROL], "mika": []}
