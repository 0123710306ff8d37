"""A gate before a mailbox: it hands calls on to it, but for those that it is told to answer."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import urlsplit

from tests.fakes.listening import Quiet, listening
from tests.waiting import LOOPBACK

PASSED_ON = ("Authorization", "Content-Type")


@dataclass
class Gate:
    """`refused` is what it answers next, by a verb and a piece of the path.

    `is_late`: the mailbox has carried out by then what it is asked. `before` is called with each
    path.
    """

    url: str = ""
    refused: dict[tuple[str, str], int] = field(default_factory=dict)
    is_late: bool = False
    before: Callable[[str], None] = lambda _path: None

    def refuse(self, verb: str, piece: str, status: int, *, is_late: bool = False) -> None:
        """Answer the next such call by this status, and hand on the others."""
        self.refused, self.is_late = {(verb, piece): status}, is_late

    def next(self, verb: str, path: str) -> int:
        """The status that was laid down, or 0."""
        found = next((key for key in self.refused if key[0] == verb and key[1] in path), None)
        return self.refused.pop(found) if found else 0


@contextmanager
def before(mailbox_url: str) -> Iterator[Gate]:
    """The gate of that mailbox, until the block ends."""
    gate = Gate()
    onward = urlsplit(mailbox_url)

    class Handler(Quiet):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            gate.before(path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status = gate.next(self.command, path)
            is_handed_on = not status or gate.is_late
            code, said = self.handed_on(body) if is_handed_on else (status, b"{}")
            self.send(status or code, said, {"Content-Type": "application/json"})

        do_POST = do_PUT = do_GET  # noqa: N815 - http.server's name

        def handed_on(self, body: bytes) -> tuple[int, bytes]:
            headers = {name: self.headers[name] for name in PASSED_ON if self.headers[name]}
            with closing(HTTPConnection(onward.hostname or "", onward.port)) as connection:
                connection.request(self.command, self.path, body, headers)
                answer = connection.getresponse()
                return answer.status, answer.read()

    with listening(Handler) as port:
        gate.url = f"http://{LOOPBACK}:{port}"
        yield gate
