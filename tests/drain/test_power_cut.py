"""A drained hit survives a power cut, though the drain's commits do not wait for it (Linux)."""

import os
import shutil
import signal
import sqlite3
import sys
from contextlib import closing
from functools import partial

import pytest

from backend.tracking.hitlog import Tally, open_sink
from tests.hitlog import put
from tests.power import lossy_folder
from tests.processes import spawn
from tests.waiting import wait_until
from tests.world import SECRET, hit

BATCHES, BATCH = 8, 50
# The command `drain`, with batches so small that the slow folder can bear them.
DRAIN = f"""
from backend import db, settings
from backend.drain import steps
chosen = settings.load()
db.open_store(chosen, lazy=True)
steps.run(chosen, size={BATCH})
"""
pytestmark = pytest.mark.power


@pytest.fixture(scope="module")
def database_url():
    """SQLite alone: PostgreSQL's commits wait."""
    return ""


def marked(folder):
    """How far the drain says it is."""
    try:
        return int((folder / "hits.drained").read_text().split()[1])
    except (OSError, IndexError):
        return 0


def is_drained(folder):
    return marked(folder) == BATCHES * BATCH


def stored(folder):
    with closing(sqlite3.connect(folder / "telltale.db")) as left:
        return left.execute("SELECT count(*), count(DISTINCT id) FROM hit").fetchone()


@pytest.mark.req("R32")
def test_what_is_marked_as_drained_is_there_after_a_power_cut(
    world, settings, tmp_path, fault_rounds
):
    pixel = world.open_token(world.send())
    sink = open_sink(settings)
    for number in range(BATCHES):
        first = 1 + number * BATCH
        put(sink, [hit(pixel, after=60 * each) for each in range(first, first + BATCH)], Tally())
    sink.close()
    for number in range(fault_rounds):
        base = tmp_path / f"disk-{number}"
        with lossy_folder(base) as folder:
            shutil.copytree(settings.data_dir, folder.kept, dirs_exist_ok=True)
            log = tmp_path / f"drain-{number}.log"
            drain = start_drain(folder.mounted, log)
            wait_until(partial(marked, folder.mounted), 60, "the first mark")
            os.kill(drain, signal.SIGKILL)
            done = marked(folder.mounted)  # the mark itself may be lost: then it is drained again
            folder.cut_power()
            there, _ = stored(folder.kept)
        assert there >= done > 0

        drain = start_drain(folder.kept, log)
        wait_until(partial(is_drained, folder.kept), 120, "the rest")
        os.kill(drain, signal.SIGTERM)
        assert stored(folder.kept) == (BATCHES * BATCH, BATCHES * BATCH)


def start_drain(folder, log):
    return spawn(
        [sys.executable, "-c", DRAIN], log, DATA_DIR=str(folder), DATABASE_URL="", SECRET=SECRET
    )
