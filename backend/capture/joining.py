"""A captured sent mail and its stamp are one record: found by our own tokens in the sent body.

The tokens survive what providers do to a mail (Gmail writes a new Message-ID, Graph hides headers),
so they are looked for first; then the mark that our add-in left with the mail. The sent time and
the recipients that the provider tells then correct what the panel or the relay had said.
"""

import re
from bisect import bisect_right
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from backend import db
from backend.capture import messages
from backend.capture.messages import Arrival
from backend.mail.parsed import Parsed
from backend.mail.zones import quotes_in
from backend.models.mail import Stamp
from backend.tracking import merging, sending
from backend.tracking.drafts import State, recipients_in
from backend.tracking.facts import Kind
from backend.tracking.sending import Source
from backend.tracking.tokens import TokenKeys

MAX_TOKENS = 2_000  # of one mail
HEADER = "x-telltale-stamp"
PROBABLE = timedelta(minutes=5)  # apart by who, what and when (decision 0019)
_PLACE = re.compile(r"/([omcu])/([a-z2-7]{32})", re.IGNORECASE)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KINDS = {"o": Kind.OPEN, "m": Kind.MARKER, "c": Kind.CLICK, "u": Kind.UNSUBSCRIBE}
_PICTURES = {Kind.OPEN, Kind.MARKER}


class How(StrEnum):
    """By what a stamp was joined with its mail, the surest first."""

    BODY = "body"
    PROPERTY = "property"
    HEADER = "header"
    PROBABLE = "probable"


def find(
    arrival: Arrival, user_id: str, keys: TokenKeys, subjects: Collection[str]
) -> tuple[Stamp | None, How]:
    """The stamp that this sent mail carries, and by what it is known.

    It may be a probable one only for a subject in `subjects` (see `subjects_of_unsent`).
    """
    mail, fetched = arrival.mail, arrival.fetched
    stamp = stamp_of(mail, user_id, keys, arrival.key)
    if stamp:
        return stamp, How.BODY
    for mark, how in ((fetched.mark, How.PROPERTY), (mail.header(HEADER), How.HEADER)):
        stamp = marked_stamp_of(mark, user_id)
        if stamp:
            return stamp, how
    if mail.subject in subjects:
        stamp = probable_stamp_of(mail, user_id, fetched.received_at)
    return stamp, How.PROBABLE


def stamp_of(mail: Parsed, user_id: str, keys: TokenKeys, key: str) -> Stamp | None:
    """The user's stamp whose tokens stand in the mail's own text, not in what it quotes; or None.

    Several (a draft whose card was opened twice) become one by their pictures; a link may be copied
    from anywhere. One that was captured under another key than this mail's stays apart.
    """
    tokens = _tokens(mail.html, keys)
    found = _stamps_of(list(tokens), user_id)
    own = [stamp for stamp in found if messages.key_of(stamp.message_id) in {None, key}]
    if not own:
        return next(iter(found), None)
    pictures = [token for token, kind in tokens.items() if kind in _PICTURES]
    pictured = {stamp.id for stamp in _stamps_of(pictures, user_id)}
    kept = min(own, key=lambda stamp: (stamp.id not in pictured, *_rank(stamp)))
    others = [stamp for stamp in own if stamp.id != kept.id and stamp.id in pictured]
    if others and kept.id in pictured:
        merging.merge(kept, others)
    return kept


def _rank(stamp: Stamp) -> tuple[bool, bool]:
    """The one that is known to be sent comes first, one that was switched off last."""
    return stamp.sent_at is None, stamp.state == State.DISARMED


def _stamps_of(tokens: list[str], user_id: str) -> list[Stamp]:
    """The user's stamps that these tokens belong to, each once, in the order of the tokens."""
    if not tokens:
        return []
    rows = db.rows(
        "SELECT c.stamp_id, c.pixel_token, c.marker_token, c.unsubscribe_token, NULL"
        f" FROM stamp_copy c WHERE c.pixel_token {db.among('text')}"
        f" OR c.marker_token {db.among('text')} OR c.unsubscribe_token {db.among('text')}"
        " UNION ALL SELECT l.stamp_id, NULL, NULL, NULL, l.token FROM tracked_link l"
        f" WHERE l.token {db.among('text')}",
        [db.many(tokens)] * 4,
    )
    place = {token: number for number, token in enumerate(tokens)}
    named = sorted(
        (place[token], stamp_id)
        for stamp_id, *carried in rows
        for token in carried
        if token in place
    )
    ids = list(dict.fromkeys(stamp_id for _, stamp_id in named))
    known = {
        row.id: row for row in Stamp.select().where(Stamp.id.in_(ids), Stamp.user_id == user_id)
    }
    return [known[stamp_id] for stamp_id in ids if stamp_id in known]


def marked_stamp_of(mark: str, user_id: str) -> Stamp | None:
    """The user's stamp that our add-in named beside the mail or in a header of it; None without."""
    if not _ID.fullmatch(mark):
        return None
    found: Stamp | None = Stamp.get_or_none(Stamp.id == mark, Stamp.user_id == user_id)
    return found


def subjects_of_unsent(user_id: str, sent: Sequence[Arrival]) -> set[str]:
    """Of these mails' subjects, those under which a stamp of the user's waits for its mail.

    One question for a page of mails; few have an answer, which is then looked at alone.
    """
    if not sent:
        return set()
    times = [each.fetched.received_at for each in sent]
    return {
        row[0]
        for row in db.rows(
            "SELECT m.subject FROM stamp s JOIN email_message m ON m.id = s.message_id"
            " WHERE s.user_id = %s AND m.dedup_key IS NULL AND s.created_at BETWEEN %s AND %s"
            f" AND m.subject {db.among('text')}",
            [
                user_id,
                min(times) - PROBABLE,
                max(times) + PROBABLE,
                db.many({each.mail.subject for each in sent}),
            ],
        )
    }


def probable_stamp_of(mail: Parsed, user_id: str, sent_at: datetime) -> Stamp | None:
    """The one stamp of the user that has no captured mail, this subject and these recipients.

    For mails without a token in them (nothing could be measured), sent within five minutes of the
    stamp. Two such stamps are none.
    """
    addresses = {each.address for each in (*mail.to, *mail.cc, *mail.bcc)}
    candidates = db.rows(
        "SELECT s.id, s.message_id FROM stamp s JOIN email_message m ON m.id = s.message_id"
        " WHERE s.user_id = %s AND m.dedup_key IS NULL AND m.subject = %s"
        " AND s.created_at BETWEEN %s AND %s LIMIT 20",
        [user_id, mail.subject, sent_at - PROBABLE, sent_at + PROBABLE],
    )
    found = [stamp_id for stamp_id, message_id in candidates if _sent_to(message_id) == addresses]
    return Stamp.get_by_id(found[0]) if len(found) == 1 else None


def confirm(stamp: Stamp, arrival: Arrival, how: How) -> None:
    """Say of the stamp what the provider knows: when it was sent, under which id, and to whom."""
    mail, sent_at = arrival.mail, arrival.fetched.received_at
    db.execute("UPDATE stamp SET joined_by = %s WHERE id = %s", [how.value, stamp.id])
    recipients = list(recipients_in(to=mail.to, cc=mail.cc, bcc=mail.bcc).values())
    sending.confirm(stamp, sent_at, Source.PROVIDER, mail.message_id, recipients or None)


def _sent_to(message_id: str) -> set[str]:
    sql = "SELECT address FROM participant WHERE message_id = %s AND role <> 'from'"
    return {row[0] for row in db.rows(sql, [message_id])}


def _tokens(html: str, keys: TokenKeys) -> dict[str, Kind]:
    """Our tokens outside the quotes, each once, in the order of the mail."""
    quotes = quotes_in(html)
    starts = [start for start, _ in quotes]
    found: dict[str, Kind] = {}
    for match in _PLACE.finditer(html):
        at = bisect_right(starts, match.start()) - 1
        if at >= 0 and match.start() < quotes[at][1]:
            continue
        kind = _KINDS[match[1].lower()]
        token = keys.check(kind, match[2])
        if token:
            found.setdefault(token, kind)
        if len(found) == MAX_TOKENS:
            break
    return found
