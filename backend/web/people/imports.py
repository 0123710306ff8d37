"""Imports that outlive their request, over HTTP: upload, preview, start, watch, the failed rows."""

import csv
import io
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Response
from flask_openapi import APIBlueprint

from backend import clock
from backend.errors import Conflict
from backend.models.imports import ImportState, PeopleImport
from backend.people import cells, jobs, previewing
from backend.people.columns import PROBLEM_LABEL, ROW_LABEL, Meaning
from backend.people.tables import FileKind
from backend.web import doors, payloads, reader
from backend.web.people import faults
from backend.web.people.api import actor
from backend.web.people.files import FORM, MAX_UPLOAD_BYTES, form_file
from backend.web.people.work_shapes import JobOut, JobsOut, MappingIn, PreviewOut
from backend.web.permissions import FULL, READ, WRITE, allow, caller
from backend.web.problems import CONFLICTS, PROBLEMS, answer
from backend.words import Language
from backend.words.sentence import loaded

api = APIBlueprint(
    "people_imports", __name__, url_prefix="/api/v1/people/imports", abp_responses=PROBLEMS
)

_CSV: dict[str | int, Any] = {
    200: {"description": "The rows", "content": {"text/csv": {"schema": {"type": "string"}}}}
}


@api.get("", responses={200: JobsOut})
@allow(READ)
def index() -> Response:
    """The latest twenty imports, the newest first; uploads that nobody started are left out."""
    return answer({"items": [job_out(job) for job in jobs.latest(caller().org_id)]})


@api.post("", responses={201: JobOut}, request_body=FORM)
@allow(WRITE, MAX_UPLOAD_BYTES)
def upload() -> Response:
    """Keep a file (the part `file` of a form) for an import; nothing is imported yet."""
    return answer(job_out(take_upload()), HTTPStatus.CREATED)


@api.get("/<id:id>", responses={200: JobOut})
@allow(READ)
def show(path: payloads.ById) -> Response:
    """Where the import stands; ask again until it is done, refused or interrupted."""
    return answer(job_out(jobs.one(caller().org_id, path.id)))


@api.get("/<id:id>/preview", responses={200: PreviewOut, **CONFLICTS})
@allow(READ)
def show_preview(path: payloads.ById) -> Response:
    """What the import would do with the first 10,000 rows; only before it begins."""
    return answer(faults.preview_out(preview_of(jobs.one(caller().org_id, path.id))))


@api.put("/<id:id>/mapping", responses={200: JobOut, **CONFLICTS})
@allow(WRITE)
def choose(path: payloads.ById, body: MappingIn) -> Response:
    """Say what each column means; only before it begins."""
    jobs.choose(jobs.one(caller().org_id, path.id), body.mapping)
    return answer(job_out(jobs.one(caller().org_id, path.id)))


@api.post("/<id:id>/start", responses={200: JobOut, **CONFLICTS})
@allow(WRITE)
def start(path: payloads.ById) -> Response:
    """Let the worker run it, or go on with one that was interrupted; safe to ask twice."""
    jobs.start(jobs.one(caller().org_id, path.id))
    return answer(job_out(jobs.one(caller().org_id, path.id)))


@api.delete("/<id:id>", responses={204: None, **CONFLICTS})
@allow(WRITE)
def drop(path: payloads.ById) -> Response:
    """Forget an import that is not running, with its file and its failed rows."""
    jobs.drop(jobs.one(caller().org_id, path.id), folder())
    return Response(status=HTTPStatus.NO_CONTENT)


@api.get("/<id:id>/failed", responses=_CSV)
@allow(FULL)
def show_failed(path: payloads.ById) -> Response:
    """The rows that failed, with the reason beside them, as CSV that can be handed in again."""
    return failed_rows(jobs.one(caller().org_id, path.id))


def folder() -> Path:
    """Where the files of imports lie."""
    return jobs.folder_of(doors.the_settings().data_dir)


def take_upload() -> PeopleImport:
    """The form's file as an import that can be previewed and started."""
    part = form_file()
    return jobs.upload(actor(), folder(), part.filename or "", part.stream)


def preview_of(job: PeopleImport) -> previewing.Preview:
    """What an uploaded import would do; raises Conflict once it has begun."""
    path = jobs.file_of(folder(), job.id)
    if job.state != ImportState.UPLOADED or not path.exists():
        raise Conflict("problems.preview_gone")
    meanings = [Meaning(each) for each in job.mapping]
    with path.open("rb") as file:
        return previewing.preview(job.org_id, FileKind(job.kind), file, meanings)


def failed_rows(job: PeopleImport) -> Response:
    """A download of the failed rows of an import."""
    # Its rows are written after the request, when nobody knows any more who asks.
    response = Response(_failed(job, reader.language()), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="failed-rows.csv"'
    return response


def _failed(job: PeopleImport, language: Language) -> Iterator[bytes]:
    yield _line([*job.header, ROW_LABEL, PROBLEM_LABEL])
    width = len(job.header)
    for each in jobs.failed_rows(job):
        # As the import reads them: a mark of ours in front stays the only one.
        cells_read = [cells.plain(cell.strip()) for cell in each.cells]
        kept = [*cells_read, *[""] * width][:width]
        yield _line([*kept, str(each.row), faults.told(each.faults, language)])


def _line(texts: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(map(cells.harmless, texts))
    return line.getvalue().encode()


def job_out(job: PeopleImport) -> dict[str, Any]:
    """An import as the API shows it."""
    state = job.state_at(clock.wall())
    done = 1.0 if state is ImportState.DONE else job.done_bytes / max(job.size_bytes, 1)
    return {
        "id": job.id,
        "file_name": job.file_name,
        "kind": job.kind,
        "state": state,
        "reason": loaded(job.reason).told(reader.language()),
        "columns": job.header,
        "mapping": job.mapping,
        "progress": round(min(done, 1.0), 3),
        "rows": job.done_rows,
        "added": job.added,
        "updated": job.updated,
        "unchanged": job.unchanged,
        "failed": job.failed,
        "kept_refusals": job.kept_refusals,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
    }
