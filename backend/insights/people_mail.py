"""Which mail is with a person: what went to her record, or to one of her addresses before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backend import db
from backend.insights.viewer import Viewer


@dataclass(frozen=True, slots=True)
class About:
    """The people a timeline or metrics are about: their ids and all their addresses."""

    person_ids: Sequence[str]
    addresses: Sequence[str]


def messages(viewer: Viewer, about: About) -> tuple[str, list[Any]]:
    """SQL for the column message_id of mail with these people, whoever may see it.

    Mail from before a person was known is found by the address alone. That somebody got a blind
    copy is known to the sender alone.
    """
    known = (
        " AND (role <> 'bcc' OR EXISTS (SELECT 1 FROM email_message o"
        " WHERE o.id = participant.message_id AND o.user_id = %s))"
    )
    return (
        f"(SELECT message_id FROM participant WHERE person_id {db.among('uuid')}{known}"
        f" UNION SELECT message_id FROM participant WHERE org_id = %s"
        f" AND address {db.among('text')} AND person_id IS NULL{known}) w",
        [
            db.many(about.person_ids),
            viewer.user_id,
            viewer.org_id,
            db.many(about.addresses),
            viewer.user_id,
        ],
    )


# Mail that was only captured has no stamp. SQLite keeps the order of a CROSS JOIN; in its own it
# begins with all mails of the organisation.
JOINED = (
    " CROSS JOIN email_message m LEFT JOIN stamp s ON s.message_id = m.id"
    ' JOIN "user" u ON u.id = m.user_id AND m.id = w.message_id'
)
