"""One search over people, accounts, subjects and links, within what the viewer may see.

Words are found by their beginnings, all that are asked for in one subject, link or person. Mail is
the viewer's own and what lies in her mailboxes, what others share of theirs with everybody and, for
a manager, what her team has not made private; nothing says how much there is beyond what is shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from backend import db
from backend.insights import search_mail
from backend.insights.questions import tokens_of_question
from backend.insights.search_mail import Sender, Shares
from backend.insights.viewer import Viewer
from backend.people import companies, finding
from backend.people.mail_words import bare
from backend.people.words import fold

LIMIT = 10


@dataclass(frozen=True, slots=True)
class Found:
    """What fits: people and accounts by name, mails and links the newest first."""

    people: list[dict[str, Any]]
    accounts: list[dict[str, Any]]
    mails: list[dict[str, Any]]
    links: list[dict[str, Any]]


def find(viewer: Viewer, q: str, limit: int = LIMIT) -> Found:
    """At most `limit` of each; nothing for a question without a letter or digit."""
    tokens = tokens_of_question(q)
    if not tokens:
        return Found([], [], [], [])
    senders = _senders(viewer)
    return Found(
        _people(viewer, q, limit),
        _accounts(viewer, q, limit),
        _newest(
            [
                *search_mail.mails(senders, tokens, limit),
                *search_mail.held_mails(senders, tokens, limit),
            ],
            limit,
        ),
        _newest(search_mail.links(senders, tokens, limit), limit),
    )


def _people(viewer: Viewer, q: str, limit: int) -> list[dict[str, Any]]:
    found = finding.page(viewer.org_id, finding.Query(q=q, limit=limit)).items
    return [
        {
            "id": each.id,
            "kind": each.kind,
            "name": each.name,
            "address": each.addresses[0] if each.addresses else "",
            "company": each.company,
        }
        for each in found
    ]


def _accounts(viewer: Viewer, q: str, limit: int) -> list[dict[str, Any]]:
    found = companies.page(viewer.org_id, bare(fold(q).strip()), limit=limit).items
    return [{"id": each.id, "name": each.name, "domain": each.domain} for each in found]


def _senders(viewer: Viewer) -> list[Sender]:
    """Whose mail and copies may be found (backend.insights.viewer says the same of one mail)."""
    is_manager = viewer.role == "manager" and viewer.team_id is not None
    others = db.rows(
        'SELECT u.id, u.team_id FROM "user" u WHERE u.org_id = %s AND u.id <> %s'
        " AND (u.team_id = %s OR EXISTS (SELECT 1 FROM email_message m WHERE m.org_id = u.org_id"
        " AND m.user_id = u.id AND m.visibility = 'org')"
        " OR EXISTS (SELECT 1 FROM mailbox b WHERE b.user_id = u.id AND (b.visibility = 'org'"
        " OR EXISTS (SELECT 1 FROM message_copy c WHERE c.mailbox_id = b.id"
        " AND c.visibility = 'org')))) ORDER BY u.id",
        [viewer.org_id, viewer.user_id, viewer.team_id if is_manager else None],
    )
    return [
        Sender(viewer.user_id, Shares.ALL),
        *(
            Sender(
                user_id,
                Shares.WITH_MANAGER
                if is_manager and team_id == viewer.team_id
                else Shares.WITH_EVERYONE,
            )
            for user_id, team_id in others
        ),
    ]


def _newest(found: Iterable[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    once: dict[str, dict[str, Any]] = {}
    for each in sorted(found, key=lambda each: str(each["stamped_at"]), reverse=True):
        once.setdefault(each.get("url") or each["id"], each)
    return list(once.values())[:limit]
