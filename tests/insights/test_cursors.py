import base64
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend import clock
from backend.errors import Invalid
from backend.insights import cursors

TIMES = st.datetimes(timezones=st.just(UTC))


@given(TIMES, st.uuids())
def test_a_row_comes_back_out_of_its_cursor(at, row_id):
    assert cursors.decode(cursors.encode(at, str(row_id))) == (at, str(row_id))


def test_a_cursor_can_stand_in_an_address():
    cursor = cursors.encode(datetime(2026, 11, 20, tzinfo=UTC), clock.new_id())

    assert len(cursor) == 32
    assert cursor.replace("-", "").replace("_", "").isalnum()


def raw(micros):
    return base64.urlsafe_b64encode(micros.to_bytes(8, "big", signed=True) + bytes(16)).decode()


@pytest.mark.parametrize(
    "text", ["", "x", "ä", "\0", "=", "A" * 31, "A" * 36, "null", raw(2**63 - 1), raw(-(2**63))]
)
def test_anything_else_is_refused_with_a_sentence(text):
    with pytest.raises(Invalid, match="start again without it"):
        cursors.decode(text)


@given(st.text(max_size=60))
def test_no_text_is_a_fault_of_ours(text):
    with suppress(Invalid):
        at, row_id = cursors.decode(text)
        assert cursors.decode(cursors.encode(at, row_id)) == (at, row_id)
