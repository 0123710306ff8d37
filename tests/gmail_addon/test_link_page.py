"""How the page that links a Google account looks and is used, in a browser."""

import pytest

from backend.models import google
from backend.models.identities import panel_user_id
from backend.settings import Settings
from tests.screens import walk
from tests.world import SECRET

ISSUER = "https://accounts.google.com"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Settings(data_dir=tmp_path_factory.mktemp("data"), secret=SECRET, playground=False)


@pytest.mark.parametrize("email", ["alice@ours.test", "somebody.else@theirs.test"])
def test_it_is_accessible_in_every_look_before_and_after(site, rep, eyes, world, email):
    code = google.issue_link(google.Offer(ISSUER, email, email))
    rep.goto(f"{site}/gmail-addon/link/{code}")
    assert eyes.faults(rep, f"gmail-link-{email[:5]}") == []

    rep.set_viewport_size({"width": 768, "height": 800})
    for box in rep.get_by_role("checkbox", name="I use this Google account myself").all():
        box.check()
    rep.get_by_role("button", name="Link this account").click()

    rep.get_by_role("heading", name="The account is linked").wait_for()
    assert eyes.faults(rep, "gmail-linked", (320,)) == []
    assert panel_user_id(ISSUER, email) == world.alice.id


def test_it_is_used_by_keyboard(site, rep, world):
    code = google.issue_link(google.Offer(ISSUER, "s", world.alice.email))
    rep.goto(f"{site}/gmail-addon/link/{code}")

    names = walk(rep, 8)

    assert "Link this account" in names
