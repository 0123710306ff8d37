"""The playground's pages: write a mail, send it for real, and read it in its inbox."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from backend import clock, db
from backend.errors import NotFound, TelltaleError
from backend.insights import sent
from backend.insights.viewer import visible_stamp
from backend.models.access import Scope, issue_token
from backend.models.org import ApiToken, User
from backend.settings import Settings
from backend.web import screens
from backend.web.payloads import UUID_PATTERN
from backend.web.permissions import PUBLIC, READ, WRITE, allow, caller
from backend.web.stamps import viewer
from playground import letters, outgoing, samples
from playground.client import StampApi
from playground.inboxes import Inboxes, received_at

MAX_SHOWN = 50

pages = Blueprint("playground", __name__, url_prefix="/playground", template_folder="templates")
screens.prepare(pages)


@pages.get("")
@allow(READ)
def compose() -> str:
    """A compose window with a sample in it, and the local inboxes beside it."""
    user = User.get_by_id(caller().user_id)
    return _compose_page(user, samples.composed(user, _settings().public_url))


@pages.post("/send")
@allow(WRITE)
def send() -> AnyResponse:
    """Stamp, send and confirm what was written, then say in the compose window what came of it."""
    user = User.get_by_id(caller().user_id)
    composed = _composed()
    settings = _settings()
    try:
        with _token(user) as token:
            api = StampApi(settings.public_url, token)
            stamp_id = outgoing.send(composed, user, api, settings.smtp_port)
    except TelltaleError as error:
        page = _compose_page(user, composed, error.detail)
        return Response(page, status=error.status)
    return redirect(url_for("playground.compose", sent=stamp_id), 303)


@pages.get("/inbox/<path:address>")
@allow(READ)
def inbox(address: str) -> str:
    """The mails an address has got, newest first."""
    inboxes = _inboxes()
    ids = inboxes.mails(address)
    if not ids:
        raise NotFound("This inbox has got no mail yet; send it one from the playground.")
    mails = [(each, letters.parse(inboxes.open(each))) for each in ids[:MAX_SHOWN]]
    shown = [(each, letter, received_at(each).isoformat()) for each, letter in mails]
    name = inboxes.address_of(ids[0])
    return render_template("playground/inbox.html", address=name, mails=shown, count=len(ids))


@pages.get("/mail/<mail_id>")
@allow(READ)
def mail(mail_id: str) -> Response:
    """One mail as a mail client shows it; `?images=off` hides its pictures."""
    letter = letters.parse(_inboxes().open(mail_id))
    page = render_template(
        "playground/mail.html",
        mail_id=mail_id,
        letter=letter,
        summary=[(name, letter.header(name)) for name in letters.SUMMARY],
        address=_inboxes().address_of(mail_id),
        has_images=_has_images(),
    )
    policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    policy += " frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    return Response(page, headers={"Content-Security-Policy": policy})


@pages.get("/mail/<mail_id>/body")
@allow(READ)
def body(mail_id: str) -> Response:
    """The mail's HTML alone, for the sandboxed frame: no scripts, no forms, no origin of ours."""
    letter = letters.parse(_inboxes().open(mail_id))
    if letter.html is None:
        raise NotFound("This mail has no HTML body.")
    return Response(
        f'<base target="_blank">\n{letter.html}',
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": _body_policy()},
    )


@pages.get("/page/<name>")
@allow(PUBLIC)
def page(name: str) -> str:
    """Where the links of the sample mails lead to."""
    if name not in samples.PLACES:
        raise NotFound("There is no such page in the playground.")
    return render_template("playground/page.html", title=samples.PLACES[name])


@pages.get("/static/<path:name>")
@allow(PUBLIC)
def file(name: str) -> Response:
    """The playground's own styles."""
    return send_from_directory(Path(__file__).parent / "static", name)


def _compose_page(user: User, composed: outgoing.Composed, fault: str = "") -> str:
    inboxes = _inboxes()
    found = inboxes.all()
    shown = [
        (each, letters.subject(inboxes.open(each.latest)), received_at(each.latest).isoformat())
        for each in found[:MAX_SHOWN]
    ]
    return render_template(
        "playground/compose.html",
        user=user,
        composed=composed,
        fault=fault,
        inboxes=shown,
        more=len(found) - len(shown),
        people=samples.people(user),
        done=_done(),
    )


def _done() -> dict[str, object] | None:
    """The mail that was just sent, if the address names one the caller may see."""
    stamp_id = request.args.get("sent", "")
    if not re.fullmatch(UUID_PATTERN, stamp_id):
        return None
    try:
        visible_stamp(viewer(), stamp_id)
    except NotFound:
        return None
    return sent.one(stamp_id)


def _composed() -> outgoing.Composed:
    form = request.form
    return outgoing.Composed(
        to=form.get("to", ""),
        cc=form.get("cc", ""),
        subject=form.get("subject", ""),
        body=form.get("body", ""),
        is_html=form.get("format") != "text",
        opens="opens" in form,
        links="links" in form,
        per_recipient="per_recipient" in form,
    )


@contextmanager
def _token(user: User) -> Iterator[str]:
    """A token for one send, gone after it."""
    label = f"playground {clock.new_id()}"
    token = issue_token(user, Scope.STAMP, label)
    # The API answers from another thread: no connection is held while we wait for it.
    db.database.close()
    try:
        yield token
    finally:
        ApiToken.delete().where(ApiToken.user_id == user.id, ApiToken.label == label).execute()


def _body_policy() -> str:
    pictures = f"{_origin(_settings().tracking_url)} data:" if _has_images() else "data:"
    return (
        f"default-src 'none'; img-src {pictures}; style-src 'unsafe-inline'; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'self';"
        " sandbox allow-popups allow-popups-to-escape-sandbox"
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _has_images() -> bool:
    return request.args.get("images") != "off"


def _inboxes() -> Inboxes:
    return Inboxes.of(_settings())


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found
