"""An answered hit survives a power cut: what was written but not fsynced is forgotten (Linux)."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests import programs
from tests.edge.clients import Clients
from tests.edge.running import hits_in, running_edge
from tests.processes import ROOT
from tests.waiting import wait_until

ROWS = 50
pytestmark = pytest.mark.power


class LossyFolder:
    """A mounted folder whose power can be cut; what it keeps lies in `kept`."""

    def __init__(self, base):
        self.kept, self.mounted, self._log = base / "kept", base / "mounted", base / "fuse.log"
        self.kept.mkdir()
        self.mounted.mkdir()
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.lossy_folder", str(self.kept), str(self.mounted)],
                cwd=ROOT,
                stderr=log,
            )
        wait_until(self.mounted.is_mount, 30, "the mounted folder")

    def cut_power(self):
        """Forget what was not fsynced."""
        cuts = self._cuts()
        self._process.send_signal(signal.SIGUSR1)
        # A FUSE loop looks at signals when it is asked something.
        wait_until(lambda: bool(os.stat(self.mounted)) and self._cuts() > cuts, 30, "the power cut")

    def unmount(self):
        subprocess.run([programs.path_of("fusermount3"), "-uz", self.mounted], check=True)
        self._process.kill()
        self._process.wait(10)

    def _cuts(self):
        return self._log.read_text().count("dropped")


@contextmanager
def lossy_folder(base) -> Iterator[LossyFolder]:
    base.mkdir()
    folder = LossyFolder(base)
    try:
        yield folder
    finally:
        folder.unmount()


@pytest.mark.parametrize(("synchronous", "kept"), [("FULL", ROWS), ("OFF", 0)])
def test_the_folder_forgets_what_was_not_fsynced_and_nothing_else(tmp_path, synchronous, kept):
    with (
        lossy_folder(tmp_path / "disk") as folder,
        closing(sqlite3.connect(folder.mounted / "rows.db", isolation_level=None)) as rows,
    ):
        rows.execute("PRAGMA journal_mode = WAL")
        rows.execute("PRAGMA synchronous = FULL")
        rows.execute("CREATE TABLE row (number)")
        rows.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        rows.execute(f"PRAGMA synchronous = {synchronous}")
        for number in range(ROWS):
            rows.execute("INSERT INTO row VALUES (?)", (number,))
        folder.cut_power()

        with closing(sqlite3.connect(folder.kept / "rows.db")) as left:
            found = left.execute("SELECT count(*) FROM row").fetchone()

    assert found == (kept,)


@pytest.mark.req("R32")
def test_no_answered_hit_is_lost_or_doubled_by_power_cuts(tmp_path, fault_rounds):
    answered, stored = [], Counter()
    for number in range(fault_rounds):
        with lossy_folder(tmp_path / f"disk-{number}") as folder:
            with running_edge(folder.mounted) as edge:
                clients = Clients(edge, f"round-{number}")
                clients.wait_for(200)
                edge.stop(signal.SIGKILL)
                clients.stop()
            folder.cut_power()
        answered += clients.answered
        stored.update(hit.user_agent for hit in hits_in(folder.kept))

    lost = [name for name in answered if not stored[name]]
    doubled = [name for name, count in stored.items() if count > 1]
    assert (lost, doubled) == ([], [])
