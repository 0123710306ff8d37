"""`sync` and `reconcile` say what they did, and what is wrong."""

CONNECT = """
from backend import clock, db, settings
from backend.models.mailboxes import Mailbox
from backend.models.org import User

db.open_store(settings.load())
with db.connection():
    ann = User.get(User.email == "ann@ours.test")
    Mailbox.create(org_id=ann.org_id, user_id=ann.id, provider="google", address=ann.email)
"""


def test_without_mailboxes_there_is_nothing_to_do(here):
    assert here.run("sync").returncode == 0
    assert here.run("reconcile").returncode == 0


def test_an_unknown_mailbox_is_one_clear_line(here):
    done = here.run("sync", "nobody@ours.test")

    assert done.returncode == 1
    told = "No mailbox of that address is connected: the page Health lists them all.\n"
    assert done.stderr == told


def test_what_a_mailbox_lacks_is_told_and_the_command_fails(here, run_python):
    run_python(CONNECT)

    counted, synced = here.run("reconcile"), here.run("sync", "ann@ours.test")

    assert (counted.returncode, synced.returncode) == (1, 1)
    assert counted.stdout == "ann@ours.test: not counted (NeedsReauth no_grant).\n"
    assert "ann@ours.test: needs_reauth (no_grant); 0 captured" in synced.stdout
