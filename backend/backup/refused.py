"""What was refused in the installation that is replaced holds in the one that comes back.

Only while that one is at hand: of an installation that is gone nobody knows what happened after the
backup, and the operator is told so.
"""

from dataclasses import dataclass, field

from backend import db
from backend.privacy import returning

# Columns that are there since the first migration: the replaced database may be an older one.
_SUPPRESSION = "id, org_id, address, reason, created_at"
_SAME = "org_id = old.org_id AND s.address = old.address AND s.reason = old.reason"


@dataclass(slots=True)
class Carried:
    """How much was carried over; `gone` are the ids of people whom only the backup has.

    `erased` counts addresses that were erased on request, and are erased anew by the worker.
    """

    suppressions: int = 0
    people: int = 0
    erased: int = 0
    gone: list[str] = field(default_factory=list)


def carry(before: str) -> Carried:
    """Take over every refusal from the tables in the schema `before`; in doubt refused it is."""
    with db.transaction():
        suppressions = db.execute(
            "UPDATE suppression AS s SET lifted_at = NULL WHERE s.lifted_at IS NOT NULL"
            f" AND EXISTS (SELECT 1 FROM {before}.suppression old"
            f" WHERE s.{_SAME} AND old.lifted_at IS NULL)"
        ) + db.execute(
            f"INSERT INTO suppression ({_SUPPRESSION})"
            f" SELECT {_SUPPRESSION} FROM {before}.suppression old"
            " WHERE old.lifted_at IS NULL"
            " AND EXISTS (SELECT 1 FROM organization o WHERE o.id = old.org_id)"
            f" AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.{_SAME})"
        )
        people = db.execute(
            "UPDATE person SET do_not_track = TRUE WHERE NOT do_not_track"
            f" AND id IN (SELECT id FROM {before}.person WHERE do_not_track)"
        ) + db.execute(
            "UPDATE person SET consent = 'denied' WHERE consent <> 'denied'"
            f" AND id IN (SELECT id FROM {before}.person WHERE consent = 'denied')"
        )
        erased = returning.carry(before)
    gone = db.rows(
        f"SELECT id FROM person p WHERE NOT EXISTS"
        f" (SELECT 1 FROM {before}.person old WHERE old.id = p.id) ORDER BY id"
    )
    return Carried(suppressions, people, erased, [str(person_id) for (person_id,) in gone])
