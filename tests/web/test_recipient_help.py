"""Help for recipients: a page that anybody may see, and a text for a mail."""

import pytest

from tests.web.browsing import browser_of


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.mark.req("R76", "R81")
def test_the_steps_are_there_for_every_version_and_the_organisations_own_domain(client, world):
    page = client.get("/help/recipients?domain=Bücher.example").text

    for version in ("New Outlook", "2013 to 2024", "on the web", "for Mac", "2007 and 2010"):
        assert version in page
    assert page.count("xn--bcher-kva.example") == 5
    assert "do not want to be measured" in page
    for refusal in (
        "“What is recorded, and how to refuse”",
        "“Stop tracking me”",
        "“Unsubscribe” on",
        "leaving them blocked",
        "answer the mail",
    ):
        assert refusal in page


@pytest.mark.parametrize("domain", ["", "<script>", "x" * 5000, "a b", "%00"])
def test_what_is_no_domain_is_left_out(client, world, domain):
    answer = client.get(f"/help/recipients?domain={domain}")

    assert answer.status_code == 200
    assert "<script>" not in answer.text.replace('<script type="module"', "")
    assert "the domain of the sender" in answer.text


def test_a_rep_gets_the_address_and_a_mails_text(app, client, world):
    world.set_policy(internal_domains=["brand.example"])

    page = browser_of(app, world.alice).get("/console/help").text

    assert "http://127.0.0.1:8000/help/recipients?domain=brand.example" in page
    assert "Outlook hides pictures" in page
    assert "“Stop tracking me”" in page
    world.set_policy()
    assert "domain=ours.test" in browser_of(app, world.alice).get("/console/help").text


def test_a_mails_text_has_no_joiners_as_the_page_around_it_has(app, client, world):
    browser = browser_of(app, world.alice)
    browser.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
    german = browser.get("/console/help")

    text = german.text.partition("<textarea")[2].partition("</textarea>")[0]

    assert "E-Mail" in text
    assert "\N{WORD JOINER}" not in text
    assert "\N{WORD JOINER}" in german.text


def test_every_look_of_it_can_be_used(site, rep, eyes):
    for name in ("help/recipients?domain=ours.test", "console/help"):
        rep.goto(f"{site}/{name}")
        assert eyes.faults(rep, f"help-{name[:4]}", (320, 1280)) == [], name
