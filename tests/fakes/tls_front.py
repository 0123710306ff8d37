"""A proxy with a certificate in front of a server that speaks plain HTTP, as in production."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import trustme

from tests.waiting import LOOPBACK


@contextmanager
def in_front_of(port: int, authority: trustme.CA, name: str, own_port: int = 0) -> Iterator[int]:
    """The port on which it listens, with a certificate for that name."""

    class Forward(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            behind = HTTPConnection(LOOPBACK, port, timeout=10)
            behind.request("GET", self.path, headers=dict(self.headers.items()))
            answer = behind.getresponse()
            body = answer.read()
            self.send_response(answer.status)
            for header in ("Location", "Content-Type"):
                if answer.getheader(header):
                    self.send_header(header, answer.getheader(header) or "")
            self.end_headers()
            self.wfile.write(body)
            behind.close()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer((LOOPBACK, own_port), Forward)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
