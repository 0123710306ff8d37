"""rotate-keys, as an operator runs it."""

import signal
import sqlite3
import subprocess
import sys

from tests.waiting import wait_until


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


MANY = 600
EACH = """
    safe, owner = Safe(open_vault(given)), Owner(org.id, "mailbox", org.id)
    with db.transaction():
        for number in range({many}):
            {act}
"""


def with_each(act):
    """A program that does this to each of many secrets."""
    return PUT.rpartition("    Safe(")[0] + EACH.format(many=MANY, act=act)


def under(here, key):
    """How many secrets are sealed under that key, and how many under another one."""
    found = [each.split(".")[1] == key for each in secrets_of(here)]
    return sum(found), len(found) - sum(found)


def newest_key(here):
    return (here.data_dir / "vault.keys").read_text().split(":")[0]


def is_under_way(here, before):
    key = newest_key(here)
    return key != before and under(here, key)[0]


# So that nobody misses its midst: with a million rows to count, each secret takes some 50 ms.
SLOW = (
    "CREATE TABLE dust (grain)",
    "INSERT INTO dust SELECT 1 FROM secret LIMIT 100",
    "CREATE TRIGGER slow AFTER UPDATE ON secret BEGIN"
    " SELECT count(*) FROM dust a, dust b, dust c WHERE a.grain + b.grain + c.grain < 0; END",
)


def change(here, *statements):
    with sqlite3.connect(here.data_dir / "telltale.db", timeout=30) as database:
        for each in statements:
            database.execute(each)
    database.close()


def test_killed_in_the_midst_it_goes_on_where_it_was(here, run_python):
    run_python(with_each('safe.put(owner, f"canary{number}", str(number))'))
    before = newest_key(here)
    change(here, *SLOW)
    rotating = subprocess.Popen(
        [sys.executable, "-m", "backend", "rotate-keys"],
        cwd=here.folder,
        env=here.environment(),
        stdout=subprocess.DEVNULL,
    )
    wait_until(lambda: is_under_way(here, before), 60, "the first secrets under the new key")
    rotating.send_signal(signal.SIGKILL)
    assert rotating.wait(30) == -signal.SIGKILL
    change(here, "DROP TRIGGER slow", "DROP TABLE dust")
    new = newest_key(here)
    done, left = under(here, new)
    assert done
    assert left

    told = here.told("rotate-keys", "--resume")

    assert f"{left:,} secrets sealed anew" in told
    assert under(here, new) == (done + left, 0)
    run_python(with_each('assert safe.get(owner, f"canary{number}") == str(number)'))
