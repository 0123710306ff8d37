"""Mails that lie in mailboxes of others are written anew, and the others are left as they are."""

from importlib import import_module

from backend import db
from backend.models.mail import Stamp
from backend.tracking import mail_index
from tests.capture.letters import letter, mailbox_of, take
from tests.models.plans import plan_of
from tests.world import CAROL

MIGRATION = import_module("backend.models.migrations.0045_words_of_held_mails")


def test_the_mails_of_others_in_a_mailbox_are_written_anew(world):
    held, own = world.stamp(CAROL), world.send(CAROL)
    mail = letter("alice@ours.test", f"{CAROL}, bob@ours.test", "O", "<1@p.test>", html=held.html)
    take(mailbox_of(world.alice), mail, is_sent=True)
    take(mailbox_of(world.users["bob"]), mail)
    mail_index.write()

    db.execute(MIGRATION.HELD_ANEW)

    waiting = {row.id for row in Stamp.select().where(Stamp.indexed_at.is_null())}
    assert (waiting, own.id in waiting) == ({held.id}, False)


def test_who_shares_copies_with_everybody_is_found_by_an_index(world):
    sql = "SELECT 1 FROM message_copy c WHERE c.mailbox_id = %s AND c.visibility = 'org'"

    assert "message_copy_shared" in plan_of(sql, [mailbox_of(world.alice).id])
