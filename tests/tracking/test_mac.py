"""Our HMAC is the one of everybody else."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from backend.tracking.mac import Mac


@given(st.binary(max_size=200), st.lists(st.binary(max_size=300), max_size=3))
def test_it_is_the_hmac_of_the_standard_library(key, messages):
    mac = Mac(key)

    assert [mac.of(one) for one in messages] == [
        hmac.digest(key, one, "sha256") for one in messages
    ]
