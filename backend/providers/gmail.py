"""Gmail's API as the add-on uses it: by the token of one request, which is never kept.

Source: discovery document gmail.v1 (rev 20261005) inside google-api-python-client 2.202.0.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from email.utils import getaddresses
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, Field

from backend.errors import Forbidden, NotFound, Unavailable

ANSWER_S = 8.0
MOST_DRAFTS = 25  # an open draft is among the newest
HEADERS = ("From", "To", "Cc", "Message-ID")
OF_THIS_MAIL = "X-Goog-Gmail-Access-Token"


class Refused(Forbidden):
    """Google did not let this token do that."""

    slug = "google-refused"


class Gone(NotFound):
    """There is no such draft any more: it was sent, or discarded."""


class Declined(Unavailable):
    """Google understood, and did not do it as it was asked: it will not do it again either."""


@dataclass(frozen=True, slots=True)
class RawDraft:
    """A draft with its bytes."""

    id: str
    thread_id: str
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Head:
    """Id and headers of one mail; addresses as they are written, without their names."""

    id: str
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    internet_message_id: str


class _Header(BaseModel):
    name: str
    value: str


class _Payload(BaseModel):
    headers: list[_Header] = Field(default_factory=list)


class _Message(BaseModel):
    id: str
    payload: _Payload = _Payload()


class _DraftId(BaseModel):
    id: str


class _Drafts(BaseModel):
    drafts: list[_DraftId] = Field(default_factory=list)


class _Raw(BaseModel):
    raw: str
    threadId: str  # noqa: N815 (Google's name)


class _Draft(BaseModel):
    id: str
    message: _Raw


_Shape = TypeVar("_Shape", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Gmail:
    """The mailbox behind one OAuth token."""

    endpoint: str
    token: str = field(repr=False)

    def head(self, message_id: str, access_token: str) -> Head:
        """The headers of the mail that is open in Gmail. Raises Refused, Unavailable."""
        asked = (
            api_of(self.endpoint)
            .users()
            .messages()
            .get(userId="me", id=message_id, format="metadata", metadataHeaders=list(HEADERS))
        )
        if access_token:
            asked.headers[OF_THIS_MAIL] = access_token
        return _head(self.ask(asked, _Message))

    def drafts(self) -> list[str]:
        """The ids of the newest drafts, at most `MOST_DRAFTS`. Raises Refused, Unavailable."""
        asked = api_of(self.endpoint).users().drafts().list(userId="me", maxResults=MOST_DRAFTS)
        return [each.id for each in self.ask(asked, _Drafts).drafts]

    def draft(self, draft_id: str) -> RawDraft:
        """A draft as it would leave. Raises Gone, Refused, Unavailable."""
        asked = api_of(self.endpoint).users().drafts().get(userId="me", id=draft_id, format="raw")
        found = self.ask(asked, _Draft)
        return RawDraft(found.id, found.message.threadId, whole(found.message.raw))

    def replace(self, draft: RawDraft, raw: bytes) -> None:
        """Put other bytes in the place of a draft's, in its thread. Raises as `draft`."""
        message = {"raw": urlsafe_b64encode(raw).decode(), "threadId": draft.thread_id}
        asked = api_of(self.endpoint).users().drafts()
        self.ask(asked.update(userId="me", id=draft.id, body={"message": message}), _DraftId)

    def send(self, draft_id: str) -> str:
        """Send a draft as it stands now; the id of the sent mail.

        Raises as `draft`; after Unavailable nobody knows, but for Declined.
        """
        asked = api_of(self.endpoint).users().drafts().send(userId="me", body={"id": draft_id})
        return self.ask(asked, _Message).id

    def ask(self, asked: Any, shape: type[_Shape]) -> _Shape:
        """What Google answers, checked. Raises Gone, Refused, Unavailable."""
        from googleapiclient.errors import HttpError
        from httplib2 import Http, HttpLib2Error

        asked.headers["authorization"] = f"Bearer {self.token}"
        http = Http(timeout=ANSWER_S)  # it is not for several threads, nor for several users
        try:
            return shape.model_validate(asked.execute(http=http, num_retries=0))
        except HttpError as error:
            raise _of_google(error.status_code) from None
        except (OSError, HttpLib2Error, ValueError):  # away, or what answers is not Gmail
            raise Unavailable("problems.gmail_away") from None
        finally:
            http.close()


def bytes_of(raw: str) -> bytes:
    """A mail's bytes, which Gmail writes in base64 without its padding. Raises ValueError."""
    return urlsafe_b64decode(raw + "=" * (-len(raw) % 4))


def whole(raw: str) -> bytes:
    """The same. Raises Unavailable."""
    try:
        return bytes_of(raw)
    except ValueError:
        raise Unavailable("problems.gmail_odd") from None


@cache
def api_of(endpoint: str) -> Any:
    """The client of an endpoint, made once: reading the discovery document takes 20 ms."""
    from googleapiclient.discovery import build
    from httplib2 import Http

    return build(
        "gmail",
        "v1",
        http=Http(timeout=ANSWER_S),
        static_discovery=True,
        client_options={"api_endpoint": f"{endpoint}/"},
    )


def _of_google(status: int) -> Exception:
    if status == 404:
        return Gone("problems.gmail_gone")
    if status in {401, 403}:
        return Refused("problems.google_refused")
    if status in {400, 413, 422}:
        return Declined("problems.gmail_odd")
    return Unavailable("problems.gmail_odd")


def _head(found: _Message) -> Head:
    headers = {each.name.lower(): each.value for each in found.payload.headers}
    name, sender = next(iter(getaddresses([headers.get("from", "")])), ("", ""))
    to = getaddresses([headers.get("to", ""), headers.get("cc", "")])
    return Head(
        id=found.id,
        sender=sender,
        sender_name=name,
        recipients=tuple(address for _, address in to if address),
        internet_message_id=headers.get("message-id", "").strip(),
    )
