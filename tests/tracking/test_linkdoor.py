"""The drain's door: one line asked, one line answered."""

import socket

import pytest

from backend.tracking.linkdoor import serve_links

TOKEN = "a" * 32


def fail(token):
    raise LookupError(token)


NOTHING: dict[str, str] = {}
ASKED = (
    ("a link", {TOKEN: "https://a.test/ü"}.get, f"{TOKEN}\n", "https://a.test/ü\n"),
    ("no such link", NOTHING.get, f"{TOKEN}\n", "\n"),
    ("no token at all", NOTHING.get, "hello\n", "\n"),
    ("the database is away", fail, f"{TOKEN}\n", ""),
)


@pytest.mark.parametrize(("why", "lookup", "asked", "answer"), ASKED, ids=[row[0] for row in ASKED])
def test_a_line_in_a_line_out(tmp_path, why, lookup, asked, answer):
    door = serve_links(tmp_path / "drain.sock", lookup)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / "drain.sock"))
        client.sendall(asked.encode())
        got = client.makefile("rb").read().decode()
    door.close()

    assert got == answer, why


def test_the_socket_is_ours_alone_and_goes_with_the_door(tmp_path):
    path = tmp_path / "drain.sock"
    path.touch()  # left by a drain that was killed
    door = serve_links(path, NOTHING.get)
    mode = path.stat().st_mode & 0o777
    door.close()

    assert (mode, path.exists()) == (0o600, False)
