"""What a provider's refusal means: each documented mis-set-up has its own way to be mended."""

import pytest

from backend.providers.faults import refusal
from backend.words import Language, has, t

# As the providers write them. Sources: see backend/providers/faults.py.
SAID = (
    ("redirect", "redirect_uri_mismatch", "Bad Request"),
    ("redirect", "invalid_client", "AADSTS50011: The redirect URI 'https://x' specified ..."),
    ("secret", "invalid_client", "The OAuth client was not found."),
    ("secret", "invalid_client", "AADSTS7000215: Invalid client secret provided."),
    ("secret_expired", "invalid_client", "AADSTS7000222: The provided client secret keys ..."),
    ("tenant", "unauthorized_client", "AADSTS700016: Application with identifier 'x' was not ..."),
    ("tenant", "invalid_request", "AADSTS90002: Tenant 'x' not found."),
    ("tenant", "invalid_answer", "... Also please double check your tenant name or GUID is ..."),
    ("tenant", "invalid_grant", "AADSTS50020: User account 'x' from identity provider ..."),
    ("consent", "invalid_grant", "AADSTS65001: The user or administrator has not consented ..."),
    ("consent", "access_denied", ""),
    ("admin_consent", "access_denied", "AADSTS90094: The grant requires admin permission."),
    ("admin_consent", "admin_policy_enforced", ""),
    ("api_off", "accessNotConfigured", "Gmail API has not been used in project 1 before ..."),
    ("delegation", "unauthorized_client", "Client is unauthorized to retrieve access tokens ..."),
    ("delegation", "forbidden", "Delegation denied for rep@ours.test"),
    ("odata_off", "ErrorAccessDenied", "Access to OData is disabled: [RAOP] ..."),
    ("scopes", "insufficientPermissions", "Request had insufficient authentication scopes."),
    ("internal", "org_internal", ""),
    ("grant", "invalid_grant", "Token has been expired or revoked."),
    ("key_gone", "invalid_grant", "Invalid JWT Signature."),
    ("key_gone", "invalid_grant", "Invalid grant: account not found"),
    ("key_gone", "disabled_client", "The OAuth client was disabled."),
    ("clock", "invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) ..."),
    ("no_mailbox", "invalid_grant", "Invalid email or User ID"),
    ("no_mailbox", "failedPrecondition", "Mail service not enabled"),
    ("no_mailbox", "MailboxNotEnabledForRESTAPI", "The mailbox is either inactive ..."),
    ("admin_consent", "invalid_client", "AADSTS7000229: The client application ... is missing"),
    ("throttled", "ApplicationThrottled", "Application is over its MailboxConcurrency limit."),
    ("throttled", "userRateLimitExceeded", "User Rate Limit Exceeded"),
    ("scopes", "ErrorAccessDenied", "Access is denied. Check credentials and try again."),
    ("scopes", "Authorization_RequestDenied", "Insufficient privileges to complete ..."),
    ("grant", "interaction_required", "AADSTS50076: Due to a configuration change ..."),
    ("unknown", "something_new", "nobody knows"),
)


@pytest.mark.parametrize(("key", "code", "description"), SAID, ids=range(len(SAID)))
def test_each_refusal_is_recognised_and_has_words(key, code, description):
    assert refusal(code, description).key == key
    assert has(f"connections.fault_{key}")
    assert {t(f"connections.fault_{key}", each) for each in Language} != {""}


@pytest.mark.parametrize(
    ("code", "description", "shown"),
    [
        ("invalid_client", "AADSTS7000215: secret hunter2", "AADSTS7000215"),
        ("access_denied", "free text with rep@ours.test", "access_denied"),
        ("<script>", "x", ""),
        ("x" * 500, "", ""),
    ],
)
def test_only_the_code_is_kept_of_what_was_said(code, description, shown):
    assert refusal(code, description).code == shown


def test_much_text_is_no_burden():
    assert refusal("x", "a" * 10_000_000).key == "unknown"
