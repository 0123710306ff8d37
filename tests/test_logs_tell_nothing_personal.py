"""A day of an installation with secrets in every place: none of them reaches its output."""

import orjson
import pytest

from tests.installation import Installation
from tests.waiting import wait_until

CANARIES = {
    "subject": "canary-subject-5519",
    "body": "canary-body-5519",
    "name": "canary-name-5519",
    "address": "canary-5519@person.test",
    "target": "https://target.test/canary-target-5519",
    "agent": "canary-agent-5519",
    "query": "canary-query-5519",
    "wrong": "canary-wrong-5519",
}
FORGED = "%0d%0a2026-11-20%20FORGED%1b[2J"


@pytest.fixture
def site(tmp_path):
    made = Installation(tmp_path, {"LOG_LEVEL": "DEBUG"})
    made.told("migrate")
    made.told("add-user", CANARIES["address"])
    return made


def test_nothing_personal_is_logged_at_any_level(site):
    with site.serving():
        secrets = live_through_a_day(site)
    said = site.out + site.err

    assert "DEBUG" in said or "INFO" in said
    assert [name for name, text in (CANARIES | secrets).items() if text in said] == []
    assert not any(line.startswith("2026-11-20 FORGED") for line in said.splitlines())
    assert "\x1b" not in said


def live_through_a_day(site):
    """Use every door, rightly and wrongly; the secrets that were used."""
    token = site.token(CANARIES["address"])
    link = site.told("signin-link", CANARIES["address"])
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    made = site.ask("POST", "/api/v1/stamps", orjson.dumps(draft()), headers)
    assert made.status == 201
    pixel, click = made.json["pixel_url"], made.json["links"][0]["tracked_url"]
    signed_in = site.ask("GET", link.partition(str(site.port))[2])
    cookie = signed_in.headers["set-cookie"].partition(";")[0]
    edge = Installation(site.folder, port=site.port + 1)
    for url, path in ((pixel, "/o/"), (click, "/c/")):
        answer = edge.ask("GET", path + url.partition(path)[2], headers=agent())
        assert answer.status in {200, 302}, url
    for door in (site, edge):
        door.ask("GET", f"/{CANARIES['query']}{FORGED}?q={CANARIES['query']}", headers=agent())
    wrong = orjson.dumps({"subject": [CANARIES["wrong"]], CANARIES["wrong"]: 1})
    site.ask("POST", "/api/v1/stamps", wrong, headers)
    site.ask("GET", "/api/v1/me", headers={"Authorization": f"Bearer {CANARIES['wrong']}"})
    site.ask("GET", f"/signin/{CANARIES['wrong']}")
    wait_until(lambda: counted(site, headers), 30, "the open")
    return {
        "token": token,
        "link": link.rpartition("/")[2],
        "cookie": cookie.partition("=")[2],
        "pixel": pixel.rpartition("/")[2].partition(".")[0],
        "click": click.rpartition("/")[2],
    }


def counted(site, headers):
    return site.ask("GET", "/api/v1/feed?include_automatic=true", headers=headers).json["items"]


def agent():
    return {"User-Agent": f"Mozilla/5.0 {CANARIES['agent']}"}


def draft():
    return {
        "subject": CANARIES["subject"],
        "recipients": [{"address": CANARIES["address"], "name": CANARIES["name"]}],
        "html": f'<p>{CANARIES["body"]} <a href="{CANARIES["target"]}">x</a></p>',
        "opens": True,
        "links": True,
        "sent_at": "2026-01-05T12:00:00Z",
    }


def test_the_console_is_calm_by_default(tmp_path):
    site = Installation(tmp_path)
    with site.serving("--demo"):
        assert site.ask("GET", "/healthz").status == 200
        assert site.err == ""

    words = [line.split()[0] for line in site.out.splitlines()]
    assert words == ["Telltale", "Edge", "Sign", "Data"]
