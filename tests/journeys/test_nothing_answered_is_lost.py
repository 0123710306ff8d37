"""The promise: an answered hit is in the database exactly once, whatever was killed meanwhile."""

import http.client
import itertools
import threading
from collections import Counter
from contextlib import ExitStack, suppress
from datetime import timedelta
from urllib.parse import urlsplit

import orjson
import psutil
import pytest

from backend import clock, db
from backend.settings import Settings
from tests.installation import Installation
from tests.waiting import wait_until

CLIENTS = 4
ANSWERS_BETWEEN_KILLS = 150


class Ledger:
    """Readers who load pixels under names of their own and write down which were answered."""

    def __init__(self, port: int, paths: list[str]) -> None:
        self.answered: list[str] = []
        self._port = port
        self._paths = itertools.cycle(paths)
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._read, args=(number,)) for number in range(CLIENTS)
        ]
        for thread in self._threads:
            thread.start()

    def wait_for_more(self) -> None:
        """Until so many more were answered."""
        goal = len(self.answered) + ANSWERS_BETWEEN_KILLS
        wait_until(lambda: len(self.answered) >= goal, 60, f"{goal} answers")

    def stop(self) -> None:
        """End the readers."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _read(self, number: int) -> None:
        for count in itertools.count():
            if self._is_over.is_set():
                return
            name = f"Ledger/{number}.{count}"
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
            try:
                connection.request("GET", next(self._paths), headers={"User-Agent": name})
                if connection.getresponse().read():
                    self.answered.append(name)
            except (OSError, http.client.HTTPException):
                self._is_over.wait(0.05)  # killed: it comes back
            finally:
                connection.close()


@pytest.mark.req("R32")
@pytest.mark.faults
def test_every_answered_hit_is_in_the_database_exactly_once(tmp_path, fault_rounds):
    here = Installation(tmp_path)
    with ExitStack() as running:
        supervisor = running.enter_context(here.serving("--demo"))
        pixels = [urlsplit(url).path for url in stamped(here)]
        ledger = Ledger(here.port + 1, pixels)
        running.callback(ledger.stop)
        for round_number in range(fault_rounds):
            ledger.wait_for_more()
            if round_number % 3 == 2:
                kill_all(supervisor.pid)
                supervisor = running.enter_context(here.serving())
            else:
                kill_children(supervisor.pid, ("backend drain", "servers edge")[round_number % 3])
        ledger.wait_for_more()
        ledger.stop()

        settings = Settings(data_dir=here.data_dir)
        stored = wait_until(lambda: all_of(ledger, settings), 60, "the drain to catch up")

    assert [name for name in ledger.answered if stored[name] != 1] == []
    assert len(ledger.answered) > fault_rounds * ANSWERS_BETWEEN_KILLS


def stamped(here: Installation) -> list[str]:
    """The pixels of twenty sent mails."""
    headers = {
        "Authorization": f"Bearer {here.token('rep@demo.telltale.test')}",
        "Content-Type": "application/json",
    }
    drafts = [orjson.dumps(draft(number)) for number in range(20)]
    return [here.ask("POST", "/api/v1/stamps", one, headers).json["pixel_url"] for one in drafts]


def kill_children(supervisor: int, word: str) -> None:
    """End every process of it whose command line has that word by SIGKILL."""
    for one in psutil.Process(supervisor).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it fell with its parent, killed a moment ago
            if word in " ".join(one.cmdline()):
                one.kill()


def kill_all(supervisor: int) -> None:
    """End the supervisor by SIGKILL; its children must go with it."""
    main = psutil.Process(supervisor)
    children = main.children(recursive=True)
    main.kill()
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []


def draft(number: int) -> dict:
    return {
        "subject": f"Offer {number}",
        "recipients": [{"address": f"person{number}@example.test"}],
        "html": "<p>Hello</p>",
        "opens": True,
        "links": True,
        "sent_at": (clock.now() - timedelta(days=1)).isoformat(),  # not so old that it goes
    }


def all_of(ledger: Ledger, settings: Settings) -> Counter | None:
    """Stored hits by the name of their reader, once there are as many as answers."""
    store = db.open_store(settings)
    with db.connection():
        stored = Counter(
            dict(
                db.rows(
                    "SELECT a.text, count(*) FROM hit h JOIN agent a ON a.id = h.agent_id"
                    " WHERE a.text LIKE 'Ledger/%' GROUP BY a.text"
                )
            )
        )
    store.close_all()
    return stored if all(stored[name] for name in ledger.answered) else None
