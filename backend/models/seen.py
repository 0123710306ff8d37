"""Up to where a user has seen her Feed, in whichever panel."""

from datetime import timedelta

from backend import clock, db
from backend.errors import Invalid

_CLOCKS_DIFFER = timedelta(days=1)


def note(user_id: str, engagement_id: str) -> None:
    """The user has seen everything up to this engagement; what was seen stays seen.

    Raises Invalid for an id that nothing can have yet: it would hide all that is still to come.
    """
    if engagement_id > clock.new_id(clock.now() + _CLOCKS_DIFFER):
        raise Invalid("problems.no_engagement")
    db.execute(
        'UPDATE "user" SET feed_seen_id = %s WHERE id = %s'
        " AND (feed_seen_id IS NULL OR feed_seen_id < %s)",
        [engagement_id, user_id, engagement_id],
    )
