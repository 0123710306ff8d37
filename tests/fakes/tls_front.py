"""A proxy with a certificate in front of a server that speaks plain HTTP, as in production."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

import trustme

from tests.fakes.listening import Quiet, certified, listening
from tests.waiting import LOOPBACK


@contextmanager
def in_front_of(port: int, authority: trustme.CA, name: str, own_port: int = 0) -> Iterator[int]:
    """The port on which it listens, with a certificate for that name."""

    class Forward(Quiet):
        def do_GET(self) -> None:
            behind = HTTPConnection(LOOPBACK, port, timeout=30)
            behind.request("GET", self.path, headers=dict(self.headers.items()))
            answer = behind.getresponse()
            told = {name: answer.getheader(name) or "" for name in ("Location", "Content-Type")}
            self.send(answer.status, answer.read(), {k: v for k, v in told.items() if v})
            behind.close()

    with listening(Forward, certified(authority, name), own_port) as own:
        yield own
