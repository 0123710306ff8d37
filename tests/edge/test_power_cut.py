"""An answered hit survives a power cut: what was written but not fsynced is forgotten (Linux)."""

import signal
import sqlite3
from collections import Counter
from contextlib import closing

import pytest

from tests.edge.clients import Clients
from tests.edge.running import hits_in, running_edge
from tests.power import lossy_folder

ROWS = 50
pytestmark = pytest.mark.power


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
