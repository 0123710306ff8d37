"""What providers allow a mailbox, beside what the busiest one used. Telltale has no cap of its own.

The numbers are the providers' published ones; an account may have others.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from backend import clock, db

DAY = timedelta(days=1)
SEEN_ON = date(2026, 11, 26)  # when somebody last looked at the pages below
# Source: as API_GOOGLE: messages.get, the dearest call that syncing makes, costs 20 units.
UNITS_A_CALL = 20


@dataclass(frozen=True, slots=True)
class Limit:
    """One published limit of a mailbox; the words are `health.limit_<key>`."""

    key: str
    provider: str
    most: int
    source: str
    seen_on: date


# Source: the addresses stand beside each, as they are shown.
LIMITS = (
    Limit("mails_day", "google", 2_000, "https://support.google.com/a/answer/166852", SEEN_ON),
    Limit(
        "units_hour",
        "google",
        6_000 * 60,
        "https://developers.google.com/workspace/gmail/api/reference/quota",
        SEEN_ON,
    ),
    Limit(
        "recipients_day",
        "microsoft",
        10_000,
        "https://learn.microsoft.com/office365/servicedescriptions/exchange-online-service-description/exchange-online-limits",
        SEEN_ON,
    ),
    Limit(
        "calls_hour",
        "microsoft",
        10_000 * 6,
        "https://learn.microsoft.com/graph/throttling-limits",
        SEEN_ON,
    ),
)


@dataclass(frozen=True, slots=True)
class Use:
    """A limit, and how much of it the busiest mailbox used; no address where nothing was."""

    limit: Limit
    used: int
    address: str


def uses_of(org_id: str) -> list[Use]:
    """The limits of the providers at which the organisation has mailboxes."""
    here = {
        row[0]
        for row in db.rows(
            "SELECT DISTINCT provider FROM mailbox WHERE org_id = %s"
            " AND state NOT IN ('disconnected', 'erasing')",
            [org_id],
        )
    }
    return [_use(org_id, limit) for limit in LIMITS if limit.provider in here]


def _use(org_id: str, limit: Limit) -> Use:
    if limit.key.endswith("_day"):
        counted = "DISTINCT e.id" if limit.key == "mails_day" else "p.id"
        row = db.one(
            f"SELECT m.address, count({counted}) AS used FROM mailbox m"
            " JOIN email_message e ON e.user_id = m.user_id AND e.direction = 'sent'"
            " AND e.sent_at > %s"
            " LEFT JOIN participant p ON p.message_id = e.id AND p.role <> 'from'"
            " WHERE m.org_id = %s AND m.provider = %s"
            " AND m.state NOT IN ('disconnected', 'erasing')"
            " GROUP BY m.address ORDER BY used DESC, m.address LIMIT 1",
            [clock.now() - DAY, org_id, limit.provider],
        )
        return Use(limit, int(row[1]) if row else 0, row[0] if row else "")
    row = db.one(
        "SELECT m.address, max(u.calls) AS used FROM provider_use u"
        " JOIN mailbox m ON m.id = u.mailbox_id WHERE u.org_id = %s AND m.provider = %s"
        " GROUP BY m.address ORDER BY used DESC, m.address LIMIT 1",
        [org_id, limit.provider],
    )
    each = UNITS_A_CALL if limit.key == "units_hour" else 1
    return Use(limit, int(row[1]) * each if row else 0, row[0] if row else "")
