"""Which peers may hand mail to us: those in our networks, and those that sign in.

The file of users has a line `name:sha256 of the password` for each. A password is made by us and
random, so its plain digest cannot be guessed from.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from pathlib import Path

from backend.errors import Conflict, Invalid, SettingsError
from backend.settings import Settings

_NAME = re.compile(r"[A-Za-z0-9._@+-]{1,100}")
_NOBODY = "0" * 64


@dataclass(frozen=True, slots=True)
class Peers:
    """The allow-list; no `domains` = whoever may hand us mail may do so for any sender."""

    networks: tuple[IPv4Network | IPv6Network, ...]
    users: dict[str, str]
    domains: frozenset[str]

    @classmethod
    def of(cls, settings: Settings) -> "Peers":
        """The peers that the settings allow. Raises SettingsError."""
        return cls(
            networks=tuple(_networks(settings.relay_networks)),
            users=_users(settings.relay_users) if settings.relay_users else {},
            domains=frozenset(_words(settings.relay_domains.lower())),
        )

    def is_near(self, host: str) -> bool:
        """Whether a peer at that address needs no password."""
        try:
            address = address_of(host)
        except ValueError:
            return False
        return any(address in network for network in self.networks)

    def knows(self, name: bytes, password: bytes) -> bool:
        """Whether that is the user's password; takes as long for a name nobody has."""
        kept = self.users.get(name.decode("utf-8", "replace"), _NOBODY)
        return hmac.compare_digest(_digest(password), kept)

    def sends_for(self, mail_from: str) -> bool:
        """Whether mail of that envelope sender is taken; a notice without sender always is."""
        domain = mail_from.rpartition("@")[2].lower()
        return not self.domains or not mail_from or domain in self.domains


def address_of(host: str) -> IPv4Address | IPv6Address:
    """The address of a peer as its connection names it, IPv4 where it is. Raises ValueError."""
    address = ip_address(host.partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


def add_user(path: Path, name: str) -> str:
    """Add a user with a new password to the file, which is made if need be; the password.

    Raises Invalid, Conflict.
    """
    if not _NAME.fullmatch(name):
        raise Invalid("NAME: up to 100 letters, digits and . _ @ + -")
    if path.exists() and name in _users(path):
        raise Conflict("There is such a user already; delete its line to give a new password.")
    password = secrets.token_urlsafe(32)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)
    with path.open("a") as file:
        file.write(f"{name}:{_digest(password.encode())}\n")
    return password


def _users(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text().split()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"RELAY_USERS: {path} cannot be read") from None
    found = {name: digest for name, _, digest in (line.rpartition(":") for line in lines)}
    if not all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in found.values()):
        raise SettingsError(
            f"RELAY_USERS: {path} must hold lines made by `python -m backend relay-user NAME`"
        )
    return found


def _networks(text: str) -> list[IPv4Network | IPv6Network]:
    try:
        return [ip_network(each) for each in _words(text)]
    except ValueError:
        raise SettingsError(
            "RELAY_NETWORKS: must be networks such as 10.0.0.0/8, separated by commas"
        ) from None


def _words(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _digest(password: bytes) -> str:
    return hashlib.sha256(password).hexdigest()
