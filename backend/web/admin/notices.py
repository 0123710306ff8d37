"""Having Gmail tell of changes by Pub/Sub: what to set up at Google, filled in here, and tried."""

from http import HTTPStatus
from typing import Annotated

from flask import Blueprint, Response, render_template, request
from pydantic import AfterValidator, Field, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from backend.access import gmail_notices
from backend.access.gmail_notices import Given, Watch
from backend.capture.gmail_notices import PLACE
from backend.capture.pushes import MISSED
from backend.errors import Conflict
from backend.models.gmail_notices import GmailNotices, Mode, notices_of
from backend.providers import pubsub
from backend.providers.faults import Refused
from backend.providers.google import ServiceKey
from backend.web import callers, doors, forms, payloads, screens
from backend.web.admin import gmail_commands
from backend.web.admin.organisation import MAX_KEY
from backend.web.forms import lead_to
from backend.web.permissions import ADMIN, ADMIN_FRESH, allow, caller

pages = Blueprint("admin_notices", __name__)
screens.prepare(pages)

HERE = "/console/admin/connections/google/notices"


def _topic(text: str) -> str:
    if not pubsub.TOPIC.fullmatch(text.strip()):
        raise ValueError("must be the whole name of a topic")
    return text.strip()


def _subscription(text: str) -> str:
    if not pubsub.SUBSCRIPTION.fullmatch(text.strip()):
        raise ValueError("must be the whole name of a subscription")
    return text.strip()


class NoticesForm(forms.Form):
    """What was made at Google; no key keeps the one there is."""

    mode: Mode
    topic: Annotated[payloads.Line, AfterValidator(_topic)]
    subscription: Annotated[payloads.Line, AfterValidator(_subscription)]
    account: payloads.Address | None = None
    key: Annotated[str, Field(max_length=MAX_KEY), payloads.Cleaned] = ""


@pages.get(HERE)
@allow(ADMIN)
def show() -> Response:
    """The steps, as far as they are done."""
    return _steps()


@pages.post(HERE)
@allow(ADMIN_FRESH)
def save() -> AnyResponse:
    """Keep what was filled in; the key is never shown again."""
    filled = {name: text for name, text in forms.fields().items() if text.strip()}
    try:
        form = NoticesForm.model_validate(filled)
        key = ServiceKey.of(form.key) if form.key and form.mode is Mode.PULL else None
    except ValidationError as error:
        return _faulty(f"wrong_{error.errors()[0]['loc'][0]}")
    except Refused:
        return _faulty("wrong_key")
    account = form.account or ""
    if form.mode is Mode.PULL:
        account = key.client_email if key else _kept_account(_mine())
    if fault := _lacking(form.mode, account):
        return _faulty(fault)
    given = Given(form.mode, form.topic, form.subscription, account, key)
    gmail_notices.save(callers.admin(), given, doors.the_safe())
    return lead_to(f"{HERE}?done=saved")


@pages.post(f"{HERE}/test")
@allow(ADMIN)
def test() -> AnyResponse:
    """Have Gmail tell at once of every mailbox; what comes of it is shown here."""
    notices = _mine()
    if notices is None:
        return _faulty("first_save")
    try:
        gmail_notices.test(notices)
    except Conflict:
        return _faulty("no_mailbox")
    return lead_to(f"{HERE}?done=tested")


@pages.post(f"{HERE}/end")
@allow(ADMIN_FRESH)
def end() -> AnyResponse:
    """Be told no more."""
    notices = _mine()
    if notices is not None:
        gmail_notices.end(callers.admin(), notices, doors.the_safe())
    return lead_to(f"{HERE}?done=ended")


def is_well(org_id: str) -> bool | None:
    """Whether notices come as they should, None where nobody set them up."""
    notices = notices_of(org_id)
    if notices is None:
        return None
    return _come(notices, gmail_notices.watches_of(org_id))


def _come(notices: GmailNotices, watches: list[Watch]) -> bool:
    return not notices.reason and not any(each.reason or _is_silent(each) for each in watches)


def _is_silent(watch: Watch) -> bool:
    """Whether mail came there of which Gmail, or Pub/Sub, did not tell."""
    return watch.is_on and watch.missed >= MISSED


def _lacking(mode: Mode, account: str) -> str:
    """What is not there yet that this way needs."""
    if mode is Mode.PULL:
        return "" if account else "wrong_key"
    if not doors.the_settings().is_public:
        return "https"
    return "" if account else "wrong_account"


def _kept_account(notices: GmailNotices | None) -> str:
    return gmail_notices.key_account(notices, caller().org_id, doors.the_safe())


def _mine() -> GmailNotices | None:
    return notices_of(caller().org_id)


def _faulty(fault: str) -> Response:
    return _steps(fault, HTTPStatus.UNPROCESSABLE_ENTITY)


def _steps(fault: str = "", status: int = HTTPStatus.OK) -> Response:
    notices, settings = _mine(), doors.the_settings()
    filled, address = _shown(notices), f"{settings.public_url}{PLACE}"
    key_account = _kept_account(notices)
    watches = gmail_notices.watches_of(caller().org_id)
    page = render_template(
        "admin/notices.html",
        notices=notices,
        filled=filled,
        address=address,
        is_public=settings.is_public,
        commands=gmail_commands.of(filled, address, key_account),
        watches=watches,
        silent=[each for each in watches if _is_silent(each)],
        is_well=notices is not None and _come(notices, watches),
        key_account=key_account,
        modes=list(Mode),
        fault=fault,
        done=request.args.get("done", ""),
    )
    return Response(page, status=status)


def _shown(notices: GmailNotices | None) -> dict[str, str]:
    """What the form shows: what was typed a moment ago, or what is kept; never a key."""
    names = ("mode", "topic", "subscription", "account")
    if request.method == "POST" and "topic" in request.form:
        return forms.filled(*names)
    if notices is None:
        is_public = doors.the_settings().is_public
        return dict.fromkeys(names, "") | {"mode": Mode.PUSH if is_public else Mode.PULL}
    found = {name: str(getattr(notices, name)) for name in names}
    return found | ({"account": ""} if notices.mode == Mode.PULL else {})
