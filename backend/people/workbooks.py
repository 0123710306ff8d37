"""A workbook (XLSX) as a CSV file, made by a process of its own that cannot take much with it.

The reader below keeps a whole sheet in memory, and a small file can ask for any amount of it: a
zip bomb, one long text that a million cells refer to, a single cell at the far end of the sheet.
So it runs as a child with a limit on memory and on time (`python -m backend.people.workbooks`).
"""

import contextlib
import csv
import datetime
import os
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from backend.errors import Invalid

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_UNPACKED_BYTES = 500 * 1024 * 1024
MAX_ROWS = 500_000
MAX_COLUMNS = 100
MEMORY_BYTES = 768 * 1024 * 1024
CPU_S = 30

_TOO_MANY_ROWS = 3  # the child's exit code


def to_csv(workbook: Path, target: Path) -> None:
    """Write the first sheet to `target`, rows and columns at their places.

    Raises Invalid for a file that is no workbook or too large for one.
    """
    _check(workbook)
    environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    command = [sys.executable, "-m", "backend.people.workbooks", str(workbook), str(target)]
    done = subprocess.run(  # noqa: S603 (our own module on files that we named)
        command,
        cwd=Path(__file__).parent.parent.parent,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=10 * CPU_S,
        check=False,
    )
    if done.returncode == _TOO_MANY_ROWS:
        raise Invalid("problems.sheet_rows", most=MAX_ROWS)
    if done.returncode:
        raise Invalid("problems.workbook_unreadable")


def _check(workbook: Path) -> None:
    if workbook.stat().st_size > MAX_FILE_BYTES:
        raise Invalid("problems.workbook_large", most=MAX_FILE_BYTES // 1024 // 1024)
    try:
        with zipfile.ZipFile(workbook) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Invalid("problems.no_workbook") from None
    if unpacked > MAX_UNPACKED_BYTES:
        raise Invalid("problems.workbook_unpacked", most=MAX_UNPACKED_BYTES // 1024 // 1024)


def _convert(workbook: str, target: str) -> int:
    """The child's work; returns its exit code."""
    from python_calamine import CalamineWorkbook

    sheet = CalamineWorkbook.from_path(workbook).get_sheet_by_index(0)
    if sheet.height > MAX_ROWS + 1:
        return _TOO_MANY_ROWS
    width = MAX_COLUMNS + 1  # one more, which the import then complains of
    with open(target, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for cells in sheet.iter_rows():
            writer.writerow(map(_text, islice(cells, width)))
    return 0


def _text(value: object) -> str:
    """A cell as it would be typed: whole numbers without a point, days without a time."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat().removesuffix("T00:00:00")
    return str(value)


def _limits() -> Iterator[tuple[int, int]]:
    yield resource.RLIMIT_AS, MEMORY_BYTES
    yield resource.RLIMIT_CPU, CPU_S
    yield resource.RLIMIT_FSIZE, MAX_UNPACKED_BYTES
    yield resource.RLIMIT_CORE, 0


def main(workbook: str, target: str) -> int:
    """Convert within the limits; macOS does not know the one on memory."""
    for limit, value in _limits():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))
    return _convert(workbook, target)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
