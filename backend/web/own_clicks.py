"""Tells the tracking host which browser is a user's own, so that her click is not a customer's.

The cookie goes with clicks alone (path /c/) and opens nothing (backend.tracking.selfcookie). It can
be set where both hosts are one, or lie under one registrable domain: the console cannot set one for
somebody else's domain. With the playground on it is never set, since there one browser is
everybody.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from werkzeug.wrappers import Response

from backend import clock
from backend.models.access import SESSION_LIFE, Caller
from backend.people.accounts import business_domain
from backend.settings import Settings
from backend.tracking import selfcookie
from backend.tracking.policy import Policy, policy_of

PATH = "/c/"


@dataclass(frozen=True, slots=True)
class Place:
    """Which hosts get the cookie; without a domain it is the console's own host."""

    domain: str | None
    is_secure: bool


def places_of(settings: Settings, policy: Policy) -> set[Place]:
    """Where an organisation's cookies go: the installation's tracking host, and one of its own."""
    addresses = {settings.tracking_url, policy.tracking_url or settings.tracking_url}
    found = (_place_of(settings, each) for each in addresses)
    return {place for place in found if place is not None}


def _place_of(settings: Settings, tracking_url: str) -> Place | None:
    """Where the cookie goes for this address, or None where it cannot reach it."""
    if settings.playground:
        return None
    console, tracking = urlsplit(settings.public_url), urlsplit(tracking_url)
    is_secure = console.scheme == tracking.scheme == "https"
    if console.hostname == tracking.hostname:
        return Place(None, is_secure)
    shared = business_domain(f"x@{console.hostname}")
    if shared and shared == business_domain(f"x@{tracking.hostname}"):
        return Place(shared, is_secure)
    return None


def mark(response: Response, settings: Settings, who: Caller | None) -> None:
    """Mark the browser as that user's, for as long as a session lives."""
    if who is None:
        return
    value = selfcookie.sign(
        selfcookie.key_of(settings.secret), who.user_id, clock.now() + SESSION_LIFE
    )
    for place in places_of(settings, policy_of(who.org_id)):
        response.set_cookie(
            selfcookie.COOKIE,
            value,
            max_age=int(SESSION_LIFE.total_seconds()),
            path=PATH,
            domain=place.domain,
            httponly=True,
            samesite="Lax",
            secure=place.is_secure,
        )


def forget(response: Response, settings: Settings, who: Caller) -> None:
    """Take the mark back: whoever uses this browser next is somebody else."""
    for place in places_of(settings, policy_of(who.org_id)):
        response.delete_cookie(selfcookie.COOKIE, path=PATH, domain=place.domain)
