"""Replies: which mail of ours a received one answers, whichever of the two is found first.

By the Message-IDs that the answer names; else by the provider's thread in that mailbox, if it comes
from somebody the mail went to (or her company). A subject alone never makes a reply. A page of
mails is looked up at once.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from backend import db
from backend.mail.addresses import domain_of
from backend.mail.auto_reply import Kind
from backend.models.mail import Stamp
from backend.models.mailboxes import Mailbox
from backend.tracking import outcomes
from backend.tracking.outcomes import Outcome

MOST_OF_A_THREAD = 20  # mails of ours that are tried, the latest first
# Of which mails of ours those of a page may be answers, and the other way round. SQLite keeps the
# order of a CROSS JOIN; in its own it begins with all mails of the mailbox.
ORIGINALS = (
    "SELECT answer, original FROM (SELECT own.message_id AS answer, sent.message_id AS original,"
    " row_number() OVER (PARTITION BY own.message_id ORDER BY sent.received_at DESC) AS place"
    " FROM message_copy own CROSS JOIN message_copy sent WHERE sent.mailbox_id = own.mailbox_id"
    " AND sent.is_sent AND sent.provider_thread_id = own.provider_thread_id"
    " AND sent.received_at < own.received_at AND own.message_id {} AND own.mailbox_id = %s"
    " AND own.provider_thread_id <> '') AS thread WHERE place <= %s ORDER BY answer, place"
)
ANSWERS = (
    "SELECT m.id FROM message_copy own CROSS JOIN message_copy c CROSS JOIN email_message m"
    " WHERE c.mailbox_id = own.mailbox_id AND c.provider_thread_id = own.provider_thread_id"
    " AND NOT c.is_sent AND c.received_at > own.received_at"
    " AND m.id = c.message_id AND m.reply_to_id IS NULL AND own.message_id {}"
    " AND own.mailbox_id = %s AND own.provider_thread_id <> '' AND m.kind = %s"
)


@dataclass(slots=True)
class _Mail:
    """What is asked of an answer, and of the mail that it may answer."""

    at: datetime | None
    key: str
    asks_to_stop: bool
    sender: str = ""
    person_id: str | None = None
    recipients: set[str] = field(default_factory=set)


def note_opt_outs(message_ids: Sequence[str]) -> None:
    """Whoever sent these mails asks in them to be left alone: nobody should write to her any more.

    It is told beside the mail that each answers, once that is here. A user's own wish is none.
    """
    if not message_ids:
        return
    for message_id, org_id, at, address in db.rows(
        "SELECT m.id, m.org_id, m.sent_at, p.address FROM email_message m"
        " JOIN participant p ON p.message_id = m.id AND p.role = 'from' AND p.rule <> 'user'"
        f" WHERE m.id {db.among('uuid')} ORDER BY p.address",
        [db.many(message_ids)],
    ):
        outcomes.suppress(org_id, address, outcomes.UNSUBSCRIBED, at)
        db.execute("UPDATE email_message SET asks_to_stop = TRUE WHERE id = %s", [message_id])


def link_received(mailbox: Mailbox, named: Mapping[str, Sequence[str]]) -> None:
    """Join received mails of people with the mails of ours that they answer, if those are here.

    `named` are the Message-IDs that each names, the one that it answers last.
    """
    sent = _sent_with(mailbox.org_id, {each for ids in named.values() for each in ids})
    by_ids = {
        message_id: next(sent[each] for each in reversed(ids) if each in sent)
        for message_id, ids in named.items()
        if not sent.keys().isdisjoint(ids)
    }
    _join([(*pair, "reply_by_references") for pair in by_ids.items()])
    by_thread = _by_thread(named.keys() - by_ids.keys(), mailbox.id)
    _join([(*pair, "reply_by_thread") for pair in by_thread.items()])


def link_sent(message_ids: Sequence[str], mailbox_id: str) -> None:
    """Join mails of ours with the answers to them that were found before them.

    Those too that were joined with one before it was known as the mail of a stamp: its sender was
    not told of them.
    """
    if not message_ids:
        return
    wanted, is_wanted = db.many(message_ids), db.among("uuid")
    place = {message_id: number for number, message_id in enumerate(message_ids)}
    pairs = db.rows(
        "SELECT r.message_id, sent.id FROM message_reference r"
        " JOIN email_message sent ON sent.internet_message_id = r.internet_message_id"
        " AND sent.org_id = r.org_id AND sent.internet_message_id <> ''"
        " JOIN email_message m ON m.id = r.message_id"
        " AND (m.reply_to_id IS NULL OR m.reply_to_id = sent.id)"
        f" WHERE sent.id {is_wanted} AND m.direction = 'received' AND m.kind = %s",
        [wanted, Kind.PERSON.value],
    )
    in_order = sorted(pairs, key=lambda pair: place[pair[1]])
    _join([(answer, original, "reply_by_references") for answer, original in in_order])
    answers = db.rows(ANSWERS.format(is_wanted), [wanted, mailbox_id, Kind.PERSON.value])
    by_thread = _by_thread({row[0] for row in answers}, mailbox_id)
    _join([(*pair, "reply_by_thread") for pair in by_thread.items() if pair[1] in place])


def _sent_with(org_id: str, ids: Collection[str]) -> dict[str, str]:
    """The mails of ours with these Message-IDs, by them."""
    if not ids:
        return {}
    return dict(
        db.rows(
            "SELECT internet_message_id, id FROM email_message WHERE org_id = %s"
            f" AND direction = 'sent' AND internet_message_id {db.among('text')}",
            [org_id, db.many(ids)],
        )
    )


def _by_thread(answers: Collection[str], mailbox_id: str) -> dict[str, str]:
    """Of each the latest mail of ours before it in its thread, to its sender or her company."""
    if not answers:
        return {}
    wanted = [db.many(answers), mailbox_id, MOST_OF_A_THREAD]
    tried = db.rows(ORIGINALS.format(db.among("uuid")), wanted)
    mails = _mails({each for pair in tried for each in pair})
    found: dict[str, str] = {}
    for answer, original in tried:
        if answer not in found and _went_to(mails[original], mails[answer].sender):
            found[answer] = original
    return found


def _went_to(mail: _Mail, sender: str) -> bool:
    return bool(sender) and (
        sender in mail.recipients or domain_of(sender) in map(domain_of, mail.recipients)
    )


def _mails(message_ids: Collection[str]) -> dict[str, _Mail]:
    if not message_ids:
        return {}
    found: dict[str, _Mail] = {}
    for message_id, at, key, asks_to_stop, role, address, person_id in db.rows(
        "SELECT m.id, m.sent_at, m.dedup_key, m.asks_to_stop, p.role, p.address, p.person_id"
        " FROM email_message m LEFT JOIN participant p ON p.message_id = m.id"
        f" WHERE m.id {db.among('uuid')}",
        [db.many(message_ids)],
    ):
        mail = found.setdefault(message_id, _Mail(at, key, bool(asks_to_stop)))
        if role == "from":
            mail.sender, mail.person_id = address, person_id
        elif role is not None:
            mail.recipients.add(address)
    return found


def _join(pairs: Iterable[tuple[str, str, str]]) -> None:
    """Write down (answer, what it answers, by which rule); of an answer's the first that can be."""
    pairs = list(pairs)
    mails = _mails({each for answer, original, _ in pairs for each in (answer, original)})
    joined: dict[str, tuple[str, str]] = {}
    for answer, original, rule in pairs:
        if answer not in joined and _is_answer(mails[answer], mails.get(original)):
            joined[answer] = original, rule
    if joined:
        _write(joined, mails)


def _is_answer(answer: _Mail, original: _Mail | None) -> bool:
    """Not before what it answers, and not from its sender."""
    if original is None or answer.at is None or not answer.sender:
        return False
    return answer.sender != original.sender and (original.at is None or original.at <= answer.at)


def _write(joined: Mapping[str, tuple[str, str]], mails: Mapping[str, _Mail]) -> None:
    db.update_rows(
        "email_message",
        {"reply_to_id": "uuid", "record_due": "boolean"},
        [(original, True, answer) for answer, (original, _) in joined.items()],
    )
    db.execute_many(
        "UPDATE email_message SET replied_at = %s, record_due = TRUE WHERE id = %s"
        " AND (replied_at IS NULL OR replied_at > %s)",
        sorted(
            (mails[answer].at, original, mails[answer].at)
            for answer, (original, _) in joined.items()
        ),
    )
    stamps: dict[str, list[Stamp]] = {}
    originals = {original for original, _ in joined.values()}
    for stamp in Stamp.select().where(Stamp.message_id.in_(originals)):
        stamps.setdefault(stamp.message_id, []).append(stamp)
    for answer, (original, rule) in joined.items():
        for stamp in stamps.get(original, ()):
            for told in _told(mails[answer], rule):
                outcomes.record(stamp, told)


def _told(mail: _Mail, rule: str) -> Iterator[Outcome]:
    """What an answer says in the Feed beside the mail that it answers."""
    assert mail.at
    yield Outcome("reply", mail.sender, mail.person_id, mail.at, rule, mail.key)
    if mail.asks_to_stop:
        yield Outcome("opt_out", mail.sender, mail.person_id, mail.at, "asked_by_mail", mail.key)
