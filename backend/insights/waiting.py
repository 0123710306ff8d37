"""Mail whose send nobody has confirmed, though something of it was loaded already."""

from datetime import timedelta

from backend import clock, db
from backend.insights.feed import FEED_DAYS
from backend.insights.viewer import Viewer

# By the index stamp_unsent, which holds only these.
SQL = (
    "SELECT count(*) FROM stamp s WHERE s.sent_at IS NULL AND s.user_id = %s"
    " AND s.created_at >= %s AND s.state IN ('armed', 'stamped')"
    " AND EXISTS (SELECT 1 FROM engagement e WHERE e.stamp_id = s.id)"
)


def count(viewer: Viewer) -> int:
    """How many of the viewer's mails of the last 30 days wait to be judged."""
    row = db.one(SQL, [viewer.user_id, clock.now() - timedelta(days=FEED_DAYS)])
    return int(row[0]) if row else 0
