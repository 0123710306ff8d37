"""reclassify and refresh-networks from the command line."""

import sqlite3

import orjson
import pytest

from backend import clock
from tests.waiting import wait_until


def test_an_empty_installation_has_nothing_to_judge(here):
    told = here.told("reclassify", "--dry-run")

    assert told.startswith("0 mails: 0 engagements would change, 0 added, 0 removed.")


def test_what_was_judged_by_other_rules_is_shown_and_then_changed(fresh):
    fresh.told("migrate")
    fresh.told("add-user", "ann@ours.test")
    with fresh.serving():
        open_one_mail(fresh)
    with sqlite3.connect(fresh.data_dir / "telltale.db") as database:
        database.execute("UPDATE engagement SET verdict = 'scanner', is_counted = 0")
    database.close()

    dry = fresh.told("reclassify", "--dry-run")
    again = fresh.told("reclassify", "--dry-run")
    done = fresh.told("reclassify")
    after = fresh.told("reclassify")

    assert dry == again
    assert dry.splitlines()[0] == "1 mails: 1 engagements would change, 0 added, 0 removed."
    assert "scanner -> " in dry
    assert done.splitlines()[0] == "1 mails: 1 engagements changed, 0 added, 0 removed."
    assert after.splitlines()[0] == "1 mails: 0 engagements changed, 0 added, 0 removed."


def open_one_mail(site):
    headers = {
        "Authorization": f"Bearer {site.token('ann@ours.test')}",
        "Content-Type": "application/json",
    }
    draft = {
        "recipients": [{"address": "cy@there.test"}],
        "html": "<p>x</p>",
        "opens": True,
        "links": True,
        "sent_at": clock.now().isoformat(),
    }
    made = site.ask("POST", "/api/v1/stamps", orjson.dumps(draft), headers).json
    port, site.port = site.port, site.port + 1
    site.ask("GET", "/o/" + made["pixel_url"].rpartition("/")[2])
    site.port = port
    feed = "/api/v1/feed?include_automatic=true"
    wait_until(lambda: site.ask("GET", feed, headers=headers).json["items"], 30, "the open")


@pytest.mark.req("R22")
def test_lists_are_read_from_a_folder_without_a_network(fresh):
    files = fresh.folder / "files"
    files.mkdir()
    lines = (f"10.{at // 256}.{at % 256}.0/25,DE,,,\n" for at in range(1_200))
    (files / "egress-ip-ranges.csv").write_text("".join(lines))

    done = fresh.run("refresh-networks", "--from", str(files), "apple-relay")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("apple-relay              1,200 ranges, 1,200 of them new")
    assert (fresh.data_dir / "networks" / "apple-relay.txt").exists()


def test_a_list_whose_file_is_missing_says_so_and_fails(fresh):
    done = fresh.run("refresh-networks", "--from", str(fresh.folder), "apple-relay")

    assert done.returncode == 1
    assert "apple-relay" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_list_that_is_none_is_refused_with_those_there_are(fresh):
    done = fresh.run("refresh-networks", "my-list")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("No list my-list; there are apple-relay")
