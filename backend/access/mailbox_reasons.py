"""Why a mailbox is not synced, in the few kinds that people are told: `connections.why_<kind>`.

What is kept with a mailbox is the provider's own word, or ours where nobody was asked; here it
becomes a kind. Where none fits the word itself is shown, for whoever looks for help.
"""

import re
from enum import StrEnum

from backend.access.coverage import UNCOVERED
from backend.models.mailboxes import MailboxState
from backend.providers.faults import refusal


class Why(StrEnum):
    """Why a mailbox is not synced."""

    GRANT = "grant"
    CONSENT = "consent"
    SCOPES = "scopes"
    OTHER_ACCOUNT = "other_account"
    ADMIN_CONSENT = "admin_consent"
    APP = "app"
    API_OFF = "api_off"
    DENIED = "denied"
    NO_MAILBOX = "no_mailbox"
    NO_CONNECTION = "no_connection"
    NOT_TESTED = "not_tested"
    SEALED = "sealed"
    CLOCK = "clock"
    THROTTLED = "throttled"
    AWAY = "away"
    UNKNOWN = "unknown"


_THROTTLED = re.compile(r"429|quota|limit|throttl|toomany|resource_exhausted", re.IGNORECASE)
# Our own words and those of the providers' APIs; what a sign-in is refused by, faults.py knows.
_WORDS = {
    "no_grant": Why.GRANT,
    "grant_unreadable": Why.GRANT,
    "refresh": Why.GRANT,
    "unauthorized": Why.GRANT,
    "authError": Why.GRANT,
    "InvalidAuthenticationToken": Why.GRANT,
    "other_account": Why.OTHER_ACCOUNT,
    "contacts_scope": Why.SCOPES,
    "no_connection": Why.NO_CONNECTION,
    "not_tested": Why.NOT_TESTED,
    "too_wide": Why.NOT_TESTED,
    "outside_unknown": Why.NOT_TESTED,
    "secret_unopened": Why.SEALED,
    "away": Why.AWAY,
    "forbidden": Why.DENIED,
    "domainPolicy": Why.DENIED,
    "app_denied": Why.DENIED,
    "alias": Why.NO_MAILBOX,
}
_FAULTS = {
    "redirect": Why.APP,
    "secret": Why.APP,
    "secret_expired": Why.APP,
    "tenant": Why.APP,
    "key_gone": Why.APP,
    "service_key": Why.APP,
    "internal": Why.APP,
    "delegation": Why.DENIED,
    "odata_off": Why.DENIED,
}


def why_of(code: str, state: str) -> Why | None:
    """Why a mailbox in that state is not synced; None where nothing was said."""
    if code in {"", UNCOVERED}:  # what rests by the organisation's choice says so itself
        return None
    if state == MailboxState.DELAYED:
        return Why.THROTTLED if _THROTTLED.search(code) else Why.AWAY
    if code in _WORDS:
        return _WORDS[code]
    kinds = set(Why) | set(_FAULTS)
    key = code if code in kinds else refusal(code, code).key
    return _FAULTS.get(key) or Why(key)
