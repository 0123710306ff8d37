"""What the add-in asks beside stamping, and what stamping does for it."""

import pytest

from backend import db
from backend.insights import handler_runs
from backend.models import pairing, preferences
from backend.models.access import Scope
from backend.models.pairing import OutlookClient
from backend.models.people import Person, PersonAddress, Suppression
from backend.models.preferences import tracking_default
from backend.web.outlook import CoverageOut, HandlerOut
from tests.world import CAROL, DANA, LINKED, bearer

RUN = {"client": "web", "version": "1", "event": "send", "outcome": "stamped", "duration_ms": 90}


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def reading(world):
    return bearer(world.alice, Scope.READ)


@pytest.fixture
def stamping(world):
    return bearer(world.alice, Scope.STAMP)


def stamp(client, headers, **changes):
    body = {
        "channel": "outlook",
        "compose_id": "outlook-1",
        "recipients": [{"address": "carol@northwind.test"}],
        "html": LINKED,
        "opens": True,
        "links": True,
    }
    return client.post("/api/v1/stamps", headers=headers, json=body | changes).json


def test_the_panel_learns_what_the_handler_needs(client, reading):
    told = client.get("/api/v1/addin/handler", headers=reading).json

    assert HandlerOut.model_validate(told)
    assert (told["base"], told["tracking"]) == ("http://127.0.0.1:8000", "http://127.0.0.1:8001")
    assert told["last_run"] is None
    assert all(len(line) <= 150 for line in told["words"].values()), "Outlook takes no longer line"


def test_the_handler_learns_of_every_host_that_is_ours(client, world, reading):
    world.set_policy(tracking_url="https://t.example.com", old_tracking_hosts=["old.example.com"])

    told = client.get("/api/v1/addin/handler", headers=reading).json

    assert told["tracking"] == "https://t.example.com"
    assert told["hosts"] == ["127.0.0.1:8001", "old.example.com", "t.example.com"]


def test_an_admin_may_have_links_wrapped_beside_pictures(client, world, reading):
    before = client.get("/api/v1/addin/handler", headers=reading).json["force"]
    world.set_policy(wraps_beside_pictures=True)

    assert (before, client.get("/api/v1/addin/handler", headers=reading).json["force"]) == (
        False,
        True,
    )


def test_the_handlers_lines_are_in_its_users_language(client, reading):
    told = client.get("/api/v1/addin/handler", headers=reading | {"Accept-Language": "de"}).json

    assert told["words"]["switched_off"] == "Messung ist für diese E-Mail aus."
    assert all(len(line) <= 150 for line in told["words"].values())


def test_the_panel_learns_in_which_theme_and_language_it_is_to_begin(client, world, reading):
    before = client.get("/api/v1/addin/handler", headers=reading).json
    preferences.store(world.alice.id, {"theme": "dark", "language": "de"})

    told = client.get("/api/v1/addin/handler", headers=reading).json

    assert (before["theme"], before["language"]) == ("system", "system")
    assert (told["theme"], told["language"]) == ("dark", "de")


def test_a_run_without_a_mail_is_noted(client, world, reading, stamping):
    answer = client.post(
        "/api/v1/addin/runs", headers=stamping, json=RUN | {"outcome": "network_timeout"}
    )

    assert answer.status_code == 204
    told = client.get("/api/v1/addin/handler", headers=reading).json
    assert told["last_run"]["outcome"] == "network_timeout"


def test_a_run_comes_with_the_confirmation_of_its_mail(client, world, stamping):
    found = stamp(client, stamping)

    answer = client.put(f"/api/v1/stamps/{found['id']}/sent", headers=stamping, json={"run": RUN})

    assert answer.json["sent_at_source"] == "provisional"
    assert handler_runs.last_run(world.alice.id)["duration_ms"] == 90


@pytest.mark.parametrize(
    "change",
    [{"client": "toaster"}, {"duration_ms": -1}, {"event": "x"}, {"outcome": ""}, {"more": 1}],
)
def test_a_run_that_does_not_fit_is_a_problem(client, stamping, change):
    answer = client.post("/api/v1/addin/runs", headers=stamping, json=RUN | change)

    assert answer.status_code == 422


def test_the_coverage_is_for_an_admin_at_the_console_and_for_no_token(client, world, stamping):
    client.post("/api/v1/addin/runs", headers=stamping, json=RUN)

    for name in ("alice", "mika", "ada"):
        path = "/api/v1/addin/coverage"
        assert client.get(path, headers=bearer(world.users[name])).status_code == 403
    assert CoverageOut.model_validate(handler_runs.coverage(world.alice.org_id)).clients[0].sends


def test_a_phones_signature_is_off_until_an_admin_gives_one(client, world, stamping):
    path = "/api/v1/addin/signature"
    assert client.get(path, headers=stamping).json == {"html": None}

    world.set_policy(mobile_signature=True)
    assert client.get(path, headers=stamping).json == {"html": None}, "without a template"
    world.set_policy(signature_template="<p>{name}</p>")
    assert client.get(path, headers=stamping).json == {"html": None}, "not switched on"


def test_a_phones_signature_names_its_user_as_text(client, world, stamping):
    world.alice.name = "Alice <b>&"
    world.alice.save()
    world.set_policy(mobile_signature=True, signature_template="<p>{name}, {address}</p>")

    told = client.get("/api/v1/addin/signature", headers=stamping).json

    assert told["html"] == "<p>Alice &lt;b&gt;&amp;, alice@ours.test</p>"


def test_nothing_of_the_body_is_kept(client, world, stamping, reading):
    html = f"{LINKED}<p>canary-body-7731</p>"
    stamp(client, stamping, html=html)
    body = {"recipients": [{"address": "carol@northwind.test"}], "html": html}
    client.post("/api/v1/stamps/preview", headers=reading, json=body)

    tables = [name for (name,) in db.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    kept = "\n".join(str(db.rows(f'SELECT * FROM "{name}"')) for name in tables)

    assert "carol@northwind.test" in kept
    assert "canary-body-7731" not in kept


def test_mail_from_a_mailbox_that_is_not_connected_stays_untracked(client, world, stamping):
    found = stamp(client, stamping, **{"from": "sales@ours.test"})

    assert (found["state"], found["reason"]) == ("untracked", "sender_not_yours")
    assert found["html"] == LINKED


def test_mail_from_a_connected_mailbox_is_stamped(client, world, stamping):
    started = pairing.start("Sales@ours.test", OutlookClient.WEB)
    pairing.answer(pairing.waiting(started.user_code), world.alice, is_approved=True)

    assert stamp(client, stamping, **{"from": "sales@ours.test"})["state"] == "stamped"


@pytest.mark.req("R10")
def test_the_handler_says_why_a_mail_could_not_be_stamped(client, world, stamping):
    found = stamp(client, stamping, html=None, untracked="images_kept")

    assert (found["state"], found["reason"]) == ("untracked", "images_kept")


@pytest.mark.req("R9")
def test_a_link_that_the_sender_left_is_not_wrapped(client, world, stamping):
    found = stamp(client, stamping, left_links=["https://example.com/a"])

    assert found["links"] == []
    assert 'href="https://example.com/a"' in found["html"]


@pytest.mark.req("R11")
@pytest.mark.parametrize(
    ("why", "changes", "default"),
    [
        ("a choice", {"remember": True}, (True, True)),
        ("what the handler knew already", {"remember": False}, (False, False)),
        ("a surface that does not say", {}, (True, True)),
        ("no choice in it", {"remember": True, "links": None}, (False, False)),
    ],
)
def test_only_a_choice_is_the_next_default(client, world, stamping, why, changes, default):
    stamp(client, stamping, **changes)

    assert tracking_default(world.alice.__class__.get_by_id(world.alice.id)) == default, why


def test_the_answer_says_what_the_switches_were(client, world, stamping):
    assert stamp(client, stamping)["switches"] == {"opens": True, "links": True}
    found = stamp(client, stamping, opens=None, links=None, compose_id="other")
    assert found["switches"] == {"opens": True, "links": True}, "the last choice"


@pytest.mark.req("R1")
def test_a_preview_says_what_would_be_measured_and_writes_nothing(client, world, reading):
    html = f'{LINKED}<a href="https://left.test" data-no-track>B</a><a href="tel:1">C</a>'
    people = [{"address": "carol@northwind.test"}, {"address": "dana@harbour.test"}]

    told = client.post(
        "/api/v1/stamps/preview", headers=reading, json={"recipients": people, "html": html}
    ).json

    decisions = [(each["decision"], each["reason"]) for each in told["recipients"]]
    assert decisions == [("track", "allowed"), ("leave", "do_not_track")]
    assert told["reason"] == "do_not_track"
    assert told["links"] == [{"url": "https://example.com/a", "text": "A"}]
    assert [(each["url"], each["reason"]) for each in told["left"]] == [
        ("https://left.test", "opted_out"),
        ("tel:1", "not_http"),
    ]
    assert client.get("/api/v1/stamps", headers=reading).json["items"] == []


POLICIES = (
    ("Do Not Track", DANA, {}, "do_not_track"),
    ("no consent where it is asked for", CAROL, {"preset": "strict"}, "consent_missing"),
    ("consent denied", "no@example.com", {}, "consent_denied"),
    ("nobody is measured", CAROL, {"preset": "off"}, "policy_off"),
    ("a domain left out", CAROL, {"left_domains": ["northwind.test"]}, "domain_left_out"),
    ("a colleague", CAROL, {"internal_domains": ["northwind.test"]}, "internal"),
    ("an address that bounced for good", "gone@example.com", {}, "hard_bounce"),
    ("one that asked to be left alone", "stop@example.com", {}, "consent_denied"),
)


@pytest.mark.req("R1")
@pytest.mark.parametrize(("why", "address", "policy", "reason"), POLICIES)
def test_before_the_send_the_panel_learns_who_is_left_alone_and_why(
    client, world, reading, why, address, policy, reason
):
    org_id = world.alice.org_id
    world.set_policy(**policy)
    for each, cause in (("gone@example.com", "hard_bounce"), ("stop@example.com", "stop_tracking")):
        Suppression.create(org_id=org_id, address=each, reason=cause)
    denied = Person.create(
        org_id=org_id, name="No", kind="lead", source="test", external_id="no", consent="denied"
    )
    PersonAddress.create(
        org_id=org_id, person_id=denied.id, address="no@example.com", is_primary=True
    )

    body = {"recipients": [{"address": address}], "html": LINKED}
    told = client.post("/api/v1/stamps/preview", headers=reading, json=body).json

    (who,) = told["recipients"]
    assert (who["decision"], who["reason"]) == ("leave", reason), why
    assert told["reason"] == reason


def test_before_the_send_a_mailbox_that_is_not_connected_is_said(client, world, reading):
    body = {"from": "sales@ours.test", "recipients": [{"address": CAROL}], "html": LINKED}

    told = client.post("/api/v1/stamps/preview", headers=reading, json=body).json

    assert told["reason"] == "sender_not_yours"


@pytest.mark.req("R9")
def test_before_the_send_links_that_the_organisation_leaves_are_named(client, world, reading):
    world.set_policy(left_link_domains=["example.com"])
    body = {"recipients": [{"address": CAROL}], "html": LINKED}

    told = client.post("/api/v1/stamps/preview", headers=reading, json=body).json

    assert told["links"] == []
    assert [each["reason"] for each in told["left"]] == ["opted_out"]


def test_a_panel_that_disconnects_has_no_token_any_more(client, reading):
    assert client.delete("/api/v1/addin/token", headers=reading).status_code == 204

    assert client.get("/api/v1/me", headers=reading).status_code == 401


def test_the_page_says_how_to_deploy_and_what_ran(client, world, stamping):
    client.post("/api/v1/addin/runs", headers=stamping, json=RUN)

    of_alice = client.get("/console/outlook", headers=bearer(world.alice)).text
    of_ada = client.get("/console/outlook", headers=bearer(world.users["ada"])).text

    assert "http://127.0.0.1:8000/addin/manifest.xml" in of_alice
    assert "last ran" in of_alice
    assert "<table" not in of_alice
    assert "Outlook on the web" in of_ada
    assert "never ran" in of_ada, "for the admin herself"
