"""Connecting the panel by Outlook's own sign-in: the real msal-browser, over a bridge by hand."""

import re

import pytest
from playwright.sync_api import expect

from backend.access import identities
from backend.models.org import ApiToken
from backend.providers.openid import Account
from tests.fakes.entra import OBJECT, TENANT, tenants
from tests.fakes.naa import Broker
from tests.playground.outlooks import open_window
from tests.waiting import wait_until

LIBRARY = "msal-browser.min.js"
# Where office.js says how it fares, sooner or later; and the same at once.
TELEMETRY = "https://browser.pipe.aria.microsoft.com"
TELL = "(_, url) => { const it = new XMLHttpRequest(); it.open('POST', url); it.send(); }"
WHY_CODE = (
    ("she closed the window", {"GetToken": "USER_INTERACTION_REQUIRED",
                               "GetTokenPopup": "USER_CANCEL"}, "was cancelled"),
    ("consent is not given", {"GetToken": "USER_INTERACTION_REQUIRED",
                              "GetTokenPopup": "PERSISTENT_ERROR"}, "did not work"),
    ("an admin switched it off", {"GetInitContext": "DISABLED"}, "cannot sign you in"),
)  # fmt: skip


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture(scope="module")
def microsoft():
    with tenants() as found:
        yield found


@pytest.fixture(scope="module")
def settings(settings, microsoft):
    return settings.model_copy(update=microsoft.settings)


@pytest.fixture
def broker(microsoft):
    return Broker(microsoft)


@pytest.fixture
def linked(world):
    identities.link(world.alice, "microsoft", Account(TENANT, OBJECT, "alice@tenant.test"))
    return world.alice


@pytest.fixture
def sent(outlook):
    """Every request of the browser."""
    found = []
    outlook.context.on("request", lambda request: found.append(request))
    return found


def pane_of(page, url):
    pane = open_window(page, url)
    page.click("#pane")
    return pane


def fates(sent):
    """What became of the telemetry: our policy has to refuse all of it."""
    return {each.failure for each in sent if each.url.startswith(TELEMETRY)}


def is_connected(pane):
    return expect(pane.get_by_role("switch", name="Opens"))


def test_one_press_connects_without_a_code(outlook, url, linked, broker, sent):
    broker.serve(outlook)
    pane = pane_of(outlook, url)
    connect = pane.get_by_role("button", name="Connect")
    expect(connect).to_be_visible()
    assert [each.url for each in sent if LIBRARY in each.url] == [], "only who connects needs it"

    connect.click()

    is_connected(pane).to_be_visible()
    assert any(LIBRARY in each.url for each in sent)
    assert broker.methods == ["GetInitContext", "GetToken"]
    assert pane.locator("body").evaluate("() => history.replaceState") is None, "office.js' doing"
    assert ApiToken.select().where(ApiToken.user_id == linked.id).count() == 2


def test_only_the_access_token_leaves_and_only_for_our_server(outlook, url, linked, broker, sent):
    broker.serve(outlook)
    pane = pane_of(outlook, url)
    pane.get_by_role("button", name="Connect").click()
    is_connected(pane).to_be_visible()
    pane.locator("body").evaluate(TELL, TELEMETRY)

    (access,) = broker.given
    (identity,) = broker.id_tokens
    told = [(each.url, each.post_data or "") for each in sent]
    assert [at for at, body in told if access in body] == [f"{url}/api/v1/pairing/entra"]
    assert [at for at, body in told if identity in body or access in at or identity in at] == []
    others = {re.match(r"\w+://[^/]+", at)[0] for at, _ in told if at.startswith("http")}
    assert others - {TELEMETRY} == {url}
    wait_until(lambda: outlook.evaluate("1") and fates(sent) == {"csp"}, what="the refusal")
    kept = pane.locator("body").evaluate(
        "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    )
    assert access not in kept
    assert identity not in kept


def test_who_must_be_asked_is_asked_by_outlook(outlook, url, linked, broker):
    broker.refusals["GetToken"] = "USER_INTERACTION_REQUIRED"
    broker.serve(outlook)
    pane = pane_of(outlook, url)

    pane.get_by_role("button", name="Connect").click()

    is_connected(pane).to_be_visible()
    assert broker.methods == ["GetInitContext", "GetToken", "GetTokenPopup"]


@pytest.mark.parametrize(("why", "refusals", "word"), WHY_CODE)
def test_where_it_does_not_do_the_code_is_shown_with_the_reason(
    outlook, url, linked, broker, why, refusals, word
):
    broker.refusals |= refusals
    broker.serve(outlook)
    pane = pane_of(outlook, url)

    pane.get_by_role("button", name="Connect").click()

    expect(pane.locator(".code")).to_be_visible()
    expect(pane.locator(".message")).to_contain_text(word)
    assert len(outlook.context.pages) == 1, "no window of msal's own"


@pytest.mark.parametrize("has_bridge", [False, None])
def test_an_outlook_without_it_goes_on_by_the_code(outlook, url, broker, sent, has_bridge):
    if has_bridge is not None:
        broker.serve(outlook, has_bridge=has_bridge)
    pane = pane_of(outlook, url)

    pane.get_by_role("button", name="Connect").click()

    expect(pane.locator(".message")).to_contain_text("cannot sign you in")
    asked = {LIBRARY in each.url for each in sent}
    assert (True in asked) == (has_bridge is not None), "only an Outlook that says it has it"
    assert len(outlook.context.pages) == 1


def test_an_outlook_that_never_answers_is_not_waited_for(outlook, url, linked, broker):
    broker.refusals["GetInitContext"] = "hang"
    broker.serve(outlook)
    pane = pane_of(outlook, url)
    connect = pane.get_by_role("button", name="Connect")
    expect(connect).to_be_visible()
    outlook.clock.install()
    connect.click()
    expect(pane.get_by_role("heading", name="Signing in with Microsoft")).to_be_visible()
    wait_until(lambda: outlook.evaluate("1") and broker.methods)

    outlook.clock.fast_forward(11_000)

    expect(pane.locator(".message")).to_contain_text("cannot sign you in")


def test_an_account_that_nobody_linked_is_told_so(
    outlook, url, world, broker, faults, console_errors
):
    broker.serve(outlook)
    pane = pane_of(outlook, url)
    expect(pane.get_by_role("button", name="Connect")).to_be_visible()
    told = faults(outlook, "entra")

    pane.get_by_role("button", name="Connect").click()

    expect(pane.locator(".message")).to_contain_text("not linked with a Telltale account")
    assert told + faults(outlook, "entra-code") == []
    assert ApiToken.select().count() == 0
    console_errors.clear()


def test_who_approves_the_code_once_needs_none_the_next_time(
    outlook, url, world, broker, eyes, console_errors
):
    broker.serve(outlook)
    pane = pane_of(outlook, url)
    pane.get_by_role("button", name="Connect").click()
    code = pane.locator(".code").inner_text()
    browser = outlook.context.new_page()
    browser.goto(f"{url}/pair#{code}")
    browser.get_by_role("button", name="Next").click()
    expect(browser.get_by_label("Connect Outlook without a code")).to_be_checked()
    assert eyes.faults(browser, "pair-account", (320,)) == []
    browser.get_by_role("button", name="Approve").click()
    expect(browser.get_by_role("heading", name="Outlook is connected")).to_be_visible()
    browser.close()
    is_connected(pane).to_be_visible()
    console_errors.clear()  # the browser's own lines of the 403 and of the waiting

    ApiToken.delete().execute()
    pane.get_by_role("tab", name="Settings").click()
    pane.get_by_role("button", name="Connect").click()

    expect(pane.get_by_role("switch", name="Opens")).to_be_visible()


def test_a_token_that_is_not_accepted_leads_to_the_code(outlook, url, linked, broker):
    broker.claims["aud"] = "00000003-0000-0000-c000-000000000000"
    broker.serve(outlook)
    pane = pane_of(outlook, url)

    pane.get_by_role("button", name="Connect").click()

    expect(pane.locator(".message")).to_contain_text("did not work")


def test_the_code_can_be_chosen_at_once(outlook, url, broker):
    broker.serve(outlook)
    pane = pane_of(outlook, url)

    pane.get_by_role("button", name="Use a code instead").click()

    expect(pane.locator(".code")).to_be_visible()
    expect(pane.locator(".message")).to_have_count(0)
    assert broker.asked == []
