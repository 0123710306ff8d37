"""The health page: what works, what is behind, and a way to mend each."""

from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple

from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from backend.access import connections, letters, mailbox_reasons, mailboxes
from backend.access.letters import Letter
from backend.errors import NotFound, Unavailable
from backend.insights import (
    address_books,
    backups,
    mailbox_health,
    mailbox_progress,
    only_counted,
    provider_limits,
)
from backend.insights.backups import Standing, State
from backend.insights.mailbox_health import Fix
from backend.models.org import User
from backend.tracking.drafts import Host
from backend.tracking.policy import Preset, policy_of
from backend.web import doors, forms, screens
from backend.web.admin import notices
from backend.web.forms import lead_to
from backend.web.permissions import ADMIN, allow, caller
from backend.words import t
from backend.words.choosing import SYSTEM, chosen

pages = Blueprint("admin_health", __name__)
screens.prepare(pages)

PAGE = "/console/admin/health"


class Check(NamedTuple):
    """One thing of the installation: its words' key, whether it is well, where to mend it.

    `at` is when it was last done, where that is known.
    """

    key: str
    is_good: bool
    where: str
    at: datetime | None = None


@pages.get(PAGE)
@allow(ADMIN)
def show() -> Response:
    """Mailboxes, coverage, and what of the installation has to be seen to."""
    return _shown()


@pages.post(f"{PAGE}/<id:mailbox_id>/now")
@allow(ADMIN)
def sync_now(mailbox_id: str) -> AnyResponse:
    """Let a mailbox that waits for its provider be tried again at once."""
    mailboxes.hasten(caller().org_id, mailbox_id)
    return lead_to(f"{PAGE}?done=now")


@pages.post(f"{PAGE}/<id:mailbox_id>/ask")
@allow(ADMIN)
def ask(mailbox_id: str) -> AnyResponse:
    """Write to a mailbox's owner that she has to see to it."""
    found = mailbox_health.mailboxes_of(caller().org_id)
    mailbox = next((each for each in found if each.id == mailbox_id), None)
    if mailbox is None or mailbox.fix not in {Fix.RECONNECT, Fix.RESUME}:
        raise NotFound("health.no_mailbox")
    settings = doors.the_settings()
    owner: User = User.get(User.email == mailbox.owner)
    language = chosen(str(owner.preferences.get("language", SYSTEM)), "")
    text = t(f"health.ask_{mailbox.fix}", language, address=mailbox.address)
    letter = Letter(owner.email, t("health.ask_subject", language), f"{text}\n\n{_mailboxes_url()}")
    try:
        letters.send(settings, letter)
    except Unavailable:
        return _shown("letter")
    return lead_to(f"{PAGE}?done=asked")


def _shown(fault: str = "") -> Response:
    org_id = caller().org_id
    found = mailbox_health.mailboxes_of(org_id)
    page = render_template(
        "admin/health.html",
        mailboxes=found,
        why_of=mailbox_reasons.why_of,
        why_untold=mailbox_reasons.why_untold,
        mend_of=mailbox_reasons.mend_of,
        why_apart=mailbox_reasons.why_apart,
        standing=mailbox_progress.standing_of([each.id for each in found]),
        notices=mailbox_health.notices_of(org_id),
        books=address_books.of_organisation(org_id),
        coverage=mailbox_health.coverage_of(org_id),
        days=mailbox_health.COVERAGE_DAYS,
        checks=_checks(org_id),
        only_counted=only_counted.of(org_id),
        counted_days=only_counted.DAYS,
        uses=provider_limits.uses_of(org_id),
        can_write=letters.can_send(doors.the_settings()),
        mailboxes_url=_mailboxes_url(),
        done=request.args.get("done", ""),
        fault=fault,
    )
    return forms.shown(page, fault, HTTPStatus.SERVICE_UNAVAILABLE)


def _mailboxes_url() -> str:
    return f"{doors.the_settings().public_url}/console/mailboxes"


def _checks(org_id: str) -> list[Check]:
    settings, policy = doors.the_settings(), policy_of(org_id)
    has_notice = bool(policy.notice) or policy.preset in {Preset.OFF, Preset.STRICT}
    found = [connections.find(org_id, each) for each in connections.PROVIDERS]
    is_faulty = any(each and each.state == connections.State.FAULTY for each in found)
    is_https = Host.of(settings).under(policy).tracking_url.startswith("https://")
    where = "/console/admin/policy"
    told = notices.is_well(org_id)
    return [
        Check("notice", has_notice, where),
        Check("https", is_https, where),
        Check("connections", not is_faulty, "/console/admin/connections"),
        Check("hits", mailbox_health.set_aside(org_id) == 0, ""),
        Check("mail", letters.can_send(settings), ""),
        *([] if told is None else [Check("gmail_notices", told, notices.HERE)]),
        *_backup(backups.standing(settings.backup_within_days)),
    ]


def _backup(found: Standing) -> list[Check]:
    """Of the last backup its time alone: how large it is tells of other organisations, too."""
    if found.last:
        return [Check("backup", found.state is not State.OLD, "", found.last.made_at)]
    return [Check("no_backup", False, "")] if found.state is State.MISSING else []
