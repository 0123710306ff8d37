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

    Mail from before a person was known is found by the address alone.
    """
    return (
        f"(SELECT message_id FROM participant WHERE person_id {db.among('uuid')}"
        f" UNION SELECT message_id FROM participant WHERE org_id = %s"
        f" AND address {db.among('text')} AND person_id IS NULL) w",
        [db.many(about.person_ids), viewer.org_id, db.many(about.addresses)],
    )


def visible(viewer: Viewer) -> tuple[str, list[Any]]:
    """The condition on email_message m and user u for mail that the viewer may see.

    The same rule as `viewer.visible_stamp`, for many at a time; and what lies in a mailbox of hers.
    """
    own = (
        "m.org_id = %s AND (m.user_id = %s OR EXISTS (SELECT 1 FROM message_copy c"
        " JOIN mailbox b ON b.id = c.mailbox_id WHERE c.message_id = m.id AND b.user_id = %s)"
    )
    params: list[Any] = [viewer.org_id, viewer.user_id, viewer.user_id]
    if viewer.role == "manager" and viewer.team_id is not None:
        return f"{own} OR (u.team_id = %s AND m.visibility <> 'private'))", [
            *params,
            viewer.team_id,
        ]
    return f"{own})", params


# Mail that was only captured has no stamp.
JOINED = (
    " JOIN email_message m ON m.id = w.message_id LEFT JOIN stamp s ON s.message_id = m.id"
    ' JOIN "user" u ON u.id = m.user_id'
)
