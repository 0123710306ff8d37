"""An account linked for Gmail's add-on before is linked after, and signs nobody in."""

import runpy

import pytest

from backend import clock, db
from backend.access import identities
from backend.models.identities import Identity
from backend.models.schema import MIGRATIONS
from backend.providers.openid import Account

ACCOUNT = Account("https://accounts.google.com", "sub-1", "alice@ours.test")
CASES = (
    ("the add-on alone", "alice", None, "alice", None),
    ("sign-in alone", None, "alice", None, "alice"),
    ("both, of one user", "alice", "alice", "alice", "alice"),
    ("both, of two users", "alice", "bob", None, "bob"),
)


@pytest.mark.parametrize(("why", "addon", "signin", "opens", "signs_in"), CASES)
def test_an_upgrade_keeps_what_each_account_was_good_for(
    world, why, addon, signin, opens, signs_in
):
    db.database.execute_sql("ALTER TABLE identity DROP COLUMN is_for_panels")
    db.database.execute_sql(runpy.run_path(str(MIGRATIONS / "0009_gmail_addon.py"))["TABLES"][0])
    if addon:
        _insert("google_identity", world.users[addon], "email", "")
    if signin:
        _insert("identity", world.users[signin], "provider, address", "'google', ")

    runpy.run_path(str(MIGRATIONS / "0032_one_table_of_accounts.py"))["up"](None, db.database.obj)

    holder = identities.holder_of(ACCOUNT)
    user = identities.user_of(world.alice.org_id, ACCOUNT)
    assert (holder and holder.name, user and user.name) == (opens, signs_in), why
    assert Identity.select().count() == 1


def _insert(table, user, columns, before):
    db.execute(
        f"INSERT INTO {table} (id, org_id, user_id, issuer, subject, {columns}, created_at)"
        f" VALUES (%s, %s, %s, %s, %s, {before}%s, %s)",
        [
            clock.new_id(),
            user.org_id,
            user.id,
            ACCOUNT.issuer,
            ACCOUNT.subject,
            ACCOUNT.address,
            clock.now(),
        ],
    )
