"""One e-mail address in the form under which people are kept and found."""

import re
import unicodedata

from backend.errors import Unfit
from backend.mail.web_address import ascii_host

# Source: RFC 5321 section 4.5.3.1: 64 octets before the "@", 255 after it.
LONGEST_ADDRESS = 320

_UNWANTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_DOMAIN_LITERAL = re.compile(r"\[[0-9a-f:.]+\]", re.IGNORECASE)
# Quotes around a local part that needs none are only another way to write it.
_NEEDLESSLY_QUOTED = re.compile(r'"([^"\\\s@<>()\[\],;:]+)"')
_UNQUOTED_LOCAL = re.compile(r'[^\s@<>()\[\],;:"\\]+')
_QUOTED_LOCAL = re.compile(r'"(?:[^"\\]|\\.)*"')


def normalise(address: str) -> str:
    """The address with its domain in lower-case ASCII (IDNA) and its local part in lower case.

    RFC 5321 lets a host tell "Ann" from "ann"; none that people use does, and their programs write
    it in both ways. Angle brackets and white space around it are dropped, a "+tag" is kept.

    Raises:
        Unfit: it is no address, longer than 320 characters, or has control characters.
    """
    text = address.strip(" \t\r\n")
    if _UNWANTED.search(text):
        raise Unfit("fields.address_control")
    if len(text) > LONGEST_ADDRESS:
        raise Unfit("fields.address_long", most=LONGEST_ADDRESS)
    if text.startswith("<") and text.endswith(">"):
        text = text[1:-1].strip()
    local, at, domain = text.rpartition("@")
    if not at:
        raise Unfit("fields.address_at")
    normal = f"{_local_part(local)}@{_domain(domain)}"
    if len(normal) > LONGEST_ADDRESS:
        raise Unfit("fields.address_long", most=LONGEST_ADDRESS)
    return normal


def domain_of(address: str) -> str:
    """What stands behind the "@" of a normalised address."""
    return address.rpartition("@")[2]


def _local_part(local: str) -> str:
    quoted = _NEEDLESSLY_QUOTED.fullmatch(local)
    text = unicodedata.normalize("NFC", quoted[1] if quoted else local).lower()
    if not _UNQUOTED_LOCAL.fullmatch(text) and not _QUOTED_LOCAL.fullmatch(text):
        raise Unfit("fields.address_local")
    return text


def _domain(domain: str) -> str:
    if _DOMAIN_LITERAL.fullmatch(domain):
        return domain.lower()
    host = (ascii_host(domain) or "").removesuffix(".")
    if not host or len(host) > 255 or not all(0 < len(label) < 64 for label in host.split(".")):
        raise Unfit("fields.address_domain")
    return host
