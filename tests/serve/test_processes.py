"""Ports are probed, and a child notices that its parent has gone before it could say so."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from backend.errors import SettingsError
from backend.serve.processes import check_port, is_answering
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

    assert refused.value.detail.startswith(f"EDGE_PORT: {LOOPBACK}:{port} cannot be used")
    assert "\n" not in refused.value.detail


@pytest.mark.parametrize(
    ("why", "host", "variable", "said"),
    [
        ("of another machine", "192.0.2.1", "EDGE_PORT", "HOST: 192.0.2.1 is no address of this"),
        ("of nobody", "nobody.invalid", "PORT", "HOST: nobody.invalid is no address of this"),
        ("the relay's own", "192.0.2.1", "RELAY_PORT", "RELAY_HOST: 192.0.2.1 is no address of"),
    ],
)
def test_a_host_that_is_not_here_is_not_blamed_on_the_port(why, host, variable, said):
    with pytest.raises(SettingsError) as refused:
        check_port(host, free_port(), variable)

    assert refused.value.detail.startswith(said)


HEALTHY = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"
SERVERS = (
    ("one that is well", HEALTHY, True),
    ("one that is not", HEALTHY.replace(b"200 OK", b"503 Service Unavailable"), False),
    ("one of another kind", b"220 mail.test ESMTP\r\n", False),
    ("one that only accepts connections", b"", False),
)


@pytest.mark.parametrize(("why", "told", "expected"), SERVERS, ids=[row[0] for row in SERVERS])
def test_a_server_is_up_when_it_says_so(why, told, expected):
    with socket.create_server((LOOPBACK, 0)) as listener, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(is_answering, LOOPBACK, listener.getsockname()[1])
        connection, _ = listener.accept()
        with connection:
            connection.sendall(told)
            answer = asked.result()

    assert answer == expected


def test_where_nothing_listens_nothing_answers():
    assert not is_answering(LOOPBACK, free_port())
