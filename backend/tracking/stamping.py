"""Stamp a draft: decide per recipient, wrap its links, put in the pixel, remember what was done.

Idempotent by compose id: a repeat keeps its tokens and may add html, links and recipients until the
mail is sent; its own stamped output is accepted and gives the same output again. Every token is
written in one transaction before the answer, so one in a mail is always known to us; the HTML is
read before that transaction and written after it, so that a long mail locks nobody out.
"""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace

from backend import db
from backend.errors import Invalid
from backend.mail.body_kind import unstampable_reason
from backend.mail.html_body import HtmlBody, LeftLink, Link, LinkRules
from backend.mail.own_addresses import PIXEL_KINDS
from backend.models.mail import Stamp
from backend.models.org import User
from backend.tracking import copies, engagements, hits, notice, sending, stamp_record, wrapping
from backend.tracking.copies import Copy
from backend.tracking.drafts import Channel, Draft, Host, Stamped, StampedCopy, StampedLink
from backend.tracking.facts import Kind
from backend.tracking.policy import Decision, Judgement, Policy, judge, judge_by_own_policy
from backend.words import Language
from backend.words.choosing import SYSTEM, chosen

MAX_RECIPIENTS = 500
MAX_LINKS = 50_000  # over all copies
MAX_CHARACTERS = 50_000_000  # over all copies
FORGED = "forged"  # stands for the token of a picture on our host that we never made: it goes


@dataclass(frozen=True, slots=True)
class Job:
    """One stamp call on its way through.

    `html` is the body without anything of ours; `body` is it as read, None if there is none or one
    that must not be touched, `untouchable` says why. `language` is the sender's: nobody knows that
    of the readers.
    """

    draft: Draft
    host: Host
    policy: Policy
    judgements: Mapping[str, Judgement]
    html: str | None
    body: HtmlBody | None
    untouchable: str
    language: Language = Language.EN

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
        if self.untouchable:
            return self.untouchable
        if not self.draft.opens and not self.draft.links:
            return "switched_off"
        if self.draft.refused:
            return self.draft.refused
        refused = [each.reason for each in self.judgements.values() if not each.is_measured]
        if refused and (len(refused) == len(self.judgements) or not self.has_own_copies):
            return refused[0]
        return ""

    @property
    def links(self) -> tuple[Link, ...]:
        """What there is to wrap."""
        found = self.body.links if self.body else ()
        return tuple(link for link in found if link.url not in self.draft.left_links)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The copies of a mail by address ("" = everybody's) and their links by copy id."""

    copies: Mapping[str, Copy]
    links: Mapping[str, tuple[StampedLink, ...]]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be measured, and why not the rest; `refusal` is "" if something would be."""

    refusal: str
    recipients: tuple[Judgement, ...]
    links: tuple[Link, ...]
    left: tuple[LeftLink, ...]


def stamp(draft: Draft, sender: User, host: Host, policy: Policy | None = None) -> Stamped:
    """Record the draft and return it stamped, or untouched with the reason.

    `policy` is the organisation's as of now, where the caller has it already. Raises Conflict when
    the mail of this compose id was sent with other content, Invalid when there are more recipients,
    links or characters than are taken.
    """
    job = _prepare(draft, sender, host, policy)
    outcome = _outcome(job)
    # What a confirmed send has judged anew goes in by COPY, which a pipeline cannot take.
    with db.pipeline() if draft.sent_at is None else nullcontext(), db.transaction():
        stamp_record.lock(sender, draft.compose_id)
        row, is_new = stamp_record.write(draft, sender, outcome)
        tokens = _tokens(job, row, is_new=is_new)
        # Last, as PostgreSQL has the links to take in meanwhile.
        stamp_record.write_recipients(row, draft, job.judgements, is_new=is_new)
        if draft.sent_at is not None:
            sending.confirm(row, draft.sent_at, sending.Source.SENDER)
        answer = _answer(job, row, tokens) if db.is_postgres() else None  # while it is busy
    if not is_new and not stamp_record.is_settled(row) and hits.has_any(row.id):
        engagements.rejudge([row.id])  # it may be for others than those whom they were taken for
    return answer or _answer(job, row, tokens)


def preview(draft: Draft, sender: User, host: Host) -> Preview:
    """What `stamp` would do with the draft; nothing is written. Raises Invalid as it does."""
    job = _prepare(draft, sender, host)
    links = job.body.links if job.body else ()
    left = job.body.left if job.body else ()
    return Preview(job.refusal, tuple(job.judgements.values()), links, left)


def _prepare(draft: Draft, sender: User, host: Host, policy: Policy | None = None) -> Job:
    if len(draft.recipients) > MAX_RECIPIENTS:
        raise Invalid("problems.stamp_recipients", most=MAX_RECIPIENTS)
    addresses = [who.address for who in draft.recipients]
    if policy:
        judgements = judge(sender.org_id, policy, addresses)
    else:
        policy, judgements = judge_by_own_policy(sender.org_id, addresses)
    host = host.under(policy)
    untouchable = unstampable_reason(draft.content_type, draft.html or "") or ""
    body = None
    if draft.html is not None and not untouchable:
        body = _clean_body(draft.html, link_rules(policy, host))
        _check_size(body, len(judgements) if draft.per_recipient else 1)
    html = body.html if body else draft.html
    language = chosen(str(sender.preferences.get("language", SYSTEM)), "")
    return Job(draft, host, policy, judgements, html, body, untouchable, language)


def _clean_body(html: str, rules: LinkRules) -> HtmlBody:
    """The body without anything of ours: a repeat starts from the same text as the first call."""
    body = HtmlBody.read(html, rules)
    clean = body.unwrapped(wrapping.targets_of(body.own_links))
    return body if clean == html else HtmlBody.read(clean, rules)


def link_rules(policy: Policy, host: Host) -> LinkRules:
    """What is ours and what is left alone in this organisation's mail."""
    return LinkRules(
        own_hosts=host.under(policy).own_hosts,
        own_token=lambda kind, text: (
            host.keys.check(Kind(kind), text) or (FORGED if kind in PIXEL_KINDS else None)
        ),
        left_domains=frozenset(policy.left_link_domains),
        wrap_signature=policy.wrap_signature,
        local_hosts=host.local_hosts,
    )


def _check_size(body: HtmlBody, count: int) -> None:
    if count * len(body.links) > MAX_LINKS:
        raise Invalid("problems.stamp_links", most=MAX_LINKS)
    if count * len(body.html) > MAX_CHARACTERS:
        raise Invalid("problems.stamp_characters", most=MAX_CHARACTERS)


def _outcome(job: Job) -> stamp_record.Outcome:
    return stamp_record.Outcome(
        refusal=job.refusal,
        digest="" if job.html is None else job.host.digest(_canonical(job)),
        link_count=len(job.links) if job.draft.links else 0,
        is_per_recipient=job.has_own_copies,
        is_aggregate=job.is_aggregate,
        visibility=job.policy.sharing,
    )


def _canonical(job: Job) -> str:
    """The body with its links written in one way, as they come back from our own output."""
    if job.body is None:
        return job.html or ""
    return job.body.stamped(None, {link.position: link.url for link in job.body.links})


def _tokens(job: Job, row: Stamp, *, is_new: bool) -> Tokens:
    """The copies and links of a mail that is measured, made where there are none yet."""
    if row.reason:
        return Tokens({}, {})
    known = [] if is_new else copies.known(row)
    if row.is_per_recipient:
        measured = [each.address for each in job.judgements.values() if each.is_measured]
        is_late = job.draft.channel is Channel.RELAY
        made = copies.own(row, measured, job.host, known, is_late=is_late)
    else:
        made = {"": copies.shared(row, list(job.judgements), job.host, known)}
    links = job.links if row.links else ()
    return Tokens(made, wrapping.wrap(row, made.values(), links, job.host, is_new=is_new))


def _answer(job: Job, row: Stamp, tokens: Tokens) -> Stamped:
    made = {
        address: _stamp_copy(job, row, copy, tokens.links[copy.id])
        for address, copy in tokens.copies.items()
    }
    shared = made.get("", StampedCopy("", job.html if row.reason else None, None, ()))
    return Stamped(
        id=row.id,
        state=stamp_record.answered_state(row),
        reason=row.reason,
        html=shared.html,
        pixel_url=shared.pixel_url,
        links=shared.links,
        recipients=tuple(job.judgements.values()),
        copies=tuple(_own_copies(job, made)) if job.draft.per_recipient else (),
        unstamped=job.html,
    )


def _own_copies(job: Job, made: Mapping[str, StampedCopy]) -> Iterator[StampedCopy]:
    """A copy for every recipient: the own one, the one everybody gets, or an unstamped one."""
    for address in job.judgements:
        own = made.get(address) or made.get("")
        yield replace(own, address=address) if own else StampedCopy(address, job.html, None, ())


def _stamp_copy(job: Job, row: Stamp, copy: Copy, links: tuple[StampedLink, ...]) -> StampedCopy:
    pixel_url = job.host.url(Kind.OPEN, copy.pixel_token) if row.opens else None
    if job.body is None:
        return StampedCopy(copy.address or "", None, pixel_url, ())
    wrapped = {link.position: link.tracked_url for link in links}
    has_notice = job.policy.notice == "block" and (pixel_url or links)
    refusal_url = job.host.url(Kind.UNSUBSCRIBE, copy.unsubscribe_token)
    shown = notice.block(refusal_url, job.language) if has_notice else ""
    html = job.body.stamped(pixel_url, wrapped, shown)
    return StampedCopy(copy.address or "", html, pixel_url, links)
