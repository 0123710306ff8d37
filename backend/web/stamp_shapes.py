"""What the stamp routes take, checked at the door."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from backend.insights import history
from backend.models.pairing import OutlookClient
from backend.tracking import stamping
from backend.tracking.drafts import Channel, State
from backend.web import payloads

MAX_HTML = 3_000_000
MAX_LEFT_LINKS = 1000
MAX_RUN_MS = 600_000

Url = Annotated[str, Field(max_length=8000), payloads.Cleaned]


class Untracked(StrEnum):
    """Why Outlook could not let a mail be stamped; the sentences are in the catalogue's reasons."""

    IMAGES_KEPT = "images_kept"
    TOO_LONG = "too_long"
    NO_LINKS = "no_links"
    NOT_WRITTEN = "not_written"


class RunIn(payloads.Shape):
    """How one run of Outlook's handler went."""

    client: OutlookClient
    version: Annotated[payloads.Line, Field(max_length=20)]
    event: Literal["compose", "recipients", "send", "switch"]
    outcome: Annotated[payloads.Line, Field(min_length=1, max_length=40)]
    duration_ms: Annotated[int, Field(ge=0, le=MAX_RUN_MS)]


class RecipientIn(payloads.Shape):
    """Somebody the mail goes to."""

    role: Literal["to", "cc", "bcc"] = "to"
    address: payloads.Address
    name: payloads.Line = ""


Recipients = Annotated[list[RecipientIn], Field(max_length=stamping.MAX_RECIPIENTS)]


class StampIn(payloads.Shape):
    """A draft to be stamped. `opens` and `links` left out: the rep's last choice.

    `left_links` keep their address; `untracked` says why Outlook could not let it be stamped;
    `remember` makes this choice the default of the next mail (a panel's does by itself).
    """

    compose_id: Annotated[payloads.Line, Field(min_length=1, max_length=200)] | None = None
    channel: Channel = Channel.API
    sender: payloads.Address | None = Field(None, alias="from")
    subject: payloads.Line = ""
    recipients: Recipients = Field(default_factory=list)
    html: Annotated[str, Field(max_length=MAX_HTML)] | None = None
    content_type: Annotated[payloads.Line, Field(max_length=200)] = "text/html"
    opens: payloads.Flag | None = None
    links: payloads.Flag | None = None
    per_recipient: payloads.Flag = False
    left_links: Annotated[list[Url], Field(max_length=MAX_LEFT_LINKS)] = Field(default_factory=list)
    untracked: Untracked | None = None
    remember: payloads.Flag | None = None
    sent_at: payloads.PastTime | None = None


class SentIn(payloads.Shape):
    """The mail was sent."""

    internet_message_id: Annotated[payloads.Line, Field(max_length=998)] = ""
    sent_at: payloads.PastTime | None = None
    recipients: Recipients | None = None
    run: RunIn | None = None


class PreviewIn(payloads.Shape):
    """A draft of which is asked what would be measured; nothing of it is kept."""

    sender: payloads.Address | None = Field(None, alias="from")
    recipients: Recipients = Field(default_factory=list)
    html: Annotated[str, Field(max_length=MAX_HTML)] | None = None
    opens: payloads.Flag = True
    links: payloads.Flag = True


class SentListIn(payloads.Shape):
    """Which mails to list."""

    state: State | None = None
    person: payloads.Uuid | None = None
    q: Annotated[payloads.Line, Field(max_length=200)] | None = None
    before: Annotated[payloads.Line, Field(max_length=100)] | None = None
    limit: payloads.Limit = 50


class HistoryIn(payloads.Shape):
    """How far back; days=0 gives everything."""

    days: Annotated[int, Field(ge=0, le=36_500)] = history.HISTORY_DAYS
    before: Annotated[payloads.Line, Field(max_length=100)] | None = None
