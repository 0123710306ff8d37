"""The pages around signing in, as Chromium shows them; and a whole way in without a script."""

import pytest

from backend import clock
from backend.access import signing_in, totp
from backend.models.access import caller_of_session

GOOD = "copper lantern on a quiet hill"
FEW = (320, 1280)


@pytest.fixture(scope="module")
def database_url():
    return ""


def test_the_pages_around_a_session_can_be_used_by_everybody(site, page, eyes, console_errors):
    for name in ("signin", "signin/forgotten", "signin/x", "welcome/x"):
        page.goto(f"{site}/{name}")
        assert eyes.faults(page, name.replace("/", "-"), FEW) == [], name
    console_errors.clear()  # two of them say that a link is gone


def test_the_pages_of_ones_own_account_can_be_used_by_everybody(site, rep, eyes):
    for name in ("account", "account/factor", "confirm"):
        rep.goto(f"{site}/console/{name}")
        assert eyes.faults(rep, name.replace("/", "-"), FEW) == [], name


@pytest.fixture
def plain(browser):
    """A page of a browser whose scripts are off."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_one_gets_in_and_sets_a_second_factor_up_without_a_script(site, plain, world):
    signing_in.set_password(world.alice, GOOD)

    plain.goto(f"{site}/signin")
    plain.get_by_label("E-mail address").fill("alice@ours.test")
    plain.get_by_label("Password").fill(GOOD)
    plain.get_by_role("button", name="Sign in").click()
    plain.goto(f"{site}/console/account/factor")
    cookie = next(c["value"] for c in plain.context.cookies() if "session" in c["name"])
    secret = totp.secret_of(world.settings.secret, caller_of_session(cookie).session_id)
    plain.get_by_label("Six digits from the app").fill(
        totp.code_at(secret, totp.step_of(clock.wall()))
    )
    plain.get_by_role("button", name="Switch it on").click()

    assert plain.get_by_role("heading", name="Your recovery codes").is_visible()
    assert plain.locator(".codes code").count() == 10
