"""The browser's side of connecting a panel: its user types the code, looks, and approves or denies.

With it she may link the Microsoft account that the panel has brought: from then on that account
connects Outlook without a code (backend/web/pairing.py). It signs nobody in here.
"""

from http import HTTPStatus

from flask import Blueprint, Response, render_template, request

from backend import db
from backend.access import identities, tries
from backend.errors import Conflict, Forbidden, NotFound
from backend.models import pairing
from backend.models.org import User
from backend.models.pairing import Pairing
from backend.providers.openid import Account
from backend.web import screens
from backend.web.callers import me
from backend.web.pairing import door
from backend.web.permissions import WRITE, allow, caller
from backend.web.reader import t

pages = Blueprint("pair", __name__)
screens.prepare(pages)
pages.app_context_processor(screens.frame)


@pages.get("/pair")
@allow(WRITE)
def ask() -> str:
    """Where the code is typed that the panel shows."""
    return render_template("pair.html", step="ask", fault="")


@pages.post("/pair")
@allow(WRITE)
def show() -> Response:
    """What is about to be connected, to be approved or denied."""
    code = request.form.get("code", "")
    found = _waiting(code)
    if found is None:
        page = render_template("pair.html", step="ask", fault=t("outlook.pair.unknown"))
        return Response(page, HTTPStatus.NOT_FOUND)
    user = me()
    own = pairing.addresses_of(user)
    account = _account_of(found)
    is_linked = account is not None and identities.connects(account, user)
    return Response(
        render_template(
            "pair.html",
            step="decide",
            code=code,
            found=found,
            is_own=found.mailbox.lower() in own,
            account=None if is_linked else account,
            is_own_account=account is not None and account.address.lower() in own,
        )
    )


@pages.post("/pair/answer")
@allow(WRITE)
def decide() -> Response:
    """Approve or deny it, for the signed-in user; and link the account, if she has ticked that."""
    found = _waiting(request.form.get("code", ""))
    if found is None:
        raise NotFound("outlook.pair.over")
    is_approved = request.form.get("answer") == "approve"
    account = _account_of(found) if is_approved and request.form.get("link") else None
    if account is not None and caller().session_id is None:
        raise Forbidden("problems.link_in_browser")
    user = me()
    try:
        _answer(found, user, account, is_approved=is_approved)
    except Conflict:
        page = render_template("pair.html", step="ask", fault=t("outlook.pair.taken"))
        return Response(page, HTTPStatus.CONFLICT)
    return Response(render_template("pair.html", step="approved" if is_approved else "denied"))


def _answer(found: Pairing, user: User, account: Account | None, *, is_approved: bool) -> None:
    with db.transaction():
        if not pairing.answer(found, user, is_approved=is_approved):
            raise NotFound("outlook.pair.over")
        if account is not None:
            identities.link(user, "microsoft", account, is_way_in=False)


def _account_of(found: Pairing) -> Account | None:
    """The account that the panel has brought, as its token named it."""
    if not found.issuer or not found.subject:
        return None
    return Account(found.issuer, found.subject, found.account_address or "")


def _waiting(code: str) -> Pairing | None:
    noted = tries.enter(door(f"code {caller().user_id}"))
    found = pairing.waiting(code)
    if found is not None:
        tries.forgive(noted)
    return found
