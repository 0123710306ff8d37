"""doctor: what is configured, reachable and missing, and the exit code that says it in short."""

import sqlite3
from contextlib import closing
from datetime import timedelta

from backend import clock


def findings(done):
    """Mark and text of each line by its subject."""
    return {
        line[6:22].strip(): (line[:4].strip(), line[23:]) for line in done.stdout.splitlines()[:-1]
    }


def test_a_fresh_folder_needs_a_migration(fresh):
    done = fresh.run("doctor")

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[-1] == "1 to mend."
    mark, text = findings(done)["database"]
    assert (mark, "run `python -m backend migrate`" in text) == ("BAD", True)


def test_a_migrated_one_is_well_and_says_what_does_not_run(here):
    done = here.run("doctor")

    found = findings(done)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Nothing to mend.")
    assert found["database"] == ("ok", "SQLite, up to date, 1 users")
    assert found["app"][0] == found["edge"][0] == found["links"][0] == "note"
    assert found["queue"] == ("ok", "embedded (a SQLite file)")


def test_a_running_one_answers(here):
    with here.serving():
        found = findings(here.run("doctor"))

    assert found["app"] == ("ok", f"answers at http://127.0.0.1:{here.port}/readyz")
    assert found["edge"][0] == "ok"


def test_what_is_wrong_is_named_and_nothing_secret_is_told(here):
    here.variables = {"REDIS_URL": "redis://:canary-4711@127.0.0.1:1"}
    try:
        done = here.run("doctor")
    finally:
        here.variables = {}

    assert (done.returncode, done.stderr) == (1, "")
    assert findings(done)["queue"][0] == "BAD"
    assert "canary-4711" not in done.stdout
    assert here.environment()["SECRET"] not in done.stdout


def test_an_erasure_that_is_not_over_after_a_day_is_named(fresh):
    fresh.told("migrate")
    fresh.told("add-user", "ann@ours.test", "--name", "Ann")
    now, org = clock.now(), "(SELECT id FROM organization)"
    with closing(sqlite3.connect(fresh.data_dir / "telltale.db")) as store, store:
        for reference, hours in (("R-OLD", 25), ("R-NEW", 23)):
            asked_at = (now - timedelta(hours=hours) - clock.EPOCH) // timedelta(microseconds=1)
            store.execute(
                "INSERT INTO erasure (id, org_id, reference, actor, work, gone, asked_at)"
                f" VALUES (?, {org}, ?, 'ann', '{{}}', '{{}}', ?)",
                [clock.new_id(), reference, asked_at],
            )

    done = fresh.run("doctor")

    mark, text = findings(done)["erasures"]
    assert mark == "BAD"
    assert "R-OLD" in text
    assert "R-NEW" not in text
    assert done.stdout.splitlines()[-1] == "1 to mend."
