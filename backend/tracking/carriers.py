"""What a draft carries of ours before it is sent: the picture it is known by, and single links.

Where something stamps the mail on its way (the relay), the draft gets the marker: the sender alone
ever fetches it. Where nothing comes after, the draft gets the counting pixel itself.
"""

from backend import clock, db
from backend.errors import Conflict, Invalid, NotFound
from backend.mail.html_body import Link, pixel_markup
from backend.mail.link_rules import Anchor, why_left
from backend.mail.web_address import WebAddress
from backend.mail.zones import Zone
from backend.models.mail import Stamp
from backend.tracking import copies, stamp_record, wrapping
from backend.tracking.drafts import Host, StampedLink
from backend.tracking.facts import Kind
from backend.tracking.policy import policy_of
from backend.tracking.stamping import link_rules

MAX_LINKS = 100  # put in by hand, one by one

_TOKENS = {
    Kind.OPEN: "SELECT pixel_token, org_id FROM stamp_copy WHERE stamp_id = %s ORDER BY id",
    Kind.MARKER: "SELECT marker_token, org_id FROM stamp_copy WHERE stamp_id = %s ORDER BY id",
}


def picture(stamp_id: str, kind: Kind, host: Host, *, is_block: bool = True) -> str:
    """The image of an armed draft, as HTML: its counting pixel or its marker. Raises NotFound.

    As a block, since in line, at the start of a body, it makes an empty line of its own.
    """
    row = db.one(_TOKENS[kind], [stamp_id])
    if row is None:
        raise NotFound("problems.draft_untracked")
    markup = pixel_markup(host.under(policy_of(row[1])).url(kind, row[0]))
    return markup.replace('style="', 'style="display:block;') if is_block else markup


def add_link(stamp: Stamp, url: str, text: str, host: Host) -> StampedLink:
    """A tracked link to put into the draft by hand; the same place again keeps its token.

    Raises Invalid for an address that is not wrapped (its slot `why` is the reason's code) and for
    one too many, Conflict when the mail is sent.
    """
    anchor = Anchor(url, text, WebAddress.parse(url), Zone.NEW, is_own=False, has_no_track=False)
    policy = policy_of(stamp.org_id)
    reason = why_left(anchor, link_rules(policy, host))
    if reason is not None:
        raise Invalid("problems.link_left", why=reason.value)
    with db.transaction():
        row = stamp_record.locked(stamp.id)
        if stamp_record.is_settled(row):
            raise Conflict("problems.mail_sent")
        copy = copies.shared(row, _addresses(row), host, copies.known(row))
        count = _link_count(row)
        if count >= MAX_LINKS:
            raise Invalid("problems.too_many_links", most=MAX_LINKS)
        wanted = [Link(count, url, text)]
        (link,) = wrapping.wrap(row, [copy], wanted, host.under(policy))[copy.id]
        row.links, row.link_count, row.updated_at = True, _link_count(row), clock.now()
        row.save()
    return link


def _addresses(row: Stamp) -> list[str]:
    found = db.rows(
        "SELECT address FROM participant WHERE message_id = %s AND role <> 'from'"
        " ORDER BY position",
        [row.message_id],
    )
    return [address for (address,) in found]


def _link_count(row: Stamp) -> int:
    found = db.one("SELECT count(*) FROM tracked_link WHERE stamp_id = %s", [row.id])
    return int(found[0]) if found else 0
