"""Whose mail a viewer may see (product.md C2, R41)."""

from dataclasses import dataclass

from backend import db
from backend.errors import NotFound


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


def visible_stamp(viewer: Viewer, stamp_id: str) -> VisibleStamp:
    """The stamp, if it is the viewer's own or, unless private, of a manager's team.

    Raises NotFound for a foreign one just as for an unknown one.
    """
    row = db.one(
        "SELECT s.id, s.user_id, s.message_id, m.visibility, u.team_id FROM stamp s"
        ' JOIN email_message m ON m.id = s.message_id JOIN "user" u ON u.id = s.user_id'
        " WHERE s.id = %s AND s.org_id = %s",
        [stamp_id, viewer.org_id],
    )
    if row is None or not _may_see(viewer, owner_id=row[1], visibility=row[3], team_id=row[4]):
        raise NotFound("problems.no_mail_visible")
    return VisibleStamp(*row[:3])


def _may_see(viewer: Viewer, *, owner_id: str, visibility: str, team_id: str | None) -> bool:
    if owner_id == viewer.user_id:
        return True
    is_manager_of = viewer.role == "manager" and team_id is not None and team_id == viewer.team_id
    return is_manager_of and visibility != "private"
