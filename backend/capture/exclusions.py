"""Addresses and domains that are never captured: set, looked at, and purged from the past.

An exclusion holds for what comes in from now on. What was captured before stays until somebody has
looked at how much that is and asks for it to be purged; the worker then does it in steps.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend import clock, db
from backend.access import audit
from backend.capture import purging
from backend.capture.purging import Holder
from backend.errors import Conflict, Invalid, NotFound
from backend.mail.addresses import normalise
from backend.mail.web_address import ascii_host
from backend.models.mailboxes import Exclusion

RULE = "excluded"
MAX_EXCLUSIONS = 2_000  # of an organisation, and of each user
SAMPLES = 10  # addresses told in a preview
LONGEST_HOST = 255


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose exclusions: of the whole organisation, or of one of its users."""

    org_id: str
    actor: str
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a purge would take out: so many mails, of that time, with these addresses on them.

    `stamped` of them stay as sent mail, without what was captured of them.
    """

    mails: int
    stamped: int
    first_at: datetime | None
    last_at: datetime | None
    addresses: list[tuple[str, int]]


def all_of(scope: Scope) -> list[Exclusion]:
    """The exclusions of that scope, by value."""
    return list(_of(scope).order_by(Exclusion.kind, Exclusion.value))


def of_organisation(org_id: str) -> list[Exclusion]:
    """What nobody of the organisation captures."""
    return all_of(Scope(org_id, ""))


def one(scope: Scope, exclusion_id: str) -> Exclusion:
    """One of them. Raises NotFound."""
    found: Exclusion | None = _of(scope).where(Exclusion.id == exclusion_id).first()
    if found is None:
        raise NotFound("problems.no_exclusion")
    return found


def add(scope: Scope, text: str) -> Exclusion:
    """Leave an address or a domain out from now on. Raises Invalid, Conflict."""
    kind, value = read(text)
    with db.transaction():
        known = _of(scope)
        if known.where(Exclusion.kind == kind, Exclusion.value == value).exists():
            raise Conflict("problems.excluded_already")
        if known.count() >= MAX_EXCLUSIONS:
            raise Conflict("problems.too_many_exclusions", n=MAX_EXCLUSIONS)
        made: Exclusion = Exclusion.create(
            org_id=scope.org_id, user_id=scope.user_id, kind=kind, value=value
        )
        _note(scope, made, "exclusion.added")
    return made


def remove(scope: Scope, exclusion_id: str) -> None:
    """Capture this again from now on; what was left out meanwhile is not fetched."""
    with db.transaction():
        row = one(scope, exclusion_id)
        _note(scope, row, "exclusion.removed")
        row.delete_instance()


def read(text: str) -> tuple[str, str]:
    """(address or domain, its normal form). Raises Invalid for what is neither."""
    given = text.strip().lstrip("@*.")
    if "@" in given:
        try:
            return "address", normalise(given)
        except ValueError:
            raise Invalid("problems.no_exclusion_form") from None
    host = ascii_host(given)
    if not host or "." not in host or len(host) > LONGEST_HOST:
        raise Invalid("problems.no_exclusion_form")
    return "domain", host


def preview(row: Exclusion) -> Preview:
    """What purging it would take out now."""
    source, params = _matching(row)
    mails, stamped, first_at, last_at = db.one(
        "SELECT count(*), sum(CASE WHEN EXISTS (SELECT 1 FROM stamp s WHERE s.message_id = m.id)"
        " THEN 1 ELSE 0 END), min(m.sent_at), max(m.sent_at) FROM email_message m"
        f" WHERE m.id IN ({source})",
        params,
    ) or (0, 0, None, None)
    addresses = db.rows(
        "SELECT t.address, count(DISTINCT t.message_id) AS mails FROM participant t"
        f" WHERE t.message_id IN ({source}) AND {_is_meant(row, 't')}"
        " GROUP BY t.address ORDER BY mails DESC, t.address LIMIT %s",
        [*params, *_meant(row), SAMPLES],
    )
    return Preview(
        int(mails),
        int(stamped or 0),
        db.as_time(first_at),
        db.as_time(last_at),
        [(address, int(count)) for address, count in addresses],
    )


def ask_purge(scope: Scope, exclusion_id: str) -> None:
    """Have the worker take out what was captured before."""
    with db.transaction():
        row = one(scope, exclusion_id)
        row.purge_asked_at, row.purged_at, row.purged_count = clock.now(), None, 0
        row.save()
        _note(scope, row, "exclusion.purge_asked", {"mails": preview(row).mails})


def purge_step() -> int:
    """Take out a step of what is asked for; how many mails and meetings, 0 when none waits."""
    row = (
        Exclusion.select()
        .where(Exclusion.purge_asked_at.is_null(False), Exclusion.purged_at.is_null())
        .order_by(Exclusion.purge_asked_at)
        .first()
    )
    if row is None:
        return 0
    source, params = _matching(row)
    with db.transaction():
        ids = [each for (each,) in db.rows(f"{source} ORDER BY 1 LIMIT {purging.STEP}", params)]
        purging.let_go(ids, RULE, Holder(user_id=row.user_id))
        meetings = _drop_meetings(row)
        row.purged_count += len(ids)
        is_over = len(ids) < purging.STEP and meetings < purging.STEP
        row.purged_at = clock.now() if is_over else None
        row.save(only=[Exclusion.purged_count, Exclusion.purged_at])
    return len(ids) + meetings


def _of(scope: Scope) -> Any:  # peewee's query
    mine = Exclusion.user_id == scope.user_id if scope.user_id else Exclusion.user_id.is_null()
    return Exclusion.select().where(Exclusion.org_id == scope.org_id, mine)


def _matching(row: Exclusion) -> tuple[str, list[Any]]:
    """SQL for the ids of captured messages with such an address, of that user's mailboxes only."""
    own, of_user = "", []
    if row.user_id:
        own = (
            " AND EXISTS (SELECT 1 FROM message_copy c JOIN mailbox b ON b.id = c.mailbox_id"
            " WHERE c.message_id = e.id AND b.user_id = %s)"
        )
        of_user = [row.user_id]
    return (
        "SELECT DISTINCT e.id FROM participant p JOIN email_message e ON e.id = p.message_id"
        f" WHERE p.org_id = %s AND {_is_meant(row, 'p')} AND e.captured_at IS NOT NULL{own}",
        [row.org_id, *_meant(row), *of_user],
    )


def _drop_meetings(row: Exclusion) -> int:
    """A step of the meetings with such an address, out of that user's calendars or of all."""
    of_user, user = ("", []) if not row.user_id else (" AND b.user_id = %s", [row.user_id])
    found = db.rows(
        "SELECT DISTINCT a.event_id FROM attendee a"
        " JOIN calendar_copy c ON c.event_id = a.event_id JOIN mailbox b ON b.id = c.mailbox_id"
        f" WHERE a.org_id = %s AND {_is_meant(row, 'a')}{of_user} LIMIT {purging.STEP}",
        [row.org_id, *_meant(row), *user],
    )
    ids = [each for (each,) in found]
    held = f"SELECT b.id FROM mailbox b WHERE b.org_id = %s{of_user}"
    db.execute(
        f"DELETE FROM calendar_copy WHERE event_id {db.among('uuid')} AND mailbox_id IN ({held})",
        [db.many(ids), row.org_id, *user],
    )
    purging.drop_unheld(ids)
    return len(ids)


def _is_meant(row: Exclusion, table: str) -> str:
    if row.kind == "address":
        return f"{table}.address = %s"
    return f"({table}.address LIKE %s ESCAPE '!' OR {table}.address LIKE %s ESCAPE '!')"


def _meant(row: Exclusion) -> list[str]:
    if row.kind == "address":
        return [row.value]
    ending = row.value.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return [f"%@{ending}", f"%.{ending}"]


def _note(
    scope: Scope, row: Exclusion, action: str, detail: dict[str, object] | None = None
) -> None:
    act = audit.Act(action, "exclusion", row.id)
    told = {"value": row.value, "scope": "user" if row.user_id else "organization"}
    audit.note(scope.org_id, scope.actor, act, told | (detail or {}))
