"""The Gmail add-on, and where Google's services are: a part of the one settings object.

See docs/gmail.md and docs/setup-google.md.
"""

from pydantic import field_validator
from pydantic_settings import BaseSettings

from backend.settings_addresses import encrypted


class GoogleSettings(BaseSettings):
    """Each field is read from the variable of its own name, as all settings are."""

    gmail_addon_service_account: str = ""
    gmail_addon_client_id: str = ""
    gmail_relay: bool = False
    gmail_send_tracked: bool = False
    gmail_addon_endpoint: str = "https://gmail.googleapis.com"
    google_certs_url: str = "https://www.googleapis.com/oauth2/v3/certs"
    google_gmail_endpoint: str = "https://gmail.googleapis.com"
    google_calendar_endpoint: str = "https://www.googleapis.com"
    google_pubsub_endpoint: str = "https://pubsub.googleapis.com"
    google_people_endpoint: str = "https://people.googleapis.com"
    google_token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105 (an address)
    google_issuer: str = "https://accounts.google.com"

    @field_validator(
        "google_certs_url",
        "google_gmail_endpoint",
        "google_calendar_endpoint",
        "google_pubsub_endpoint",
        "google_people_endpoint",
        "gmail_addon_endpoint",
        "google_token_url",
    )
    @classmethod
    def _encrypted(cls, value: str) -> str:
        return encrypted(value)
