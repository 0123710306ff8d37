"""Who looks at a page, and so in which language, zone and theme it is shown."""

from datetime import tzinfo

from flask import g, request

from backend import clock
from backend.models.access import Caller
from backend.models.org import User
from backend.web import times
from backend.words import Language, on_screen
from backend.words import t as text_of
from backend.words.choosing import SYSTEM, chosen

ZONE_COOKIE = "telltale_zone"  # set by console/static/console.js: the browser's own zone


def signed_in() -> Caller | None:
    """Who makes the present request, or None."""
    found: Caller | None = g.get("caller")
    return found


def user() -> User | None:
    """The signed-in user's row, looked up once a request; None for a stranger."""
    if "reader" not in g:
        who = signed_in()
        g.reader = User.get_or_none(User.id == who.user_id) if who else None
    found: User | None = g.reader
    return found


def language() -> Language:
    """The user's choice, else what the browser asks for; found once a request."""
    if "language" not in g:
        g.language = chosen(preference("language"), request.headers.get("Accept-Language", ""))
    found: Language = g.language
    return found


def zone() -> tzinfo:
    """The browser's own zone, else the one in the user's preferences."""
    who = user()
    return times.zone_of(request.cookies.get(ZONE_COOKIE, ""), who.time_zone if who else "UTC")


def preference(name: str) -> str:
    """What the user chose between "system" and others, such as `theme`."""
    who = user()
    return str(who.preferences.get(name, SYSTEM)) if who else SYSTEM


def here() -> times.Here:
    """When, where and in which language moments are told to the reader."""
    return times.Here(clock.now(), zone(), language())


def t(key: str, /, **slots: object) -> str:
    """The catalogue's text in the reader's language."""
    return text_of(key, language(), **slots)


def shown(key: str, /, **slots: object) -> str:
    """The same as a page shows it."""
    return on_screen(key, language(), **slots)
