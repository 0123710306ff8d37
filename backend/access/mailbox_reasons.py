"""Why a mailbox is not synced or not told of, or one of its mails set aside, in a few kinds.

What is kept with a mailbox is the provider's own word, or ours where nobody was asked; here it
becomes a kind, in words `connections.why_<kind>`. Where none fits the word itself is shown, for
whoever looks for help.
"""

import re
from enum import StrEnum

from backend.access.coverage import UNCOVERED
from backend.models.mailboxes import MailboxState
from backend.providers.faults import refusal
from backend.providers.mail import Unreadable


class Why(StrEnum):
    """Why a mailbox is not synced, or its provider does not tell of changes."""

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
    UNREACHED = "unreached"
    TOPIC = "topic"
    UNKNOWN = "unknown"


class Mend(StrEnum):
    """Who mends what notices are refused for: `health.notices_<value>`, `notices.own_<value>`."""

    LATER = "later"
    OWNER = "owner"
    ADDRESS = "address"
    TOPIC = "topic"
    CONNECTION = "connection"


class Apart(StrEnum):
    """Why a mail was set aside: `health.set_aside_<value>`."""

    UNREADABLE = "unreadable"
    UNFIT = "unfit"


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
# Microsoft asks the address that it is to tell for an answer first (its own word, and the older
# one: github.com/splunk/azure-functions-splunk/issues/26, and issue 350 of
# github.com/microsoftgraph/nodejs-webhooks-sample, 2026-11-27); Gmail writes to our topic.
_UNTOLD = {
    "ValidationError": Why.UNREACHED,
    "InvalidRequest": Why.UNREACHED,
    "topic_another": Why.TOPIC,
    "topic_elsewhere": Why.TOPIC,
    "topic_forbidden": Why.TOPIC,
    "topic_missing": Why.TOPIC,
}
# What stands for an outage: a status, what a cut line raises, and an answer without what it needs.
_PASSING = re.compile(
    r"5\d\d|\w*(Timeout|ConnectionError|OSError|SSLError|ServerNotFoundError|EncodingError)"
    r"|\w*(ServerError|[Uu]navailable|ServerBusy)|backendError|UnknownError|cut"
    r"|no_expiration|no_subscription"
)
_MENDED = {
    Why.THROTTLED: Mend.LATER,
    Why.AWAY: Mend.LATER,
    Why.GRANT: Mend.OWNER,
    Why.CONSENT: Mend.OWNER,
    Why.SCOPES: Mend.OWNER,
    Why.OTHER_ACCOUNT: Mend.OWNER,
    Why.UNREACHED: Mend.ADDRESS,
    Why.TOPIC: Mend.TOPIC,
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


def why_untold(code: str) -> Why:
    """Why the provider tells of no changes in a mailbox, by what the subscription was refused."""
    if code in _UNTOLD:
        return _UNTOLD[code]
    if _THROTTLED.search(code):
        return Why.THROTTLED
    if _PASSING.fullmatch(code):
        return Why.AWAY
    return why_of(code, MailboxState.ACTIVE) or Why.UNKNOWN


def mend_of(why: Why) -> Mend:
    """Who has to do something so that the provider tells of changes again."""
    return _MENDED.get(why, Mend.CONNECTION)


def why_apart(reason: str) -> Apart:
    """Why a mail was set aside: the provider does not hand it out, or we cannot take it in."""
    is_theirs = reason.partition(":")[0] == Unreadable.__name__
    return Apart.UNREADABLE if is_theirs else Apart.UNFIT
