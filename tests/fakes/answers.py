"""A provider that gives one answer to everything, and keeps what it was asked."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.waiting import LOOPBACK


class Answers:
    """What is answered, and what was asked: paths with their headers in small letters."""

    def __init__(self) -> None:
        self.url, self.status = "", 200
        self.body: Any = {}
        self.asked: list[tuple[str, dict[str, str]]] = []


@contextmanager
def serving() -> Iterator[Answers]:
    """The server while it listens; a body of bytes is sent as it is."""
    answers = Answers()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            names = {name.lower(): value for name, value in self.headers.items()}
            answers.asked.append((self.path, names))
            body = answers.body
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(answers.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    listening = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    answers.url = f"http://{LOOPBACK}:{listening.server_port}"
    try:
        yield answers
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
