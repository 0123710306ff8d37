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
    ("no old hosts", addresses.hosts, " , ", ""),
    (
        "old hosts",
        addresses.hosts,
        "Old.test, localhost:1 ,[::1]:8001,",
        "old.test,localhost:1,[::1]:8001",
    ),
    ("a sender here", addresses.sender, "telltale@localhost", "telltale@localhost"),
    ("a sender", addresses.sender, "Mail+7@crm.example.com", "Mail+7@crm.example.com"),
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


@pytest.mark.parametrize(
    ("why", "check", "value"),
    [
        ("a blank between two hosts", addresses.hosts, "old.test older.test"),
        ("a whole address", addresses.hosts, "https://old.test"),
        ("a path behind it", addresses.hosts, "old.test/o"),
        ("a port in words", addresses.hosts, "old.test:canary"),
        ("no address at all", addresses.sender, "garbage"),
        ("no host", addresses.sender, "telltale@"),
        ("a name with it", addresses.sender, "Telltale <telltale@ours.test>"),
        ("two of them", addresses.sender, "a@ours.test, b@ours.test"),
        ("a second header", addresses.sender, "a@ours.test\nBcc: b@ours.test"),
    ],
)
def test_what_is_no_host_and_no_sender_is_refused(why, check, value):
    with pytest.raises(ValueError, match=r"^must be") as refused:
        check(value)

    assert "canary" not in str(refused.value), why
