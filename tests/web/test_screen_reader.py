"""What a screen reader finds on pages that the server makes: landmarks, headings, lists, states.

The Feed is in test_feed_page.py, the playground in tests/journeys/test_first_minute.py. What a page
says after an action has the role `status` or `alert`: the tests of its forms find it by that.
"""

import pytest
from playwright.sync_api import expect

from backend import clock
from tests.world import CAROL, LEO, NOON, hit, record

FRAME = """
- link "Skip to the content"
- banner:
  - link "Telltale"
  - navigation "Main":
    - list:
      - listitem:
        - link /^Feed/
      - listitem:
        - link "Sent"
      - listitem:
        - link "People"
  - search "Everywhere":
    - searchbox "Search people, mail and links"
"""
PAGES = {
    "sent": """
- heading "Sent" [level=1]
- search "Sent":
  - searchbox "Subject or recipient"
  - combobox "State"
  - button "Search"
- list:
  - listitem:
    - link "Offer"
    - list:
      - listitem
      - listitem
""",
    "mail/{mail}": """
- heading "Offer" [level=1]
- region "Recipients":
  - heading "Recipients" [level=2]
  - list:
    - listitem
- region "Links":
  - heading "Links" [level=2]
  - list:
    - listitem
- region "History":
  - heading "History" [level=2]
  - status
- group
""",
    "people": """
- heading "People" [level=1]
- link "Add a person"
- navigation "Kinds of people":
  - link "All"
  - link "Contacts"
- search:
  - searchbox "Name, company or address"
  - combobox "Owner"
  - combobox "Do Not Track"
- list:
  - listitem:
    - link "Carol"
""",
    "people/{carol}": """
- heading "Carol" [level=1]
- link "Merge with …"
- link "Edit"
- region "At a glance":
  - heading "At a glance" [level=2]
- region "What is measured":
  - heading "What is measured" [level=2]
- region "Mail and meetings":
  - heading "Mail and meetings" [level=2]
  - list:
    - listitem:
      - link "Offer"
- region "Details":
  - heading "Details" [level=2]
""",
    "people/new": """
- heading "Add a person" [level=1]
- group "Kind":
  - radio "Contact"
  - radio "Lead"
- textbox "Name"
- textbox "E-mail addresses"
- combobox "Owner"
- group "More":
  - textbox "New field"
- link "Cancel"
- button "Save"
""",
    "people/import": """
- heading "Import people" [level=1]
- button "File"
- button "Show what it would do"
""",
    "preferences": """
- heading "Preferences" [level=1]
- region "Tracking of your next mail":
  - heading [level=2]
  - switch "Track opens (a picture of one pixel)"
  - switch "Track links (wrapped, they lead where they led)"
- region "Looks and language":
  - combobox "Theme"
  - combobox "Time zone"
- region "Notices":
  - group "What happens":
    - table:
      - rowgroup:
        - row:
          - columnheader "Mail"
      - rowgroup:
        - row:
          - rowheader "First likely open"
          - cell:
            - 'checkbox "First likely open: In the app"'
- paragraph:
  - button "Save"
- region "Panels and API tokens":
  - heading "Panels and API tokens" [level=2]
""",
    "search?q=o": """
- heading "Found for “o”" [level=1]
- region "Mail":
  - heading "Mail" [level=2]
  - list:
    - listitem:
      - link "Offer"
""",
}


@pytest.fixture(scope="module")
def database_url():
    return ""


def test_each_page_has_its_landmarks_headings_and_names(site, rep, world):
    sent_at = clock.now()
    mail = world.send(CAROL, LEO, at=sent_at, per_recipient=True)
    record(hit(world.open_token(mail, CAROL), after=(sent_at - NOON).total_seconds() + 60))
    names = {"mail": mail.id, "carol": world.people["carol"].id}

    for path, snapshot in PAGES.items():
        rep.goto(f"{site}/console/{path.format(**names)}")
        expect(rep.locator("body")).to_match_aria_snapshot(FRAME)
        expect(rep.get_by_role("main")).to_match_aria_snapshot(snapshot)
        expect(rep.get_by_role("heading", level=1)).to_have_count(1)
