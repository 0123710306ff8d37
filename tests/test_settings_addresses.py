"""Addresses among the settings: what is taken as it is, what is refused and not repeated."""

import pytest

from backend import settings_addresses as addresses

TAKEN = (
    ("nothing", addresses.redis, "", ""),
    ("a path", addresses.whole_origin, "https://a.test:8443/t/", "https://a.test:8443/t"),
    ("a socket", addresses.redis, "unix:///run/redis.sock?db=1", "unix:///run/redis.sock?db=1"),
    (
        "a password",
        addresses.redis,
        "rediss://:a%2Fb@h.test:6380/2",
        "rediss://:a%2Fb@h.test:6380/2",
    ),
    ("IPv6", addresses.smtp, "smtps://u:p%40x@[::1]:465", "smtps://u:p%40x@[::1]:465"),
    ("this machine", addresses.encrypted, "http://127.0.0.1:9/", "http://127.0.0.1:9"),
)


@pytest.mark.parametrize(("why", "check", "value", "kept"), TAKEN, ids=[row[0] for row in TAKEN])
def test_an_address_is_kept(why, check, value, kept):
    assert check(value) == kept


@pytest.mark.parametrize(
    "check", [addresses.whole_origin, addresses.redis, addresses.smtp, addresses.encrypted]
)
@pytest.mark.parametrize("rest", ["h.test:canary", "u:canary/x@h.test", "[canary", "h.test:77777"])
def test_one_that_cannot_be_read_is_not_repeated(check, rest):
    scheme = {addresses.redis: "redis", addresses.smtp: "smtp"}.get(check, "https")

    with pytest.raises(ValueError, match="cannot be read as an address") as refused:
        check(f"{scheme}://{rest}")

    assert "canary" not in str(refused.value)
