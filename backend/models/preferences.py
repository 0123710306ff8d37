"""What a user has chosen for herself, with the defaults of one who has chosen nothing.

Stored in `user.preferences` (the time zone in its own column): only what was chosen, so that a
better default reaches everybody else.
"""

from collections.abc import Mapping
from typing import Any

from backend import db
from backend.models.org import User, user_of
from backend.words.choosing import SYSTEM

CHANNELS = ("in_app", "push", "mail")
THEMES = ("system", "light", "dark")

# Requirement R77; of opens, only the first likely one is a notice.
NOTICES: Mapping[str, frozenset[str]] = {
    "open": frozenset({"in_app"}),
    "click": frozenset({"in_app", "push"}),
    "reply": frozenset(),
    "bounce": frozenset({"in_app", "mail"}),
    "spike": frozenset({"mail"}),
}


def tracking_default(user: User) -> tuple[bool, bool]:
    """Whether opens and links of the next mail are tracked: the last choice, off before the first.

    Source: Pipedrive, "Email tracking": the last setting is the default until it is changed.
    """
    return bool(user.preferences.get("opens")), bool(user.preferences.get("links"))


def remember_choice(user_id: str, *, opens: bool, links: bool) -> None:
    """Make this choice the default of the user's next mail; writes nothing if it is already."""
    user = user_of(user_id)
    if tracking_default(user) != (opens, links):
        store(user_id, {"opens": opens, "links": links})


def all_of(user: User) -> dict[str, Any]:
    """Every preference, chosen or default, by the names of the API."""
    opens, links = tracking_default(user)
    return {
        "opens": opens,
        "links": links,
        "notifications": notifications(user.preferences.get("notifications", {})),
        "theme": user.preferences.get("theme", THEMES[0]),
        "language": user.preferences.get("language", SYSTEM),
        "time_zone": user.time_zone,
    }


def notifications(chosen: Mapping[str, Mapping[str, bool]]) -> dict[str, dict[str, bool]]:
    """The whole matrix, event by channel, with the defaults where nothing was chosen."""
    return {
        event: {
            channel: chosen.get(event, {}).get(channel, channel in defaults) for channel in CHANNELS
        }
        for event, defaults in NOTICES.items()
    }


def store(user_id: str, given: Mapping[str, Any]) -> None:
    """Store the given preferences of a user; those left out stay."""
    chosen = dict(given)
    time_zone = chosen.pop("time_zone", None)
    with db.transaction():
        query = User.select().where(User.id == user_id)
        user: User = (query.for_update() if db.is_postgres() else query).get()
        user.preferences = _merged(user.preferences, chosen)
        user.time_zone = time_zone or user.time_zone
        user.save(only=[User.preferences, User.time_zone])


def _merged(old: Mapping[str, Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**old, **chosen}
    if "notifications" in chosen:
        before = old.get("notifications", {})
        merged["notifications"] = {
            event: {**before.get(event, {}), **chosen["notifications"].get(event, {})}
            for event in before.keys() | chosen["notifications"].keys()
        }
    return merged
