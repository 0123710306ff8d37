"""The pages of what is never captured: the organisation's, and everybody's own."""

import pytest
from playwright.sync_api import expect

from backend import db
from backend.capture import exclusions
from backend.capture.limits import limits_of
from backend.models.mailboxes import Exclusion
from tests.capture.letters import letter, mailbox_of
from tests.capture.taking import Taking, messages
from tests.screens import signed_in, walk
from tests.web.browsing import browser_of

ALL, OWN = "/console/admin/exclusions", "/console/mailboxes/exclusions"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def browse(app, client, world):
    return lambda name: browser_of(app, world.users[name])


@pytest.mark.parametrize(("base", "name"), [(ALL, "ada"), (OWN, "alice")])
def test_an_exclusion_is_added_looked_at_purged_and_removed(world, browse, base, name):
    take, who = Taking(), browse(name)
    take(mailbox_of(world.alice), letter("x@lawyer.test"))

    added = who.post(base, value="Lawyer.TEST")
    here = f"{base}/{Exclusion.get().id}"
    looked = who.get(here).text
    asked = who.post(f"{here}/purge")
    waiting = who.get(here).text
    exclusions.purge_step()
    done = who.get(here).text

    assert added.headers["Location"] == f"{here}?done=added"
    assert "1 captured mail has" in looked
    assert "x@lawyer.test" in looked
    assert asked.headers["Location"] == f"{here}?done=asked"
    assert "1 to go" in waiting
    assert "1 mail was deleted" in done
    assert messages() == []
    assert who.post(f"{here}/remove").headers["Location"] == f"{base}?done=removed"
    assert Exclusion.select().count() == 0


@pytest.mark.parametrize("value", ["", "nobody", "a\0.test", "\ud800.test", "x" * 400, HOSTILE])
def test_what_is_neither_address_nor_domain_is_refused(browse, value):
    answer = browse("alice").post(OWN, value=value.encode("utf-8", "surrogatepass"))

    assert answer.status_code == 422
    assert "Give an e-mail address or a domain." in answer.text
    assert HOSTILE not in answer.text
    assert Exclusion.select().count() == 0


def test_the_same_twice_is_told(browse):
    alice = browse("alice")
    alice.post(OWN, value="lawyer.test")

    assert alice.post(OWN, value="lawyer.test").status_code == 409


def test_everybody_sees_what_the_organisation_leaves_out_and_changes_her_own_alone(browse):
    ada, alice = browse("ada"), browse("alice")
    ada.post(ALL, value="lawyer.test")
    theirs = Exclusion.get().id

    assert "lawyer.test" in alice.get(OWN).text
    assert alice.get(ALL).status_code == 403
    assert alice.get(f"{OWN}/{theirs}").status_code == 404
    assert alice.post(f"{OWN}/{theirs}/purge").status_code == 404
    assert browse("mallory").post(f"{OWN}/{theirs}/remove").status_code == 404
    assert "lawyer.test" not in browse("mallory").get(OWN).text
    assert Exclusion.get().purge_asked_at is None


def test_what_is_left_out_by_policy_is_the_admins_choice(world, browse):
    mailbox, ada = mailbox_of(world.alice), browse("ada")
    before = limits_of(mailbox)

    answer = ada.post(f"{ALL}/policy", keeps_automated="true", keeps_sensitive="true")

    after = limits_of(mailbox)
    assert answer.headers["Location"] == f"{ALL}?done=policy"
    assert (before.keeps_automated, before.keeps_confidential, before.keeps_sensitive) == (
        False,
        False,
        False,
    )
    assert (after.keeps_automated, after.keeps_confidential, after.keeps_sensitive) == (
        True,
        False,
        True,
    )
    assert ada.post(f"{ALL}/policy", keeps_automated="perhaps").status_code == 422
    assert browse("alice").post(f"{ALL}/policy").status_code == 403


def test_tags_are_looked_through_where_the_admin_says_so_also_in_the_past(world, browse):
    take = Taking()
    take(mailbox_of(world.alice), letter("carol+news@northwind.test"))
    sql = "SELECT rule FROM participant WHERE address = 'carol+news@northwind.test'"
    before = db.one(sql)

    browse("ada").post(f"{ALL}/policy", looks_through_tags="true")

    assert (before, db.one(sql)) == (("",), ("plus_tag",))
    assert 'name="looks_through_tags" value="true" checked' in browse("ada").get(ALL).text


def test_every_look_can_be_used(site, page, world, eyes, console_errors):
    take = Taking()
    for number in range(3):
        take(
            mailbox_of(world.alice, address=f"{number}@ours.test"),
            letter("x@lawyer.test", message_id=f"<{number}@l.test>"),
        )
    signed_in(page, site, world.users["ada"])
    page.goto(f"{site}{ALL}")
    page.get_by_label("Address or domain").fill("lawyer.test")
    page.get_by_role("button", name="Leave it out").click()
    expect(page.get_by_role("button", name="Delete 3 mails")).to_be_visible()
    assert eyes.faults(page, "exclusion", (320, 1280)) == []
    page.goto(f"{site}{ALL}")
    assert eyes.faults(page, "exclusions", (320, 1280)) == []
    page.get_by_label("Address or domain").focus()
    assert walk(page, 2) == ["Leave it out", "lawyer.test"]
    page.goto(f"{site}{OWN}")
    assert eyes.faults(page, "exclusions-own", (320,)) == []
    assert console_errors == []
