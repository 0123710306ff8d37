"""A local server for Google's public keys, with its faults."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Certs:
    """What the server answers now, and how often it was asked."""

    body: Any
    status: int = 200
    max_age: int = 20_000
    asked: int = 0
    url: str = field(default="")


@contextmanager
def serving(body: Any, context: Any = None) -> Iterator[Certs]:
    """The server on a free port, with TLS if there is a context."""
    certs = Certs(body)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            certs.asked += 1
            raw = certs.body if isinstance(certs.body, bytes) else json.dumps(certs.body).encode()
            self.send_response(certs.status)
            self.send_header("Cache-Control", f"public, max-age={certs.max_age}")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_arguments):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "http" if context is None else "https"
    certs.url = f"{scheme}://127.0.0.1:{server.server_port}/certs"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield certs
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
