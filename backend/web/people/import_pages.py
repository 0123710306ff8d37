"""The pages of an import: choose a file, see what it would do, watch it, take the failed rows."""

from http import HTTPStatus

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from backend.errors import Invalid, TelltaleError
from backend.models.imports import ImportState, PeopleImport
from backend.people import jobs
from backend.people.columns import Meaning
from backend.web import bodies, forms, reader, screens
from backend.web.callers import can_edit
from backend.web.forms import lead_to
from backend.web.people.faults import told
from backend.web.people.files import MAX_UPLOAD_BYTES
from backend.web.people.imports import failed_rows, folder, job_out, preview_of, take_upload
from backend.web.people.pages import LIST
from backend.web.permissions import FULL, READ, WRITE, allow, caller
from backend.words.sentence import Sentence

pages = Blueprint("people_import_pages", __name__)
screens.prepare(pages)

IMPORT = f"{LIST}/import"
SHOWN_FAILED = 20
MOVING = (ImportState.DUE, ImportState.RUNNING)


@pages.get(IMPORT)
@allow(WRITE)
def index() -> Response:
    """Where a file is chosen, and the latest imports."""
    return _start()


@pages.post(IMPORT)
@allow(WRITE, MAX_UPLOAD_BYTES)
def upload() -> AnyResponse:
    """Keep the file and show what it would do."""
    part = request.files.get("file")
    if part is None or not part.filename:
        return _start("missing")
    try:
        job = take_upload()
    except Invalid as error:
        return _start("unreadable", error.told(reader.language()))
    return lead_to(f"{IMPORT}/{job.id}")


@pages.get(f"{IMPORT}/<id:import_id>")
@allow(READ)
def show(import_id: str) -> str:
    """Before the start what the columns mean and which rows would fail; then how far it is."""
    return _page(import_id)


@pages.post(f"{IMPORT}/<id:import_id>")
@allow(WRITE)
def act(import_id: str) -> AnyResponse:
    """Read the columns as chosen; then look again, or start."""
    job = jobs.one(caller().org_id, import_id)
    chosen = request.form.getlist("meaning")
    if chosen:
        try:
            jobs.choose(job, [Meaning(each) for each in chosen])
        except (ValueError, Invalid) as error:
            problem = error.sentence if isinstance(error, TelltaleError) else None
            page = _page(import_id, chosen, problem)
            return Response(page, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if request.form.get("step") == "start":
        jobs.start(jobs.one(caller().org_id, import_id))
    return lead_to(f"{IMPORT}/{import_id}")


@pages.post(f"{IMPORT}/<id:import_id>/drop")
@allow(WRITE)
def drop(import_id: str) -> AnyResponse:
    """Forget an import and its file."""
    jobs.drop(jobs.one(caller().org_id, import_id), folder())
    return lead_to(IMPORT)


@pages.get(f"{IMPORT}/<id:import_id>/failed")
@allow(FULL)
def download_failed(import_id: str) -> Response:
    """The failed rows as CSV, with the reason beside each."""
    return failed_rows(jobs.one(caller().org_id, import_id))


@pages.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> Response:
    """A file that is larger than what is taken."""
    bodies.drop_rest()
    return _start("too_large", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _start(
    fault: str = "", detail: str = "", status: int = HTTPStatus.UNPROCESSABLE_ENTITY
) -> Response:
    latest = [job_out(job) for job in jobs.latest(caller().org_id)]
    page = render_template(
        "people/import.html", latest=latest, fault=fault, detail=detail, can_edit=can_edit()
    )
    return forms.shown(page, fault, status)


def _page(import_id: str, chosen: list[str] | None = None, problem: Sentence | None = None) -> str:
    job = jobs.one(caller().org_id, import_id)
    shown = job_out(job)
    is_new = shown["state"] is ImportState.UPLOADED
    return render_template(
        "people/import_one.html",
        job=shown,
        preview=preview_of(job) if is_new else None,
        chosen=chosen or job.mapping,
        problem=problem,
        meanings=list(Meaning),
        failed=[] if is_new else _failed(job),
        is_moving=shown["state"] in MOVING,
        can_edit=can_edit(),
    )


def _failed(job: PeopleImport) -> list[tuple[int, str]]:
    language = reader.language()
    return [(each.row, told(each.faults, language)) for each in jobs.failed_rows(job, SHOWN_FAILED)]
