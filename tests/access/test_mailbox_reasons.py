"""Why a mailbox is not synced, in words."""

import pytest

from backend.access.mailbox_reasons import Why, why_of
from backend.providers.faults import _SIGNS
from backend.words import Language, has, t

KINDS = (
    ("Google took the refresh token back", "invalid_grant", "needs_reauth", Why.GRANT),
    ("Google knows the access token not", "authError", "needs_reauth", Why.GRANT),
    ("Graph knows it not", "InvalidAuthenticationToken", "needs_reauth", Why.GRANT),
    ("nothing is kept of the grant", "no_grant", "needs_reauth", Why.GRANT),
    ("Entra asks for consent", "AADSTS65001", "needs_reauth", Why.CONSENT),
    ("a permission was unticked", "insufficientPermissions", "needs_reauth", Why.SCOPES),
    ("it opens another mailbox", "other_account", "needs_reauth", Why.OTHER_ACCOUNT),
    ("the secret has run out", "AADSTS7000222", "needs_admin", Why.APP),
    ("Google knows the client not", "invalid_client", "needs_admin", Why.APP),
    ("the API is off", "accessNotConfigured", "needs_admin", Why.API_OFF),
    ("Entra wants an admin", "AADSTS90094", "needs_admin", Why.ADMIN_CONSENT),
    ("the domain forbids it", "domainPolicy", "needs_admin", Why.DENIED),
    ("no delegation", "unauthorized_client", "needs_admin", Why.DENIED),
    ("a fault of the grant's test", "key_gone", "needs_admin", Why.APP),
    ("no mailbox", "MailboxNotEnabledForRESTAPI", "needs_admin", Why.NO_MAILBOX),
    ("no connection", "no_connection", "needs_admin", Why.NO_CONNECTION),
    ("no test yet", "not_tested", "needs_admin", Why.NOT_TESTED),
    ("no key of ours", "secret_unopened", "needs_admin", Why.SEALED),
    ("a new word", "somethingNew", "needs_admin", Why.UNKNOWN),
    ("free text", "<b>Oops</b> x@y.test", "needs_admin", Why.UNKNOWN),
    ("too many calls", "userRateLimitExceeded", "delayed", Why.THROTTLED),
    ("too many calls, by number", "429", "delayed", Why.THROTTLED),
    ("an outage", "503", "delayed", Why.AWAY),
    ("a cut line", "ReadTimeout", "delayed", Why.AWAY),
    ("nothing said", "", "needs_admin", None),
    ("the organisation's choice", "uncovered", "disconnected", None),
)


@pytest.mark.parametrize(("why", "code", "state", "kind"), KINDS)
def test_each_refusal_is_of_a_kind(why, code, state, kind):
    assert why_of(code, state) is kind


@pytest.mark.parametrize("key", sorted({key for key, _ in _SIGNS} | {"unknown"}))
def test_every_fault_that_is_kept_is_of_a_kind(key):
    assert why_of(key, "needs_admin") is not None


@pytest.mark.parametrize("kind", Why)
@pytest.mark.parametrize("language", Language)
def test_each_kind_is_a_sentence(kind, language):
    text = t(f"connections.why_{kind}", language, provider="Google", code="x1")

    assert has(f"connections.why_{kind}")
    assert text.endswith(".")
    assert ("x1" in text) is (kind is Why.UNKNOWN)
