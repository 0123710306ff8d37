"""What an organisation leaves out, as its tables say."""

from datetime import timedelta

from backend import clock
from backend.capture.limits import limits_of
from backend.models.mailboxes import Exclusion
from tests.capture.letters import mailbox_of


def test_the_domains_of_users_and_mailboxes_are_inside_and_public_hosts_are_not(world):
    mailbox_of(world.users["bob"], address="bob@gmail.com")
    mailbox = mailbox_of(world.alice, address="alice@second.test")

    assert limits_of(mailbox).internal_domains == {"ours.test", "second.test"}


def test_exclusions_are_the_organisations_and_ones_own(world):
    mailbox = mailbox_of(world.alice)
    for user, kind, value in (
        (None, "domain", "bank.test"),
        (world.alice, "address", "mum@home.test"),
        (world.users["bob"], "address", "dad@home.test"),
        (world.users["mallory"], "domain", "theirs.test"),
    ):
        Exclusion.create(
            org_id=(user or world.alice).org_id, user_id=user and user.id, kind=kind, value=value
        )

    found = limits_of(mailbox)

    assert found.addresses == {"mum@home.test"}
    assert found.domains == {"bank.test"}


def test_meetings_are_kept_as_long_as_the_policy_says(world):
    mailbox = mailbox_of(world.alice)
    world.set_policy(retention_days=None)
    assert limits_of(mailbox).keeps_since is None

    world.set_policy(retention_days=30)

    since = limits_of(mailbox).keeps_since
    assert since
    assert timedelta(days=30) <= clock.now() - since < timedelta(days=31)
