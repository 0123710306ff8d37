"""What doctor finds, part by part."""

import sqlite3
from typing import Any

import pytest

from backend import clock, db
from backend.cli import checks
from backend.cli.checks import Verdict
from backend.models import backups
from backend.models.backups import Backup
from backend.settings import Settings
from tests.world import SECRET


def findings(settings):
    """Findings by their subject; the store that doctor opened is closed again."""
    before = db.database.obj
    found = {one.subject: one for one in checks.all_of(settings)}
    db.database.obj.close_all()
    if before is not None:
        db.database.initialize(before)
    return found


def settings_of(folder, **values):
    # Nothing listens on these two ports.
    return Settings(**{"data_dir": folder, "secret": SECRET, "port": 1, "edge_port": 2} | values)


WRONG: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    ("no PostgreSQL", {"database_url": "postgresql://x@127.0.0.1:1/x"}, "database",
     "PostgreSQL does not answer"),
    ("no Redis", {"redis_url": "redis://127.0.0.1:1"}, "queue", "Redis does not answer"),
    ("no stream", {"hit_log_url": "redis://127.0.0.1:1"}, "hit log", "Redis does not answer"),
    ("no file", {"country_db": "/nowhere.mmdb"}, "COUNTRY_DB", "/nowhere.mmdb does not exist"),
    ("another file", {"asn_db": "/dev/null"}, "ASN_DB", "/dev/null is no database in MaxMind's"),
    ("plain http", {"env": "production"}, "tracking host", "TRACKING_URL is plain http"),
    ("a playground", {"env": "production", "playground": True}, "playground", "PLAYGROUND is on"),
    ("no tables", {}, "database", "SQLite, but "),
)  # fmt: skip


RELAY: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    ("no smarthost", {"playground": False}, "relay", "RELAY_SMARTHOST: must be"),
    ("no answer", {"relay_smarthost": "smtp://127.0.0.1:1"}, "smarthost", "127.0.0.1:1 cannot be"),
    ("no user file", {"relay_users": "/nowhere"}, "relay", "RELAY_USERS: /nowhere cannot be read"),
    ("everybody", {"relay_networks": "0.0.0.0/0"}, "relay", "RELAY_NETWORKS lets everybody in"),
    ("a shared network", {"relay_networks": "52.100.0.0/14"}, "relay", "RELAY_DOMAINS is not set"),
    ("no certificate", {"relay_host": "0.0.0.0"}, "relay", "no RELAY_TLS_CERT"),
)


@pytest.mark.parametrize(("why", "values", "subject", "said"), RELAY, ids=[row[0] for row in RELAY])
def test_a_relay_that_is_set_up_wrongly_is_named(tmp_path, why, values, subject, said):
    found = findings(settings_of(tmp_path, **{"relay_port": 3, "relay_health_port": 4} | values))

    assert found[subject].verdict is Verdict.BAD, why
    assert found[subject].text.startswith(said)


@pytest.mark.parametrize(("why", "values", "subject", "said"), WRONG, ids=[row[0] for row in WRONG])
def test_what_is_wrong_is_named_with_what_to_do(tmp_path, why, values, subject, said):
    found = findings(settings_of(tmp_path, **values))

    assert found[subject].verdict is Verdict.BAD, why
    assert found[subject].text.startswith(said)


def test_what_is_only_missing_is_a_note(tmp_path):
    found = findings(settings_of(tmp_path))

    notes = {subject for subject, one in found.items() if one.verdict is Verdict.NOTE}
    assert notes == {"app", "edge", "links", "network lists", "COUNTRY_DB", "ASN_DB"}
    assert found["disk"].verdict is Verdict.GOOD


def test_a_folder_that_is_not_there_is_a_note(tmp_path):
    found = findings(settings_of(tmp_path / "new"))

    assert found["data folder"].verdict is Verdict.NOTE


BACKUPS = (
    ("none is missed", {"backup_within_days": 0}, None, Verdict.NOTE,
     "none by `backup`, and none is missed (BACKUP_WITHIN_DAYS=0)"),
    ("none", {}, None, Verdict.BAD,
     "none by `backup` yet: with its disk all data here would be lost; run"),
    ("small", {}, 2_048, Verdict.GOOD, "2.0 KiB, by `backup`"),
    ("large", {}, 5_000 * 1024 * 1024, Verdict.GOOD, "5,000.0 MiB, by `backup`"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("why", "values", "size", "verdict", "said"), BACKUPS, ids=[row[0] for row in BACKUPS]
)
def test_the_last_backup_is_told(world, settings, why, values, size, verdict, said):
    if size is not None:
        backups.note(Backup(clock.now(), size))

    found = findings(settings.model_copy(update=values))["backup"]

    assert found.verdict is verdict, why
    assert said in found.text


def test_users_are_counted(world, settings):
    assert findings(settings)["database"].text.endswith("up to date, 5 users")


def test_a_database_without_users_says_how_to_add_one(world, settings):
    db.execute('DELETE FROM "user"')

    found = findings(settings)["database"]
    assert (found.verdict, found.text.partition(": ")[2]) == (
        Verdict.NOTE,
        "`python -m backend add-user EMAIL`",
    )


def test_a_link_book_that_is_broken_is_to_be_mended(tmp_path):
    settings = settings_of(tmp_path)
    settings.links_db.write_bytes(b"not a database" * 100)

    assert findings(settings)["links"].verdict is Verdict.BAD


def test_a_link_book_of_another_kind_is_to_be_mended(tmp_path):
    settings = settings_of(tmp_path)
    with sqlite3.connect(settings.links_db) as other:
        other.execute("CREATE TABLE other (x)")
    other.close()

    assert findings(settings)["links"].verdict is Verdict.BAD


def test_lists_that_were_refreshed_are_named(tmp_path):
    settings = settings_of(tmp_path)
    settings.networks_dir.mkdir()
    (settings.networks_dir / "google.txt").write_text("")

    assert findings(settings)["network lists"].text == "refreshed: google"
