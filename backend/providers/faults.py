"""What a provider's refusal means, and how it is mended: the documented mis-set-ups by their codes.

Sources: developers.google.com/identity/protocols/oauth2/web-server#authorization-errors and
/gmail/api/guides/handle-errors; learn.microsoft.com "Microsoft Entra authentication and
authorization error codes" and "RBAC for Applications" (all read in 2026).
"""

import re
from typing import ClassVar

from backend.errors import Invalid, Unavailable

AWAY = "away"
UNKNOWN = "unknown"

# The first that is found in "code description" wins; the words are `connections.fault_<key>`.
_SIGNS = (
    ("redirect", r"redirect_uri_mismatch|AADSTS50011\b"),
    ("secret_expired", r"AADSTS7000222\b"),
    ("throttled", r"TooManyRequests|ApplicationThrottled|[rR]ateLimitExceeded|RESOURCE_EXHAUSTED"),
    # The last one is msal's, of a directory that Microsoft has no description of.
    ("tenant", r"AADSTS(700016|90002|50020|900023)\b|double check your tenant name"),
    ("admin_consent", r"AADSTS9009[34]\b|AADSTS7000229\b|admin_policy_enforced"),
    ("consent", r"AADSTS65001\b|AADSTS65004\b|access_denied|consent_required"),
    ("secret", r"invalid_client|AADSTS7000215\b|AADSTS7000216\b"),
    ("api_off", r"accessNotConfigured|SERVICE_DISABLED"),
    ("key_gone", r"Invalid JWT Signature|account not found|(disabled|deleted)_client"),
    ("clock", r"Invalid JWT: Token must be"),
    (
        "no_mailbox",
        r"Invalid email or User ID|ErrorInvalidUser|MailboxNotEnabled|failedPrecondition",
    ),
    ("delegation", r"Delegation denied|unauthorized_client"),
    ("odata_off", r"Access to OData is disabled"),
    ("internal", r"org_internal"),
    (
        "scopes",
        r"insufficientPermissions|ACCESS_TOKEN_SCOPE_INSUFFICIENT|ErrorAccessDenied|RequestDenied",
    ),
    ("grant", r"invalid_grant|interaction_required"),
)
_CODE = re.compile(r"AADSTS\d+|[A-Za-z_]{3,60}")


class Refused(Invalid):
    """A provider said no; `key` names our words for it, `code` is the provider's own, cleaned."""

    slug = "provider-refused"
    fallback: ClassVar[str] = UNKNOWN

    def __init__(self, key: str, code: str = "") -> None:
        super().__init__("problems.provider_refused")
        self.key = key
        self.code = code


class Away(Unavailable):
    """A provider that does not answer in time, or not as it should."""

    slug = "provider-away"


def refusal(error: str, description: str = "") -> Refused:
    """The refusal for what a provider said; nothing of its free text is kept."""
    said = f"{error} {description}"[:4000]
    key = next((key for key, sign in _SIGNS if re.search(sign, said)), UNKNOWN)
    return Refused(key, _code(error, description))


def _code(error: str, description: str) -> str:
    aad = re.search(r"AADSTS\d{3,8}", description)
    if aad:
        return aad[0]
    return error if _CODE.fullmatch(error) else ""
