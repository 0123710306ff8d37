"""The playground's address book, by the product's own reader over HTTP."""

import pytest

from backend.providers.google_contacts import GoogleContacts
from backend.providers.mail import NeedsAdmin
from playground.google_people import CONTACTS


@pytest.fixture(scope="module")
def database_url():
    return ""


def test_it_is_told_once(opened):
    book = opened(GoogleContacts, CONTACTS)

    first = book.contacts("", None)

    assert [(each.name, each.company, each.addresses) for each in first.entries] == [
        ("Zoe Winter", "Fjord Shipping", ("zoe.winter@fjord.example",)),
        ("Carol Castillo", "Northwind Fruit", ("carol@northwind.test",)),
    ]
    assert book.contacts(first.place, None).entries == ()


def test_it_opens_to_who_was_granted_it(opened):
    with pytest.raises(NeedsAdmin):
        opened(GoogleContacts, "email").contacts("", None)
