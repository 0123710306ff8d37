"""Stamp a draft: decide per recipient, wrap its links, put in the pixel, remember what was done.

Idempotent by compose id: a repeat keeps its tokens and may add html, links and recipients until the
mail is sent; its own stamped output is accepted and gives the same output again. Everything is
written in one transaction before the answer, so a token in a mail is always known to us.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from backend import db
from backend.errors import Invalid
from backend.mail.body_kind import unstampable_reason
from backend.mail.html_body import HtmlBody, Link, LinkRules
from backend.models.mail import Stamp, StampCopy
from backend.models.org import Organization, User
from backend.tracking import copies, sending, stamp_record
from backend.tracking.drafts import Draft, Host, Stamped, StampedCopy, StampedLink
from backend.tracking.facts import Kind
from backend.tracking.policy import Decision, Judgement, Policy, judge

MAX_RECIPIENTS = 500
MAX_WRAPPED = 50_000

NOTICE = (
    '<div style="font-size:12px;color:#616161">This mail measures whether it is opened.'
    ' <a href="{url}" data-no-track>What is recorded, and how to refuse</a></div>'
)


@dataclass(frozen=True, slots=True)
class Job:
    """One stamp call on its way through."""

    draft: Draft
    sender: User
    host: Host
    policy: Policy
    judgements: Mapping[str, Judgement]

    @property
    def is_aggregate(self) -> bool:
        """Opens are counted, but for nobody in particular."""
        return any(each.decision is Decision.AGGREGATE for each in self.judgements.values())

    @property
    def has_own_copies(self) -> bool:
        """A copy per recipient; never where the policy counts without persons."""
        return self.draft.per_recipient and not self.is_aggregate

    @property
    def refusal(self) -> str:
        """Why nothing may be measured in this mail; "" if something may."""
        body_reason = unstampable_reason(self.draft.content_type, self.draft.html or "")
        if body_reason:
            return body_reason
        if not self.draft.opens and not self.draft.links:
            return "switched_off"
        refused = [each.reason for each in self.judgements.values() if not each.is_measured]
        if refused and (len(refused) == len(self.judgements) or not self.has_own_copies):
            return refused[0]
        return ""

    @property
    def link_rules(self) -> LinkRules:
        """What is ours and what is left alone in this organisation's mail."""
        return LinkRules(
            own_hosts=self.host.own_hosts,
            own_token=lambda kind, text: self.host.keys.check(Kind(kind), text),
            left_domains=frozenset(self.policy.left_link_domains),
            wrap_signature=self.policy.wrap_signature,
            local_hosts=self.host.local_hosts,
        )


def stamp(draft: Draft, sender: User, host: Host) -> Stamped:
    """Record the draft and return it stamped, or untouched with the reason.

    Raises Conflict when the mail of this compose id was sent with other content, Invalid when there
    are more recipients or links than are taken.
    """
    if len(draft.recipients) > MAX_RECIPIENTS:
        raise Invalid(f"At most {MAX_RECIPIENTS} recipients are taken; split the mail.")
    policy = Policy.of(Organization.get_by_id(sender.org_id).policy)
    with db.transaction():
        stamp_record.lock(sender, draft.compose_id)
        judgements = judge(sender.org_id, policy, (who.address for who in draft.recipients))
        job = Job(draft, sender, host, policy, judgements)
        body = _clean_body(job)
        digest = host.digest(body.html) if body else ""
        row = stamp_record.write(
            draft,
            sender,
            judgements,
            stamp_record.Outcome(
                job.refusal,
                digest,
                len(body.links) if body and draft.links else 0,
                job.has_own_copies,
                job.is_aggregate,
            ),
        )
        result = _answer(job, row, body)
        if draft.sent_at is not None:
            sending.confirm(row, draft.sent_at, sending.Source.SENDER)
    return result


def _clean_body(job: Job) -> HtmlBody | None:
    """The body without our pixels and with our links unwrapped: a repeat starts from the same text.

    None where there is no body, or one that must not be touched.
    """
    html = job.draft.html
    if html is None or unstampable_reason(job.draft.content_type, html):
        return None
    body = HtmlBody.read(html, job.link_rules)
    if not body.own_links and not body.own_pixels:
        return body
    return HtmlBody.read(body.unwrapped(copies.targets_of(body.own_links)), job.link_rules)


def _answer(job: Job, row: Stamp, body: HtmlBody | None) -> Stamped:
    clean = body.html if body else job.draft.html
    if row.reason:
        made = {address: StampedCopy(address, clean, None, ()) for address in job.judgements}
        return _stamped(job, row, StampedCopy("", clean, None, ()), made)
    if row.is_per_recipient:
        return _stamped(job, row, StampedCopy("", None, None, ()), _own_copies(job, row, body))
    shared = _stamp_copy(job, copies.shared(row, list(job.judgements), job.host), body)
    made = {
        address: StampedCopy(address, shared.html, shared.pixel_url, shared.links)
        for address in job.judgements
    }
    return _stamped(job, row, shared, made)


def _stamped(job: Job, row: Stamp, shared: StampedCopy, made: Mapping[str, StampedCopy]) -> Stamped:
    return Stamped(
        id=row.id,
        state=stamp_record.answered_state(row),
        reason=row.reason,
        html=shared.html,
        pixel_url=shared.pixel_url,
        links=shared.links,
        recipients=tuple(job.judgements.values()),
        copies=tuple(made.values()) if job.draft.per_recipient else (),
    )


def _own_copies(job: Job, row: Stamp, body: HtmlBody | None) -> dict[str, StampedCopy]:
    measured = [each.address for each in job.judgements.values() if each.is_measured]
    if body and len(measured) * len(body.links) > MAX_WRAPPED:
        raise Invalid(f"At most {MAX_WRAPPED} links over all copies are taken; split the mail.")
    rows = copies.own(row, measured, job.host)
    clean = body.html if body else job.draft.html
    return {
        address: _stamp_copy(job, rows[address], body)
        if address in rows
        else StampedCopy(address, clean, None, ())
        for address in job.judgements
    }


def _stamp_copy(job: Job, copy: StampCopy, body: HtmlBody | None) -> StampedCopy:
    pixel_url = job.host.url(Kind.OPEN, copy.pixel_token) if job.draft.opens else None
    if body is None:
        return StampedCopy(copy.address or "", None, pixel_url, ())
    found: tuple[Link, ...] = body.links if job.draft.links else ()
    links = tuple(
        StampedLink(
            link.id, link.position, link.text, link.url, job.host.url(Kind.CLICK, link.token)
        )
        for link in copies.wrap(copy, found, job.host)
    )
    html = body.stamped(
        pixel_url, {link.position: link.tracked_url for link in links}, _notice(job, copy)
    )
    return StampedCopy(copy.address or "", html, pixel_url, links)


def _notice(job: Job, copy: StampCopy) -> str:
    if job.policy.notice != "block":
        return ""
    return NOTICE.format(url=job.host.url(Kind.UNSUBSCRIBE, copy.unsubscribe_token))
