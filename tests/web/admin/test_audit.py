"""The audit log in the browser: for admins and auditors, and taken away only after confirming."""

import re
from datetime import UTC, datetime, timedelta

import orjson
import pytest
import time_machine

from backend import clock
from backend.access import audit
from backend.models.org import AuditLog, User
from backend.web import reader
from backend.web.permissions import FRESH
from backend.words import CATALOGUES, Language
from tests.processes import ROOT
from tests.screens import signed_in
from tests.web.browsing import browser_of

LOG = "/console/admin/audit"
ACT = re.compile(r'(?:\b(?:Act|_note|_audit|_write_audit)\(|\baction=)[^")]*"([a-z_]+\.[a-z_]+)"')


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def vera(app, client, world):
    """An auditor, in an organisation where something has been done."""
    for action in ("user.invited", "team.added"):
        act = audit.Act(action, "user", "x")
        audit.note(world.alice.org_id, "ada@ours.test", act, {"note": "<script>alert(1)</script>"})
    user = User.create(org_id=world.alice.org_id, email="vera@ours.test", name="V", role="auditor")
    return browser_of(app, user)


def test_the_admin_pages_begin_with_the_first_that_is_for_one(app, vera, world):
    assert vera.get("/console/admin").headers["Location"] == LOG
    ada = browser_of(app, world.users["ada"])
    assert ada.get("/console/admin").headers["Location"] == "/console/admin/people"


def test_an_auditor_sees_filters_and_exports_it(vera):
    assert "team.added" in vera.get(LOG).text
    assert "<script>alert" not in vera.get(LOG).text
    assert ">Added a team</span>" in vera.get(LOG).text
    assert ">Added a team</span>" not in vera.get(f"{LOG}?action=user.").text

    lines = vera.post(f"{LOG}/export.jsonl", action="user.").data.splitlines()

    assert [orjson.loads(line)["action"] for line in lines] == ["user.invited"]
    assert AuditLog.select().where(AuditLog.action == "audit.exported").count() == 1
    assert b"team.added" in vera.post(f"{LOG}/export.csv").data


def test_it_may_be_exported_as_often_as_one_likes(site, page, world):
    audit.note(world.alice.org_id, "ada@ours.test", audit.Act("team.added", "team", "x"))
    signed_in(page, site, world.users["ada"])
    page.goto(f"{site}{LOG}")

    for _ in range(2):
        with page.expect_download() as taken:
            page.get_by_role("button", name="CSV").click()
        assert taken.value.suggested_filename == "telltale-audit.csv"


def test_an_export_asks_for_a_fresh_confirmation(vera):
    with time_machine.travel(clock.now() + FRESH + timedelta(seconds=1), tick=False):
        assert "/console/confirm" in vera.post(f"{LOG}/export.csv").headers["Location"]


def test_every_act_that_is_written_down_has_words():
    code = "\n".join(path.read_text() for path in (ROOT / "backend").rglob("*.py"))
    written = {*ACT.findall(code), "person.consent", "user.invite_link", "user.reset_link"}

    told = {key for key in CATALOGUES[Language.EN] if key.startswith("audit.")}

    assert told == {f"audit.{act.replace('.', '_')}" for act in written}


@pytest.mark.parametrize(
    ("why", "query", "is_there"),
    [
        ("the day that the list tells", "since=2026-11-21&until=2026-11-21", True),
        ("the same day in UTC", "until=2026-11-20", False),
        ("the next day", "since=2026-11-22", False),
        ("the last day of all", "until=9999-12-31", True),
        ("the first of all", "since=0001-01-01", True),
    ],
)
def test_a_day_is_one_of_the_readers(vera, world, why, query, is_there):
    vera.client.set_cookie(reader.ZONE_COOKIE, "Asia/Tokyo")
    at = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)  # three in the morning there
    AuditLog.update(occurred_at=at).where(AuditLog.action == "team.added").execute()

    shown = vera.get(f"{LOG}?action=team.added&{query}")

    assert (shown.status_code, '<li class="row">' in shown.text) == (200, is_there), why


@pytest.mark.parametrize("query", ["since=x", "before=x", "until=2026-13-01", "actor=%00"])
def test_an_odd_filter_is_a_page_that_says_so(vera, query):
    assert vera.get(f"{LOG}?{query}").status_code == 422
