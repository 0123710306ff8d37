"""The user who looks after a person, by id or by e-mail address."""

from backend import db
from backend.errors import Unfit
from backend.people.values import is_id


def owner_of(org_id: str, text: str) -> str:
    """The id of the user that the text names; raises Unfit if the organisation has none."""
    wanted = text.strip().lower()
    column = "id" if is_id(wanted) else "email"
    found = db.one(
        f'SELECT id FROM "user" WHERE org_id = %s AND {column} = %s',
        [org_id, wanted],
    )
    if found is None:
        raise Unfit("fields.owner")
    return str(found[0])


def owners(org_id: str) -> dict[str, str]:
    """The ids of all users of the organisation, by id and by e-mail address."""
    known: dict[str, str] = {}
    for user_id, email in db.rows('SELECT id, email FROM "user" WHERE org_id = %s', [org_id]):
        known[user_id] = known[email.lower()] = user_id
    return known
