"""Whose address counts, and where a page may lead back to."""

import pytest

from backend.settings import Settings
from backend.web import doors
from tests.world import SECRET


@pytest.mark.parametrize(
    ("why", "hops", "forwarded", "address"),
    [
        ("nobody in front", 0, "203.0.113.9", "198.51.100.1"),
        ("one proxy", 1, "203.0.113.9", "203.0.113.9"),
        ("one proxy, a forged line before it", 1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("two proxies", 2, "203.0.113.9, 10.0.0.1", "203.0.113.9"),
        ("one that names the port", 1, "203.0.113.9:4711", "203.0.113.9"),
        ("one that names the port, too", 1, "[2001:db8::9]:4711", "2001:db8::9"),
        ("one that writes brackets", 1, "[2001:db8::9]", "2001:db8::9"),
        ("one that writes neither", 1, "2001:db8::9", "2001:db8::9"),
        ("one proxy that says nothing", 1, "", "198.51.100.1"),
    ],
)
def test_only_proxies_of_ours_are_believed(app, tmp_path, why, hops, forwarded, address):
    settings = Settings(data_dir=tmp_path, secret=SECRET, trusted_hops=hops)
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = settings
    with app.test_request_context(
        headers={"X-Forwarded-For": forwarded}, environ_base={"REMOTE_ADDR": "198.51.100.1"}
    ):
        assert doors.client_address() == address, why
    app.config["SETTINGS"] = before


@pytest.mark.parametrize("path", ["/console", "/console/account", "/console/admin/people"])
def test_a_page_of_ours_may_be_come_back_to(path):
    assert doors.local_path(path) == path


@pytest.mark.parametrize(
    "path", ["//x", "/console//x", "/console?x=1", "/api/v1/me", "x", "/console\n"]
)
def test_anything_else_is_the_start(path):
    assert doors.local_path(path) == "/console"
