"""People as files over HTTP: programs import them at once, everybody exports them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from flask import Response, request
from flask_openapi import APIBlueprint
from werkzeug.datastructures import FileStorage
from werkzeug.wsgi import LimitedStream

from backend import clock, db
from backend.errors import Invalid, UnsupportedMedia
from backend.people import exporting, importing, workbooks
from backend.people.csv_rows import Source
from backend.people.importing import Plan
from backend.people.tables import FileKind, kind_of
from backend.web.people.api import actor, query_of
from backend.web.people.faults import report_out
from backend.web.people.work_shapes import ExportIn, ImportOut
from backend.web.permissions import FULL_FRESH, WRITE, allow
from backend.web.problems import PROBLEMS, answer

api = APIBlueprint("people_files", __name__, url_prefix="/api/v1/people", abp_responses=PROBLEMS)

MAX_UPLOAD_BYTES = 200 * 1024 * 1024
KINDS = {
    "text/csv": FileKind.CSV,
    "text/vcard": FileKind.VCARD,
    "text/x-vcard": FileKind.VCARD,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": FileKind.XLSX,
}
NAMES = {FileKind.CSV: "people.csv", FileKind.VCARD: "people.vcf"}
_OF_FORM: dict[str, Any] = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
        }
    }
}
FORM: dict[str, Any] = {"required": True, "content": _OF_FORM}
UPLOAD: dict[str, Any] = {
    "required": True,
    "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS}
    | _OF_FORM,
}
EXPORTED: dict[str | int, Any] = {
    200: {
        "description": "The file",
        "content": {kind: {"schema": {"type": "string"}} for kind in ("text/csv", "text/vcard")},
    }
}


@api.post("/import", responses={200: ImportOut}, request_body=UPLOAD)
@allow(WRITE, MAX_UPLOAD_BYTES)
def import_people() -> Response:
    """Import a CSV, vCard or XLSX file (at most 200 MB, XLSX 50 MB); twice changes nothing."""
    db.database.close()  # none is held while the bytes arrive; the import takes one per batch
    with uploaded() as (kind, stream):
        return answer(report_out(importing.import_file(actor(), stream, plan=Plan(kind))))


@api.get("/export", responses=EXPORTED)
@allow(FULL_FRESH)
def export_people(query: ExportIn) -> Response:
    """The people of a filter as a file, streamed; CSV that a spreadsheet runs no formula of."""
    return exported(query)


def exported(asked: ExportIn) -> Response:
    """The file that was asked for, as a download."""
    kind = FileKind.VCARD if asked.format == "vcard" else FileKind.CSV
    pieces = exporting.export(actor(), query_of(asked), kind)
    # The first piece now: what is wrong shows as a problem, not as a file that breaks off.
    stream = chain([next(pieces, b"")], pieces)
    content_type = "text/vcard" if kind is FileKind.VCARD else "text/csv"
    response = Response(stream, content_type=f"{content_type}; charset=utf-8")
    name = f"{clock.now():%Y-%m-%d}-{NAMES[kind]}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@contextmanager
def uploaded() -> Iterator[tuple[FileKind, Source]]:
    """The kind and bytes of the request's file; of a workbook, those of its first sheet as CSV.

    Raises Invalid or UnsupportedMedia for what is no such file.
    """
    kind, stream = _stream()
    if kind is not FileKind.XLSX:
        yield kind, stream
        return
    with tempfile.TemporaryDirectory(prefix="telltale-") as folder:
        workbook, table = Path(folder) / "people.xlsx", Path(folder) / "people.csv"
        with workbook.open("wb") as file:
            while chunk := stream.read(1024 * 1024):
                file.write(chunk)
        workbooks.to_csv(workbook, table)
        with table.open("rb") as opened:
            yield kind, opened


def form_file() -> FileStorage:
    """The file of a form; raises Invalid if there is none."""
    part = request.files.get("file") or next(iter(request.files.values()), None)
    if part is None:
        raise Invalid("problems.file_missing")
    return part


def _stream() -> tuple[FileKind, Source]:
    if request.mimetype == "multipart/form-data":
        part = form_file().stream
        kind = kind_of(part.read(64))
        part.seek(0)
        return kind, part
    if request.mimetype not in KINDS:
        raise UnsupportedMedia("problems.file_kind")
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise UnsupportedMedia("problems.file_utf8")
    return KINDS[request.mimetype], _whole()


def _whole() -> Source:
    """The body's bytes; an upload that breaks off is an error and not the file's end.

    The server ends its stream alike in both cases, and half a row would be a person's address.
    """
    length = request.content_length
    return request.stream if length is None else LimitedStream(request.stream, length)
