"""What somebody lets others see of one mail that is hers, or that lies in a mailbox of hers."""

from backend import db
from backend.errors import NotFound
from backend.tracking.policy import Sharing


def share(user_id: str, message_id: str, sharing: Sharing) -> None:
    """Let the mail be seen by nobody else, by her manager, or by everybody. Raises NotFound."""
    with db.transaction():
        own = db.execute(
            "UPDATE email_message SET visibility = %s WHERE id = %s AND user_id = %s",
            [sharing.value, message_id, user_id],
        )
        copies = db.execute(
            "UPDATE message_copy SET visibility = %s WHERE message_id = %s"
            " AND mailbox_id IN (SELECT id FROM mailbox WHERE user_id = %s)",
            [sharing.value, message_id, user_id],
        )
    if not own and not copies:
        raise NotFound("problems.no_mail_of_yours")
