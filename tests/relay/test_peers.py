"""Who may hand us mail."""

import pytest

from backend.errors import Conflict, Invalid, SettingsError
from backend.relay.peers import Peers, add_user
from backend.settings import Settings


@pytest.mark.parametrize(
    ("host", "is_near"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("fe80::1%eth0", True),
        ("11.0.0.1", False),
        ("2001:db8::1", False),
        ("not an address", False),
        ("", False),
    ],
)
def test_a_peer_in_our_networks_needs_no_password(host, is_near):
    peers = Peers.of(Settings(relay_networks="10.0.0.0/8, fe80::/10"))

    assert peers.is_near(host) is is_near


def test_without_networks_nobody_is_near():
    assert not Peers.of(Settings(relay_networks=" , ")).is_near("127.0.0.1")


def test_a_user_is_known_by_the_password_we_made(tmp_path):
    path = tmp_path / "conf" / "users"
    password = add_user(path, "crm.example")
    add_user(path, "other")

    peers = Peers.of(Settings(relay_users=path))

    assert peers.knows(b"crm.example", password.encode())
    assert not peers.knows(b"other", password.encode())
    assert not peers.knows(b"nobody", b"")
    assert not peers.knows(b"\xff", b"\xff")
    assert password not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_a_name_is_given_once_and_is_plain(tmp_path):
    add_user(tmp_path / "users", "crm")

    with pytest.raises(Conflict):
        add_user(tmp_path / "users", "crm")
    with pytest.raises(Invalid):
        add_user(tmp_path / "users", "a:b\n")


@pytest.mark.parametrize(
    ("mail_from", "is_taken"),
    [("a@Ours.TEST", True), ("", True), ("a@ours.test.evil", False), ("a@evil.test", False)],
)
def test_only_mail_of_our_domains_is_taken_where_they_are_named(mail_from, is_taken):
    assert Peers.of(Settings(relay_domains="ours.test")).sends_for(mail_from) is is_taken
    assert Peers.of(Settings()).sends_for(mail_from)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"relay_networks": "everybody"}, "RELAY_NETWORKS"),
        ({"relay_networks": "10.0.0.1/8"}, "RELAY_NETWORKS"),
        ({"relay_users": "/nowhere/users"}, "RELAY_USERS"),
    ],
)
def test_what_cannot_work_stops_the_start(changes, name):
    with pytest.raises(SettingsError, match=name):
        Peers.of(Settings(**changes))


def test_a_file_of_plain_passwords_stops_the_start(tmp_path):
    path = tmp_path / "users"
    path.write_text("crm:secret\n")

    with pytest.raises(SettingsError, match="relay-user"):
        Peers.of(Settings(relay_users=path))
