"""Where the providers are: settings, so that sovereign clouds and tests can point elsewhere.

Production takes https and the hosts of Google and Microsoft alone.
"""

from urllib.parse import urlsplit

from backend.errors import SettingsError
from backend.settings import Settings

# Source: learn.microsoft.com "National clouds"; Google's discovery document.
ALLOWED_HOSTS = frozenset(
    {
        "accounts.google.com",
        "gmail.googleapis.com",
        "pubsub.googleapis.com",
        "people.googleapis.com",
        "www.googleapis.com",
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.partner.microsoftonline.cn",
        "graph.microsoft.com",
        "graph.microsoft.us",
        "dod-graph.microsoft.us",
        "microsoftgraph.chinacloudapi.cn",
    }
)
NAMES = (
    "google_issuer",
    "google_gmail_endpoint",
    "google_calendar_endpoint",
    "google_pubsub_endpoint",
    "google_people_endpoint",
    "microsoft_authority",
    "graph_url",
)


def require_allowed(settings: Settings) -> None:
    """Nothing, if production may talk to these. Raises SettingsError, one line a fault."""
    if settings.env != "production":
        return
    wrong = [
        f"{name.upper()}: must be https and a host of Google or Microsoft in production"
        for name in NAMES
        if not _is_allowed(str(getattr(settings, name)))
    ]
    if settings.provider_ca is not None:
        wrong.append("PROVIDER_CA: must not be set in production")
    if wrong:
        raise SettingsError("\n".join(wrong))


def _is_allowed(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.hostname in ALLOWED_HOSTS and parts.port is None
