"""People's pages in a browser: lists, one person, one account; what strangers wrote stays text."""

import re

import pytest
from playwright.sync_api import expect

from backend import clock
from backend.models.org import User
from backend.people.adding import add
from backend.people.merging import merge
from backend.people.values import Actor
from backend.providers.calendar import MeetingKind
from backend.tracking.facts import Kind
from tests.capture.letters import mailbox_of
from tests.capture.meetings import take_meeting
from tests.screens import BUDGET_BYTES, signed_in, walk, weight
from tests.world import CAROL, NOON, bearer, hit, record

HOSTILE = '"><script>alert(1)</script>\u202e{{7*7}}<img src=x onerror=alert(1)>'
PEOPLE = "/console/people"


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def actor(world):
    return Actor(world.alice.org_id, world.alice.id)


@pytest.fixture
def carol(world, actor):
    """Carol with all that a page can show: mail, meetings, proofs, duplicates, a merge."""
    carol = world.people["carol"].id
    sent_at = clock.now()
    stamped = world.send(CAROL, at=sent_at, subject="Our offer for the harbour warehouse")
    after = (sent_at - NOON).total_seconds()
    record(
        hit(world.open_token(stamped), after=after + 60),
        hit(world.click_token(stamped), Kind.CLICK, after=after + 90),
    )
    world.send(CAROL, "leo@martin.test", at=sent_at, subject="To both of you")
    calendar = mailbox_of(world.alice)
    take_meeting(calendar, -1, "A first look at the harbour warehouse")
    take_meeting(calendar, -2, "Called off", is_cancelled=True, kind=MeetingKind.OCCURRENCE)
    take_meeting(calendar, 1, "unsaid", is_private=True)
    facts = {
        "name": "Carol C.",
        "addresses": ("c.castillo@northwind.test",),
        "company": "Northwind Fruit",
        "owner_id": world.alice.id,
        "country": "ES",
        "consent": "granted",
        "custom": {"Phone": "+34 1", "Size": 5},
    }
    merge(actor, carol, add(actor, facts))
    add(actor, {"name": "Carol Castillo", "addresses": (CAROL,)})
    return carol


def test_a_persons_page_tells_everything_in_every_look(site, rep, eyes, carol):
    rep.goto(f"{site}{PEOPLE}/{carol}")

    expect(rep.get_by_role("heading", name="Carol", exact=True)).to_be_visible()
    for text in (
        "Our offer for the harbour warehouse",
        "1 of 1 measurable",
        "+34 1",
        "Possibly",
        "Private meeting",
        "Spain",
    ):
        expect(rep.get_by_text(text).first).to_be_visible()
    for summary in rep.locator("main summary").all():
        summary.click()
    rep.evaluate("scrollTo(0, 0)")
    assert eyes.faults(rep, "person-full") == []


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("people", PEOPLE),
        ("people-nobody", f"{PEOPLE}?q=zzz"),
        ("people-new", f"{PEOPLE}/new"),
        ("people-import", f"{PEOPLE}/import"),
        ("people-edit", f"{PEOPLE}/{{carol}}/edit"),
        ("people-merge-find", f"{PEOPLE}/{{carol}}/merge"),
        ("accounts", "/console/accounts"),
    ],
)
def test_the_lists_and_forms_are_accessible_in_every_look(site, rep, eyes, carol, name, path):
    rep.goto(f"{site}{path.format(carol=carol)}")

    assert eyes.faults(rep, name) == []


def test_empty_pages_say_what_will_appear(site, page, world, eyes):
    mallory = signed_in(page, site, world.users["mallory"])
    mallory.goto(f"{site}{PEOPLE}")

    expect(mallory.get_by_text("Contacts and leads appear here")).to_be_visible()
    assert eyes.faults(mallory, "people-empty") == []
    mallory.goto(f"{site}/console/accounts")
    expect(mallory.get_by_text("Accounts appear by themselves").first).to_be_visible()
    assert eyes.faults(mallory, "accounts-empty") == []


def test_a_person_without_mail_is_told_so_in_every_look(site, rep, eyes, actor):
    rep.goto(f"{site}{PEOPLE}/{add(actor, {'name': 'Nora New'})}")

    expect(rep.get_by_text("No mail yet. What you send to this person")).to_be_visible()
    assert eyes.faults(rep, "person-empty") == []


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("sent-error", "/console/sent?state=nonsense"),
        ("people-error", f"{PEOPLE}?kind=friend"),
        ("person-error", f"{PEOPLE}/{{carol}}?before=x"),
        ("account-error", "/console/accounts?before=x"),
        ("search-error", "/console/search?limit=x"),
    ],
)
def test_what_goes_wrong_is_said_in_every_look(site, rep, eyes, world, name, path, console_errors):
    rep.goto(f"{site}{path.format(carol=world.people['carol'].id)}")

    expect(rep.get_by_role("heading", level=1)).to_be_visible()
    expect(rep.get_by_role("link", name="Back to the start")).to_be_visible()
    assert eyes.faults(rep, name) == []
    console_errors.clear()  # the browser tells of the answer 422


def test_people_are_searched_filtered_and_paged(site, rep, world, actor):
    for number in range(60):
        add(actor, {"name": f"Person {number:02}", "addresses": (f"p{number}@bulk.test",)})
    rep.goto(f"{site}{PEOPLE}")
    rows = rep.locator("main .rows > li")
    expect(rows).to_have_count(50)
    rep.get_by_role("link", name="Next page").click()
    expect(rows).to_have_count(13)
    rep.get_by_role("link", name="Leads").click()
    expect(rows).to_have_count(1)
    rep.get_by_role("link", name="All", exact=True).click()
    rep.get_by_label("Name, company or address").fill("person 07")
    rep.get_by_role("button", name="Search").click()
    expect(rows).to_have_count(1)
    rep.goto(f"{site}{PEOPLE}?tracking=no")
    expect(rows).to_have_text([re.compile("Dana")])
    expect(rep.get_by_label("Do Not Track")).to_have_value("no")


def test_an_account_shows_its_people(site, rep, actor, eyes):
    facts = {"name": "Nils Berg", "addresses": ("nils@fruit.test",), "company": "Northwind Fruit"}
    nils = add(actor, facts)
    rep.goto(f"{site}{PEOPLE}/{nils}")
    rep.get_by_role("link", name="fruit.test").click()

    expect(rep.get_by_role("heading", name="Northwind Fruit")).to_be_visible()
    expect(rep.get_by_role("link", name="Nils Berg")).to_be_visible()
    assert eyes.faults(rep, "account") == []


def test_an_export_is_of_the_present_filter(site, rep, world):
    rep.goto(f"{site}{PEOPLE}?kind=lead")
    rep.locator(".tools > summary").click()
    with rep.expect_download() as download:
        rep.get_by_role("link", name="As a table (CSV)").click()

    text = download.value.path().read_text()
    assert ("Leo" in text, "Carol" in text) == (True, False)


def test_an_auditor_finds_nothing_to_change(site, page, world, carol):
    User.update(role="auditor").where(User.id == world.users["bob"].id).execute()
    auditor = signed_in(page, site, world.users["bob"])
    auditor.goto(f"{site}{PEOPLE}/{carol}")

    assert auditor.locator("main form").count() == 0
    assert auditor.get_by_role("link", name="Edit").count() == 0
    auditor.goto(f"{site}{PEOPLE}")
    assert auditor.get_by_role("link", name="Add a person").count() == 0


@pytest.mark.req("R41")
def test_mail_one_may_not_see_is_only_counted(site, page, world, carol):
    bob = signed_in(page, site, world.users["bob"])
    bob.goto(f"{site}{PEOPLE}/{carol}")

    expect(bob.get_by_text("2 more mails are not shared with you.")).to_be_visible()
    assert bob.get_by_text("Our offer").count() == 0


def test_what_strangers_wrote_is_text_everywhere(world, client, as_alice, actor):
    facts = {
        "name": HOSTILE,
        "addresses": ("x@northwind.test",),
        "company": HOSTILE,
        "custom": {HOSTILE: HOSTILE},
    }
    first, second = add(actor, facts), add(actor, facts)
    world.send("x@northwind.test", subject=HOSTILE)
    account = client.get("/api/v1/accounts", headers=as_alice).json["items"][0]["id"]
    client.patch(
        f"/api/v1/people/{first}",
        headers=as_alice,
        json={"consent": "denied", "proof": {"how": HOSTILE, "text_version": HOSTILE}},
    )

    for path in (
        PEOPLE,
        f"{PEOPLE}/{first}",
        f"{PEOPLE}/{first}/edit",
        f"{PEOPLE}/{first}/merge",
        f"{PEOPLE}/{first}/merge?q={HOSTILE}",
        f"{PEOPLE}/{first}/merge?other={second}",
        f"/console/accounts/{account}",
        "/console/accounts",
    ):
        shown = client.get(path, headers=as_alice)
        assert shown.status_code == 200, (path, shown.text)
        assert "<script>alert" not in shown.text, path
        assert "<img src=x" not in shown.text
        assert "49" not in re.findall(r"\u202e(\d+)", shown.text)
        assert not re.search(r"<style|\sstyle=|\son\w+=\"|javascript:", shown.text)


@pytest.mark.parametrize(
    "path",
    [
        f"{PEOPLE}?before=x",
        f"{PEOPLE}?kind=friend",
        f"{PEOPLE}?owner=1",
        f"{PEOPLE}?tracking=maybe",
        f"{PEOPLE}?org_id=1",
        "/console/accounts?before=x",
        f"{PEOPLE}/{{carol}}?before=x",
        f"{PEOPLE}/{{carol}}/merge?other=x",
    ],
)
def test_an_address_that_makes_no_sense_is_an_error_page(client, as_alice, world, path):
    answer = client.get(path.format(carol=world.people["carol"].id), headers=as_alice)

    assert (answer.status_code, answer.mimetype) == (422, "text/html")


def test_a_merged_person_leads_to_the_one_she_became(client, as_alice, world, actor):
    gone = add(actor, {"name": "Gone"})
    carol = world.people["carol"].id
    merge(actor, carol, gone)

    answer = client.get(f"{PEOPLE}/{gone}", headers=as_alice)

    assert (answer.status_code, answer.location) == (302, f"{PEOPLE}/{carol}")


def test_a_country_is_told_by_its_name(client, as_alice, actor):
    spaniard = add(actor, {"name": "Ana", "country": "ES"})
    german = as_alice | {"Accept-Language": "de"}
    path = f"{PEOPLE}/{spaniard}"

    assert "<dd>Spain</dd>" in client.get(path, headers=as_alice).text
    assert "<dd>Spanien</dd>" in client.get(path, headers=german).text


def test_another_organisations_people_look_unknown(client, world):
    mallory = bearer(world.users["mallory"])
    carol = world.people["carol"].id

    for path in (f"{PEOPLE}/{carol}", f"{PEOPLE}/{carol}/edit", f"{PEOPLE}/{carol}/merge"):
        assert client.get(path, headers=mallory).status_code == 404


def test_the_keyboard_reaches_a_persons_actions(site, rep, carol):
    rep.goto(f"{site}{PEOPLE}/{carol}")
    rep.locator("main").evaluate("main => { main.tabIndex = -1; main.focus(); }")

    names = walk(rep, 5)

    assert names[:3] == ["People", "Merge with …", "Edit"]
    assert names[4].startswith("Compare and merge")


def test_people_pages_are_light(site, rep, carol):
    assert weight(rep, f"{site}{PEOPLE}/{carol}") <= BUDGET_BYTES
