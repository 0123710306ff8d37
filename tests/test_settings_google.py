"""Where Google's services are: https, or this machine."""

import pytest
from pydantic import ValidationError

from backend.settings import Settings

ADDRESSES = (
    "google_certs_url",
    "google_gmail_endpoint",
    "google_calendar_endpoint",
    "google_pubsub_endpoint",
    "google_people_endpoint",
    "gmail_addon_endpoint",
    "google_token_url",
)


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_address_is_googles_own_or_encrypted_or_on_this_machine(name):
    assert str(getattr(Settings(), name)).startswith("https://")
    assert getattr(Settings(**{name: "http://127.0.0.1:9/"}), name) == "http://127.0.0.1:9"
    with pytest.raises(ValidationError, match="must be an https address"):
        Settings(**{name: "http://google.test"})
