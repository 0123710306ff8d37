"""The relay page: programs are added, changed and removed by forms, and so is its policy."""

import pytest
from playwright.sync_api import expect

from backend.models.org import AuditLog
from backend.models.senders import AutomatedSender
from backend.relay.senders import sender_of
from backend.tracking.policy import policy_of
from tests.screens import signed_in
from tests.web.browsing import browser_of

PAGE = "/console/admin/senders"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def form(world):
    ticks = {"opens": "true", "links": "true", "per_recipient": "true"}
    return {"address": "Alerts@Ours.TEST", "name": "Alerts", "user_id": world.alice.id, **ticks}


@pytest.mark.req("R13")
def test_a_program_is_added_changed_and_removed(ada, world, form):
    added = ada.post(PAGE, **form)
    here = f"{PAGE}/{AutomatedSender.get().id}"
    relayed = sender_of(["alerts@ours.test"])
    assert added.headers["Location"] == f"{PAGE}?done=added"
    assert (relayed.user.id, relayed.opens, relayed.links) == (world.alice.id, True, True)
    assert relayed.per_recipient
    assert here in ada.get(PAGE).text
    assert ada.get(PAGE).text.count("alerts@ours.test") == 1

    owner = world.users["ada"].id
    changed = ada.post(here, name="Alerts", user_id=owner, links="true", is_paused="true")
    row = AutomatedSender.get()
    assert changed.headers["Location"] == f"{here}?done=changed"
    assert (row.address, row.user_id) == ("alerts@ours.test", owner)
    assert (row.opens, row.links, row.per_recipient, row.is_paused) == (False, True, False, True)
    assert "Paused" in ada.get(PAGE).text
    ada.post(here, name="", user_id=owner, links="true")
    assert ada.get(PAGE).text.count("alerts@ours.test") == 1  # in the place of a name

    assert ada.post(f"{here}/remove").headers["Location"] == f"{PAGE}?done=removed"
    assert AutomatedSender.select().count() == 0
    assert ada.get(here).status_code == 404
    assert AuditLog.select().where(AuditLog.object_type == "automated_sender").count() == 4


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"address": "nobody"}, 422, "Give a whole e-mail address"),
        ({"address": "a\0@ours.test"}, 422, "Give a whole e-mail address"),
        ({"user_id": ""}, 422, "choose an owner"),
        ({"user_id": "MALLORY"}, 422, "a user of your organisation"),
        ({"name": "x" * 201}, 422, "Give a whole e-mail address"),
        ({"opens": "perhaps"}, 422, "Give a whole e-mail address"),
        ({"address": "alice@ours.test"}, 409, "has that address already"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_is_kept(ada, world, form, changes, status, said):
    stranger = world.users["mallory"].id
    given = form | {key: stranger if it == "MALLORY" else it for key, it in changes.items()}

    answer = ada.post(PAGE, **given)

    assert (answer.status_code, AutomatedSender.select().count()) == (status, 0)
    assert said in answer.text


def test_a_change_that_cannot_be_leaves_the_program_as_it_was(ada, form):
    ada.post(PAGE, **form)

    answer = ada.post(f"{PAGE}/{AutomatedSender.get().id}", name="Other", user_id="x")

    assert answer.status_code == 422
    assert (AutomatedSender.get().name, AutomatedSender.get().opens) == ("Alerts", True)


def test_another_organisations_program_is_not_there(app, ada, world, form):
    ada.post(PAGE, **form)
    here = f"{PAGE}/{AutomatedSender.get().id}"
    world.users["mallory"].role = "admin"
    world.users["mallory"].save()
    theirs = browser_of(app, world.users["mallory"])

    found = [theirs.get(here), theirs.post(here, **form), theirs.post(f"{here}/remove")]

    assert [answer.status_code for answer in found] == [404, 404, 404]
    assert "alerts@ours.test" not in theirs.get(PAGE).text


def test_a_disabled_owner_is_named_and_offered_no_more(ada, world, form):
    ada.post(PAGE, **form)
    world.alice.is_disabled = True
    world.alice.save()

    page = ada.get(PAGE).text

    assert "Its owner is disabled: not measured" in page
    assert f'value="{world.alice.id}"' not in page
    assert ada.post(PAGE, **form | {"address": "b@ours.test"}).status_code == 422


def test_the_relays_policy_is_kept_beside_the_rest(ada, world):
    before = policy_of(world.alice.org_id)

    answer = ada.post(f"{PAGE}/policy", relay_copies="true", relay_keeps_dkim="true")

    after = policy_of(world.alice.org_id)
    assert answer.headers["Location"] == f"{PAGE}?done=policy"
    assert (after.relay_copies, after.relay_keeps_dkim) == (True, True)
    assert after.preset == before.preset
    assert AuditLog.select().where(AuditLog.action == "policy.changed").count() == 1
    ada.post(f"{PAGE}/policy")
    assert policy_of(world.alice.org_id) == before
    assert ada.post(f"{PAGE}/policy", relay_copies="perhaps").status_code == 422


@pytest.mark.req("R79")
def test_every_look_can_be_used_and_a_hostile_name_is_text(site, page, world, eyes, console_errors):
    signed_in(page, site, world.users["ada"])
    page.goto(f"{site}{PAGE}")
    page.get_by_label("Address in From").fill("crm@ours.test")
    page.get_by_label("Name", exact=True).fill(HOSTILE)
    page.get_by_label("Owner").select_option(world.alice.id)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("link", name=HOSTILE)).to_be_visible()
    assert eyes.faults(page, "admin-senders", (320, 1280)) == []

    page.get_by_role("link", name=HOSTILE).click()
    expect(page.get_by_role("heading", name=HOSTILE)).to_be_visible()
    assert eyes.faults(page, "admin-sender", (320, 1280)) == []
    assert console_errors == []
