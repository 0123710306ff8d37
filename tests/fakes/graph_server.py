"""The port on which a fake Microsoft Graph answers (graph_world.py)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from tests.fakes.graph_payloads import Payload
from tests.fakes.graph_world import GraphWorld
from tests.fakes.listening import Quiet, listening
from tests.waiting import LOOPBACK


class Handler(Quiet):
    """Answers for one world."""

    protocol_version = "HTTP/1.1"
    world: ClassVar[GraphWorld]

    def do_GET(self) -> None:
        self._answer("GET", None)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self._answer("POST", json.loads(self.rfile.read(length) or b"{}"))

    def do_PATCH(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self._answer("PATCH", json.loads(self.rfile.read(length) or b"{}"))

    def do_DELETE(self) -> None:
        self._answer("DELETE", None)

    def _answer(self, method: str, body: Payload | None) -> None:
        world = self.world
        world.calls.append(f"{method} {self.path.partition('?')[0]}")
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        path = self.path.removeprefix("/v1.0")
        if method == "POST" and path == "/$batch" and body is not None:
            found = world.batch(body, token)
        else:
            found = world.answer(method, path, self.headers.get("Prefer", ""), token, body)
        raw = found.body if isinstance(found.body, bytes) else json.dumps(found.body).encode()
        if found.body is None:
            raw = b""
        self.send(found.status, raw, {"Content-Type": "application/json", **found.headers})


@contextmanager
def running() -> Iterator[GraphWorld]:
    """A world on a port of its own; what it complained of fails the test that caused it."""
    world = GraphWorld()
    with listening(type("ItsHandler", (Handler,), {"world": world})) as port:
        world.url = f"http://{LOOPBACK}:{port}"
        yield world
    assert world.complaints == []
