"""What every page for people shares: the frame around it, its words, and errors as pages."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Flask, Response, current_app, request
from pydantic import ValidationError
from werkzeug.wrappers import Response as AnyResponse

from backend import clock
from backend.errors import ConfirmNeeded, FactorNeeded, Invalid, NotSignedIn, TelltaleError
from backend.insights import feed, telling
from backend.models import mailbox_needs
from backend.models.access import Caller
from backend.web import callers, doors, error_pages, permissions, reader, times
from backend.web.forms import lead_to
from backend.words.countries import country_name


@dataclass(frozen=True, slots=True)
class Place:
    """A page that the frame leads to: its words' key, its icon in console/static/icons.svg.

    Only who has one of the roles is led there. Pages below `also` belong to it too.
    """

    path: str
    key: str
    icon: str
    roles: frozenset[str] = permissions.ROLES
    also: str = ""

    def holds(self, path: str) -> bool:
        """Whether the page at that path belongs to this place."""
        below = tuple(f"{each}/" for each in (self.path, self.also) if each)
        return path == self.path or path.startswith(below)

    def is_for(self, who: Caller) -> bool:
        """Whether that person is led there."""
        return who.role in self.roles


ADMINS = frozenset({"admin"})
WATCHERS = frozenset({"admin", "auditor"})
# The bar on top, the menu of one's own account, and the tabs of the admin's pages.
PLACES = (
    Place("/console/feed", "shell.feed", "feed"),
    Place("/console/sent", "shell.sent", "sent", also="/console/mail"),
    Place("/console/people", "people.title", "people", also="/console/accounts"),
)
PLAYGROUND = Place("/playground", "shell.playground", "play")
ADMIN_PLACES = (
    Place("/console/admin/people", "admin.people", "people", ADMINS),
    Place("/console/admin/connections", "connections.title", "globe", ADMINS),
    Place("/console/admin/health", "health.title", "good", ADMINS),
    Place("/console/admin/policy", "admin.policy", "settings", ADMINS),
    Place("/console/admin/exclusions", "capture.tab", "stop", ADMINS),
    Place("/console/admin/requests", "privacy.tab", "you", ADMINS),
    Place("/console/admin/senders", "relay.tab", "mail", ADMINS),
    Place("/console/admin/audit", "admin.audit", "shield", WATCHERS),
)
OWN_PLACES = (
    Place("/console/preferences", "preferences.title", "settings"),
    Place("/console/account", "signin.account_title", "you"),
    Place("/console/mailboxes", "connections.mailboxes", "mail"),
    Place("/console/outlook", "outlook.admin.title", "mail"),
    Place("/console/help", "health.share", "chat"),
    Place("/console/admin/people", "admin.title", "settings", ADMINS, "/console/admin"),
    Place("/console/admin/audit", "admin.audit", "shield", frozenset({"auditor"})),
)


def prepare(pages: Blueprint) -> None:
    """Give a blueprint's pages their errors as pages, and a way to sign in."""
    pages.register_error_handler(NotSignedIn, _to_signin)
    pages.register_error_handler(FactorNeeded, _to_enrol)
    pages.register_error_handler(ConfirmNeeded, _to_confirm)
    pages.register_error_handler(TelltaleError, _as_page)
    pages.register_error_handler(ValidationError, _of_address)


def equip(app: Flask) -> None:
    """Give every template, also an imported macro, the words and times it speaks with."""
    app.jinja_env.globals.update(
        t=reader.shown,
        state_of_mail=telling.state_of_mail,
        state_of_entry=telling.state_of_entry,
        label_of=lambda item: telling.label_of(item, reader.language()),
        device_of=lambda item: telling.device_of(item, reader.language()),
        browser_of=lambda said: telling.browser_of(said, reader.language()),
        key_of=lambda label: telling.key_of(label, reader.language()),
        country_of=lambda code: country_name(code, reader.language()),
        how_of=lambda how: telling.how_of(how, reader.language()),
        actor_of=lambda actor: telling.actor_of(actor, reader.language()),
        act_of=lambda action: telling.act_of(action, reader.language()),
        after=lambda start, end: times.after(times.parse(start), times.parse(end), reader.here()),
        lasted=lambda took: times.lasted(took, reader.here()),
        day_of_year=lambda day: times.day_of_year(day, reader.here()),
        near=lambda text: times.near(times.parse(text), reader.here()),
        dated=lambda text: times.dated(times.parse(text), reader.here()),
        exact=lambda text: times.exact(times.parse(text), reader.here()),
    )


def frame() -> dict[str, Any]:
    """What the layout shows around every page, also a public one."""
    who = reader.signed_in()
    has_playground = "playground" in current_app.blueprints
    places = (*PLACES, PLAYGROUND) if has_playground else PLACES
    return {
        "language": reader.language(),
        "theme": reader.preference("theme"),
        "ahead_s": int(clock.ahead().total_seconds()),
        "signed_in": who,
        "places": [place for place in places if who and place.is_for(who)],
        "admin_places": [place for place in ADMIN_PLACES if who and place.is_for(who)],
        "counters": {"/console/feed": _unread(who)} if who else {},
        "needs": _needs(who) if who else None,
        "own_places": [place for place in OWN_PLACES if who and place.is_for(who)],
        "csrf": permissions.csrf_token(who.session_id) if who and who.session_id else "",
        "has_playground": has_playground,
    }


@dataclass(frozen=True, slots=True)
class Needs:
    """How many mailboxes wait for somebody, and the page that says which."""

    count: int
    path: str


def _needs(who: Caller) -> Needs:
    """An admin is told of every mailbox, everybody else of her own."""
    if who.role in ADMINS:
        return Needs(mailbox_needs.count(who.org_id), "/console/admin/health")
    return Needs(mailbox_needs.count(who.org_id, who.user_id), "/console/mailboxes")


def _unread(who: Caller) -> int:
    viewer = callers.viewer_of(who)
    return feed.unread(viewer, feed.marks(viewer).seen_id)


def _to_signin(error: NotSignedIn) -> AnyResponse:
    if request.method in permissions.SAFE_METHODS:
        return doors.lead_to_signin()
    return _as_page(error)


def _to_enrol(_error: FactorNeeded) -> AnyResponse:
    return lead_to("/console/account/factor")


def _to_confirm(_error: ConfirmNeeded) -> AnyResponse:
    # What a form or a download's address carried is not kept: one comes back to the page of it.
    back = urlsplit(request.headers.get("Referer", "")).path
    return lead_to("/console/confirm?" + urlencode({"next": back}))


def _of_address(_error: ValidationError) -> Response:
    return _as_page(Invalid("problems.odd_address"))


def _as_page(error: TelltaleError) -> Response:
    return error_pages.page(error)
