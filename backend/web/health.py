"""For operators: is the process alive, do its parts answer, what has it counted."""

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from backend import db
from backend.web.permissions import ANYONE, allow

pages = Blueprint("health", __name__)


@pages.get("/healthz")
@allow(ANYONE)
def alive() -> Response:
    """200 while the process runs."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@pages.get("/readyz")
@allow(ANYONE)
def ready() -> Response:
    """200 when the database answers; 503 otherwise (see backend.web.problems)."""
    db.one("SELECT 1")
    return Response("ready\n", content_type="text/plain; charset=utf-8")


@pages.get("/metrics")
@allow(ANYONE)
def metrics() -> Response:
    """Prometheus text of this process."""
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
