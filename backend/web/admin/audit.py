"""The audit log: looked at with filters, and taken away as JSON lines or CSV."""

from datetime import date, datetime, timedelta
from typing import Annotated

from flask import Blueprint, Response, render_template
from pydantic import Field
from werkzeug.wrappers import Response as AnyResponse

from backend.access import audit
from backend.insights import audit_trail
from backend.insights.audit_trail import AuditQuery
from backend.web import forms, payloads, reader, screens
from backend.web.admin.audit_details import Teller
from backend.web.forms import lead_to
from backend.web.permissions import AUDIT, AUDIT_FRESH, allow, caller

pages = Blueprint("admin_audit", __name__)
screens.prepare(pages)

DAY = timedelta(days=1)
# Beyond these a zone's own time may be no date any more.
EARLIEST, LATEST = date.min + DAY, date.max - 2 * DAY

Short = Annotated[payloads.Line, Field(max_length=320)]


class AuditFilter(forms.Form):
    """Which rows; days are whole days where the reader is, as the rows' times are told."""

    action: Short = ""
    actor: Short = ""
    since: date | None = None
    until: date | None = None
    before: Annotated[str, Field(pattern=f"^$|{payloads.UUID_PATTERN}")] = ""


@pages.get("/console/admin")
@allow(AUDIT)
def start() -> AnyResponse:
    """On to the first of these pages that is for the caller."""
    who = caller()
    return lead_to(next(each.path for each in screens.ADMIN_PLACES if each.is_for(who)))


@pages.get("/console/admin/audit")
@allow(AUDIT)
def index() -> str:
    """Who did what, newest first."""
    asked = AuditFilter.model_validate(forms.asked())
    rows = audit_trail.page(_query(asked))
    return render_template(
        "admin/audit.html",
        rows=rows,
        details_of=Teller(audit_trail.names_in(rows), reader.here()).details_of,
        asked=asked,
        actions=audit_trail.actions_of(caller().org_id),
        next=rows[-1].id if len(rows) == audit_trail.PAGE else "",
        kept={name: value for name, value in forms.asked().items() if name != "before"},
    )


@pages.post("/console/admin/audit/export.<any(csv,jsonl):kind>")
@allow(AUDIT_FRESH)
def export(kind: str) -> Response:
    """Every row of the filter; that it was taken away is a row too."""
    asked = AuditFilter.model_validate({k: v for k, v in forms.fields().items() if v})
    query = _query(asked)
    who = caller()
    detail = asked.model_dump(mode="json", exclude_defaults=True, exclude={"before"}) | {"as": kind}
    audit.note(who.org_id, who.email, audit.Act("audit.exported", "audit_log", ""), detail)
    lines = audit_trail.as_csv(query) if kind == "csv" else audit_trail.as_jsonl(query)
    mimetype = "text/csv; charset=utf-8" if kind == "csv" else "application/x-ndjson"
    response = Response(lines, content_type=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="telltale-audit.{kind}"'
    return response


def _query(asked: AuditFilter) -> AuditQuery:
    return AuditQuery(
        org_id=caller().org_id,
        action=asked.action,
        actor=asked.actor.lower(),
        since=_start_of(asked.since),
        until=_start_of(asked.until, DAY) if asked.until else None,
        before=asked.before,
    )


def _start_of(day: date | None, later: timedelta = timedelta()) -> datetime | None:
    if day is None:
        return None
    within = min(max(day, EARLIEST), LATEST) + later
    return datetime(within.year, within.month, within.day, tzinfo=reader.zone())
