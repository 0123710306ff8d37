"""Adding, editing, refusing and merging people: in a browser, without scripts, by keyboard."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from backend import clock
from backend.models.people import Person
from backend.people import finding
from backend.people.adding import add
from backend.people.values import Actor
from tests.screens import signed_in
from tests.world import CAROL, NOON, bearer, hit, record

PEOPLE = "/console/people"


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def actor(world):
    return Actor(world.alice.org_id, world.alice.id)


def test_a_person_is_added_and_nothing_typed_is_lost(site, rep, world, eyes, console_errors):
    rep.goto(f"{site}{PEOPLE}/new")
    rep.get_by_label("Name", exact=True).fill("Ann Ünal")
    rep.get_by_label("E-mail addresses").fill("ann@acme.test\nnobody")
    rep.get_by_label("Company").fill("Acme")
    rep.get_by_label("Country").fill("Turkey")
    rep.get_by_label("Lead").check()
    rep.get_by_role("button", name="Save").click()

    expect(rep.get_by_label("E-mail addresses")).to_have_attribute("aria-invalid", "true")
    expect(rep.get_by_text("Write one address per line")).to_be_visible()
    expect(rep.get_by_text("the two letters of ISO 3166")).to_be_visible()
    expect(rep.get_by_label("Name", exact=True)).to_have_value("Ann Ünal")
    expect(rep.get_by_label("Lead")).to_be_checked()
    assert eyes.faults(rep, "people-new-faults") == []
    rep.get_by_label("E-mail addresses").fill("ann@acme.test")
    rep.get_by_label("Country").fill("tr")
    rep.get_by_role("button", name="Save").click()

    expect(rep.get_by_role("status")).to_have_text("Added.")
    made = Person.get(Person.name == "Ann Ünal")
    assert (made.kind, made.country, made.owner_id) == ("lead", "TR", world.alice.id)
    console_errors.clear()  # a form that is shown again answers 422


@pytest.fixture
def press(site, rep):
    """Presses the button of a form whose page stays; tells how often it was sent by then."""
    sent = []

    def stay(route):
        sent.append(route.request.method)
        route.fulfill(status=204)

    rep.clock.install()
    rep.goto(f"{site}{PEOPLE}/new")
    rep.clock.pause_at(clock.now() + timedelta(minutes=1))  # after 15 s it may be sent again
    rep.get_by_label("Name", exact=True).fill("Ann")
    rep.route("**/new", stay)

    def pressed():
        rep.get_by_role("button", name="Save").click()
        rep.evaluate("() => fetch('/console/feed').then(it => it.text())")
        return len(sent)

    return pressed


def test_a_form_that_is_pressed_twice_is_sent_once(press):
    assert [press(), press()] == [1, 1]


@pytest.mark.parametrize("event", ["no answer comes", "one comes back to the page"])
def test_a_form_may_be_sent_again_when(rep, press, event):
    press()
    if event == "no answer comes":
        rep.clock.fast_forward(16_000)
    else:
        rep.evaluate("dispatchEvent(new Event('pageshow'))")

    assert press() == 2


def test_an_address_that_somebody_has_is_asked_about_first(site, rep, world, console_errors):
    rep.goto(f"{site}{PEOPLE}/new")
    rep.get_by_label("Name", exact=True).fill("Second Carol")
    rep.get_by_label("E-mail addresses").fill(CAROL)
    rep.get_by_role("button", name="Save").click()

    expect(rep.get_by_role("heading", name="Somebody has this address already")).to_be_visible()
    assert Person.select().count() == 3
    rep.get_by_role("button", name="Save anyway").click()
    expect(rep.get_by_role("heading", name="Second Carol")).to_be_visible()
    console_errors.clear()


def test_a_persons_facts_are_edited(site, rep, world):
    rep.goto(f"{site}{PEOPLE}/{world.people['carol'].id}")
    rep.get_by_role("link", name="Edit").click()
    expect(rep.get_by_label("E-mail addresses")).to_have_value(CAROL)
    rep.get_by_label("Company").fill("Northwind")
    rep.get_by_label("Owner").select_option("bob")
    rep.get_by_role("button", name="Save").click()

    expect(rep.get_by_role("status")).to_have_text("Saved.")
    found = finding.one(world.alice.org_id, world.people["carol"].id)
    assert (found.company, found.owner.name) == ("Northwind", "bob")


@pytest.mark.req("R74")
def test_do_not_track_says_what_it_does_and_holds_for_mail_already_sent(site, rep, world, actor):
    stamped = world.send(CAROL)
    record(hit(world.open_token(stamped)))
    rep.goto(f"{site}{PEOPLE}/{world.people['carol'].id}")
    rep.get_by_text("Set Do Not Track …").click()
    expect(rep.get_by_text("The 1 mail already sent that you can see")).to_be_visible()
    rep.locator("#dnt-how").fill("told me on the phone")

    rep.get_by_role("button", name="Set Do Not Track").click()
    expect(rep.get_by_text("Do Not Track is set: nothing is measured")).to_be_visible()
    record(hit(world.open_token(stamped), after=3_600))
    later = world.send(CAROL, at=NOON)

    assert len(world.engagements(stamped)) == 1
    assert later.state == "untracked"
    rep.get_by_text("Proofs (1)").click()
    expect(rep.get_by_text("told me on the phone", exact=True)).to_be_visible()
    rep.get_by_text("Lift Do Not Track …").click()
    rep.get_by_role("button", name="Lift Do Not Track").click()
    expect(rep.get_by_text("Mail to this person is measured")).to_be_visible()
    record(hit(world.open_token(stamped), after=7_200))
    assert len(world.engagements(stamped)) == 2


@pytest.mark.req("R75")
def test_consent_needs_its_proof(site, rep, world, console_errors):
    rep.goto(f"{site}{PEOPLE}/{world.people['carol'].id}")
    rep.get_by_text("Write down what was said …").click()
    rep.get_by_label("What was said").select_option("denied")
    rep.get_by_label("Version of the text").fill("2026-11")
    rep.get_by_role("button", name="Save").click()

    expect(rep.get_by_text("Say in a few words how you know")).to_be_visible()
    expect(rep.get_by_label("What was said")).to_have_value("denied")
    expect(rep.get_by_label("Version of the text")).to_have_value("2026-11")
    rep.locator("#how").fill("by letter")
    rep.get_by_role("button", name="Save").click()
    expect(rep.get_by_role("status")).to_have_text("Written down with its proof.")
    expect(rep.get_by_text("This person refused: nothing is measured")).to_be_visible()
    expect(rep.get_by_text("Mail to this person is measured")).to_have_count(0)
    assert finding.one(world.alice.org_id, world.people["carol"].id).consent == "denied"
    console_errors.clear()


@pytest.mark.req("R50")
def test_a_duplicate_is_compared_merged_and_taken_apart_again(site, rep, world, actor, eyes):
    other = add(
        actor, {"name": "C. Castillo", "addresses": (CAROL, "c@home.test"), "country": "ES"}
    )
    rep.goto(f"{site}{PEOPLE}/{world.people['carol'].id}")
    rep.get_by_role("link", name="Compare and merge").click()
    expect(rep.get_by_role("region", name="Together").get_by_text("c@home.test")).to_be_visible()
    expect(rep.get_by_role("region", name="Together").get_by_text("Spain")).to_be_visible()
    assert eyes.faults(rep, "people-merge") == []

    rep.get_by_role("button", name="Merge them").click()
    expect(rep.get_by_role("status")).to_contain_text("Merged.")
    assert len(finding.page(actor.org_id, finding.Query()).items) == 3
    rep.get_by_role("button", name="Undo the merge with C. Castillo").click()

    expect(rep.get_by_role("heading", name="C. Castillo")).to_be_visible()
    expect(rep.get_by_role("status")).to_contain_text("They are two people again")
    assert finding.one(actor.org_id, other).addresses == (CAROL, "c@home.test")


def test_another_record_is_searched_for_by_name(site, rep, world):
    rep.goto(f"{site}{PEOPLE}/{world.people['carol'].id}/merge")
    rep.get_by_label("Name, company or address").fill("harbour")
    rep.get_by_role("button", name="Search").click()
    expect(rep.get_by_text("Nobody found")).to_be_visible()
    rep.get_by_label("Name, company or address").fill("dana@")
    rep.get_by_role("button", name="Search").click()
    rep.get_by_role("link", name="Compare and merge").click()
    rep.get_by_role("link", name="Keep the other one instead").click()

    expect(rep.get_by_role("region", name="Stays").get_by_text("Dana", exact=True)).to_be_visible()


def test_forms_work_without_scripts(site, browser, world):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    signed_in(page, site, world.alice)
    page.goto(f"{site}{PEOPLE}/{world.people['carol'].id}")
    page.get_by_text("Set Do Not Track …").click()
    page.get_by_role("button", name="Set Do Not Track").click()
    expect(page.get_by_text("Do Not Track is set: nothing is measured")).to_have_count(1)
    context.close()


def test_a_form_of_another_site_changes_nothing(site, world, client):
    carol = world.people["carol"]
    for path in (f"{PEOPLE}/new", f"{PEOPLE}/{carol.id}/tracking", f"{PEOPLE}/{carol.id}/merge"):
        assert client.post(path, data={"do_not_track": "true"}).status_code in {401, 403}


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("{carol}/tracking", {"do_not_track": "perhaps"}, 422),
        ("{carol}/tracking", {}, 422),
        ("{carol}/tracking", {"do_not_track": "true", "how": "a\0b"}, 422),
        ("{carol}/consent", {"consent": "sure", "how": "x"}, 422),
        ("{carol}/merge", {"other": "x"}, 422),
        ("{carol}/merge", {"other": "{carol}"}, 422),
        ("{carol}/edit", {"kind": "friend", "name": "", "addresses": "x" * 3_000}, 422),
        ("{carol}/edit", {"kind": "contact", "owner": "mallory@theirs.test", "name": "C"}, 422),
        ("merges/{carol}/undo", {}, 404),
        ("new", {"kind": "contact"}, 422),
        ("new", {"name": "x\0", "kind": "contact"}, 422),
    ],
)
def test_nonsense_is_answered_with_a_page(client, as_alice, world, path, data, status):
    carol = world.people["carol"].id
    filled = {name: value.replace("{carol}", carol) for name, value in data.items()}
    answer = client.post(f"{PEOPLE}/{path.format(carol=carol)}", headers=as_alice, data=filled)

    assert (answer.status_code, answer.mimetype) == (status, "text/html")


def test_a_merged_person_is_not_changed(client, as_alice, world, actor):
    gone = add(actor, {"name": "Gone"})
    carol = world.people["carol"].id
    client.post(f"{PEOPLE}/{carol}/merge", headers=as_alice, data={"other": gone})

    answer = client.post(
        f"{PEOPLE}/{gone}/tracking", headers=as_alice, data={"do_not_track": "true"}
    )

    assert answer.status_code == 409
    assert (
        client.get(f"{PEOPLE}/{gone}/edit", headers=bearer(world.users["bob"])).status_code == 200
    )
