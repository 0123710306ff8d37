"""backup and restore, as an operator runs them: on each engine, while all runs, and at a fault."""

import base64
import http.client
import itertools
import os
import re
import sqlite3
import stat
import subprocess
import sys
import threading
from collections import Counter
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import psycopg
import pytest

from backend import clock, db
from backend.models.schema import MIGRATIONS
from backend.settings import Settings
from tests.cli.test_health import findings
from tests.cli.test_record import CAPTURE, TAMPER
from tests.installation import Installation
from tests.waiting import LOOPBACK, wait_until

REP = "rep@demo.telltale.test"
VAULT_KEYS = f"k1:{base64.b64encode(os.urandom(32)).decode()}"
NEWEST = max(path.stem for path in MIGRATIONS.glob("0*.py"))
BEFORE_MARKS_OF_BACKUPS = "0045_words_of_held_mails"
BEFORE_NEWEST = sorted(path.stem for path in MIGRATIONS.glob("0*.py"))[-2]
ASKED = ("stamps", "feed?include_automatic=true", "people", "preferences")


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def engine(request):
    return request.param


@pytest.fixture(scope="module")
def site_on(postgres, tmp_path_factory):
    """Makes empty installations on an engine; all have the same keys."""
    with postgres_databases(postgres) as new_url:

        def make(engine):
            variables = {"VAULT_KEYS": VAULT_KEYS}
            if engine == "postgres":
                variables["DATABASE_URL"] = new_url()
            return Installation(tmp_path_factory.mktemp("site"), variables, forks=True)

        yield make


@pytest.fixture
def new_site(site_on, engine):
    return lambda: site_on(engine)


@contextmanager
def postgres_databases(postgres):
    """Gives one new database after another; they are gone at the end."""
    with ExitStack() as held:
        yield lambda: held.enter_context(postgres.database())


@dataclass
class Made:
    """An installation that was used and stopped, its backups, and what it said of itself."""

    site: Installation
    busy: Path  # made while readers opened mail
    quiet: Path  # made when all was counted
    before: list[str]  # answered before the busy one began
    token: str
    answers: dict
    link: str
    cookie: str


@pytest.fixture(scope="module")
def made(site_on, engine):
    site = site_on(engine)
    busy, quiet = site.folder / "busy.bak", site.folder / "quiet.bak"
    with site.serving("--demo"):
        token = site.token(REP)
        stamps = [stamp(site, token, number) for number in range(5)]
        cookie = signed_in(site)
        readers = Readers(site.port + 1, [urlsplit(one["pixel_url"]).path for one in stamps])
        try:
            before = readers.answered_after(100)
            site.told("backup", str(busy))
            readers.answered_after(len(before) + 1)
        finally:
            readers.stop()
        wait_until(lambda: sum(opens(site).values()) == len(readers.answered), 60, "the drain")
        assert "can be restored" in site.told("backup", "--verify", str(busy))
        site.told("backup", str(quiet))
        link = urlsplit(stamps[0]["links"][0]["tracked_url"]).path
        yield Made(site, busy, quiet, before, token, answers(site, token), link, cookie)


@pytest.fixture(scope="module")
def small(site_on):
    """A backup with one row in it."""
    site = site_on("sqlite")
    site.told("migrate")
    add_organisation(site, "Ours")
    site.told("backup", str(site.folder / "small.bak"))
    return site.folder / "small.bak"


class Readers:
    """Load pixels, each load under a name of its own, and write down which were answered."""

    def __init__(self, port, paths):
        self.answered = []
        self._port, self._paths = port, itertools.cycle(paths)
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(name,)) for name in "ab"]
        for thread in self._threads:
            thread.start()

    def answered_after(self, count):
        wait_until(lambda: len(self.answered) >= count, 60, f"{count} answers")
        return list(self.answered)

    def stop(self):
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _read(self, name):
        for count in itertools.count():
            if self._is_over.is_set():
                return
            with closing(http.client.HTTPConnection(LOOPBACK, self._port, timeout=30)) as reader:
                agent = {"User-Agent": f"Reader/{name}.{count}"}
                reader.request("GET", next(self._paths), headers=agent)
                if reader.getresponse().read():
                    self.answered.append(agent["User-Agent"])


def stamp(site, token, number):
    draft = {
        "subject": f"Offer {number}",
        "recipients": [{"address": f"canary{number}@example.test"}],
        "html": '<p>Hello <a href="https://example.com/there">there</a></p>',
        "opens": True,
        "links": True,
        "sent_at": (clock.now() - timedelta(days=1)).isoformat(),  # not so old that it goes
    }
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return site.ask("POST", "/api/v1/stamps", orjson.dumps(draft), headers).json


def signed_in(site):
    path = urlsplit(site.signin_link).path
    page = site.ask("GET", path)
    if "set-cookie" in page.headers and page.status in {302, 303}:
        return page.headers["set-cookie"].partition(";")[0]
    return ""


def answers(site, token):
    headers = {"Authorization": f"Bearer {token}"}
    found = {what: site.ask("GET", f"/api/v1/{what}", headers=headers) for what in ASKED}
    assert {one.status for one in found.values()} == {200}
    return {what: one.json for what, one in found.items()}


def opens(site):
    """Hits in the database by the name of their reader."""
    asked = (
        "SELECT a.text, count(*) FROM hit h JOIN agent a ON a.id = h.agent_id"
        " WHERE a.text LIKE %s GROUP BY a.text"
    )
    return Counter(dict(rows(site, asked, "Reader/%")))


def rows(site, sql, *values):
    """Ask a site's database, on a connection that is closed again."""
    url = site.variables.get("DATABASE_URL", "")
    before = db.database.obj
    store = db.open_store(Settings(data_dir=site.data_dir, database_url=url))
    try:
        with db.connection():
            return db.rows(sql, values) if sql.startswith("SELECT") else db.execute(sql, values)
    finally:
        store.close_all()
        db.database.initialize(before)


def has_tables(site):
    if url := site.variables.get("DATABASE_URL"):
        with psycopg.connect(url) as connection:
            found = connection.execute("SELECT to_regclass('organization')").fetchall()
            return found != [(None,)]
    return (site.data_dir / "telltale.db").exists()


def refused(site, *arguments):
    """The one line of a command that must fail."""
    done = site.run(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    return line


def test_a_backup_made_under_load_has_every_hit_that_was_answered_before(made, new_site):
    site = new_site()

    site.told("restore", str(made.busy))

    with site.serving():
        wait_until(lambda: not set(made.before) - set(opens(site)), 60, "the drain")
        stored = opens(site)
    assert {stored[name] for name in stored} == {1}


def test_restored_on_the_other_engine_it_answers_as_before(made, site_on, engine):
    site = site_on("sqlite" if engine == "postgres" else "postgres")

    told = site.told("restore", str(made.quiet))

    assert "are back." in told
    assert "who unsubscribed" in told.lower()
    assert "under the vault key" not in told
    assert "SECRET" not in told
    with site.serving():
        wait_until(site.is_ready, 60, "the app")
        assert answers(site, made.token) == made.answers
        with closing(http.client.HTTPConnection(LOOPBACK, site.port + 1, timeout=30)) as reader:
            reader.request("GET", made.link, headers={"User-Agent": "Mozilla/5.0"})
            answer = reader.getresponse()
            assert (answer.status, answer.headers["Location"]) == (302, "https://example.com/there")
        assert site.ask("GET", "/api/v1/me", headers={"Cookie": made.cookie}).status == 401
    assert opens(site) == opens(made.site)


def test_a_backup_is_sealed_and_for_its_owner_alone(made):
    data = made.quiet.read_bytes()

    assert stat.S_IMODE(made.quiet.stat().st_mode) == 0o600
    assert b"canary" not in data
    assert b"person" not in data
    assert "is there already" in refused(made.site, "backup", str(made.quiet))


def test_verify_says_what_it_found_and_leaves_nothing(made, new_site):
    site = new_site()

    told = site.told("backup", "--verify", str(made.quiet))

    assert "rows of" in told
    assert "0 faults" in told
    assert not has_tables(site)
    assert {path.name for path in site.data_dir.iterdir()} <= {"restoring.lock", "migrate.lock"}


TOUCHED = (
    ("cut off", lambda data: data[:-1]),
    ("cut off at half", lambda data: data[: len(data) // 2]),
    ("one bit of it changed", lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]),
    ("another header", lambda data: data.replace(b"backup 1 0", b"backup 1 1", 1)),
    ("no backup", lambda data: b"x" + data),
)


@pytest.mark.parametrize(("why", "touch"), TOUCHED, ids=[row[0] for row in TOUCHED])
def test_a_touched_backup_is_refused_before_anything_is_done(small, site_on, why, touch):
    site = site_on("sqlite")
    broken = site.folder / "broken.bak"
    broken.write_bytes(touch(small.read_bytes()))

    said = refused(site, "restore", str(broken))

    assert re.search("was altered|cut off or altered|is no backup", said)
    assert not has_tables(site)
    assert not (site.data_dir / "links.db").exists()


@pytest.fixture
def used(made, new_site):
    """A restored installation in which since then Carol refused, Omar and an address went."""
    site = new_site()
    site.told("restore", str(made.quiet))
    ids = {
        name: rows(site, "SELECT id FROM person WHERE name LIKE %s", f"{name}%")[0][0]
        for name in ("Carol", "Omar")
    }
    rows(site, "UPDATE person SET do_not_track = TRUE WHERE id = %s", ids["Carol"])
    for table, column in (("consent_record", "person_id"), ("person", "id")):
        rows(site, f"DELETE FROM {table} WHERE {column} = %s", ids["Omar"])
    rows(
        site,
        "INSERT INTO suppression (id, org_id, address, reason, created_at)"
        " SELECT id, org_id, 'gone@example.test', 'unsubscribed', created_at FROM person"
        " WHERE id = %s",
        ids["Carol"],
    )
    return site, ids


def test_verify_refuses_a_touched_backup(small, site_on):
    site = site_on("sqlite")
    broken = site.folder / "broken.bak"
    broken.write_bytes(small.read_bytes()[:-20])

    assert "cut off or altered" in refused(site, "backup", "--verify", str(broken))


def test_data_that_is_there_is_refused(made, used):
    site, ids = used

    said = refused(site, "restore", str(made.quiet))

    assert "There is data in" in said
    assert "--replace" in said
    assert rows(site, "SELECT id FROM person WHERE id = %s", ids["Omar"]) == []


def test_what_is_replaced_is_put_aside_and_what_was_refused_in_it_holds(made, used):
    site, ids = used
    was = people_of(site)

    told = site.told("restore", "--replace", str(made.quiet))

    assert "2 refusals were taken over" in told
    assert ids["Omar"] in told
    assert ids["Carol"] not in told
    is_refusing = dict(rows(site, "SELECT id, do_not_track FROM person"))
    assert (is_refusing[ids["Carol"]], is_refusing[ids["Omar"]]) == (True, False)
    assert rows(site, "SELECT address FROM suppression") == [("gone@example.test",)]
    aside = told.partition("before is in ")[2].partition(";")[0]
    if "DATABASE_URL" in site.variables:
        schema = aside.removeprefix("the schema ")
        assert people_of(site, f"{schema}.person") == was
        assert rows(site, f"SELECT count(*) FROM {schema}.hit") == [(sum(opens(site).values()),)]
    else:
        with closing(sqlite3.connect(aside)) as before:
            assert before.execute("SELECT id FROM person ORDER BY id").fetchall() == was


def test_whom_the_backup_has_again_is_erased_anew(made, new_site):
    site = new_site()
    site.told("restore", str(made.quiet))
    of_omar = "SELECT address FROM person_address WHERE person_id IN"
    ((address,),) = rows(site, f"{of_omar} (SELECT id FROM person WHERE name LIKE 'Omar%%')")
    site.told("erase", address, "--yes")

    told = site.told("restore", "--replace", str(made.quiet))
    asked = rows(site, "SELECT finished_at IS NULL FROM erasure ORDER BY asked_at")
    site.told("erase", address, "--yes")  # as the worker would

    assert "1 addresses that had been erased on request are back" in told
    assert [bool(is_waiting) for (is_waiting,) in asked] == [False, True]
    assert rows(site, "SELECT count(*) FROM person WHERE name LIKE 'Omar%%'") == [(0,)]
    assert rows(site, "SELECT count(*) FROM participant WHERE address = %s", address) == [(0,)]


def people_of(site, table="person"):
    return rows(site, f"SELECT id FROM {table} ORDER BY id")


def test_nothing_is_restored_under_a_running_installation(made):
    for extra in ([], ["--replace"]):
        said = refused(made.site, "restore", *extra, str(made.quiet))

        assert "already has a writer" in said
    assert answers(made.site, made.token) == made.answers


def test_a_database_that_somebody_uses_is_not_replaced(made, new_site):
    site = new_site()
    site.told("restore", str(made.quiet))
    url = site.variables.get("DATABASE_URL")
    other = psycopg.connect(url) if url else sqlite3.connect(site.data_dir / "telltale.db")
    with closing(other):
        other.execute("SELECT count(*) FROM person")

        said = refused(site, "restore", "--replace", str(made.quiet))

    assert "stop Telltale first" in said
    assert has_tables(site)


def test_the_record_of_mail_is_whole_in_the_rehearsal_or_the_command_fails(new_site):
    site = new_site()
    site.told("migrate")
    site.told("add-user", "ann@ours.test")
    for program in (CAPTURE, TAMPER):
        run(site, program)
        site.told("backup", str(site.folder / f"{len(program)}.bak"))

    whole, altered = (
        site.run("backup", "--verify", str(site.folder / f"{len(program)}.bak"))
        for program in (CAPTURE, TAMPER)
    )

    assert "The record of mail: 2 entries, 0 faults." in whole.stdout
    assert whole.returncode == 0
    assert "2 entries, 2 faults." in altered.stdout
    assert altered.returncode == 1


BRING_TO = """
from backend import db, settings
from backend.models import schema

db.open_store(settings.load())
with db.connection():
    schema.bring_to({name!r})
"""


def bring_to(site, name):
    run(site, BRING_TO.format(name=name))


def run(site, code):
    subprocess.run(
        [sys.executable, "-c", code], cwd=site.folder, env=site.environment(), check=True
    )


def add_organisation(site, name):
    add = "INSERT INTO organization (id, name, created_at) SELECT %s, %s, %s"
    rows(site, add, clock.new_id(), name, clock.now())


def test_an_older_backup_is_brought_up_to_date(new_site):
    old, site = new_site(), new_site()
    bring_to(old, BEFORE_NEWEST)
    add_organisation(old, "Old")
    old.told("backup", str(old.folder / "old.bak"))

    told = site.told("restore", str(old.folder / "old.bak"))

    assert f"Ran {NEWEST}." in told
    assert rows(site, "SELECT name FROM organization") == [("Old",)]
    assert site.told("migrate") == "The database is up to date."


def mark(site):
    """When the last backup was made as a site knows it, and its size."""
    return rows(site, "SELECT at, size FROM worker_mark WHERE name = 'backup'")[0]


def made_at(site, backup):
    """When that file says that it was made."""
    told = site.told("backup", "--verify", str(backup))
    return datetime.fromisoformat(re.search(r"made at (\S+)\.", told)[1])


def test_the_demo_has_nothing_to_mend_and_tells_of_its_last_backup(made):
    done = made.site.run("doctor")

    size, at = made.quiet.stat().st_size, made_at(made.site, made.quiet)
    assert mark(made.site) == (at, size)
    said = f"Last backup: {at:%Y-%m-%d %H:%M} UTC, {size / 1024:,.1f} KiB, by `backup`"
    assert findings(done)["backup"] == ("ok", said)
    assert done.stdout.splitlines()[-1] == "Nothing to mend."


def test_after_a_restore_the_last_backup_is_the_one_that_came_back(made, new_site):
    site = new_site()

    for backup in (made.quiet, made.busy):  # the later one, then an earlier one over it
        site.told("restore", "--replace", str(backup))

        assert mark(site) == (made_at(site, backup), backup.stat().st_size)


def test_doctor_wants_a_backup_of_real_data_and_then_a_new_one(new_site):
    site = new_site()
    site.told("migrate")
    site.told("add-user", "ann@ours.test")
    assert findings(site.run("doctor"))["backup"][0] == "note"

    add_person(site)
    missing = site.run("doctor")
    told = site.told("backup", str(site.folder / "first.bak"))
    well = site.run("doctor")
    rows(
        site,
        "UPDATE worker_mark SET at = %s WHERE name = 'backup'",
        clock.now() - timedelta(days=3, hours=1),
    )
    site.told("backup", "--verify", str(site.folder / "first.bak"))
    old = site.run("doctor")
    site.variables["BACKUP_WITHIN_DAYS"] = "0"
    by_others = site.run("doctor")

    assert "ATTENTION" not in told
    found = {findings(done)["backup"][0]: done.returncode for done in (well, by_others)}
    assert found == {"ok": 0}
    for done, said in ((missing, "none by `backup` yet"), (old, "by `backup`: 3 days ago")):
        grade, text = findings(done)["backup"]
        assert (done.returncode, grade) == (1, "BAD")
        assert said in text
        assert "run `python -m backend backup FILE`, every night" in text
        assert "by other means they are not known here: if so, set BACKUP_WITHIN_DAYS=0" in text


def add_person(site):
    rows(
        site,
        "INSERT INTO person (id, org_id, kind, name, source, external_id, created_at, updated_at)"
        " SELECT %s, id, 'contact', 'Carol', 'test', '1', created_at, created_at FROM organization",
        clock.new_id(),
    )


def test_a_backup_whose_mark_the_database_does_not_take_is_good_and_says_so(new_site):
    site = new_site()
    bring_to(site, BEFORE_MARKS_OF_BACKUPS)
    add_organisation(site, "Ours")

    done = site.run("backup", str(site.folder / "a.bak"))

    assert (done.returncode, done.stderr) == (0, "")
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("ATTENTION")]
    assert "the database took no note of it" in line
    assert "size" in line
    assert "can be restored" in site.told("backup", "--verify", str(site.folder / "a.bak"))


def test_an_older_database_is_put_aside_with_tables_that_are_no_more(small, site_on):
    site = site_on("postgres")
    bring_to(site, "0031_push")
    add_organisation(site, "Older")

    told = site.told("restore", "--replace", str(small))

    schema = told.partition("before is in the schema ")[2].partition(";")[0]
    assert rows(site, "SELECT name FROM organization") == [("Ours",)]
    assert rows(site, f"SELECT count(*) FROM {schema}.google_identity") == [(0,)]


def test_a_newer_backup_is_refused(site_on):
    new, site = site_on("sqlite"), site_on("sqlite")
    new.told("migrate")
    rows(
        new,
        "INSERT INTO schema_migration (id, name, applied) VALUES (999, '9999_later', %s)",
        clock.now().replace(tzinfo=None),
    )
    new.told("backup", str(new.folder / "new.bak"))

    said = refused(site, "restore", str(new.folder / "new.bak"))

    assert "another version" in said
    assert "9999_later" in said
    assert not has_tables(site)


def test_a_restore_that_fails_halfway_leaves_nothing(site_on):
    old, site = site_on("sqlite"), site_on("postgres")
    old.told("migrate")
    for name in ("One", "T\0wo", "Three"):  # SQLite takes it, PostgreSQL does not
        add_organisation(old, name)
    old.told("backup", str(old.folder / "old.bak"))

    said = refused(site, "restore", str(old.folder / "old.bak"))

    assert "A row of the backup's table organization cannot be taken" in said
    assert not has_tables(site)


def test_a_database_without_tables_has_nothing_to_back_up(new_site):
    site = new_site()

    assert "nothing to back up" in refused(site, "backup", str(site.folder / "b"))
    assert not (site.folder / "b").exists()
    assert not (site.folder / "b.part").exists()


def test_a_torn_file_is_put_aside(small, site_on):
    site = site_on("sqlite")
    site.data_dir.mkdir()
    (site.data_dir / "telltale.db").write_text("no database" * 1_000)
    (site.data_dir / "telltale.db-wal").write_text("its log")
    assert "There is data in" in refused(site, "restore", str(small))

    told = site.told("restore", "--replace", str(small))

    assert "see to each again" in told  # nobody knows what was refused in it
    aside = Path(told.partition("before is in ")[2].partition(";")[0])
    assert aside.read_text() == "no database" * 1_000
    assert aside.with_name(f"{aside.name}-wal").read_text() == "its log"
    assert rows(site, "SELECT name FROM organization") == [("Ours",)]


def test_a_log_without_its_database_does_not_come_into_the_one_that_is_restored(small, site_on):
    site = site_on("sqlite")
    site.told("migrate")
    path = site.data_dir / "telltale.db"
    log = path.with_name("telltale.db-wal")
    with closing(sqlite3.connect(path)) as old:
        old.execute("PRAGMA journal_mode = WAL")
        old.execute("CREATE TABLE of_old (x)")
        left = log.read_bytes()
    path.unlink()
    log.write_bytes(left)
    assert f"There is data in {log}" in refused(site, "restore", str(small))

    told = site.told("restore", "--replace", str(small))

    assert rows(site, "SELECT name FROM organization") == [("Ours",)]
    assert rows(site, "SELECT name FROM sqlite_master WHERE name = %s", "of_old") == []
    assert rows(site, "SELECT * FROM pragma_integrity_check") == [("ok",)]
    (aside,) = site.data_dir.glob("telltale.db.until_*-wal")
    assert (aside.read_bytes(), str(aside).removesuffix("-wal") in told) == (left, True)


def test_what_a_killed_restore_left_is_gone(small, site_on):
    site = site_on("sqlite")
    (site.data_dir / "restoring").mkdir(parents=True)
    (site.data_dir / "restoring" / "telltale.db").write_text("half")

    site.told("restore", str(small))

    assert not (site.data_dir / "restoring").exists()
    assert rows(site, "SELECT name FROM organization") == [("Ours",)]


def test_an_empty_database_is_restored_over(small, new_site):
    site = new_site()
    site.told("migrate")

    told = site.told("restore", str(small))

    assert "What was here before" not in told
    assert rows(site, "SELECT name FROM organization") == [("Ours",)]
    assert list(site.data_dir.glob("telltale.db.*")) == []


def test_what_is_missing_for_the_restored_data_is_told(small, site_on):
    site = site_on("sqlite")
    site.variables["SECRET"] = "another secret than the one of the installation before 123"

    assert "ATTENTION: SECRET is not the one of the backup" in site.told("restore", str(small))


def test_without_its_vault_key_a_backup_does_not_open(small, site_on):
    site = site_on("sqlite")
    site.variables["VAULT_KEYS"] = f"k9:{base64.b64encode(os.urandom(32)).decode()}"
    assert "vault key k1, which is not among" in refused(site, "restore", str(small))

    del site.variables["VAULT_KEYS"]
    assert "VAULT_KEYS: not set and" in refused(site, "restore", str(small))
    assert not (site.data_dir / "vault.keys").exists()


def test_secrets_under_a_key_that_is_not_there_are_counted(small, site_on):
    old, site = site_on("sqlite"), site_on("sqlite")
    old.told("migrate")
    add_organisation(old, "Old")
    rows(
        old,
        "INSERT INTO secret (id, org_id, owner_type, owner_id, name, envelope, updated_at)"
        " SELECT id, id, 'mailbox', id, 'tokens', %s, created_at FROM organization",
        "v1.k0.x",
    )

    told = old.told("backup", str(old.folder / "old.bak"))
    assert "the vault keys k1 and k0" in told
    told = site.told("restore", str(old.folder / "old.bak"))

    assert "1 secrets are under the vault key k0, which is not here" in told
