"""What an installation needs so that the playground's readers are recognised by their networks.

`serve --demo` sets it where the operator has set nothing: the edge believes one proxy (the reader's
own X-Forwarded-For), and the addresses for examples get network numbers for examples.
"""

from pathlib import Path

from backend.settings import Settings
from playground import google, readers
from playground.mmdb import write_mmdb


def variables(settings: Settings, *, has_relay: bool = False) -> dict[str, str]:
    """The environment variables that are missing; writes the small network database they name."""
    found = {}
    if not settings.trusted_hops:
        found["TRUSTED_HOPS"] = "1"
    if settings.asn_db is None:
        found["ASN_DB"] = str(_write_networks(settings.data_dir / "playground"))
    if not settings.gmail_addon_client_id:
        found["GMAIL_ADDON_CLIENT_ID"] = google.CLIENT_ID
        found["GMAIL_ADDON_SERVICE_ACCOUNT"] = google.SERVICE_ACCOUNT
        found["GOOGLE_CERTS_URL"] = f"{settings.public_url}{google.CERTS}"
        found["GMAIL_ADDON_ENDPOINT"] = f"{settings.public_url}{google.API}"
        found["GMAIL_SEND_TRACKED"] = "true"
        if has_relay:
            found["GMAIL_RELAY"] = "true"
    return found


def _write_networks(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    records = {cidr: {"autonomous_system_number": asn} for cidr, asn in readers.networks().items()}
    return write_mmdb(folder.resolve() / "asn.mmdb", records)
