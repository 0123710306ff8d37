"""The audit log: who did what to which thing. Rows are only added, and carry no secret."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.models.org import AuditLog

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Act:
    """An action and its object, as in `user.invited`, `user`, its id."""

    action: str
    object_type: str
    object_id: str


def note(org_id: str, actor: str, act: Act, detail: Mapping[str, Any] | None = None) -> None:
    """Add a row; `actor` is a user's address, or SYSTEM."""
    AuditLog.create(
        org_id=org_id,
        actor=actor,
        action=act.action,
        object_type=act.object_type,
        object_id=act.object_id,
        detail=dict(detail or {}),
    )
