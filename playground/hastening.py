"""Bring a user's next sync forward when something has come into her mailbox, as a notice would."""

from backend.capture import pushes
from backend.models.mailboxes import Mailbox
from backend.models.org import User


def hasten(user: User, *kinds: str) -> None:
    """Let her connected mailboxes be looked at now; kinds are mail and calendar."""
    for mailbox in Mailbox.select(Mailbox.id).where(Mailbox.user_id == user.id):
        for kind in kinds:
            pushes.bring_forward(mailbox.id, kind)
