"""The promise: whatever kills the relay, no mail is lost, and who is known to have it has one."""

import re
import smtplib
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from backend import db
from backend.mail.mime_headers import read_headers
from backend.models.org import Organization, User
from backend.relay.ledger import Ledger
from backend.settings import Settings
from tests.installation import SECRET, Installation
from tests.relay import hosting
from tests.relay.letters import letter
from tests.waiting import LOOPBACK, free_port, is_answering, wait_until

PEERS = 4
RECIPIENTS = tuple(f"reader{number}@else.test" for number in range(3))
MAILS_BETWEEN_KILLS = 12


class Peers:
    """Hosts with a queue: each sends its mails again and again until they are accepted."""

    def __init__(self, port: int) -> None:
        self.accepted: list[str] = []
        self.begun: dict[str, bytes] = {}
        self._port = port
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._send_on, args=(number,)) for number in range(PEERS)
        ]
        for thread in self._threads:
            thread.start()

    def wait_for_more(self) -> None:
        """Until so many more mails were accepted."""
        goal = len(self.accepted) + MAILS_BETWEEN_KILLS
        wait_until(lambda: len(self.accepted) >= goal, 90, f"{goal} accepted mails")

    def stop(self) -> None:
        """Let each finish the mail it has begun."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _send_on(self, peer: int) -> None:
        number = 0
        while not self._is_over.is_set():
            name, number = f"p{peer}n{number}", number + 1
            self.begun[name] = raw = letter(message_id=name, to=", ".join(RECIPIENTS))
            while not self._attempt(raw):
                self._is_over.wait(0.05)
            self.accepted.append(name)

    def _attempt(self, raw: bytes) -> bool:
        with (
            suppress(OSError, smtplib.SMTPException),
            smtplib.SMTP(LOOPBACK, self._port, timeout=30) as client,
        ):
            client.sendmail("alice@ours.test", RECIPIENTS, raw)
            return True
        return False


@pytest.mark.faults
def test_a_killed_relay_loses_no_mail_and_repeats_no_known_one(tmp_path, fault_rounds):
    with ExitStack() as running:
        host = running.enter_context(hosting.smarthost())
        here = installation(tmp_path, host.port)
        relay = running.enter_context(relaying(here))
        peers = Peers(int(here.variables["RELAY_PORT"]))
        running.callback(peers.stop)
        known: list[tuple[int, set[tuple[str, str]]]] = []
        unwritten: set[tuple[str, str]] = set()
        for _ in range(fault_rounds):
            peers.wait_for_more()
            relay.kill()
            relay.wait()
            answered = {(name, to) for name in list(peers.accepted) for to in RECIPIENTS}
            known.append((len(host.taken), acceptances(here, peers)))
            unwritten |= answered - known[-1][1]
            relay = running.enter_context(relaying(here))
        peers.wait_for_more()
        peers.stop()

    sent = [(name_of(mail.content), address) for mail in host.taken for address in mail.recipients]
    counted = Counter(sent)
    assert [
        name for name in peers.accepted if not all(counted[name, to] for to in RECIPIENTS)
    ] == []
    again = [pair for start, pairs in known for pair in sent[start:] if pair in pairs]
    assert again == []
    assert unwritten == set()
    assert len(known) == fault_rounds
    assert all(pairs for _, pairs in known)


def installation(folder, smarthost: int) -> Installation:
    """With alice, whose mail goes out in a copy for each recipient."""
    port = free_port(1)
    here = Installation(
        folder,
        {
            "RELAY_PORT": str(port),
            "RELAY_HEALTH_PORT": str(port + 1),
            "RELAY_SMARTHOST": f"smtp+plain://{LOOPBACK}:{smarthost}",
        },
    )
    here.told("migrate")
    here.told("add-user", "alice@ours.test")
    with opened(here):
        User.update(preferences={"opens": True, "links": True}).execute()
        Organization.update(policy={"relay_copies": True}).execute()
    return here


@contextmanager
def relaying(here: Installation) -> Iterator[subprocess.Popen[bytes]]:
    """The relay of an installation, from its first answer to the end of the block."""
    with (here.folder / "err").open("ab") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "backend", "relay"],
            cwd=here.folder,
            env=here.environment(),
            stderr=err,
        )
    try:
        wait_until(lambda: is_answering(int(here.variables["RELAY_PORT"])), 60, "the relay")
        yield process
    finally:
        process.kill()
        process.wait()


def acceptances(here: Installation, peers: Peers) -> set[tuple[str, str]]:
    """(mail, recipient) of everything that is written down as accepted."""
    ledger = Ledger(SECRET)
    with opened(here):
        return {
            (name, address)
            for name, raw in list(peers.begun.items())
            for address in ledger.accepted(
                ledger.mail_key("alice@ours.test", read_headers(raw, 0, len(raw)), raw), RECIPIENTS
            )
        }


@contextmanager
def opened(here: Installation) -> Iterator[None]:
    """The installation's database, from here."""
    store = db.open_store(Settings(data_dir=here.data_dir, secret=SECRET))
    with db.connection():
        yield
    store.close_all()


def name_of(raw: bytes) -> str:
    found = re.search(rb"Message-ID: <(.*?)@", raw)
    assert found
    return found[1].decode()
