"""Whose mail a viewer may see (requirement R41), as one condition for SQL.

A mail is its owner's, and everybody's who has it in a mailbox of hers. Each of them shares what is
hers: with nobody, with her team's manager, or with the whole organisation. The most open of these
decides; one that is private takes nothing away from what another shares.
"""

from dataclasses import dataclass
from typing import Any

from backend import db
from backend.errors import NotFound

EVERYONE, PRIVATE = "org", "private"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks."""

    user_id: str
    org_id: str
    role: str = "rep"
    team_id: str | None = None


@dataclass(frozen=True, slots=True)
class VisibleStamp:
    """A stamp the viewer may see."""

    id: str
    user_id: str
    message_id: str


def visible(viewer: Viewer) -> tuple[str, list[Any]]:
    """The condition on email_message m and user u, its owner, for mail that the viewer may see."""
    own, params = shared(viewer, "m.user_id", "u.team_id", "m.visibility")
    held, of_holders = shared(
        viewer, "b.user_id", "h.team_id", "coalesce(c.visibility, b.visibility)"
    )
    return (
        f"m.org_id = %s AND ({own} OR EXISTS (SELECT 1 FROM message_copy c"
        ' JOIN mailbox b ON b.id = c.mailbox_id JOIN "user" h ON h.id = b.user_id'
        # The owner's own copy says nothing: her mail's own visibility does.
        f" WHERE c.message_id = m.id AND b.user_id <> m.user_id AND ({held})))",
        [viewer.org_id, *params, *of_holders],
    )


def shared(viewer: Viewer, user: str, team: str, visibility: str) -> tuple[str, list[Any]]:
    """Whether what is that user's is the viewer's own or shared with her."""
    condition = f"{user} = %s OR {visibility} = '{EVERYONE}'"
    params: list[Any] = [viewer.user_id]
    if viewer.role == "manager" and viewer.team_id is not None:
        condition += f" OR ({team} = %s AND {visibility} <> '{PRIVATE}')"
        params.append(viewer.team_id)
    return f"({condition})", params


def visible_stamp(viewer: Viewer, stamp_id: str) -> VisibleStamp:
    """The stamp, if the viewer may see its mail.

    Raises NotFound for a foreign one just as for an unknown one.
    """
    condition, params = visible(viewer)
    row = db.one(
        "SELECT s.id, s.user_id, s.message_id FROM stamp s"
        ' JOIN email_message m ON m.id = s.message_id JOIN "user" u ON u.id = m.user_id'
        f" WHERE s.id = %s AND {condition}",
        [stamp_id, *params],
    )
    if row is None:
        raise NotFound("problems.no_mail_visible")
    return VisibleStamp(*row)


def visible_message(viewer: Viewer, message_id: str) -> str:
    """The message's id, if the viewer may see it. Raises NotFound."""
    condition, params = visible(viewer)
    row = db.one(
        'SELECT m.id FROM email_message m JOIN "user" u ON u.id = m.user_id'
        f" WHERE m.id = %s AND {condition}",
        [message_id, *params],
    )
    if row is None:
        raise NotFound("problems.no_mail_visible")
    return str(row[0])
