"""The phones' signature: told what it replaces, cleaned, looked at before it is stored, audited."""

import re

import pytest

from backend import db
from backend.mail.signature_html import MAX_TEMPLATE
from backend.models.access import Scope
from backend.models.org import AuditLog
from backend.tracking.policy import policy_of
from tests.screens import signed_in
from tests.web.browsing import browser_of
from tests.world import DANA, NOON, bearer, hit, record

PAGE = "/console/admin/policy/phone"
TEMPLATE = '<p style="color: #333">{name}<br><a href="mailto:{address}">{address}</a></p>'
ON = {"mobile_signature": "true", "signature_template": TEMPLATE}


@pytest.fixture(scope="module")
def database_url():
    return ""


def of_phones(client, world):
    headers = bearer(world.alice, Scope.STAMP)
    return client.get("/api/v1/addin/signature", headers=headers).json["html"]


def test_switched_on_phones_get_it_and_the_audit_log_says_so(ada, client, world):
    assert of_phones(client, world) is None

    answer = ada.post(PAGE, **ON)

    assert answer.headers["Location"] == f"{PAGE}?done=all"
    assert 'mailto:alice@ours.test">alice@ours.test</a>' in of_phones(client, world)
    entry = AuditLog.get(AuditLog.action == "policy.changed")
    assert entry.detail["mobile_signature"]["after"] is True
    assert entry.detail["signature_template"]["after"] == TEMPLATE
    assert "place of the rep" in ada.get("/console/admin/policy").text


def test_switched_off_it_is_kept_and_not_given(ada, client, world):
    ada.post(PAGE, **ON)

    ada.post(PAGE, signature_template=TEMPLATE)

    assert of_phones(client, world) is None
    assert "{name}" in ada.get(PAGE).text


def test_she_is_told_what_it_replaces_before_she_switches_it_on(ada):
    page = ada.get(PAGE).text

    assert "takes the place of the rep\u2019s own signature" in page
    assert "Send not confirmed" in page
    german = ada.client.get(PAGE, headers={"Accept-Language": "de"}).text
    assert "ersetzt in jeder E-\N{WORD JOINER}Mail" in german


def test_what_mail_may_not_carry_is_left_out_and_that_is_said(ada, client, world):
    hostile = f"{TEMPLATE}<script>x()</script><p onclick=x()>A</p>"

    answer = ada.post(PAGE, **ON | {"signature_template": hostile})
    page = ada.get(answer.headers["Location"]).text

    assert policy_of(world.alice.org_id).signature_template == f"{TEMPLATE}<p>A</p>"
    assert "Saved without what mail may not carry" in page
    assert "x()" not in of_phones(client, world)


@pytest.mark.parametrize(
    ("why", "template"),
    [
        ("nothing", ""),
        ("nothing to be seen", "<p> <br></p>"),
        ("nothing that stays", "<script>x()</script>"),
        ("too much", "x" * (MAX_TEMPLATE + 1)),
        ("half a text", "a\0b"),
    ],
)
def test_what_cannot_be_switched_on_is_said_and_nothing_is_stored(
    ada, client, world, why, template
):
    ada.post(PAGE, **ON)

    answer = ada.post(PAGE, **ON | {"signature_template": template})

    assert answer.status_code == 422, why
    assert "Nothing was saved" in answer.text
    assert policy_of(world.alice.org_id).signature_template == TEMPLATE


def test_its_look_is_shown_before_it_is_stored_with_ones_own_name(ada, world):
    draft = "<p>{name} of Ours</p><script>x()</script>"

    page = ada.post(f"{PAGE}/look", signature_template=draft)

    assert f"<p>{world.users['ada'].name} of Ours</p>" in page.text
    assert "Left out: script" in page.text
    assert "x()" not in page.text
    assert policy_of(world.alice.org_id).signature_template == ""


def test_in_its_frame_nothing_runs_and_nobody_else_may_frame_it(ada):
    policy = ada.get(f"{PAGE}/look").headers["Content-Security-Policy"]

    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert policy.endswith("frame-ancestors 'self'; sandbox")
    assert re.search(r"<iframe[^>]* sandbox ", ada.get(PAGE).text)
    assert "frame-ancestors 'none'" in ada.get(PAGE).headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/look"])
def test_it_is_an_admins(app, client, world, path):
    bob = browser_of(app, world.users["bob"])

    assert bob.get(path).status_code == 403
    assert bob.post(path, **ON).status_code == 403
    assert client.post(path, data=ON, headers=bearer(world.users["ada"])).status_code == 403


def test_another_site_stores_nothing(ada, world):
    answer = ada.client.post(PAGE, data=ON, headers={"Origin": "https://evil.test"})

    assert answer.status_code == 403
    assert not policy_of(world.alice.org_id).mobile_signature


def test_of_who_may_not_be_measured_nothing_is_counted_though_the_picture_is_there(world):
    begun = world.stamp(recipients=(), compose_id="phone", html=None)
    token = world.open_token(begun)

    world.stamp(DANA, compose_id="phone", html=None)
    db.execute("UPDATE stamp SET sent_at = %s", [NOON])

    assert record(hit(token)) == 0
    assert db.one("SELECT count(*) FROM engagement")[0] == 0


def test_every_look_of_the_page_can_be_used(site, page, world, eyes):
    world.set_policy(mobile_signature=True, signature_template=TEMPLATE)
    signed_in(page, site, world.users["ada"])
    page.goto(f"{site}{PAGE}")
    frame = page.frame_locator("iframe")
    frame.get_by_text(world.users["ada"].email).first.wait_for()
    assert eyes.faults(page, "admin-phone", (320, 1280)) == []

    page.get_by_label("Signature (HTML)").fill("<p>Another one, {name}</p>")
    page.get_by_role("button", name="Show its look").click()

    frame.get_by_text("Another one").wait_for()
    assert page.url.endswith(PAGE), "the page itself stays, with what was typed"
