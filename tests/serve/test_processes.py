"""Ports are probed, and a child notices that its parent has gone before it could say so."""

import socket

import pytest

from backend.errors import SettingsError
from backend.serve.processes import check_port, is_listening
from tests.waiting import LOOPBACK, free_port


def test_a_free_port_may_be_used():
    check_port(LOOPBACK, free_port(), "PORT")


@pytest.mark.parametrize("reuse", [False, True], ids=["an ordinary server", "one that shares"])
def test_a_taken_port_is_one_clear_line(reuse):
    with socket.socket() as taken:
        if reuse:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(SettingsError) as refused:
            check_port(LOOPBACK, port, "EDGE_PORT")
        listening = is_listening(LOOPBACK, port)

    assert refused.value.detail.startswith(f"EDGE_PORT: {LOOPBACK}:{port} cannot be used")
    assert "\n" not in refused.value.detail
    assert listening
    assert not is_listening(LOOPBACK, port)
