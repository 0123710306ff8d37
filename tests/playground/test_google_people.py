"""The playground's address book, by the product's own reader over HTTP."""

import pytest
from google.oauth2.credentials import Credentials

from backend.providers.google_contacts import GoogleContacts
from backend.providers.mail import NeedsAdmin
from playground.google import API, Google
from playground.google_people import CONTACTS

ALICE = "alice@ours.test"


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def book(settings, client):
    """Opens it with a token for these scopes."""
    google, opened = Google.kept(settings.data_dir / "playground"), []

    def by(*scopes):
        token = Credentials(google.oauth_token(ALICE, scopes))
        opened.append(GoogleContacts(token, f"{settings.public_url}{API}"))
        return opened[-1]

    yield by
    for each in opened:
        each.close()


def test_it_is_told_once(book):
    opened = book(CONTACTS)

    first = opened.contacts("", None)

    assert [(each.name, each.company, each.addresses) for each in first.entries] == [
        ("Zoe Winter", "Fjord Shipping", ("zoe.winter@fjord.example",)),
        ("Carol Castillo", "Northwind Fruit", ("carol@northwind.test",)),
    ]
    assert opened.contacts(first.place, None).entries == ()


def test_it_opens_to_who_was_granted_it(book):
    with pytest.raises(NeedsAdmin):
        book("email").contacts("", None)
