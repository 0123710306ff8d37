"""What an installation needs so that the playground works as the world does.

`serve --demo` sets it where the operator has set nothing. Readers are recognised by their networks:
the edge believes one proxy (the reader's own X-Forwarded-For), and the addresses for examples get
network numbers for examples. And mailboxes are connected at the playground's own Google.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import orjson

from backend import db
from backend.access import connections
from backend.access.connections import Keys
from backend.access.members import Admin
from backend.access.safe import Safe
from backend.demo import ADMIN
from backend.models.org import User
from backend.providers.vault import open_vault
from backend.settings import Settings
from playground import google, google_oauth, readers
from playground.google_grants import GoogleGrants
from playground.mmdb import write_mmdb

KEPT = Path("playground") / "demo.json"


def variables(settings: Settings, *, has_relay: bool = False) -> dict[str, str]:
    """The environment variables that are missing; writes the small network database they name."""
    found = {}
    if not settings.trusted_hops:
        found["TRUSTED_HOPS"] = "1"
    if settings.asn_db is None:
        found["ASN_DB"] = str(_write_networks(settings.data_dir / "playground"))
    if "google_issuer" not in settings.model_fields_set:
        ours = _google(f"{settings.public_url}{google.API}").items()
        found |= {n: text for n, text in ours if n.lower() not in settings.model_fields_set}
    if not settings.gmail_addon_client_id:
        found["GMAIL_ADDON_CLIENT_ID"] = google.CLIENT_ID
        found["GMAIL_ADDON_SERVICE_ACCOUNT"] = google.SERVICE_ACCOUNT
        found["GOOGLE_CERTS_URL"] = f"{settings.public_url}{google.CERTS}"
        found["GMAIL_ADDON_ENDPOINT"] = f"{settings.public_url}{google.API}"
        found["GMAIL_SEND_TRACKED"] = "true"
        if has_relay:
            found["GMAIL_RELAY"] = "true"
    return found


def keep(settings: Settings, found: Mapping[str, str]) -> None:
    """Write down what was set, for the commands that are run beside the demo."""
    path = settings.data_dir / KEPT
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(f".{os.getpid()}")
    half.write_bytes(orjson.dumps(dict(found)))
    half.replace(path)


def kept(settings: Settings) -> dict[str, str]:
    """What was set, without what the operator has set since; nothing where no demo was."""
    try:
        found: dict[str, str] = orjson.loads((settings.data_dir / KEPT).read_bytes())
    except FileNotFoundError:
        return {}
    return {name: text for name, text in found.items() if name not in os.environ}


def _google(base: str) -> dict[str, str]:
    """The playground's Google in the place of the real one: who tries does not call out."""
    endpoints = ("GMAIL", "CALENDAR", "PEOPLE", "PUBSUB")
    return {
        "GOOGLE_ISSUER": base,
        "GOOGLE_TOKEN_URL": f"{base}{google_oauth.TOKEN}",
        **{f"GOOGLE_{name}_ENDPOINT": base for name in endpoints},
    }


def connect(settings: Settings) -> bool:
    """Let the demo's organisation know the playground's Google, once; True if it was done now.

    As an admin would have set it up. Nobody's mailbox is connected by it, and nobody signs in so.
    """
    if not google.is_here(settings):
        return False
    with db.connection():
        admin = User.get_or_none(User.email == ADMIN)
        if admin is None or connections.find(admin.org_id, "google"):
            return False
        secret = GoogleGrants.of(settings).client_secret
        domain = ADMIN.rpartition("@")[2]
        keys = Keys(google.CLIENT_ID, domain, secret, allows_signin=False)
        who = Admin(admin.org_id, admin.id, admin.email)
        made = connections.save(who, "google", keys, Safe(open_vault(settings)))
        connections.note(made, connections.State.READY)
    return True


def _write_networks(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    records = {cidr: {"autonomous_system_number": asn} for cidr, asn in readers.networks().items()}
    return write_mmdb(folder.resolve() / "asn.mmdb", records)
