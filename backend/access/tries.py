"""How often somebody may try: counted in the main database, so that all processes count together.

A key is a keyed hash of the account or of the network (/24, /48): no address is stored.
Source: CASA 1.1.1: at most 10 failed tries per account in 15 minutes.
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network

from backend import clock, db
from backend.errors import TooManyTries
from backend.models.credentials import SigninTry

WINDOW = timedelta(seconds=TooManyTries.again_s)
PER_ACCOUNT = 10
PER_NETWORK = 100  # a whole office may sit behind one address
_PREFIX = {4: 24, 6: 48}


@dataclass(frozen=True, slots=True)
class Door:
    """One kind of try: which secret keys the hashes, what is tried, and from where."""

    secret: str
    account: str
    address: str

    @property
    def keys(self) -> dict[str, int]:
        """The keys to count under, with what each allows; the account's first."""
        return {
            self._key("account", self.account): PER_ACCOUNT,
            self._key("network", network_of(self.address)): PER_NETWORK,
        }

    def _key(self, kind: str, value: str) -> str:
        return hmac.digest(
            self.secret.encode(), f"{kind}|{value}".encode("utf-8", "replace"), "sha256"
        ).hex()


def enter(door: Door) -> list[str]:
    """Count a try before it is made; returns what `forgive` takes back if it succeeds.

    Raises TooManyTries; a try that is refused counts for nothing more.
    """
    noted: list[str] = []
    for key, allowed in door.keys.items():
        # Noted before it is counted: of many at once none sees a count without the others.
        row = SigninTry.create(key=key, tried_at=clock.wall())
        noted.append(row.id)
        if _count(key) > allowed:
            forgive(noted)
            raise TooManyTries("problems.too_many_tries")
    return noted


def forgive(noted: list[str]) -> None:
    """Take a try back that was right."""
    SigninTry.delete().where(SigninTry.id.in_(noted)).execute()


def forget_old() -> int:
    """Delete what counts no more; how many rows."""
    return db.execute("DELETE FROM signin_try WHERE tried_at < %s", [clock.wall() - WINDOW])


def network_of(address: str) -> str:
    """The network of a client's address as text; what is no address is one network of its own."""
    try:
        number = ip_address(address)
    except ValueError:
        return "unknown"
    mapped = getattr(number, "ipv4_mapped", None)
    number = mapped or number
    return str(ip_network(f"{number}/{_PREFIX[number.version]}", strict=False))


def _count(key: str) -> int:
    since = clock.wall() - WINDOW
    return int(SigninTry.select().where(SigninTry.key == key, SigninTry.tried_at > since).count())
