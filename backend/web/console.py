"""The rep's pages: the Feed, every mail sent, and the history of one mail."""

from http import HTTPStatus
from typing import Annotated, Literal

from flask import Blueprint, redirect, render_template, request
from pydantic import Field
from werkzeug.wrappers import Response as AnyResponse

from backend.insights import feed, history, sent
from backend.models import preferences
from backend.web import payloads, reader, screens
from backend.web.feed import FeedIn
from backend.web.permissions import PUBLIC, READ, allow, caller
from backend.web.stamp_shapes import SentListIn
from backend.web.stamps import viewer

# A path of ours; `//host` and `/\\host` would lead a browser elsewhere.
PATH = r"^/([^/\\\x00-\x20][^\\\x00-\x20]*)?$"

pages = Blueprint("console", __name__)
screens.prepare(pages)
pages.app_context_processor(screens.frame)


class HistoryOf(payloads.Shape):
    """Which part of a mail's history: the usual 90 days, or all of it."""

    days: Literal["90", "all"] = "90"
    before: Annotated[payloads.Line, Field(max_length=100)] | None = None


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
    """What happened to the rep's mail in the last 30 days, newest first, each with its reasons."""
    asked = FeedIn.model_validate(request.args.to_dict())
    page = feed.page(viewer(), feed.FeedQuery(**asked.model_dump()))
    return render_template("feed.html", asked=asked, page=page)


@pages.get("/console/sent")
@allow(READ)
def show_sent() -> str:
    """Every mail the rep sent, tracked or not and why, newest first."""
    asked = SentListIn.model_validate(_filled())
    page = sent.page(viewer(), sent.SentQuery(**asked.model_dump()))
    return render_template("sent.html", asked=asked, page=page)


@pages.get("/console/mail/<uuid:stamp_id>")
@allow(READ)
def show_mail(stamp_id: object) -> str:
    """One mail: its recipients, links and engagements. Raises NotFound for a foreign one."""
    asked = HistoryOf.model_validate(request.args.to_dict())
    days = None if asked.days == "all" else history.HISTORY_DAYS
    found = history.of(viewer(), str(stamp_id), days, asked.before)
    return render_template("mail.html", asked=asked, found=found)


@pages.post("/console/theme")
@allow(READ)
def choose_theme() -> AnyResponse:
    """Store the theme that was chosen in the frame, and go back to where that was."""
    chosen = ThemeOf.model_validate(request.form.to_dict())
    preferences.store(caller().user_id, {"theme": chosen.theme})
    return redirect(chosen.back, HTTPStatus.SEE_OTHER)


def _filled() -> dict[str, str]:
    # A search form sends its empty fields along.
    return {name: value for name, value in request.args.items() if value}
