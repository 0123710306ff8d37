"""A rep's day without a mouse: people, a mail, preferences and the search by the keyboard alone."""

import pytest
from playwright.sync_api import expect

from backend import clock
from backend.models.people import Person
from tests.screens import reach
from tests.world import CAROL


@pytest.fixture(scope="module")
def database_url():
    return ""


def enter(page, name):
    """Tab to the link or button that is called so, and press Enter; on the page it leads to."""
    reach(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def unfold(page, name):
    """Tab to what is called so, and press Enter; it opens where it stands."""
    reach(page, name)
    page.keyboard.press("Enter")


def write(page, field, text):
    """Tab to a field and type."""
    reach(page, field)
    page.keyboard.type(text)


def test_a_person_is_added_refused_merged_and_taken_apart_again(site, rep, world, console_errors):
    rep.goto(f"{site}/console/feed")
    enter(rep, "People")
    enter(rep, "Add a person")
    write(rep, "Name", "Carola")
    write(rep, "E-mail addresses", CAROL)
    enter(rep, "Save")
    expect(rep.get_by_role("heading", name="Somebody has this address already")).to_be_visible()
    enter(rep, "Save anyway")
    expect(rep.get_by_role("status")).to_have_text("Added.")

    enter(rep, "Edit")
    write(rep, "Company", "Northwind")
    enter(rep, "Save")
    expect(rep.get_by_role("status")).to_have_text("Saved.")
    unfold(rep, "Set Do Not Track …")
    write(rep, "How do you know?", "told me on the phone")
    enter(rep, "Set Do Not Track")
    expect(rep.get_by_text("Do Not Track is set: nothing is measured")).to_be_visible()

    enter(rep, "Merge with …")
    enter(rep, "Compare and merge: Carol")
    enter(rep, "Merge them")
    expect(rep.get_by_role("status")).to_contain_text("Merged.")
    enter(rep, "Undo the merge with Carol")
    expect(rep.get_by_role("status")).to_contain_text("They are two people again")
    assert Person.get(Person.name == "Carola").do_not_track
    console_errors.clear()  # the browser tells of the answer 422


def test_people_are_imported_from_a_file_and_exported(site, rep, world):
    rep.goto(f"{site}/console/people")
    enter(rep, "Import")
    reach(rep, "File")
    rep.locator(":focus").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": b"name,email\nAnn,a@x.test\n"}
    )
    enter(rep, "Show what it would do")
    expect(rep.get_by_text("The 1 row was checked")).to_be_visible()
    enter(rep, "Import now")
    expect(rep.get_by_role("heading", name="Waiting for its turn")).to_be_visible()

    rep.goto(f"{site}/console/people")
    unfold(rep, "Export")
    with rep.expect_download() as download:
        unfold(rep, "As a table (CSV)")
    assert "Carol" in download.value.path().read_text()


def test_a_mail_is_found_and_its_tracking_stopped(site, rep, world):
    stamped = world.send(CAROL, at=clock.now(), subject="Linen")
    rep.goto(f"{site}/console/feed")
    enter(rep, "Sent")
    write(rep, "Subject or recipient", "lin")
    enter(rep, "Search")
    enter(rep, "Linen")
    expect(rep.get_by_role("button", name="Show everything")).to_be_visible()
    unfold(rep, "Stop tracking this mail")
    enter(rep, "Stop tracking now")

    expect(rep.locator("main .badge").first).to_have_text("Tracking stopped")
    assert rep.url.endswith(f"/console/mail/{stamped.id}")


def test_preferences_are_changed_and_the_search_finds(site, rep, world):
    world.send(CAROL, subject="Offer")
    rep.goto(f"{site}/console/feed")
    unfold(rep, "Your account")
    enter(rep, "Preferences")
    reach(rep, "Track opens")
    rep.keyboard.press("Space")
    enter(rep, "Save")
    expect(rep.get_by_role("status")).to_have_text("Saved.")
    expect(rep.get_by_label("Track opens")).to_be_checked()

    write(rep, "Search people, mail and links", "off")
    with rep.expect_navigation():
        rep.keyboard.press("Enter")
    enter(rep, "Offer")
    expect(rep.get_by_role("heading", name="Offer")).to_be_visible()
