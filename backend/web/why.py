"""Why a mail was captured or left out, for who asks about her own mailboxes."""

from flask import Blueprint, render_template, request

from backend.access import mailboxes
from backend.capture import why
from backend.web import screens
from backend.web.permissions import OWN, allow, caller
from backend.words import has

pages = Blueprint("why", __name__)
screens.prepare(pages)


@pages.get("/console/mailboxes/why")
@allow(OWN)
def ask() -> str:
    """Why a mail was captured or not, and what was left out lately."""
    who = caller()
    asked = request.args.get("q", "")[: why.LONGEST].replace("\0", "")
    return render_template(
        "why.html",
        asked=asked,
        answers=why.ask(who.user_id, asked) if asked.strip() else None,
        counts=[(each.address, why.counts(each.id)) for each in mailboxes.all_of(who.user_id)],
        has_words=lambda rule: has(f"capture.rule_{rule}"),
    )
