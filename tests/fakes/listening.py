"""A server of a test's own on a port of its own, until the block ends."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import trustme

from tests.waiting import LOOPBACK


class Quiet(BaseHTTPRequestHandler):
    """A handler that writes no log; what it answers is up to its children."""

    def send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """The whole answer."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def listening(
    handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None, port: int = 0
) -> Iterator[int]:
    """Its port; 0 is any free one. With a context it speaks TLS."""
    server = ThreadingHTTPServer((LOOPBACK, port), handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def certified(authority: trustme.CA, name: str) -> ssl.SSLContext:
    """A server's TLS with a certificate for that name."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context
