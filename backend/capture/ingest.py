"""Fetched mails into the record: left out by a named rule, or kept, matched and joined.

In the caller's transaction, a page of them at once. Taking the same mail in twice, from one mailbox
or from several, changes nothing the second time.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from backend import db
from backend.capture import bounces, joining, messages, participants, replies, why
from backend.capture.items import CAPTURED
from backend.capture.leaving_out import Limits, Marks, rule_against
from backend.capture.messages import Arrival, Kept
from backend.mail import feedback
from backend.mail.auto_reply import Kind, kind_of
from backend.mail.dsn import original_ids, read_bounces
from backend.mail.parsed import parse
from backend.models.erasures import RULE as FORGOTTEN
from backend.models.mailboxes import Mailbox
from backend.providers.mail import FetchedMail
from backend.tracking import mail_index
from backend.tracking.tokens import TokenKeys

# What a single mail or meeting may cause that is no fault of the database or the provider: whoever
# takes it in leaves it, and the others go on.
POISON = (ValueError, LookupError, TypeError, RecursionError, *db.UNFIT)
MAX_REFERENCES = 50
# What reads each kind of report, one row a recipient.
REPORTS = {
    Kind.BOUNCE: read_bounces,
    Kind.DELAY: read_bounces,
    Kind.COMPLAINT: feedback.read_complaint,
    Kind.RECEIPT: feedback.read_receipt,
}


@dataclass(frozen=True, slots=True)
class Context:
    """What ingesting needs beside the mail: our tokens, and what an organisation leaves out."""

    keys: TokenKeys
    limits_of: Callable[[Mailbox], Limits]


def take_in(mailbox: Mailbox, fetched: Sequence[FetchedMail], context: Context) -> list[str]:
    """Of each mail CAPTURED, or the name of the rule by which it was left out."""
    limits, own = context.limits_of(mailbox), {mailbox.address, *mailbox.aliases}
    rules, arrivals, left_out = [], [], []
    for each in fetched:
        arrival, rule = _look(each, own, limits)
        rules.append(rule or CAPTURED)
        if rule:
            digest = why.digest_of(mailbox.id, arrival.mail.message_id)
            left_out.append((each.provider_id, rule, digest))
        else:
            arrivals.append(arrival)
    messages.note_decisions(mailbox, left_out)
    for page in _without_doubles(arrivals):
        _keep(mailbox, page, context.keys)
    return rules


def _look(fetched: FetchedMail, own: set[str], limits: Limits) -> tuple[Arrival, str]:
    """The mail as it is read, and the rule that leaves it out, "" if none does."""
    mail = parse(fetched.raw)
    kind = Kind.PERSON if fetched.is_sent else kind_of(mail)
    marks = Marks(fetched.is_draft, fetched.is_spam, fetched.is_trash)
    rule = rule_against(mail, kind, marks, own, limits)
    if not rule and limits.erased.digests and kind in REPORTS:
        about = (each.recipient for each in REPORTS[kind](mail))
        rule = FORGOTTEN if any(map(limits.erased.has, about)) else ""
    return Arrival(mail, fetched, kind, messages.dedup_key(mail, fetched)), rule


def _without_doubles(arrivals: Iterable[Arrival]) -> Iterator[list[Arrival]]:
    """Pages in which no message comes twice: the second copy of one finds what the first left."""
    waiting = list(arrivals)
    while waiting:
        page = {each.key: each for each in reversed(waiting)}
        taken = [each for each in waiting if page[each.key] is each]
        yield taken
        waiting = [each for each in waiting if page[each.key] is not each]


def _keep(mailbox: Mailbox, arrivals: Sequence[Arrival], keys: TokenKeys) -> None:
    known = messages.find(mailbox.org_id, (each.key for each in arrivals))
    mail_index.came_to(known.values(), mailbox.user_id)  # stamps before mails, as elsewhere
    stamped = _of_stamps(mailbox, [each for each in arrivals if each.fetched.is_sent], keys)
    rest = [each for each in arrivals if each.key not in stamped]
    kept = [*stamped.values(), *messages.add(mailbox, rest)]
    messages.add_copies(mailbox, kept)
    participants.add(mailbox, kept)
    messages.add_bodies(mailbox, kept)
    _understand(mailbox, [each for each in kept if not each.arrival.fetched.is_sent])
    sent = [each.id for each in kept if each.arrival.fetched.is_sent]
    replies.link_sent(sent, mailbox.id)
    bounces.link_sent(sent)


def _of_stamps(mailbox: Mailbox, sent: Sequence[Arrival], keys: TokenKeys) -> dict[str, Kept]:
    """By key the messages of the stamps that these mails carry.

    Each is made one with what was captured. A stamp whose mail was captured under another id
    already is a copied text: no second record.
    """
    subjects = joining.subjects_of_unsent(mailbox.user_id, sent)
    found = {}
    for each in sent:
        stamp, how = joining.find(each, mailbox.user_id, keys, subjects)
        if stamp is None or messages.key_of(stamp.message_id) not in {None, each.key}:
            continue
        _adopt(mailbox.org_id, stamp.message_id, each.key)
        joining.confirm(stamp, each, how)
        found[each.key] = Kept(str(stamp.message_id), each)
    return found


def _adopt(org_id: str, message_id: str, key: str) -> None:
    try:
        with db.transaction():
            messages.adopt(message_id, key, messages.find(org_id, [key]).get(key))
    except messages.DOUBLED:  # it was captured in another mailbox at this very moment
        messages.adopt(message_id, key, messages.find(org_id, [key]).get(key))


def _understand(mailbox: Mailbox, received: Sequence[Kept]) -> None:
    """What received mails say of mails of ours: an answer, a bounce, a receipt, a complaint."""
    named = {each.id: _named(each) for each in received}
    for each in received:
        if each.arrival.kind in REPORTS:
            found = REPORTS[each.arrival.kind](each.arrival.mail)
            bounces.note(each.id, mailbox, each.arrival.fetched.received_at, found)
    messages.add_references(mailbox.org_id, named)
    of_people = [each for each in received if each.arrival.kind is Kind.PERSON]
    replies.note_opt_outs(
        [each.id for each in of_people if feedback.asks_to_stop(each.arrival.mail)]
    )
    replies.link_received(mailbox, {each.id: named[each.id] for each in of_people})
    for each in received:
        if each.arrival.kind in REPORTS:
            bounces.link_report(each.id, named[each.id])


def _named(kept: Kept) -> tuple[str, ...]:
    """The Message-IDs that the mail names, In-Reply-To last."""
    mail = kept.arrival.mail
    ids = (*mail.references, *mail.in_reply_to)
    if kept.arrival.kind in REPORTS:
        ids = (*original_ids(mail), *feedback.original_ids(mail))
    return tuple(dict.fromkeys(ids))[-MAX_REFERENCES:]
