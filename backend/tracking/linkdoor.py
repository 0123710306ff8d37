r"""The drain's door for links that the edge does not know yet: a line in, a line out.

    edge: <32-character token>\n  ->  drain: <target>\n, or an empty line for "no such link"

A Unix socket beside the data, so that a link works in the seconds before the drain's next pull.
"""

import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from backend.tracking.tokens import TOKEN_LENGTH

CLIENT_TIMEOUT_S = 0.5

log = logging.getLogger(__name__)


class LinkDoor:
    """An open door; `close` shuts it and takes the socket file away."""

    def __init__(self, path: Path, lookup: Callable[[str], str | None]) -> None:
        self._path = path
        self._lookup = lookup
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        path.chmod(0o600)
        self._listener.listen(64)
        self._thread = threading.Thread(target=self._serve, name="link door", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Shut the door."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        self._path.unlink(missing_ok=True)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, suppress(OSError):
                client.settimeout(CLIENT_TIMEOUT_S)
                self._answer(client)

    def _answer(self, client: socket.socket) -> None:
        asked = client.recv(TOKEN_LENGTH + 1).decode("ascii", "replace").strip()
        try:
            url = self._lookup(asked) if len(asked) == TOKEN_LENGTH else None
        except Exception:  # the door outlives any fault of the database behind it
            log.exception("link lookup failed")
            return
        client.sendall(f"{url or ''}\n".encode())


def serve_links(path: Path, lookup: Callable[[str], str | None]) -> LinkDoor:
    """Answer for links on that Unix socket, in a thread of its own, until the door is closed.

    `lookup` gives the target of a token, or None; it is called from that thread alone. When it
    raises, the edge gets no answer and shows a page that tries again.
    """
    return LinkDoor(path, lookup)
