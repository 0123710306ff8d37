"""Clients that ask the edge as fast as they are answered and keep a ledger of the answers."""

import threading

from backend.tracking.facts import Kind
from tests.edge.running import token
from tests.waiting import wait_until

CLIENTS = 8


class Clients:
    """They come back after an edge was killed; `answered` names the hits that got an answer."""

    def __init__(self, edge, name):
        self._edge = edge
        self._name = name
        self._token = token(Kind.OPEN)
        self.answered = []
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(number,)) for number in range(CLIENTS)
        ]
        for thread in self._threads:
            thread.start()

    def wait_for(self, count):
        wait_until(lambda: len(self.answered) > count, 30, f"{count} answers")

    def stop(self):
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, number):
        count = 0
        while not self._is_over.is_set():
            try:
                with self._edge.connect() as connection:
                    while not self._is_over.is_set():
                        count += 1
                        self._exchange(connection, f"{self._name}-{number}-{count}")
            except (OSError, ValueError, EOFError):
                self._is_over.wait(0.02)  # killed: it comes back

    def _exchange(self, connection, name):
        request = f"GET /o/{self._token}.gif HTTP/1.1\r\nHost: x\r\nUser-Agent: {name}\r\n\r\n"
        connection.sendall(request.encode())
        got = b""
        while b"\r\n\r\n" not in got or len(got.partition(b"\r\n\r\n")[2]) < 43:
            piece = connection.recv(4096)
            if not piece:
                raise EOFError
            got += piece
        assert got.startswith(b"HTTP/1.1 200")
        self.answered.append(name)
