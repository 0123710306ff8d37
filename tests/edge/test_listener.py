"""The listener: time limits, dates, and an end that owes no answer."""

import os
import signal
import socket
from contextlib import ExitStack
from email.utils import parsedate_to_datetime

import pytest

from backend import clock
from backend.edge.listener import IDLE_S
from backend.tracking.facts import Kind
from tests.edge.running import Edge, receive, running_edge, token
from tests.waiting import LOOPBACK, wait_until


def test_an_answer_is_dated(edge):
    dated = parsedate_to_datetime(edge.get("/").headers["date"])

    assert abs((clock.now() - dated).total_seconds()) < 5


SLOW = (
    ("headers", b"GET /o/x.gif HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"HTTP/1.1 408"),
    ("a body", b"POST /u/x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab", b"HTTP/1.1 408"),
    ("nothing", b"", b""),
    ("a refusal", b"GET /o/x HTTP/1.1\r\nA : b\r\n\r\n", b"HTTP/1.1 400"),
)


@pytest.fixture(scope="module", autouse=True)
def late(edge):
    """What each slow client is told in the end; they wait side by side, beside the other tests."""
    clients = {why: edge.connect() for why, _, _ in SLOW}
    for why, said, _ in SLOW:
        clients[why].settimeout(IDLE_S * 3)
        clients[why].sendall(said)
    yield clients
    for client in clients.values():
        client.close()


def test_a_taken_port_is_one_line(tmp_path):
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        edge = Edge(tmp_path, port=taken.getsockname()[1])
        edge.spawn()

        assert edge.wait() == 78
    (line,) = edge.log.splitlines()
    assert line.startswith("EDGE_PORT:")


def test_new_clients_that_come_at_once_share_commits(tmp_path):
    one, count = token(Kind.OPEN), 64
    with running_edge(tmp_path) as edge, ExitStack() as open_:
        # All of them stand at the door by the time it goes on.
        os.kill(edge.pid(), signal.SIGSTOP)
        clients = [open_.enter_context(edge.connect()) for _ in range(count)]
        for client in clients:
            client.sendall(f"GET /o/{one}.gif HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        os.kill(edge.pid(), signal.SIGCONT)

        assert {receive(client).status for client in clients} == {200}
        assert len(edge.hits()) == count
        assert edge.figure("commits_total") <= count / 4


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_an_end_answers_what_was_asked_and_closes_the_rest(tmp_path, how):
    one = token(Kind.OPEN)
    with running_edge(tmp_path) as edge, edge.connect() as idle, edge.connect() as busy:
        busy.sendall(f"GET /o/{one}.gif HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        reply = receive(busy)
        code = edge.stop(how)

        assert (reply.status, code) == (200, 0)
        assert (idle.recv(10), busy.recv(10)) == (b"", b"")
        assert [hit.token for hit in edge.hits()] == [one]


@pytest.mark.parametrize(("why", "said", "told"), SLOW, ids=[row[0] for row in SLOW])
def test_who_never_ends_a_request_is_cut_off(late, why, said, told):
    assert late[why].recv(1_000)[:12] == told, why


def test_the_clock_goes_on_after_they_were_cut_off(edge, late):
    for client in late.values():
        while client.recv(1_000):
            pass
    dates = set()

    def later():
        dates.add(edge.get("/").headers["date"])
        return len(dates) > 3  # some may be cut off a second after the others

    wait_until(later, what="a clock that goes on")
