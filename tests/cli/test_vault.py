"""rotate-keys, as an operator runs it."""

import sqlite3


def secrets_of(here):
    with sqlite3.connect(here.data_dir / "telltale.db") as database:
        rows = database.execute("SELECT envelope FROM secret").fetchall()
    database.close()
    return [row[0] for row in rows]


PUT = """
from backend import db, settings
from backend.access.safe import Owner, Safe
from backend.models.org import Organization
from backend.providers.vault import open_vault
given = settings.load()
db.open_store(given)
with db.connection():
    org = Organization.get()
    Safe(open_vault(given)).put(Owner(org.id, "mailbox", org.id), "tokens", "canary")
"""


def test_every_secret_moves_to_a_new_key(here, run_python):
    run_python(PUT)
    (before,) = secrets_of(here)

    told = here.told("rotate-keys")

    (after,) = secrets_of(here)
    new = after.split(".")[1]
    assert before.split(".")[1] != new
    assert f"New key {new}" in told
    assert "1 secrets sealed anew" in told

    assert "0 secrets sealed anew" in here.told("rotate-keys", "--resume")
    assert secrets_of(here) == [after]
