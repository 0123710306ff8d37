"""Commands about mailboxes: one pass of their sync by hand, and the count of what is missing."""

import argparse
from typing import TYPE_CHECKING

from backend.access.safe import Safe
from backend.capture import items, reconcile
from backend.cli.commands import Commands, add, opened, progress
from backend.errors import NotFound
from backend.insights.mailbox_progress import filling_of, standing_of
from backend.models.mailboxes import AWAKE, Mailbox
from backend.providers.mail import ProviderError
from backend.providers.vault import open_vault
from backend.settings import Settings

if TYPE_CHECKING:
    from backend.capture.running import Runner


def add_commands(commands: Commands) -> None:
    """Declare sync and reconcile."""
    parser = add(commands, "sync", _sync, "Sync mailboxes until nothing waits")
    parser.add_argument("address", metavar="MAILBOX", nargs="?", help="only this one's address")
    parser = add(commands, "reconcile", _reconcile, "List 7 days anew, fetch what is missing")
    parser.add_argument("address", metavar="MAILBOX", nargs="?", help="only this one's address")


def sync_one(runner: "Runner", mailbox: Mailbox) -> int:
    """Turn after turn until nothing waits, with a bar on a terminal; the exit code."""
    turn = runner.turn(mailbox)
    while turn and not turn.is_over:
        _draw(mailbox)
        turn = runner.turn(mailbox)
    now, counts = Mailbox.get_by_id(mailbox.id), items.counts(mailbox.id)
    print(
        f"{now.address}: {now.state}{f' ({now.reason})' if now.reason else ''};"
        f" {counts.done:,} captured, {counts.skipped:,} left out, {counts.waiting:,} waiting,"
        f" {counts.quarantined:,} set aside."
    )
    for reason, count in standing_of([mailbox.id])[mailbox.id].set_aside:
        print(f"  set aside: {count:,} for {reason}")
    return 0 if now.state in AWAKE else 1


def _sync(arguments: argparse.Namespace, settings: Settings) -> int:
    with opened(settings):
        runner = _runner(settings)
        return max([sync_one(runner, each) for each in _named(arguments.address)], default=0)


def _reconcile(arguments: argparse.Namespace, settings: Settings) -> int:
    with opened(settings):
        runner = _runner(settings)
        return max([_count(runner, each) for each in _named(arguments.address)], default=0)


def _draw(mailbox: Mailbox) -> None:
    """How far the back-fill is, as a bar where its end is known."""
    filled = filling_of([mailbox.id])[mailbox.id]
    progress(filled.done, filled.total or 0, f"mails of {mailbox.address}")


def _count(runner: "Runner", mailbox: Mailbox) -> int:
    try:
        opened_mailbox = runner.open(mailbox)
        try:
            tally = reconcile.compare(mailbox, opened_mailbox.provider, runner.name)
        finally:
            opened_mailbox.close()
    except ProviderError as error:
        print(f"{mailbox.address}: not counted ({type(error).__name__} {error.code}).")
        return 1
    if tally is None:
        print(f"{mailbox.address}: not counted, the worker is at it. Try again in a minute.")
        return 1
    turn = runner.turn(mailbox) if tally.missing else None
    while turn and not turn.is_over:
        turn = runner.turn(mailbox)
    reconcile.settle(mailbox.id)
    found = standing_of([mailbox.id])[mailbox.id].count
    repaired = found.repaired if found and found.repaired is not None else 0
    print(
        f"{mailbox.address}: {tally.checked:,} checked, {tally.missing:,} missing,"
        f" {repaired:,} repaired."
    )
    return 0 if repaired == tally.missing else 1


def _runner(settings: Settings) -> "Runner":
    from backend.capture.running import Runner  # here: no other command needs all of capture

    return Runner(settings, Safe(open_vault(settings)))


def _named(address: str | None) -> list[Mailbox]:
    query = Mailbox.select().order_by(Mailbox.address)
    found = list(query.where(Mailbox.address == address) if address else query)
    if address and not found:
        raise NotFound("No mailbox of that address is connected: the page Health lists them all.")
    return found
