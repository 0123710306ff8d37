"""What a refusal of Google's means for the mailbox, and that it tells nothing of the grant."""

import httplib2
import pytest
from google.auth.exceptions import RefreshError
from googleapiclient.errors import HttpError

from backend.providers import google_calls
from backend.providers.mail import NeedsAdmin, NeedsReauth, PlaceLost, TryLater, Unreadable


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
