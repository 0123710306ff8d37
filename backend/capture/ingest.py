"""One fetched mail into the record: left out by a named rule, or kept, matched and joined.

In the caller's transaction. Taking the same mail in twice, from one mailbox or from several,
changes nothing the second time.
"""

from collections.abc import Callable
from dataclasses import dataclass

from backend import clock, db
from backend.capture import bounces, joining, messages, replies, why
from backend.capture.leaving_out import Limits, Marks, rule_against
from backend.capture.messages import Kept
from backend.mail import feedback
from backend.mail.auto_reply import Kind, kind_of
from backend.mail.dsn import original_ids, read_bounces
from backend.mail.parsed import Parsed, parse
from backend.models.mailboxes import Mailbox
from backend.providers.mail import FetchedMail
from backend.tracking.tokens import TokenKeys

CAPTURED = "captured"
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


def take_in(mailbox: Mailbox, fetched: FetchedMail, context: Context) -> str:
    """CAPTURED, or the name of the rule by which the mail was left out."""
    mail = parse(fetched.raw)
    kind = Kind.PERSON if fetched.is_sent else kind_of(mail)
    marks = Marks(fetched.is_draft, fetched.is_spam, fetched.is_trash)
    own = {mailbox.address, *mailbox.aliases}
    rule = rule_against(mail, kind, marks, own, context.limits_of(mailbox))
    if rule:
        digest = why.digest_of(mailbox.id, mail.message_id)
        messages.note_decision(mailbox, fetched.provider_id, rule, clock.now(), digest)
        return rule
    kept = _keep(mailbox, mail, fetched, kind, context.keys)
    if fetched.is_sent:
        replies.link_sent(kept.id, mailbox.id)
        bounces.link_sent(kept.id)
    else:
        _understand(kept, mailbox, mail, fetched, kind)
    return CAPTURED


def _keep(
    mailbox: Mailbox, mail: Parsed, fetched: FetchedMail, kind: Kind, keys: TokenKeys
) -> Kept:
    key = messages.dedup_key(mail, fetched)
    stamped = _of_stamp(mailbox, mail, fetched, key, keys) if fetched.is_sent else None
    kept = Kept(stamped) if stamped else messages.add(mailbox, mail, fetched, kind, key)
    messages.add_copy(mailbox, kept.id, fetched)
    messages.add_people(mailbox, kept, mail, is_sent=fetched.is_sent)
    messages.add_body(mailbox, kept.id, mail)
    return kept


def _of_stamp(
    mailbox: Mailbox, mail: Parsed, fetched: FetchedMail, key: str, keys: TokenKeys
) -> str | None:
    """The message of the stamp that this sent mail carries, made one with what was captured.

    A stamp whose mail was captured under another id already is a copied text: no second record.
    """
    mark = fetched.mark or mail.header(joining.HEADER)
    stamp = (
        joining.stamp_of(mail, mailbox.user_id, keys, key)
        or joining.marked_stamp_of(mark, mailbox.user_id)
        or joining.probable_stamp_of(mail, mailbox.user_id, fetched.received_at)
    )
    if stamp is None:
        return None
    known = messages.key_of(stamp.message_id)
    if known not in {None, key}:
        return None
    messages.adopt(stamp.message_id, key, messages.find(mailbox.org_id, key))
    joining.confirm(stamp, mail, fetched.received_at)
    return str(stamp.message_id)


def _understand(
    kept: Kept, mailbox: Mailbox, mail: Parsed, fetched: FetchedMail, kind: Kind
) -> None:
    """What a received mail says of mails of ours: an answer, a bounce, a receipt, a complaint."""
    ids = (*mail.references, *mail.in_reply_to)
    if kind in REPORTS:
        ids = (*original_ids(mail), *feedback.original_ids(mail))
        bounces.note(kept.id, mailbox, fetched.received_at, REPORTS[kind](mail))
    ids = tuple(dict.fromkeys(ids))[-MAX_REFERENCES:]
    messages.add_references(mailbox.org_id, kept, ids)
    if kind is Kind.PERSON:
        replies.link_received(kept.id, mailbox.id, ids)
        if feedback.asks_to_stop(mail):
            replies.opt_out(kept.id)
    elif kind in REPORTS:
        bounces.link_report(kept.id, ids)
