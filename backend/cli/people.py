"""Commands about contacts and leads."""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.cli.commands import Commands, add, opened, progress
from backend.cli.users import organization_named
from backend.errors import NotFound
from backend.people import workbooks
from backend.people.columns import Fault
from backend.people.csv_rows import Source
from backend.people.importing import Listener, Plan, import_file
from backend.people.tables import FileKind, kind_of
from backend.people.values import Actor
from backend.settings import Settings


def add_commands(commands: Commands) -> None:
    """Declare import-people."""
    parser = add(
        commands, "import-people", _import, "Add and update people from a CSV, vCard or XLSX file"
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="docs/admin.md has its columns")
    parser.add_argument("--organization", default="", help="its name, if there are several")


def _import(arguments: argparse.Namespace, settings: Settings) -> int:
    listener = Listener(
        progress=lambda rows: progress(rows, 0, "rows"),
        fault=lambda fault: print(_sentence(fault), file=sys.stderr),
    )
    try:
        with opened(settings), arguments.file.open("rb"):
            # Only for a file that is there: it may make the organisation.
            org = organization_named(arguments.organization)
        with _opened(arguments.file) as (kind, stream):
            report = import_file(Actor(org.id, "import-people"), stream, listener, Plan(kind))
    except OSError as error:
        raise NotFound(f"{arguments.file} cannot be read: {error.strerror}.") from None
    print(
        f"{report.rows:,} rows: {report.added:,} added, {report.updated:,} updated,"
        f" {report.unchanged:,} unchanged, {report.failed:,} failed."
    )
    if report.notes_total:
        print(f"{report.notes_total:,} notes: a file does not take back a person's own refusal.")
    return 1 if report.failed else 0


@contextmanager
def _opened(path: Path) -> Iterator[tuple[FileKind, Source]]:
    """The file's kind and bytes; of a workbook, those of its first sheet as CSV."""
    with path.open("rb") as stream:
        kind = kind_of(stream.read(64))
        stream.seek(0)
        if kind is not FileKind.XLSX:
            yield kind, stream
            return
    with tempfile.TemporaryDirectory(prefix="telltale-") as folder:
        table = Path(folder) / "people.csv"
        workbooks.to_csv(path, table)
        with table.open("rb") as stream:
            yield kind, stream


def _sentence(fault: Fault) -> str:
    where = f"Row {fault.row}, {fault.column}" if fault.column else f"Row {fault.row}"
    return f"{where}: {fault.reason.told()}"
