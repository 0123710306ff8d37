"""myworld: other people's fake Gmail with several mailboxes that write to each other.

A process of its own (PyPI, development only); its clock is virtual and moves when told to.
"""

import base64
import json
import os
import shutil
import signal
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from google.oauth2.credentials import Credentials

from backend.providers.gmail_mailbox import GmailMailbox
from backend.providers.google_calendar import GoogleCalendar
from tests.processes import spawn
from tests.waiting import LOOPBACK, free_port, is_answering, wait_until

NAMES = {"alice": "alice@ours.test", "bob": "bob@ours.test", "carol": "carol@northwind.test"}
PEOPLE = [{"email": at, "name": name.title()} for name, at in NAMES.items()]


class MyWorld:
    """A running host; each `world` is a fresh one."""

    def __init__(self, port: int, folder: Path) -> None:
        self._base = f"http://{LOOPBACK}:{port}"
        self._folder = folder
        self._worlds: list[World] = []
        self.gmail = f"{self._base}/gw/gmail.googleapis.com"
        self.calendar = f"{self._base}/gw/www.googleapis.com"
        self.people = f"{self._base}/gw/people.googleapis.com"
        self.token_url = f"{self._base}/gw/oauth2.googleapis.com/token"

    def world(self, emails: list[dict[str, Any]], **more: Any) -> "World":
        """Alice and Bob of ours.test, and Carol of northwind.test, with these mails."""
        mailboxes = [{"user": each} for each in PEOPLE]
        seed = {
            "user": mailboxes[0]["user"],
            "mailboxes": mailboxes[1:],
            "domains": ["ours.test", "northwind.test"],
            "emails": emails,
        }
        told = {
            "name": "crm",
            "now": "2026-11-20T12:00:00Z",
            "servers": {
                "gmail": {"seed": seed | more.pop("seed", {})},
                "calendar": {"seed": {"user": mailboxes[0]["user"], "people": PEOPLE}},
            },
            "agents": {name: {"as": at, "task": "x"} for name, at in NAMES.items()},
        } | more
        (self._folder / "crm.yaml").write_text(json.dumps(told))  # which is YAML too
        self._worlds.append(World(self, self.post("/envs", {"file": "crm.yaml"})))
        return self._worlds[-1]

    def close(self) -> None:
        """Let go of its worlds."""
        for each in self._worlds:
            each.close()

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A call to the host itself."""
        request = urllib.request.Request(
            self._base + path, json.dumps(body).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.loads(answer.read())
            return found


class World:
    """One fresh world."""

    def __init__(self, host: MyWorld, told: dict[str, Any]) -> None:
        self._host, self._told = host, told
        self._opened: list[GmailMailbox | GoogleCalendar] = []

    def token(self, name: str) -> str:
        """That person's access token."""
        return str(self._told["credentials"][name]["google_access_token"])

    def mailbox(self, name: str) -> GmailMailbox:
        """That person's mailbox as sync sees it."""
        mailbox = GmailMailbox(Credentials(self.token(name)), self._host.gmail)
        self._opened.append(mailbox)
        return mailbox

    def calendar(self, name: str) -> GoogleCalendar:
        """That person's calendar as sync sees it."""
        calendar = GoogleCalendar(Credentials(self.token(name)), self._host.calendar)
        self._opened.append(calendar)
        return calendar

    def close(self) -> None:
        """Let go of its mailboxes and calendars."""
        for each in self._opened:
            each.close()

    def advance(self, seconds: int) -> None:
        """Let time pass: answers and bounces arrive."""
        self._host.post(f"/envs/{self._told['id']}/advance", {"seconds": seconds})

    def send(self, name: str, raw: bytes, thread: str = "") -> str:
        """Let that person send a mail by the API; its id in her mailbox."""
        body = {"raw": base64.urlsafe_b64encode(raw).decode()}
        body |= {"threadId": thread} if thread else {}
        url = f"{self._host.gmail}/gmail/v1/users/me/messages/send"
        return str(self._call(name, "POST", url, body)["id"])

    def plan(self, name: str, entry: dict[str, Any]) -> str:
        """Let that person put an entry into her calendar and invite its attendees; its id."""
        return str(self._call(name, "POST", f"{self._events}?sendUpdates=all", entry)["id"])

    def change(self, name: str, entry_id: str, changes: dict[str, Any]) -> None:
        """Let that person change an entry, or answer it."""
        self._call(name, "PATCH", f"{self._events}/{entry_id}?sendUpdates=all", changes)

    def cancel(self, name: str, entry_id: str) -> None:
        """Let that person delete an entry."""
        self._call(name, "DELETE", f"{self._events}/{entry_id}?sendUpdates=all", None)

    @property
    def _events(self) -> str:
        return f"{self._host.calendar}/calendar/v3/calendars/primary/events"

    def _call(self, name: str, method: str, url: str, body: dict[str, Any] | None) -> Any:
        request = urllib.request.Request(
            url,
            None if body is None else json.dumps(body).encode(),
            {"content-type": "application/json", "authorization": f"Bearer {self.token(name)}"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")


@contextmanager
def running(folder: Path) -> Iterator[MyWorld]:
    """A host on a free port, ended at the end."""
    port = free_port()
    program = shutil.which("myworld", path=str(Path(sys.executable).parent))
    assert program, "myworld is missing: run `make setup-dev`"
    command = [program, "serve", "--port", str(port), "--env-dir", str(folder)]
    pid = spawn(command, folder / "myworld.log")
    try:
        wait_until(lambda: is_answering(port), 30, "myworld")
        host = MyWorld(port, folder)
        yield host
        host.close()
    finally:
        os.kill(pid, signal.SIGKILL)
