"""Whose mail it is: a user by her address, or a program that an admin has registered."""

from collections.abc import Iterable
from dataclasses import dataclass

from backend import db
from backend.models.org import User
from backend.models.preferences import tracking_default
from backend.tracking.policy import Policy

_USER = "u.id, u.org_id, u.email, u.preferences, o.policy"
_COLUMNS = ("id", "org_id", "email", "preferences")
_FROM_USER = 'FROM "user" u JOIN organization o ON o.id = u.org_id'


@dataclass(frozen=True, slots=True)
class Sender:
    """A sender we know, with the switches of a mail that says nothing of its own."""

    user: User
    address: str
    policy: Policy
    opens: bool
    links: bool
    per_recipient: bool
    is_automated: bool = False


def sender_of(addresses: Iterable[str]) -> Sender | None:
    """Who sends from the first of these normalised addresses that is known; None for none."""
    for address in addresses:
        found = _user(address) or _automated(address)
        if found is not None:
            return found
    return None


def _user(address: str) -> Sender | None:
    row = db.one(f"SELECT {_USER} {_FROM_USER} WHERE u.email = %s AND NOT u.is_disabled", [address])
    if row is None:
        return None
    user, policy = User(**dict(zip(_COLUMNS, row, strict=False))), Policy.of(row[-1])
    return Sender(user, address, policy, *tracking_default(user), policy.relay_copies)


def _automated(address: str) -> Sender | None:
    row = db.one(
        f"SELECT a.opens, a.links, a.per_recipient, {_USER} {_FROM_USER}"
        " JOIN automated_sender a ON a.user_id = u.id"
        " WHERE a.address = %s AND NOT a.is_paused AND NOT u.is_disabled",
        [address],
    )
    if row is None:
        return None
    user = User(**dict(zip(_COLUMNS, row[3:], strict=False)))
    opens, links, per_recipient = row[:3]
    return Sender(user, address, Policy.of(row[-1]), opens, links, per_recipient, True)
