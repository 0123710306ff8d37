"""The policy page: checked at the door, tried out before it is saved, and confirmed."""

from datetime import timedelta

import pytest

from backend import clock
from backend.models.org import AuditLog
from backend.tracking.policy import policy_of
from tests.screens import signed_in
from tests.web.browsing import browser_of
from tests.world import CAROL, DANA

PAGE = "/console/admin/policy"
FORM = {
    "preset": "inform",
    "notice": "block",
    "left_domains": "*.Example.com\nbücher.example, ",
    "left_addresses": "Boss@Customer.test",
    "internal_domains": "ours.test",
    "left_countries": "de, FR",
    "left_kinds": ["lead"],
    "open_count_cap": "0",
    "gathering_cycle_s": "90",
    "left_link_domains": "",
    "sharing": "private",
    "retention_days": "400",
}


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def ada(app, client, world):
    return browser_of(app, world.users["ada"])


@pytest.mark.req("R14")
def test_every_choice_is_saved_as_it_is_kept(ada, world):
    answer = ada.post(PAGE, **FORM)

    assert answer.headers["Location"] == f"{PAGE}?done=1"
    policy = policy_of(world.alice.org_id)
    assert (policy.preset, policy.notice, policy.open_count_cap) == ("inform", "block", 0)
    assert policy.left_domains == ("example.com", "xn--bcher-kva.example")
    assert policy.left_addresses == ("boss@customer.test",)
    assert (policy.left_countries, policy.left_kinds) == (("DE", "FR"), ("lead",))
    assert (policy.gathering_cycle_s, policy.wrap_signature) == (90, False)
    assert (policy.sharing, policy.retention_days) == ("private", 400)
    assert AuditLog.select().where(AuditLog.action == "policy.changed").count() == 1
    assert "example.com" in ada.get(PAGE).text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("preset", "everything"),
        ("notice", "nowhere"),
        ("left_domains", "not a domain"),
        ("left_addresses", "nobody"),
        ("internal_domains", "localhost"),
        ("left_countries", "XX"),
        ("left_kinds", "robot"),
        ("open_count_cap", "-1"),
        ("gathering_cycle_s", "0"),
        ("gathering_cycle_s", "soon"),
        ("left_link_domains", "\0.test"),
        ("sharing", "friends"),
        ("retention_days", "0"),
        ("retention_days", "a while"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_is_saved(ada, world, field, value):
    before = policy_of(world.alice.org_id)

    answer = ada.post(PAGE, **FORM | {field: value})

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert policy_of(world.alice.org_id) == before


@pytest.mark.req("R74")
@pytest.mark.parametrize(
    ("why", "address", "changes", "decision", "reason"),
    [
        ("anybody", "new@else.test", {}, "Measured:", "policy allows it"),
        ("a lead", "leo@martin.test", {}, "Not measured", "of this kind out"),
        ("Do Not Track", DANA, {}, "Not measured", "Do Not Track"),
        ("a colleague", "x@mail.ours.test", {}, "Not measured", "your own organisation"),
        ("left out", "boss@customer.test", {}, "Not measured", "this address out"),
        ("strict", CAROL, {"preset": "strict"}, "Not measured", "who agreed"),
        ("counted", CAROL, {"preset": "aggregate"}, "for nobody in particular", "in particular"),
    ],
)
def test_a_recipient_is_tried_by_choices_that_are_not_saved(
    ada, world, why, address, changes, decision, reason
):
    before = policy_of(world.alice.org_id)

    page = ada.post(f"{PAGE}/preview", **FORM | changes | {"address": address}).text

    assert decision in page, why
    assert reason in page
    assert "not saved yet" in page
    assert policy_of(world.alice.org_id) == before


@pytest.mark.req("R47")
def test_no_term_keeps_everything(ada, world):
    ada.post(PAGE, **FORM | {"retention_days": ""})

    assert policy_of(world.alice.org_id).retention_days is None


@pytest.mark.req("R47")
@pytest.mark.parametrize(
    ("why", "days", "said"),
    [
        ("none is that old", "400", "No mail has been here for longer"),
        ("one is", "30", "One mail has been here for longer"),
        ("no term", "", "Everything is kept for ever"),
    ],
)
def test_a_term_is_tried_before_it_is_saved(ada, world, why, days, said):
    for age in (10, 40):
        world.send(at=clock.now() - timedelta(days=age))
    before = policy_of(world.alice.org_id)

    page = ada.post(f"{PAGE}/retention", **FORM | {"retention_days": days}).text

    assert said in page, why
    assert policy_of(world.alice.org_id) == before


def test_no_address_is_no_recipient(ada):
    assert ada.post(f"{PAGE}/preview", **FORM, address="<x>").status_code == 422


def test_the_tracking_host_is_looked_at(ada):
    page = ada.post(f"{PAGE}/host").text

    assert "Nothing answers there" in page  # no edge runs beside this test
    assert "127.0.0.1:8001" in page


@pytest.mark.req("R79")
def test_every_look_of_the_policy_can_be_used(site, page, world, eyes):
    signed_in(page, site, world.users["ada"])
    page.goto(f"{site}{PAGE}")
    assert eyes.faults(page, "admin-policy", (320, 1280)) == []

    page.get_by_label("Address of a recipient").fill(DANA)
    page.get_by_role("button", name="Try it").click()
    assert page.get_by_role("status").get_by_text("Do Not Track").is_visible()
