"""The page that links a Google account, and the pictures of the cards."""

from typing import Any

import pytest

from backend.access import identities
from backend.models import google
from backend.models.access import issue_signin_link
from backend.models.identities import panel_user_id
from backend.providers.openid import Account
from backend.web.permissions import csrf_token
from gmail_addon.cards.rows import ICONS_VERSION
from gmail_addon.routes import FOR_A_YEAR, ICONS
from tests.serving import standing

OFFER = google.Offer("https://accounts.google.com", "sub-1", "alice@ours.test")
KINDS = [
    "open",
    "click",
    "reply",
    "bounce",
    "unsubscribe",
    "automatic",
    "you",
    "person",
    "off",
    "logo",
]


@pytest.fixture
def page(app, world, store):
    """A browser in which alice is signed in, and what she sends with a form."""
    client = app.test_client()
    with standing(app, store):
        link = f"/signin/{issue_signin_link(world.alice)}"
        client.get(link, base_url="https://telltale.ours.test")
        yield client


def show(page, code, method="get", **form):
    options: dict[str, Any] = {"base_url": "https://telltale.ours.test"}
    if method == "post":
        options["data"] = form | {"csrf_token": token(page)}
    return getattr(page, method)(f"/gmail-addon/link/{code}", **options)


def token(page):
    from backend.models.org import Session

    session = Session.select().order_by(Session.created_at.desc()).first()
    with page.application.app_context():
        return csrf_token(session.id)


def test_a_user_links_her_google_account_once(page, world):
    code = google.issue_link(OFFER)
    asked = show(page, code)
    assert (asked.status_code, b"Is this Google account yours?" in asked.data) == (200, True)
    assert panel_user_id(OFFER.issuer, OFFER.subject) is None

    done = show(page, code, "post")

    assert (done.status_code, b"The account is linked" in done.data) == (200, True)
    assert panel_user_id(OFFER.issuer, OFFER.subject) == world.alice.id
    assert show(page, code).status_code == 410
    assert show(page, code, "post").status_code == 410


def test_another_address_is_linked_only_by_who_says_that_it_is_hers(page, world):
    code = google.issue_link(google.Offer(OFFER.issuer, "sub-2", "mallory@theirs.test"))
    assert b"The two addresses differ" in show(page, code).data

    assert show(page, code, "post").status_code == 422
    assert panel_user_id(OFFER.issuer, "sub-2") is None

    assert show(page, code, "post", sure="yes").status_code == 200
    assert panel_user_id(OFFER.issuer, "sub-2") == world.alice.id


def test_an_account_that_signs_somebody_else_in_stays_hers(page, world):
    account = Account(OFFER.issuer, OFFER.subject, OFFER.email)
    identities.link(world.users["bob"], "google", account)
    code = google.issue_link(OFFER)

    told = show(page, code, "post")

    assert (told.status_code, b"signs somebody else in" in told.data) == (409, True)
    assert panel_user_id(OFFER.issuer, OFFER.subject) == world.users["bob"].id
    assert google.offer_of(code) == OFFER, "the link is not used up"


def test_a_form_from_elsewhere_links_nothing(page):
    code = google.issue_link(OFFER)

    answer = page.post(f"/gmail-addon/link/{code}", base_url="https://telltale.ours.test")

    assert answer.status_code == 403
    assert panel_user_id(OFFER.issuer, OFFER.subject) is None


def test_a_link_that_is_none_says_how_to_get_one(page):
    answer = show(page, "nonsense")

    assert (answer.status_code, b"no longer works" in answer.data) == (410, True)


def test_who_is_not_signed_in_signs_in_first(app):
    answer = app.test_client().get("/gmail-addon/link/x", headers={"Accept": "text/html"})

    assert answer.status_code == 303
    assert answer.location == "/signin"


def test_who_signs_in_first_comes_back_to_the_question(app, world, store):
    code = google.issue_link(OFFER)
    options: dict[str, Any] = {"base_url": "https://telltale.ours.test"}
    with standing(app, store):
        client = app.test_client()
        asked = client.get(f"/gmail-addon/link/{code}", headers={"Accept": "text/html"}, **options)
        assert "__Host-telltale_way=" in asked.headers["Set-Cookie"]

        answer = client.get(f"/signin/{issue_signin_link(world.alice)}", **options)

        assert answer.location == f"/gmail-addon/link/{code}"
        assert b"Is this Google account yours?" in client.get(answer.location, **options).data


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_of_a_card_is_there_for_gmail_to_keep(app, kind):
    answer = app.test_client().get(f"/gmail-addon/icons/{kind}-{ICONS_VERSION}.png")

    assert (answer.status_code, answer.content_type) == (200, "image/png")
    assert answer.headers["Cache-Control"] == FOR_A_YEAR
    assert answer.data.startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["../routes.py", "x.png", "..%2froutes.py", "open-1.svg"])
def test_nothing_else_is_given_out(app, name):
    assert len(list(ICONS.iterdir())) == len(KINDS)
    assert app.test_client().get(f"/gmail-addon/icons/{name}").status_code == 404
