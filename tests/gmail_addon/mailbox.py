"""A mailbox at Gmail: npm's `emulate`, which nobody of us wrote, on a free port.

It answers an unknown token as the first user, so a decoy stands there (its own documentation).
"""

import base64
import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from httplib2 import Http

from tests.processes import ROOT, spawn
from tests.waiting import free_port, is_answering, wait_until

TOKENS = {"alice@ours.test": "ya29.the-token-of-alice"}
SEED = """
tokens:
  ya29.the-token-of-alice: {login: alice@ours.test, scopes: ["https://mail.google.com/"]}
google:
  users:
    - {email: decoy@else.test, name: Decoy}
    - {email: alice@ours.test, name: Alice}
"""


@dataclass
class Mailbox:
    """Alice's mailbox, looked at through Google's own client."""

    endpoint: str

    def put(self, raw: bytes, *labels: str) -> str:
        """Put a mail in; its id."""
        body = {"raw": encoded(raw), "labelIds": list(labels)}
        return str(self._do("messages", "insert", body=body)["id"])

    def draft(self, raw: bytes) -> str:
        """Keep a draft; its id."""
        return str(self._do("drafts", "create", body={"message": {"raw": encoded(raw)}})["id"])

    def drafts(self) -> list[str]:
        """The ids of the drafts there are."""
        return [each["id"] for each in self._do("drafts", "list").get("drafts", ())]

    def sent(self) -> list[bytes]:
        """What was sent, the newest first, as it left."""
        return [self._raw(each) for each in self.sent_ids()]

    def sent_ids(self) -> list[str]:
        """The ids of what was sent, the newest first."""
        found = self._do("messages", "list", q="in:sent").get("messages", ())
        return [each["id"] for each in found]

    def _raw(self, message_id: str) -> bytes:
        text = self._do("messages", "get", id=message_id, format="raw")["raw"]
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    def _do(self, what: str, verb: str, **options: Any) -> Any:
        api = build(
            "gmail",
            "v1",
            http=Http(),
            static_discovery=True,
            client_options={"api_endpoint": self.endpoint},
        )
        asked = getattr(getattr(api.users(), what)(), verb)(userId="me", **options)
        asked.headers["authorization"] = f"Bearer {TOKENS['alice@ours.test']}"
        with closing(Http()) as http:
            return asked.execute(http=http)

    def has(self, draft_id: str) -> bool:
        """Whether the draft is still there."""
        try:
            self._do("drafts", "get", id=draft_id)
        except HttpError:
            return False
        return True


@contextmanager
def running(folder: Path) -> Iterator[Mailbox]:
    """The mailbox, empty, until the end of the block."""
    port = free_port()
    seed = folder / "seed.yaml"
    seed.write_text(SEED)
    program = ROOT / "node_modules" / "emulate" / "dist" / "index.js"
    command = [str(ROOT / ".venv" / "bin" / "node"), str(program), "start", "--service", "google"]
    pid = spawn([*command, "--seed", str(seed), "--port", str(port)], folder / "emulate.log")
    try:
        wait_until(lambda: is_answering(port), 30, "Gmail's emulator")
        yield Mailbox(f"http://127.0.0.1:{port}")
    finally:
        os.kill(pid, signal.SIGTERM)


def encoded(raw: bytes) -> str:
    """Bytes as Gmail's API takes them."""
    return base64.urlsafe_b64encode(raw).decode()
