"""`sync` and `reconcile` say what they did, and what is wrong."""

from contextlib import redirect_stderr

from backend import clock
from backend.capture import items
from backend.cli.mailboxes import sync_one
from tests.capture.letters import letter, mailbox_of, turn
from tests.cli.test_commands import Terminal
from tests.fakes.mailbox import FakeMailbox

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


class Worker:
    """Turns of one mailbox at one provider."""

    def __init__(self, provider):
        self._provider = provider

    def turn(self, mailbox):
        return turn(mailbox, self._provider)


def test_a_terminal_sees_how_far_the_back_fill_is(world, capsys):
    provider, mailbox = FakeMailbox(world.alice.email, page=100), mailbox_of(world.alice)
    for number in range(60):
        provider.put(letter(message_id=f"<{number}@n.test>"), clock.now())
    items.queue(mailbox.org_id, mailbox.id, ["bad"], is_live=True)
    for _ in range(items.MAX_ATTEMPTS):
        items.fail(mailbox.id, "bad", "Unreadable: cut")

    with redirect_stderr(Terminal()) as terminal:
        sync_one(Worker(provider), mailbox)

    bar = "#" * 25 + "-" * 5
    assert f"[{bar}] 51 of 61 mails of alice@ours.test" in terminal.getvalue()
    assert capsys.readouterr().out.splitlines() == [
        "alice@ours.test: active; 60 captured, 0 left out, 0 waiting, 1 set aside.",
        "  set aside: 1 for Unreadable: cut",
    ]
