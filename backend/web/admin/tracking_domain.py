"""An organisation's own tracking address: what one may be, and whether readers reach it."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from backend.mail.web_address import Fault, WebAddress
from backend.settings import Settings
from backend.tracking import hostcheck
from backend.tracking.drafts import Host
from backend.tracking.hostcheck import Finding, Step
from backend.tracking.policy import Policy
from backend.web import doors

_HERE = frozenset({"127.0.0.1", "localhost"})
# Labels of at most 63, the last not a number's (RFC 1123 2.1).
_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Expected:
    """What should be found at an address, as slots of `admin.host_expected_<step>`."""

    host: str
    port: str
    addresses: str


def address(text: str) -> str:
    """The address as it is kept. Raises ValueError for one that mail cannot point to."""
    text = text.strip().rstrip("/").lower()
    if not text:
        return ""
    text = text if "://" in text else f"https://{text}"
    web, parts = WebAddress.parse(text), urlsplit(text)
    port = parts.port  # raises for one that is none
    is_here = parts.scheme == "http" and parts.hostname in _HERE and not _is_production()
    is_named = _NAME.fullmatch(parts.hostname or "") is not None
    if isinstance(web, Fault) or not (is_here or (parts.scheme == "https" and is_named)):
        raise ValueError("must be an https address of a host with a name")
    if parts.path or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be a host alone")
    if _is_production() and port not in {None, 443}:
        raise ValueError("must be on the usual port")
    return f"{parts.scheme}://{web.site}"


def objections(policy: Policy, url: str) -> list[Finding]:
    """What was found at a new address if a reader would not get through to us; [] if she would."""
    if not url or url == policy.tracking_url:
        return []
    findings = hostcheck.check(url)
    is_well = all(each.is_good or each.found == hostcheck.PLAIN for each in findings)
    return [] if is_well and findings[-1].step is Step.ANSWER else findings


def expected(text: str) -> Expected:
    """What a check of that address should find ("" = the installation's). Raises ValueError."""
    own = doors.the_settings().tracking_url
    parts = urlsplit(address(text) or own)
    # Where the installation's own address leads is where this one should lead to.
    known = hostcheck.resolve(urlsplit(own).hostname or "")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return Expected(parts.hostname or "", str(port), ", ".join(known))


def shown(settings: Settings, policy: Policy) -> dict[str, Any]:
    """The address mail points to now, and every host that answers for us."""
    host = Host.of(settings).under(policy)
    return {
        "tracking_now": host.tracking_url,
        "tracking_default": settings.tracking_url,
        "hosts": sorted(host.own_hosts),
    }


def _is_production() -> bool:
    return doors.the_settings().env == "production"
