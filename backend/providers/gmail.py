"""Gmail's API as the add-on uses it: by the token of one request, which is never kept.

Source: discovery document gmail.v1 (rev 20261005) inside google-api-python-client 2.202.0.
"""

from dataclasses import dataclass, field
from email.utils import getaddresses
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, Field

from backend.errors import Forbidden, Unavailable

ANSWER_S = 8.0
HEADERS = ("From", "To", "Cc", "Message-ID")
OF_THIS_MAIL = "X-Goog-Gmail-Access-Token"


class Refused(Forbidden):
    """Google did not let this token do that."""

    title = "Google refused"
    slug = "google-refused"


@dataclass(frozen=True, slots=True)
class Head:
    """The headers of one mail; addresses as they are written, without their names."""

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


_Shape = TypeVar("_Shape", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Gmail:
    """The mailbox behind one OAuth token."""

    endpoint: str
    token: str = field(repr=False)

    def head(self, message_id: str, access_token: str) -> Head:
        """The headers of the mail that is open in Gmail. Raises Refused, Unavailable."""
        asked = (
            _api(self.endpoint)
            .users()
            .messages()
            .get(userId="me", id=message_id, format="metadata", metadataHeaders=list(HEADERS))
        )
        if access_token:
            asked.headers[OF_THIS_MAIL] = access_token
        return _head(self._ask(asked, _Message))

    def _ask(self, asked: Any, shape: type[_Shape]) -> _Shape:
        from googleapiclient.errors import HttpError
        from httplib2 import Http, HttpLib2Error

        asked.headers["authorization"] = f"Bearer {self.token}"
        http = Http(timeout=ANSWER_S)  # it is not for several threads, nor for several users
        try:
            return shape.model_validate(asked.execute(http=http, num_retries=0))
        except HttpError as error:
            raise _of_google(error.status_code) from None
        except (OSError, HttpLib2Error, ValueError):  # away, or what answers is not Gmail
            raise Unavailable("Gmail does not answer now; try again in a moment.") from None
        finally:
            http.close()


@cache
def _api(endpoint: str) -> Any:
    """The client of an endpoint, made once: reading the discovery document takes 20 ms."""
    from googleapiclient.discovery import build
    from httplib2 import Http

    return build(
        "gmail",
        "v1",
        http=Http(timeout=ANSWER_S),
        static_discovery=True,
        client_options={"api_endpoint": endpoint},
    )


def _of_google(status: int) -> Exception:
    if status in {401, 403}:
        return Refused("Google did not let the add-on do that.")
    return Unavailable("Gmail does not answer as it should; try again in a moment.")


def _head(found: _Message) -> Head:
    headers = {each.name.lower(): each.value for each in found.payload.headers}
    name, sender = next(iter(getaddresses([headers.get("from", "")])), ("", ""))
    to = getaddresses([headers.get("to", ""), headers.get("cc", "")])
    return Head(
        sender=sender,
        sender_name=name,
        recipients=tuple(address for _, address in to if address),
        internet_message_id=headers.get("message-id", "").strip(),
    )
