"""Google's events: whatever of them may be missing or odd is taken, what is none is refused."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from backend import clock
from backend.errors import Invalid
from gmail_addon.event import MOST_TYPED, read

EMPTY = {"commonEventObject": {}, "authorizationEventObject": {}, "gmail": {}}


@pytest.mark.parametrize("body", [{}, EMPTY, {"commonEventObject": {"hostApp": "GMAIL"}}])
def test_everything_may_be_missing(body):
    event = read(body)

    assert (event.recipients, event.opened, event.scopes) == ((), None, None)
    assert not event.is_on("opens")
    assert event.typed("url") == ""


@pytest.mark.parametrize(
    ("why", "zone", "hours"),
    [
        ("a name", {"id": "America/New_York"}, None),
        ("an offset", {"offset": -18_000_000}, -5),
        ("a float, as recorded in the field", {"offset": -2.88e7}, -8),
        ("a name nobody knows", {"id": "Mars/Olympus", "offset": 3_600_000}, 1),
        ("a folder of zones", {"id": "Europe", "offset": 3_600_000}, 1),
        ("an offset beyond a day", {"offset": 1e15}, 0),
        ("nothing", {}, 0),
    ],
)
def test_the_zone_comes_as(why, zone, hours):
    found = read({"commonEventObject": {"timeZone": zone}}).zone

    if hours is None:
        assert found == ZoneInfo(zone["id"])
    else:
        assert found.utcoffset(clock.now()) == timedelta(hours=hours), why


def test_recipients_are_normalised_and_each_counts_once():
    gmail = {
        "toRecipients": ["Carol <Carol@Northwind.test>", "dana@", "", "carol@northwind.test"],
        "ccRecipients": ["leo@martin.test"],
        "bccRecipients": ['"Last, First" <x@y.test>', "a\0b@c.test"],
    }

    found = read({"gmail": gmail}).recipients

    assert [(each.role, each.address, each.name) for each in found] == [
        ("to", "carol@northwind.test", "Carol"),
        ("cc", "leo@martin.test", ""),
        ("bcc", "x@y.test", "Last, First"),
        ("bcc", "ab@c.test", ""),
    ]


@pytest.mark.parametrize(("value", "is_on"), [("1", True), ("on", True), ("0", False), ("", False)])
def test_a_switch_is_on_by_its_value(value, is_on):
    inputs = {"opens": {"stringInputs": {"value": [value]}}}

    assert read({"commonEventObject": {"formInputs": inputs}}).is_on("opens") is is_on


def test_what_was_typed_is_taken_up_to_where_it_makes_sense():
    inputs = {"name": {"stringInputs": {"value": [" " + "x" * 200_000]}}}
    event = read({"commonEventObject": {"formInputs": inputs}})

    assert event.typed("name") == "x" * MOST_TYPED
    assert event.typed("name", 7) == "x" * 7


def test_a_mail_that_is_open_keeps_gmails_own_id():
    event = read({"gmail": {"messageId": "msg-f:1234567", "accessToken": "secret"}})

    assert event.opened.message_id == "msg-f:1234567"


def test_tokens_are_not_shown_by_accident():
    body = {
        "authorizationEventObject": {"userOAuthToken": "ya29.x", "userIdToken": "eyJ.x"},
        "gmail": {"messageId": "m", "accessToken": "at.x"},
    }

    shown = repr(read(body))

    assert not [token for token in ("ya29.x", "eyJ.x", "at.x") if token in shown]


@pytest.mark.parametrize(
    "body",
    [
        None,
        7,
        {"commonEventObject": 7},
        {"commonEventObject": {"parameters": {"state": True}}},
        {"commonEventObject": {"formInputs": []}},
        {"gmail": {"toRecipients": "a@b.test"}},
        {"gmail": {"toRecipients": [7]}},
        {"authorizationEventObject": {"userIdToken": "x" * 10_000}},
        {"commonEventObject": {"formInputs": {"x": {"stringInputs": {"value": ["a\0b"]}}}}},
    ],
)
def test_what_is_no_event_is_refused(body):
    with pytest.raises(Invalid):
        read(body)
