"""A web address as far as we must understand it, and nothing that browsers read in two ways.

https://Shop.example:443/a/b?c=d#e
scheme  host         port path  fragment          site is "shop.example"
"""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import NamedTuple

import idna

from backend.mail.domains import is_under

_WEB = re.compile(
    r"(https?):(/*+)([^/?#]*+)([^?#]*+)(?:\?([^#]*+))?(?:#(.*+))?", re.IGNORECASE | re.DOTALL
)
# Control characters that a browser would percent-encode but a header or a database would not take.
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
# Source: https://url.spec.whatwg.org/#forbidden-domain-code-point (2026-11-22)
_FORBIDDEN_IN_HOST = re.compile(r"[\x00-\x20\x7f#%/:<>?@\[\\\]^|]")
_PORT = re.compile(r"[0-9]{1,5}")
_NUMBER = re.compile(r"(?:[0-9]+|0[xX][0-9a-fA-F]*)")
_DEFAULT_PORTS = {"http": "80", "https": "443"}

# Names that never lead to a public host.
# Source: RFC 6761 (localhost), RFC 6762 (local; appendix G: intranet, private, corp, home, lan),
# RFC 8375 (home.arpa), ICANN board resolution of 29 July 2024 (internal); read 2026-11-22.
_PRIVATE_SUFFIXES = frozenset(
    [
        "localhost",
        "local",
        "internal",
        "intranet",
        "private",
        "corp",
        "home",
        "lan",
        "home.arpa",
        "localdomain",
    ]
)
# Networks that carry an IPv4 address inside (RFC 6052 NAT64, RFC 3056 6to4); Python calls them
# global whatever the inner address is.
_NAT64 = ip_network("64:ff9b::/96")
_BITS_32 = 0xFFFFFFFF


class Fault(StrEnum):
    """Why an address is not one that we would send a reader to."""

    NOT_HTTP = "not_http"
    EMPTY_HOST = "empty_host"
    USERINFO = "userinfo"
    MALFORMED = "malformed"


class WebAddress(NamedTuple):
    """An http or https address. `host` is lower-case ASCII; `site` adds a port of its own."""

    host: str
    site: str
    path: str
    query: str
    fragment: str

    @classmethod
    def parse(cls, url: str) -> "WebAddress | Fault":
        """The address, or why it is none that a reader may be sent to."""
        found = _WEB.fullmatch(url)
        if found is None:
            return Fault.NOT_HTTP
        scheme, slashes, authority, path, query, fragment = found.groups(default="")
        if len(slashes) != 2:
            return Fault.EMPTY_HOST if len(slashes) > 2 else Fault.MALFORMED
        if not (url.isascii() and url.isprintable()) and _UNWRITABLE.search(url):
            return Fault.MALFORMED
        place = _place(scheme.lower(), authority)
        return place if isinstance(place, Fault) else cls(*place, path, query, fragment)

    @property
    def is_private(self) -> bool:
        """True for this computer, a local network, and names without a dot."""
        return _is_private(self.host)


@lru_cache(maxsize=1024)
def _is_private(host: str) -> bool:
    if host.startswith("["):
        return not _is_public(IPv6Address(host[1:-1]))
    if _ends_in_number(host):
        return not IPv4Address(_ipv4(host) or 0).is_global
    name = host.rstrip(".")
    return "." not in name or is_under(name, _PRIVATE_SUFFIXES)


def ascii_host(name: str) -> str | None:
    """A host name as DNS knows it (IDNA, lower-case); None if it cannot be one."""
    if not name.isascii():
        try:
            name = idna.encode(unicodedata.normalize("NFKC", name), uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return None
    return None if _FORBIDDEN_IN_HOST.search(name) else name.lower()


@lru_cache(maxsize=1024)
def _place(scheme: str, authority: str) -> tuple[str, str] | Fault:
    """Host and site; a fault for what two readers take to two places: none of that is wrapped."""
    if "\\" in authority:
        return Fault.MALFORMED
    if "@" in authority:
        return Fault.USERINFO
    name, port = _split(authority)
    host = _host(name)
    if not name or host is None or (port and not _PORT.fullmatch(port)):
        return Fault.MALFORMED if name else Fault.EMPTY_HOST
    return host, f"{host}:{port}" if port and port != _DEFAULT_PORTS[scheme] else host


def _split(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        name, bracket, rest = authority.partition("]")
        return name + bracket, rest.removeprefix(":")
    name, _, port = authority.partition(":")
    return name, port


def _host(name: str) -> str | None:
    if name.startswith("["):
        try:
            return f"[{IPv6Address(name[1:-1]).compressed}]" if name.endswith("]") else None
        except ValueError:
            return None
    host = ascii_host(name)
    if not host or len(host) > 253 or ".." in host or host.startswith("."):
        return None
    return None if _ends_in_number(host) and _ipv4(host) is None else host


def _ends_in_number(host: str) -> bool:
    """True if browsers take the host for an IPv4 address, a wrong one if need be."""
    return _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]) is not None


def _ipv4(host: str) -> int | None:
    """The address that a browser reads from 10.0.0.1, 0x7f.1, 0177.0.0.1 or 2130706433.

    Source: https://url.spec.whatwg.org/#concept-ipv4-parser (2026-11-22)
    """
    parts = host.rstrip(".").split(".")
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    numbers = [_number(part) for part in parts]
    last = numbers.pop()
    if any(number > 255 for number in numbers) or last >= 256 ** (4 - len(numbers)):
        return None
    return last + sum(number << (24 - 8 * at) for at, number in enumerate(numbers))


def _number(part: str) -> int:
    """A part of an address; an octal one with a digit too high is more than any address holds."""
    if part[:2] in {"0x", "0X"}:
        return int(part[2:] or "0", 16)
    try:
        return int(part[:20], 8 if part.startswith("0") else 10)
    except ValueError:
        return _BITS_32 + 1


def _is_public(address: IPv6Address) -> bool:
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address in _NAT64:
        inner = IPv4Address(int(address) & _BITS_32)
    return address.is_global if inner is None else inner.is_global
