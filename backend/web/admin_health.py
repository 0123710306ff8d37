"""The health page: what works, what is behind, and a way to mend each."""

from typing import NamedTuple

from flask import Blueprint, render_template

from backend.access import connections, letters
from backend.insights import mailbox_health
from backend.tracking.policy import Preset, policy_of
from backend.web import doors, screens
from backend.web.permissions import ADMIN, allow, caller

pages = Blueprint("admin_health", __name__)
screens.prepare(pages)


class Check(NamedTuple):
    """One thing of the installation: its words' key, whether it is well, where to mend it."""

    key: str
    is_good: bool
    where: str


@pages.get("/console/admin/health")
@allow(ADMIN)
def show() -> str:
    """Mailboxes, coverage, and what of the installation has to be seen to."""
    org_id = caller().org_id
    return render_template(
        "admin/health.html",
        mailboxes=mailbox_health.mailboxes_of(org_id),
        coverage=mailbox_health.coverage_of(org_id),
        days=mailbox_health.COVERAGE_DAYS,
        checks=_checks(org_id),
    )


def _checks(org_id: str) -> list[Check]:
    settings, policy = doors.the_settings(), policy_of(org_id)
    has_notice = bool(policy.notice) or policy.preset in {Preset.OFF, Preset.STRICT}
    found = [connections.find(org_id, each) for each in connections.PROVIDERS]
    is_faulty = any(each and each.state == connections.State.FAULTY for each in found)
    is_https = settings.tracking_url.startswith("https://")
    where = "/console/admin/policy"
    return [
        Check("notice", has_notice, where),
        Check("https", is_https, where),
        Check("connections", not is_faulty, "/console/admin/connections"),
        Check("hits", mailbox_health.set_aside(org_id) == 0, ""),
        Check("mail", letters.can_send(settings), ""),
    ]
