"""A provider that gives one answer to everything, and keeps what it was asked."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.fakes.listening import Quiet, listening
from tests.waiting import LOOPBACK


class Answers:
    """What is answered, and what was asked: paths with their headers in small letters."""

    def __init__(self, status: int, body: Any) -> None:
        self.url, self.status, self.body = "", status, body
        self.headers = {"Content-Type": "application/json"}
        self.asked: list[tuple[str, dict[str, str]]] = []


@contextmanager
def serving(status: int = 200, body: Any = None) -> Iterator[Answers]:
    """The server while it listens; a body of bytes is sent as it is."""
    answers = Answers(status, {} if body is None else body)

    class Handler(Quiet):
        def do_GET(self) -> None:
            names = {name.lower(): value for name, value in self.headers.items()}
            answers.asked.append((self.path, names))
            body = answers.body
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send(answers.status, raw, answers.headers)

    with listening(Handler) as port:
        answers.url = f"http://{LOOPBACK}:{port}"
        yield answers
