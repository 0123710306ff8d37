"""Shapes at the door: what they let in, and in which form."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from backend import clock
from backend.web import payloads


class Everything(payloads.Shape):
    """One field of each kind."""

    line: payloads.Line = ""
    address: payloads.Address = "a@b.test"
    at: payloads.PastTime | None = None
    flag: payloads.Flag = False
    limit: payloads.Limit = 50
    uuid: payloads.Uuid = "0190f3a8-0000-7000-8000-000000000000"


def taken(**given: Any) -> Any:
    name = next(iter(given))
    return getattr(Everything.model_validate(given), name)


AT = datetime(2026, 1, 5, 12, tzinfo=UTC)
TAKEN: tuple[tuple[str, dict[str, Any], Any], ...] = (
    ("any letters", {"line": "Ünal \U0001f600 \u202e"}, "Ünal \U0001f600 \u202e"),
    ("an address in one form", {"address": " <Ann@Example.TEST>"}, "ann@example.test"),
    ("an address in other letters", {"address": "ann@bücher.test"}, "ann@xn--bcher-kva.test"),
    ("a time in another zone", {"at": "2026-01-05T21:00:00+09:00"}, AT),
    ("a time with a Z", {"at": "2026-01-05T12:00:00Z"}, AT),
    ("a switch", {"flag": True}, True),
    ("a limit out of an address", {"limit": "200"}, 200),
)


@pytest.mark.parametrize(("why", "given", "expected"), TAKEN, ids=[row[0] for row in TAKEN])
def test_what_is_taken_has_one_form(why, given, expected):
    assert taken(**given) == expected


REFUSED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("a NUL", {"line": "\0"}),
    ("half a surrogate pair", {"line": "\ud800"}),
    ("the other half", {"line": "a\udfff"}),
    ("a long line", {"line": "x" * 1001}),
    ("a number as text", {"line": 5}),
    ("no address", {"address": "ann"}),
    ("a time without a zone", {"at": "2026-01-05T12:00:00"}),
    ("a time before e-mail as we know it", {"at": "1999-12-31T23:59:59Z"}),
    ("a number as time", {"at": 1_767_614_400}),
    ("a number in text as time", {"at": "1767614400.5"}),
    ("a switch in words", {"flag": "true"}),
    ("a limit of nought", {"limit": 0}),
    ("a limit too far", {"limit": payloads.MAX_LIMIT + 1}),
    ("an id in capitals", {"uuid": "0190F3A8-0000-7000-8000-000000000000"}),
    ("an id with more behind it", {"uuid": "0190f3a8-0000-7000-8000-000000000000\n"}),
    ("a field nobody knows", {"other": 1}),
)


@pytest.mark.parametrize(("why", "given"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_is_refused(why, given):
    with pytest.raises(ValidationError):
        Everything.model_validate(given)


@pytest.mark.parametrize(
    ("why", "ahead", "is_taken"),
    [
        ("a clock that is a little fast", timedelta(hours=23), True),
        ("a time to come", timedelta(hours=25), False),
    ],
)
def test_a_sender_may_be_a_day_ahead(why, ahead, is_taken):
    at = (clock.now() + ahead).isoformat()

    try:
        assert taken(at=at)
    except ValidationError:
        assert not is_taken, why
    else:
        assert is_taken, why


def test_the_plain_schema_is_made_once():
    assert Everything.model_json_schema() is Everything.model_json_schema()
    other = Everything.model_json_schema(ref_template="#/x/{model}")
    assert other["properties"].keys() == Everything.model_json_schema()["properties"].keys()
