"""Sending a mail by Gmail and finding it again, with an access token that is not kept.

Source: discovery document gmail.v1 (users.messages.send, .list, .get). Gmail may give a mail a
Message-ID of its own, so it is asked for what it sent before it is asked to find that.
"""

from base64 import urlsafe_b64encode

from pydantic import BaseModel, Field

from backend.mail.parsed import parse
from backend.providers.gmail import Gmail, api_of, whole


class _Sent(BaseModel):
    id: str


class _Listed(BaseModel):
    messages: list[_Sent] = Field(default_factory=list)


class _Raw(BaseModel):
    raw: str


class GmailPost(Gmail):
    """A mailbox that sends a mail and is searched for it. Every call raises as `Gmail.draft`."""

    def post(self, raw: bytes) -> str:
        """Send the mail; its id in the mailbox. After Unavailable nobody knows."""
        body = {"raw": urlsafe_b64encode(raw).decode()}
        asked = api_of(self.endpoint).users().messages().send(userId="me", body=body)
        return self.ask(asked, _Sent).id

    def sent(self, message_id: str) -> str:
        """The Message-ID that Gmail gave to what was sent."""
        return parse(self.raw(message_id)).message_id

    def raw(self, message_id: str) -> bytes:
        """The mail as the mailbox holds it."""
        asked = api_of(self.endpoint).users().messages()
        return whole(self.ask(asked.get(userId="me", id=message_id, format="raw"), _Raw).raw)

    def find(self, internet_message_id: str) -> str | None:
        """The id of the mail with that Message-ID in the inbox, None while it is not there."""
        query = f"in:inbox rfc822msgid:{internet_message_id.strip('<>')}"
        asked = api_of(self.endpoint).users().messages().list(userId="me", q=query, maxResults=1)
        found = self.ask(asked, _Listed).messages
        return found[0].id if found else None
