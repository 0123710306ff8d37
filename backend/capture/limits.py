"""What an organisation's mailboxes leave out, read from its tables.

Inside are the domains of its users and mailboxes; a public mail host's is nobody's own.
"""

from datetime import timedelta

from backend import clock, db
from backend.capture.leaving_out import Limits
from backend.models.erasures import erased_of
from backend.models.mailboxes import CaptureMode, Mailbox
from backend.people.accounts import business_domain
from backend.tracking.policy import policy_of


def limits_of(mailbox: Mailbox) -> Limits:
    """What this mailbox leaves out: its organisation's exclusions, its user's, and the erased."""
    excluded = db.rows(
        "SELECT kind, value FROM exclusion WHERE org_id = %s AND (user_id IS NULL OR user_id = %s)",
        [mailbox.org_id, mailbox.user_id],
    )
    policy = policy_of(mailbox.org_id)
    days = policy.retention_days
    return Limits(
        internal_domains=internal_domains(mailbox.org_id),
        addresses=frozenset(value for kind, value in excluded if kind == "address"),
        domains=frozenset(value for kind, value in excluded if kind == "domain"),
        keeps_automated=policy.keeps_automated,
        keeps_confidential=policy.keeps_confidential,
        # Where no text is kept, none has to be kept out.
        keeps_sensitive=policy.keeps_sensitive or mailbox.capture_mode != CaptureMode.FULL,
        keeps_since=None if days is None else clock.now() - timedelta(days=days),
        erased=erased_of(mailbox.org_id),
    )


def internal_domains(org_id: str) -> frozenset[str]:
    """The domains of the organisation's users and mailboxes."""
    addresses = {
        row[0]
        for row in db.rows(
            'SELECT email FROM "user" WHERE org_id = %s'
            " UNION SELECT address FROM mailbox WHERE org_id = %s",
            [org_id, org_id],
        )
    }
    return frozenset(filter(None, map(business_domain, addresses)))
