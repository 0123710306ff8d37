"""What a refusal of Google's means for the mailbox, and that it tells nothing of the grant."""

import httplib2
import pytest
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials
from googleapiclient.errors import HttpError

from backend.providers import google_calls
from backend.providers.mail import NeedsAdmin, NeedsReauth, PlaceLost, TryLater, Unreadable
from tests.fakes import answers


def refused(status, reason="", **headers):
    response = httplib2.Response({"status": status, **headers})
    content = f'{{"error": {{"errors": [{{"reason": "{reason}"}}]}}}}'
    return HttpError(response, content.encode())


@pytest.mark.parametrize(
    ("error", "expected", "code"),
    [
        (refused(429, "rateLimitExceeded"), TryLater, "rateLimitExceeded"),
        (refused(403, "userRateLimitExceeded"), TryLater, "userRateLimitExceeded"),
        (refused(500), TryLater, "500"),
        (refused(401, "authError"), NeedsReauth, "authError"),
        (refused(403, "accessNotConfigured"), NeedsAdmin, "accessNotConfigured"),
        (refused(403, "insufficientPermissions"), NeedsReauth, "insufficientPermissions"),
        (refused(400, "failedPrecondition"), Unreadable, "failedPrecondition"),
    ],
)
def test_a_refusal_says_whose_turn_it_is(error, expected, code):
    found = google_calls.meaning(error)

    assert (type(found), found.code) == (expected, code)


def test_retry_after_is_kept():
    found = google_calls.meaning(refused(429, "x", **{"retry-after": "17"}))

    assert isinstance(found, TryLater)
    assert found.after_s == 17


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RefreshError("invalid_grant: Token has been revoked", retryable=False), NeedsReauth),
        (RefreshError("try again", retryable=True), TryLater),
    ],
)
def test_a_grant_that_is_over_needs_its_owner_and_tells_nothing_of_it(error, expected):
    found = google_calls.of_refresh(error)

    assert type(found) is expected
    assert found.code in {"invalid_grant", "refresh"}


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_missing_is_what_the_caller_says(status):
    assert type(google_calls.meaning(refused(status, "x"), PlaceLost)) is PlaceLost
    assert type(google_calls.meaning(refused(status, "x"))) is Unreadable


@pytest.mark.parametrize("body", [b'{"id": "1', b"", b"<html>502</html>", b"[]", b"null"])
def test_an_answer_that_was_cut_is_asked_for_again(body):
    with answers.serving() as server:
        server.body = body
        http = google_calls.connection(Credentials("token"))
        users = google_calls.service("gmail", "v1", http, server.url).users()

        with pytest.raises(TryLater):
            google_calls.call(lambda: users.getProfile(userId="me"))

        http.close()
