"""One connection: what it reads, in which order it answers, and when it ends."""

import re
import socket

import httptools
import pytest

from backend.edge.connection import BODY_MAX, DISCARDED_MAX, HEADERS_MAX, Connection
from backend.tracking.facts import Kind
from tests.edge.running import receive, token

PAGE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def pixel(one=""):
    return f"GET /o/{one or token(Kind.OPEN)}.gif HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def all_of(connection):
    return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_a_connection_is_used_again(edge):
    with edge.connect() as connection:
        for _ in range(3):
            connection.sendall(pixel())
            assert receive(connection).headers["content-type"] == "image/gif"


def test_requests_sent_ahead_are_answered_in_their_order(edge):
    ones = [token(Kind.OPEN) for _ in range(20)]
    with edge.connect() as connection:
        last = PAGE.replace(b"Host", b"Connection: close\r\nHost")
        connection.sendall(b"".join(pixel(one) + PAGE for one in ones) + last)
        told = all_of(connection)

    kinds = [part.split(b"\r\n", 1)[0] for part in told.split(b"content-type: ")[1:]]
    assert kinds == [b"image/gif", b"text/html; charset=utf-8"] * 20 + [b"text/html; charset=utf-8"]
    assert [hit.token for hit in edge.hits() if hit.token in ones] == ones


def test_a_request_may_come_byte_by_byte(edge):
    one = token(Kind.OPEN)
    with edge.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in pixel(one):
            connection.sendall(bytes([byte]))
        reply = receive(connection)

    assert reply.status == 200
    assert one in {hit.token for hit in edge.hits()}


ENDS = (
    ("asked to end", b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    ("HTTP/1.0", b"GET / HTTP/1.0\r\n\r\n"),
    ("another protocol", b"GET / HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"),
    ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
    ("two lengths", b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    ("a length in words", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"),
    ("a request before HTTP had versions", b"GET /\r\n\r\n"),
    (
        "what follows a body is not read",
        b"POST /u/x HTTP/1.1\r\nContent-Length: 2\r\n\r\nab" + PAGE,
    ),
    (
        "a length and chunks",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        + PAGE,
    ),
)


@pytest.mark.parametrize(("why", "request_"), ENDS, ids=[row[0] for row in ENDS])
def test_a_connection_ends_after_its_last_answer(edge, why, request_):
    with edge.connect() as connection:
        connection.sendall(request_)
        told = all_of(connection)

    assert told.count(b"HTTP/1.1 ") == 1, why


def test_a_client_that_says_no_more_still_gets_its_answer(edge):
    with edge.connect() as connection:
        connection.sendall(pixel())
        connection.shutdown(socket.SHUT_WR)
        told = all_of(connection)

    assert told.startswith(b"HTTP/1.1 200 OK\r\n")


HEADS = (
    ("as many headers as allowed", PAGE[:-2] + b"A: b\r\n" * (HEADERS_MAX - 1) + b"\r\n", b"200"),
    ("one more", PAGE[:-2] + b"A: b\r\n" * HEADERS_MAX + b"\r\n", b"431"),
    ("a megabyte of headers", PAGE[:-2] + b"X: " + b"x" * 1_000_000 + b"\r\n\r\n", b"431"),
    ("a path of a megabyte", b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n", b"414"),
)


@pytest.mark.parametrize(("why", "request_", "status"), HEADS, ids=[row[0] for row in HEADS])
def test_a_head_has_limits(edge, why, request_, status):
    with edge.connect() as connection:
        connection.sendall(request_)

        assert connection.recv(100).split(b" ")[1] == status, why


BODIES = (
    ("a body on a pixel is not looked at", "/o/{o}.gif", b"x" * 100, 405, 0),
    ("the largest form", "/u/{u}", b"action=stop&x=".ljust(BODY_MAX, b"x"), 200, 1),
    ("one byte more", "/u/{u}", b"action=stop&x=".ljust(BODY_MAX + 1, b"x"), 413, 0),
    ("more than anybody reads", "/u/{u}", b"x" * (DISCARDED_MAX + 100_000), 413, 0),
)


@pytest.mark.parametrize(
    ("why", "path", "body", "status", "stored"), BODIES, ids=[row[0] for row in BODIES]
)
def test_a_body_has_a_limit(edge, why, path, body, status, stored):
    tokens = {"o": token(Kind.OPEN), "u": token(Kind.UNSUBSCRIBE)}

    reply = edge.ask("POST", path.format(**tokens), "", body)

    assert reply.status == status, why
    assert len([hit for hit in edge.hits() if hit.token in tokens.values()]) == stored


def test_a_form_may_come_in_chunks_and_ask_first(edge):
    one = token(Kind.UNSUBSCRIBE)
    head = f"POST /u/{one} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    with edge.connect() as connection:
        connection.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        go_on = connection.recv(100)
        connection.sendall(b"6\r\naction\r\n5\r\n=stop\r\n0\r\n\r\n")
        reply = receive(connection)

    assert (go_on, reply.status) == (b"HTTP/1.1 100 Continue\r\n\r\n", 200)
    assert [hit.headers for hit in edge.hits() if hit.token == one] == [{"action": "stop"}]


def test_a_client_that_reads_nothing_holds_up_itself_alone(edge):
    with edge.connect() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        deaf.settimeout(0.5)
        with pytest.raises(TimeoutError):
            # No more is read than it takes answers; the system's own buffers hold up to 10 MB.
            deaf.sendall(PAGE * 2_000_000)

        assert edge.get("/healthz").status == 200


class Host:
    """Collects the requests of one connection, which is its own transport too; answers nothing."""

    date, tick = b"", 0

    def __init__(self):
        self.requests = []
        self.said = b""
        self.connection = Connection(self)
        self.connection.connection_made(self)

    def get_extra_info(self, _name):
        return ("192.0.2.1", 5)

    def joined(self, _connection):
        pass

    def handle(self, request):
        self.requests.append(request)
        self.connection.is_busy = False  # the next one need not wait

    def write(self, answer):
        self.said += answer

    def write_eof(self):
        pass


class Parser:
    """What the parser alone makes of the same bytes, called back for every line of a head."""

    def __init__(self):
        self.found = []
        self.parser = httptools.HttpRequestParser(self)

    def on_url(self, url):
        self.found.append((self.parser.get_method().decode(), url.decode(), []))

    def on_header(self, name, value):
        self.found[-1][2].append((name.lower().decode(), value.decode("utf-8", "replace")))


def found_by_us(requests):
    return [
        (
            one.method,
            one.path,
            [
                (name.lower(), one.lines(re.escape(name))[0])
                for name in re.findall(r"\n([^:\r]+):", one.head)
            ],
        )
        for one in requests
    ]


MANY = (
    b"\r\n\n\r\n\r\nGET  /one  HTTP/1.1\r\nHost: x\r\nA:b\r\nEmpty:\r\nTabs:\t \tc\t \r\n\r\n",
    b"HEAD /two HTTP/1.1\r\n\r\n\r\n\r\n\r\n",
    b"OPTIONS /three HTTP/1.1\r\nLetters: \xd0\x9f \xff\r\nColons: a: b:\r\n\r\n",
    b"GET /four HTTP/1.0\r\nCookie: dnt: 1\r\n\r\n",
)


def test_what_is_read_of_heads_is_what_the_parser_sees_wherever_they_are_cut():
    sent = b"".join(MANY)
    judge = Parser()
    judge.parser.feed_data(sent)

    for at in range(len(sent) + 1):
        host = Host()
        for piece in (sent[:at], sent[at:]):
            host.connection.data_received(piece)

        assert found_by_us(host.requests) == judge.found, at
        assert host.said == b""


IMPROPER = (
    ("a folded line", b"A: b\r\n DNT: 1"),
    ("a line that ends in LF alone", b"A: b\nDNT: 1"),
    ("a line that ends in CR alone", b"A: b\rDNT: 1"),
    ("a blank before the colon", b"DNT : 1"),
    ("no name", b": 1"),
    ("no colon", b"DNT"),
    ("a NUL", b"DNT: \0"),
)


@pytest.mark.parametrize(("why", "line"), IMPROPER, ids=[row[0] for row in IMPROPER])
def test_a_head_that_could_be_read_in_two_ways_is_not_read(why, line):
    host = Host()

    host.connection.data_received(b"GET /o/x HTTP/1.1\r\n" + line + b"\r\n\r\n")

    assert (host.requests, host.said[:12]) == ([], b"HTTP/1.1 400"), why
