"""The pages around signing in, as Chromium shows them; and a whole way in without a script."""

import pytest
from playwright.sync_api import expect

from backend import clock
from backend.access import setup, signing_in, totp
from backend.models.access import caller_of_session
from backend.models.org import Organization, Team, User
from backend.models.people import Person, PersonAddress

CODES = "Your recovery codes"
DIGITS = "Six digits from the app"
GOOD = "copper lantern on a quiet hill"
FEW = (320, 1280)


@pytest.fixture(scope="module")
def database_url():
    return ""


def test_the_pages_around_a_session_can_be_used_by_everybody(site, page, eyes, console_errors):
    failed = "oauth/google?state=of-nobody&error=access_denied"
    for name in ("signin", "signin/forgotten", "signin/x", "welcome/x", failed):
        page.goto(f"{site}/{name}")
        look = name.partition("?")[0].replace("/", "-")
        assert eyes.faults(page, look, FEW) == [], name
    console_errors.clear()  # three of them say that something is gone


def test_the_pages_of_ones_own_account_can_be_used_by_everybody(site, rep, eyes):
    for name in ("account", "account/factor", "confirm"):
        rep.goto(f"{site}/console/{name}")
        assert eyes.faults(rep, name.replace("/", "-"), FEW) == [], name


def test_the_first_admins_way_in_can_be_used_by_everybody(site, page, eyes, world, console_errors):
    for model in (PersonAddress, Person, User, Team, Organization):
        model.delete().execute()
    code = setup.new_code()
    page.goto(f"{site}/setup")
    page.get_by_label("Password").fill("short")
    page.locator("form").evaluate("form => { form.noValidate = true; }")
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert eyes.faults(page, "setup-fault", FEW) == []

    for name, text in (("code", code), ("organization", "Ours"), ("name", "First"),
                       ("email", "first@ours.test"), ("password", GOOD)):  # fmt: skip
        page.locator(f"[name={name}]").fill(text)
    page.get_by_role("button").click()
    expect(page.get_by_label(DIGITS)).to_be_visible()
    assert eyes.faults(page, "factor-first", FEW) == []
    page.get_by_label(DIGITS).fill(_code_of(page, world))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", name=CODES)).to_be_visible()
    assert eyes.faults(page, "recovery-codes", FEW) == []

    page.context.clear_cookies()
    page.goto(f"{site}/signin")
    page.get_by_label("E-mail address").fill("first@ours.test")
    page.get_by_label("Password").fill(GOOD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{site}/signin/code")
    assert eyes.faults(page, "signin-code", FEW) == []
    console_errors.clear()


def _code_of(page, world):
    cookie = next(each["value"] for each in page.context.cookies() if "session" in each["name"])
    secret = totp.secret_of(world.settings.secret, caller_of_session(cookie).session_id)
    return totp.code_at(secret, totp.step_of(clock.wall()))


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
    plain.get_by_label(DIGITS).fill(_code_of(plain, world))
    plain.get_by_role("button", name="Switch it on").click()

    expect(plain.get_by_role("heading", name=CODES)).to_be_visible()
    expect(plain.locator(".codes code")).to_have_count(10)
