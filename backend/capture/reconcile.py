"""The count by hand: ids of the last days at the provider against ours; the missing are fetched.

"n checked, n missing, n repaired": the answer to the question that nobody's sync answers.
"""

from dataclasses import dataclass
from datetime import timedelta

from backend import clock, db
from backend.capture import items
from backend.models.mailboxes import Mailbox
from backend.providers.mail import MailProvider

DAYS = timedelta(days=7)
MAX_PAGES = 100


@dataclass(frozen=True, slots=True)
class Tally:
    """What was compared; `missing` is queued, and fetched by the mailbox's next turns."""

    checked: int
    missing: int


def compare(mailbox: Mailbox, provider: MailProvider) -> Tally:
    """List the last days anew and queue every id that we do not know.

    Raises what the provider raises. An id that is known, done or left out is not missing.
    """
    since, page, checked, missing = clock.now() - DAYS, None, 0, 0
    for _ in range(MAX_PAGES):
        found = provider.listing(since, page)
        with db.transaction():
            missing += items.queue(mailbox.org_id, mailbox.id, found.ids, is_live=True)
        checked += len(found.ids)
        page = found.next_page
        if page is None:
            break
    return Tally(checked, missing)
