"""What the mail routes answer, as models for the OpenAPI document.

None of them is used while a request runs: the answers are made as dicts by `backend.insights` and
`backend.web.stamps`, since building a model per item would cost the Feed more than its query.
tests/web/test_mail_shapes.py holds every real answer against its model.
"""

from datetime import datetime
from typing import Literal

from backend.insights.recipients import RecipientState
from backend.mail.link_rules import LeftReason
from backend.tracking.drafts import Channel, State
from backend.tracking.policy import Decision
from backend.tracking.sending import Source
from backend.tracking.verdicts import Verdict
from backend.web.payloads import Answer, Page, Uuid

EngagementKind = Literal[
    "open", "click", "reply", "bounce", "unsubscribe", "complaint", "receipt", "opt_out"
]


class LinkOut(Answer):
    """A wrapped link."""

    id: Uuid
    position: int
    text: str
    url: str
    tracked_url: str


class DecisionOut(Answer):
    """What was decided for one recipient, and why."""

    address: str
    person_id: Uuid | None
    decision: Decision
    reason: str


class CopyOut(Answer):
    """One recipient's own version; without a pixel and links if she may not be measured."""

    address: str
    html: str | None
    pixel_url: str | None
    links: list[LinkOut]


class FoundLinkOut(Answer):
    """A link that would be wrapped."""

    url: str
    text: str


class LeftLinkOut(FoundLinkOut):
    """A link that keeps its address, and why."""

    reason: LeftReason


class StampPreviewOut(Answer):
    """What would be measured of a draft; `reason` says why nothing would be, "" if something is."""

    reason: str
    recipients: list[DecisionOut]
    links: list[FoundLinkOut]
    left: list[LeftLinkOut]


class SwitchesOut(Answer):
    """What was asked for: given in the call, or the rep's last choice."""

    opens: bool
    links: bool


class StampOut(Answer):
    """The stamped draft; with `per_recipient`, html and pixel are in `copies`."""

    id: Uuid
    state: State
    reason: str
    html: str | None
    pixel_url: str | None
    links: list[LinkOut]
    recipients: list[DecisionOut]
    copies: list[CopyOut]
    switches: SwitchesOut


class RecipientOut(Answer):
    """One recipient and the one state she is in; `reason` says why nothing can be measured.

    `confidence` is that of the surest open, None without one; `label` names the strongest state
    word that holds of her, replies and bounces among them.
    """

    address: str
    name: str
    role: Literal["to", "cc", "bcc"]
    person_id: Uuid | None
    state: RecipientState
    reason: str
    is_inferred: bool
    confidence: float | None
    label: str


class MailFactsOut(Answer):
    """What every list tells of one mail: how and when it was sent, and its counts."""

    id: Uuid
    state: State
    reason: str
    opens: bool
    links: bool
    per_recipient: bool
    created_at: datetime
    sent_at: datetime | None
    sent_at_source: Source | Literal[""]
    subject: str
    internet_message_id: str
    is_opened: bool
    is_open_inferred: bool
    first_opened_at: datetime | None
    last_opened_at: datetime | None
    open_count: int
    opens_total: int
    click_count: int
    is_bounced: bool
    replied_at: datetime | None
    recipients: list[RecipientOut]


class MailOut(MailFactsOut):
    """One mail as it stands, with each recipient's state."""

    channel: Channel
    open_confidence: float | None


class MailsOut(Page[MailOut]):
    """One page of mails, newest first."""


class ClickedLinkOut(Answer):
    """A link of the mail over all its copies: clicks of people, and checks by machines."""

    position: int
    url: str
    text: str
    click_count: int
    automatic_count: int


class OneMailOut(MailOut):
    """One mail with its links."""

    tracked_links: list[ClickedLinkOut]


class WhoOut(Answer):
    """The person an engagement is taken for."""

    id: Uuid
    name: str


class PossibleOut(Answer):
    """Somebody the mail went to."""

    address: str
    name: str
    person_id: Uuid | None


class AboutOut(Answer):
    """The mail an engagement belongs to."""

    id: Uuid
    subject: str


class ThroughOut(Answer):
    """The link that was clicked."""

    id: Uuid
    url: str
    text: str
    position: int


class EngagementOut(Answer):
    """Something that happened to a mail; `label` is a key of words/en/states.json."""

    id: Uuid
    kind: EngagementKind
    verdict: Verdict
    counted: bool
    confidence: float
    reasons: list[str]
    hints: list[str]
    label: str
    occurred_at: datetime
    last_at: datetime
    repeats: int
    client: str
    device: str
    client_label: str
    country: str | None
    person: WhoOut | None
    recipients: list[PossibleOut]
    stamp: AboutOut
    link: ThroughOut | None


class FeedItemOut(EngagementOut):
    """An engagement in the Feed; unread while its user has not seen it in any panel."""

    unread: bool


class FeedOut(Page[FeedItemOut]):
    """One page of the Feed, newest first; `newest` goes into `after`.

    `unread` counts what is new in the whole Feed, 100 for all that is more.
    """

    newest: str | None
    unread: int


class SeenOut(Answer):
    """What is still unread."""

    unread: int


class HistoryOut(Page[EngagementOut]):
    """One mail with one page of what happened to it, newest first."""

    stamp: MailOut
    recipients: list[RecipientOut]
    links: list[ClickedLinkOut]
