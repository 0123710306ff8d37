"""What the compose window begins with: a mail worth opening, to somebody we know."""

from dataclasses import dataclass

from backend import db
from backend.models.org import User
from playground.outgoing import Composed

MAX_PEOPLE = 12

# Pages of our own, so that a click arrives somewhere also without the internet.
PLACES = {
    "price-list": "The price list",
    "book-a-call": "Book a call",
}

SUBJECT = "The offer we talked about"
BODY = """<p>Hello,</p>
<p>it was good to talk. Here is what I promised:</p>
<ul>
  <li><a href="{base}/playground/page/price-list">Our price list</a></li>
  <li><a href="{base}/playground/page/book-a-call">Book a call</a> if you would rather ask</li>
</ul>
<p>Kind regards<br>{name}</p>
"""


@dataclass(frozen=True, slots=True)
class Someone:
    """A person of the address book; consent is unknown, granted or denied."""

    name: str
    address: str
    is_do_not_track: bool
    consent: str


def composed(user: User, base_url: str) -> Composed:
    """A mail to the first people of the user's organisation, everything switched on."""
    return Composed(
        to=", ".join(who.address for who in people(user)[:2]),
        cc="",
        subject=SUBJECT,
        body=BODY.format(base=base_url, name=user.name),
        is_html=True,
        opens=True,
        links=True,
        per_recipient=True,
    )


def people(user: User) -> list[Someone]:
    """People of the organisation, those that may be measured first."""
    return [
        Someone(*row)
        for row in db.rows(
            "SELECT p.name, a.address, p.do_not_track, p.consent FROM person p"
            " JOIN person_address a ON a.person_id = p.id AND a.is_primary"
            " WHERE p.org_id = %s ORDER BY p.do_not_track, p.consent = 'denied', p.id LIMIT %s",
            [user.org_id, MAX_PEOPLE],
        )
    ]
