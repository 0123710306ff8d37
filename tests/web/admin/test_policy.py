"""The policy page: checked at the door, tried out before it is saved, and confirmed."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from backend import clock
from backend.edge.pages import Face, in_every_language
from backend.models.org import AuditLog
from backend.tracking.policy import policy_of
from backend.words import Language
from tests.fakes import answers
from tests.screens import signed_in
from tests.waiting import LOOPBACK, free_port
from tests.world import CAROL, DANA, hit, record

PAGE = "/console/admin/policy"


HOME = in_every_language(Face("https://owner.test"))[Language.EN].home.body


@contextmanager
def another_edge():
    """A server whose page says whose it is, as an edge's does."""
    with answers.serving(body=HOME) as server:
        yield server.url


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
    "wraps_beside_pictures": "true",
    "sharing": "private",
    "retention_days": "400",
    "tracking_url": "",
    "asked_domains": "careful.test",
    "asked_countries": "at",
    "asked_kinds": [],
}


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.mark.req("R14")
def test_every_choice_is_saved_as_it_is_kept(ada, world):
    answer = ada.post(PAGE, **FORM | {"asked_kinds": ["contact"]})

    assert answer.headers["Location"] == f"{PAGE}?done=1"
    policy = policy_of(world.alice.org_id)
    assert (policy.preset, policy.notice, policy.open_count_cap) == ("inform", "block", 0)
    assert policy.left_domains == ("example.com", "xn--bcher-kva.example")
    assert policy.left_addresses == ("boss@customer.test",)
    assert (policy.left_countries, policy.left_kinds) == (("DE", "FR"), ("lead",))
    assert (policy.gathering_cycle_s, policy.wrap_signature) == (90, False)
    assert policy.wraps_beside_pictures
    assert (policy.sharing, policy.retention_days) == ("private", 400)
    assert (policy.asked_domains, policy.asked_countries) == (("careful.test",), ("AT",))
    assert policy.asked_kinds == ("contact",)
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
        ("asked_domains", "not a domain"),
        ("asked_countries", "Austria"),
        ("asked_kinds", "robot"),
        ("sharing", "friends"),
        ("tracking_url", "http://links.example.com"),
        ("tracking_url", "https://1.2.3.4"),
        ("tracking_url", "https://[::1]"),
        ("tracking_url", "https://intranet"),
        ("tracking_url", "https://links.example.com/path"),
        ("tracking_url", "https://me@links.example.com"),
        ("tracking_url", "https://links.example.com:port"),
        ("tracking_url", "javascript:alert(1)"),
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
        ("a domain asked first", "x@careful.test", {}, "Not measured", "who agreed"),
        ("a kind asked first", CAROL, {"asked_kinds": ["contact"]}, "Not measured", "who agreed"),
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


@pytest.fixture
def idle_port(app):
    """The port of the installation's tracking host, on which nothing listens."""
    before = app.config["SETTINGS"]
    port = free_port()
    changed = {"tracking_url": f"http://{LOOPBACK}:{port}"}
    app.config["SETTINGS"] = before.model_copy(update=changed)
    yield port
    app.config["SETTINGS"] = before


@pytest.mark.req("R15")
def test_the_tracking_host_is_looked_at(ada, idle_port):
    page = ada.post(f"{PAGE}/host", **FORM).text

    assert "Nothing answers there" in page  # no edge runs beside this test
    assert f"{LOOPBACK}:{idle_port}" in page
    assert f"Something that listens on port {idle_port}" in page


@pytest.fixture
def edge_url(world):
    """The address of a server that shows what an edge does."""
    with another_edge() as url:
        yield url


@pytest.mark.req("R15")
def test_an_own_tracking_host_is_saved_when_readers_get_through(ada, world, edge_url):
    assert (
        "HTTP 200 from Telltale"
        in ada.post(f"{PAGE}/host", **FORM | {"tracking_url": edge_url}).text
    )
    assert policy_of(world.alice.org_id).tracking_url == ""

    assert ada.post(PAGE, **FORM | {"tracking_url": edge_url}).status_code == 303

    assert policy_of(world.alice.org_id).tracking_url == edge_url
    assert world.stamp().pixel_url.startswith(f"{edge_url}/o/")


@pytest.mark.req("R15")
def test_one_that_readers_do_not_reach_needs_a_word_more(ada, world):
    dead = {"tracking_url": f"http://{LOOPBACK}:{free_port()}"}

    refused = ada.post(PAGE, **FORM | dead)

    assert refused.status_code == 422
    assert "Nothing answers there" in refused.text
    assert 'name="tracking_anyway"' in refused.text
    assert policy_of(world.alice.org_id).tracking_url == ""
    assert ada.post(PAGE, **FORM | dead, tracking_anyway="true").status_code == 303
    assert policy_of(world.alice.org_id).tracking_url == dead["tracking_url"]


@pytest.mark.req("R32")
def test_a_host_that_is_left_goes_on_for_mail_that_was_sent(ada, world):
    first, second = (f"http://{LOOPBACK}:{free_port()}" for _ in range(2))
    ada.post(PAGE, **FORM | {"tracking_url": first}, tracking_anyway="true")
    sent = world.send()
    ada.post(PAGE, **FORM | {"tracking_url": second}, tracking_anyway="true")

    record(hit(world.open_token(sent)))
    answer = world.stamp(html=sent.html)

    assert world.message(sent).opens_total == 1
    assert policy_of(world.alice.org_id).old_tracking_hosts == (first.removeprefix("http://"),)
    assert first not in answer.html  # a quoted picture of ours goes, its links are known as ours
    assert answer.html.count(f"{second}/c/") == 1
    page = ada.get(PAGE).text
    assert first.removeprefix("http://") in page


@pytest.mark.req("R79")
def test_every_look_of_the_policy_can_be_used(site, page, world, eyes):
    signed_in(page, site, world.users["ada"])
    page.goto(f"{site}{PAGE}")
    assert eyes.faults(page, "admin-policy", (320, 1280)) == []

    page.get_by_label("Address of a recipient").fill(DANA)
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("status").get_by_text("Do Not Track")).to_be_visible()
