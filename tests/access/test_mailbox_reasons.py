"""Why a mailbox is not synced, in words."""

import pytest

from backend.access.mailbox_reasons import Apart, Mend, Why, mend_of, why_apart, why_of, why_untold
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


UNTOLD = (
    ("Microsoft got no answer", "ValidationError", Why.UNREACHED, Mend.ADDRESS),
    ("the same in its older word", "InvalidRequest", Why.UNREACHED, Mend.ADDRESS),
    ("Gmail may not write to the topic", "topic_forbidden", Why.TOPIC, Mend.TOPIC),
    ("the grant is gone", "invalid_grant", Why.GRANT, Mend.OWNER),
    ("a permission is missing", "insufficientPermissions", Why.SCOPES, Mend.OWNER),
    ("too many calls, by number", "429", Why.THROTTLED, Mend.LATER),
    ("too many calls", "TooManyRequests", Why.THROTTLED, Mend.LATER),
    ("an outage", "503", Why.AWAY, Mend.LATER),
    ("a cut line", "ReadTimeout", Why.AWAY, Mend.LATER),
    ("a server's fault", "InternalServerError", Why.AWAY, Mend.LATER),
    ("an answer without an end", "no_expiration", Why.AWAY, Mend.LATER),
    ("an admin forbids it", "forbidden", Why.DENIED, Mend.CONNECTION),
    ("a new word", "somethingNew", Why.UNKNOWN, Mend.CONNECTION),
    ("no word at all", "refused", Why.UNKNOWN, Mend.CONNECTION),
)


@pytest.mark.parametrize(("why", "code", "kind", "mend"), UNTOLD)
def test_each_refusal_of_notices_is_of_a_kind_and_somebody_mends_it(why, code, kind, mend):
    assert (why_untold(code), mend_of(kind)) == (kind, mend), why


@pytest.mark.parametrize("key", ["health.notices", "notices.own"])
@pytest.mark.parametrize("mend", Mend)
def test_each_way_of_mending_is_a_sentence(key, mend):
    assert has(f"{key}_{mend}")
    assert all(t(f"{key}_{mend}", language).endswith(".") for language in Language)


@pytest.mark.parametrize(
    ("why", "reason", "kind"),
    [
        ("the provider refused it", "Unreadable: invalidArgument", Apart.UNREADABLE),
        ("its answer was not whole", "Unreadable: KeyError", Apart.UNREADABLE),
        ("it says nothing", "Unreadable", Apart.UNREADABLE),
        ("our parser broke", "RecursionError", Apart.UNFIT),
        ("the database does not take it", "DataError", Apart.UNFIT),
    ],
)
def test_each_mail_that_was_set_aside_is_of_a_kind(why, reason, kind):
    assert why_apart(reason) is kind, why
    assert has(f"health.set_aside_{kind}")
