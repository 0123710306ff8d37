"""What the compose window begins with: a mail worth opening, to somebody we know."""

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


def composed(user: User, base_url: str) -> Composed:
    """A mail to the first people of the user's organisation, everything switched on."""
    return Composed(
        to=", ".join(address for _, address in people(user)[:2]),
        cc="",
        subject=SUBJECT,
        body=BODY.format(base=base_url, name=user.name),
        is_html=True,
        opens=True,
        links=True,
        per_recipient=True,
    )


def people(user: User) -> list[tuple[str, str]]:
    """Names and addresses of people of the organisation that may be measured come first."""
    return [
        (name, address)
        for name, address in db.rows(
            "SELECT p.name, a.address FROM person p"
            " JOIN person_address a ON a.person_id = p.id AND a.is_primary"
            " WHERE p.org_id = %s ORDER BY p.do_not_track, p.consent = 'denied', p.id LIMIT %s",
            [user.org_id, MAX_PEOPLE],
        )
    ]
