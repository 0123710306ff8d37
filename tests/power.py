"""A folder for a test whose power can be cut (Linux, FUSE; see tests.lossy_folder)."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests import programs
from tests.processes import ROOT
from tests.waiting import wait_until


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
        self._process.wait(60)

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
