"""Commands about the record of mail: take out what is past its term, and check the rest."""

import argparse
from datetime import timedelta

from backend import clock, db
from backend.capture import recording, retention, verifying
from backend.capture.verifying import Checked
from backend.cli.commands import Commands, add, opened, progress
from backend.errors import Invalid
from backend.models.org import Organization
from backend.models.retention import past
from backend.settings import Settings
from backend.tracking.policy import policy_of

SHOWN = 50  # faults of one organisation


def add_commands(commands: Commands) -> None:
    """Declare prune and verify."""
    parser = add(commands, "prune", _prune, "Take out what is older than each organisation's term")
    parser.add_argument("--dry-run", action="store_true", help="only say how much it would be")
    parser = add(commands, "verify", _verify, "Check that no captured mail was changed or removed")
    parser.add_argument(
        "--head", metavar="NUMBER:HASH", help="a head that an earlier run printed must still stand"
    )


def _prune(arguments: argparse.Namespace, settings: Settings) -> int:
    with opened(settings):
        for org in Organization.select().order_by(Organization.name):
            days = policy_of(org.id).retention_days
            found = past(org.id, days)
            if days is None:
                print(f"{org.name}: kept for ever.")
            elif arguments.dry_run:
                print(f"{org.name}: {found.mails:,} mails are older than {days:,} days.")
            else:
                gone = _purge_all(org.id, days, found.mails)
                print(f"{org.name}: {gone:,} mails and meetings older than {days:,} days are gone.")
        while recording.step():
            pass
    return 0


def _purge_all(org_id: str, days: int, total: int) -> int:
    before, gone = clock.now() - timedelta(days=days), 0
    while went := retention.purge(org_id, before):
        gone += went
        progress(gone, total, "mails")
    return gone


def _verify(arguments: argparse.Namespace, settings: Settings) -> int:
    head = _head(arguments.head)
    with opened(settings):
        orgs = list(Organization.select().order_by(Organization.name, Organization.id))
        if head and len(orgs) > 1:
            orgs = [org for org in orgs if _has(org.id, head)] or orgs
        return max([_verify_one(org, head) for org in orgs], default=0)


def _verify_one(org: Organization, head: tuple[int, str] | None) -> int:
    checked, faults = Checked(), 0
    for fault in verifying.check(org.id, checked, lambda done: progress(done, 0, "checked"), head):
        faults += 1
        if faults <= SHOWN:
            print(f"{org.name}: {fault.where}")
    number, hash_ = checked.head
    print(
        f"{org.name}: {checked.entries:,} entries and {checked.messages:,} mails checked,"
        f" {checked.waiting:,} wait to be written down, {faults:,} faults; head {number}:{hash_}"
    )
    return 1 if faults else 0


def _has(org_id: str, head: tuple[int, str]) -> bool:
    sql = "SELECT 1 FROM record_entry WHERE org_id = %s AND number = %s AND hash = %s"
    return db.one(sql, [org_id, *head]) is not None


def _head(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    number, _, hash_ = text.partition(":")
    if not number.isdecimal() or len(number) > 18 or len(hash_) != 64:
        raise Invalid("problems.no_head")
    return int(number), hash_
