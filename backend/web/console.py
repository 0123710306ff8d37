"""The rep's pages: the Feed, every mail sent, and the history of one mail."""

from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint, redirect, render_template, request
from pydantic import Field
from werkzeug.wrappers import Response as AnyResponse

from backend.insights import history, search, sent
from backend.insights.viewer import visible_stamp
from backend.models import preferences
from backend.tracking import sending
from backend.web import forms, payloads, reader, screens
from backend.web.callers import can_edit, viewer
from backend.web.feed import FeedIn
from backend.web.forms import lead_to
from backend.web.permissions import PUBLIC, READ, WRITE, allow, caller
from backend.web.search import SearchIn
from backend.web.stamp_shapes import SentListIn
from backend.web.stamps import own

# A path of ours; `//host` and `/\\host` would lead a browser elsewhere.
PATH = r"^/([^/\\\x00-\x20][^\\\x00-\x20]*)?$"

pages = Blueprint("console", __name__)
screens.prepare(pages)
pages.app_context_processor(screens.frame)


class MailOf(payloads.Shape):
    """Whether the clicks of machines are shown beside those of people."""

    checks: bool = False


class ThemeOf(payloads.Shape):
    """The theme chosen in the frame of a page, and that page."""

    theme: Literal["system", "light", "dark"]
    back: Annotated[str, Field(max_length=500, pattern=PATH)] = "/"
    csrf_token: str = ""


@pages.get("/")
@allow(PUBLIC)
def home() -> AnyResponse:
    """Where a person's day begins: the Feed; without a session, how to sign in."""
    return redirect("/console/feed" if reader.signed_in() else "/signin")


@pages.get("/console")
@allow(PUBLIC)
def console() -> AnyResponse:
    """The same, for who shortens the address."""
    return home()


@pages.get("/console/feed")
@allow(READ)
def show_feed() -> str:
    """What happened to the rep's mail, newest first: console/static/feed.js asks the API for it."""
    FeedIn.model_validate(request.args.to_dict())
    return render_template("feed.html")


@pages.get("/console/sent")
@allow(READ)
def show_sent() -> str:
    """Every mail the rep sent, tracked or not and why, newest first."""
    asked = SentListIn.model_validate(forms.asked())
    page = sent.page(viewer(), sent.SentQuery(**asked.model_dump()))
    return render_template("sent.html", asked=asked, page=page)


@pages.get("/console/mail/<uuid:stamp_id>")
@allow(READ)
def show_mail(stamp_id: UUID) -> str:
    """One mail: its recipients, links and history. Raises NotFound for a foreign one."""
    asked = MailOf.model_validate(request.args.to_dict())
    stamp = visible_stamp(viewer(), str(stamp_id))
    return render_template(
        "mail.html",
        asked=asked,
        message_id=stamp.message_id,
        mail=sent.one(stamp.id, caller().user_id),
        links=history.links(viewer(), stamp.id),
        may_stop=stamp.user_id == caller().user_id and can_edit(),
    )


@pages.post("/console/mail/<uuid:stamp_id>/stop")
@allow(WRITE)
def stop_mail(stamp_id: UUID) -> AnyResponse:
    """Stop tracking one's own mail and show it again."""
    sending.stop(own(str(stamp_id)))
    return lead_to(f"/console/mail/{stamp_id}")


@pages.get("/console/search")
@allow(READ)
def show_search() -> str:
    """What the box in the frame found."""
    asked = SearchIn.model_validate(forms.asked())
    return render_template("search.html", q=asked.q, found=search.find(viewer(), asked.q))


@pages.post("/console/theme")
@allow(READ)
def choose_theme() -> AnyResponse:
    """Store the theme that was chosen in the frame, and go back to where that was."""
    chosen = ThemeOf.model_validate(request.form.to_dict())
    preferences.store(caller().user_id, {"theme": chosen.theme})
    return lead_to(chosen.back)
