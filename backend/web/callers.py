"""The caller of the present request, as each of the rooms below knows her."""

from backend.access.members import Admin
from backend.insights.viewer import Viewer
from backend.models.access import Caller
from backend.models.org import User, user_of
from backend.web.permissions import EDITORS, caller


def me() -> User:
    """Her row as it stands now, or stood when she came where the route has it brought along."""
    who = caller()
    return who.row or user_of(who.user_id)


def viewer() -> Viewer:
    """She as who looks at mail."""
    return viewer_of(caller())


def viewer_of(who: Caller) -> Viewer:
    """The same of somebody who may have come to a public page."""
    return Viewer(who.user_id, who.org_id, who.role, who.team_id)


def admin() -> Admin:
    """She as who changes the organisation."""
    who = caller()
    return Admin(who.org_id, who.user_id, who.email)


def can_edit() -> bool:
    """Whether she may change people and mail; an auditor only looks."""
    return caller().role in EDITORS
