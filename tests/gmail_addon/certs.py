"""A local server for Google's public keys, with its faults."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.listening import Quiet, listening
from tests.waiting import LOOPBACK


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

    class Handler(Quiet):
        def do_GET(self):
            certs.asked += 1
            raw = certs.body if isinstance(certs.body, bytes) else json.dumps(certs.body).encode()
            self.send(certs.status, raw, {"Cache-Control": f"public, max-age={certs.max_age}"})

    scheme = "http" if context is None else "https"
    with listening(Handler, context) as port:
        certs.url = f"{scheme}://{LOOPBACK}:{port}/certs"
        yield certs
