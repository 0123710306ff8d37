"""What the compose window begins with: a mail worth opening, to somebody we know."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend import db
from backend.models.org import User

MAX_PEOPLE = 12

# Pages of our own, so that a click arrives somewhere also without the internet. Three: as many as
# a scanner must open within seconds to be known by that alone.
PLACES = ("offer", "price-list", "book-a-call")


@dataclass(frozen=True, slots=True)
class Someone:
    """A person of the address book."""

    name: str
    address: str
    may_be_measured: bool


def recipients(known: Sequence[Someone]) -> str:
    """Whom the sample is to: somebody who may be measured, and somebody who may not."""
    measured = next((who.address for who in known if who.may_be_measured), "")
    left = next((who.address for who in known if not who.may_be_measured), "")
    return ", ".join(filter(None, (measured, left)))


def people(user: User) -> list[Someone]:
    """People of the organisation, those that may be measured first."""
    return [
        Someone(name, address, not (is_do_not_track or consent == "denied"))
        for name, address, is_do_not_track, consent in db.rows(
            "SELECT p.name, a.address, p.do_not_track, p.consent FROM person p"
            " JOIN person_address a ON a.person_id = p.id AND a.is_primary"
            " WHERE p.org_id = %s ORDER BY p.consent = 'denied', p.do_not_track, p.id LIMIT %s",
            [user.org_id, MAX_PEOPLE],
        )
    ]
