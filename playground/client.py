"""The playground's ways out, as any sender has them: JSON over HTTP, the stamp API and SMTP."""

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.message import EmailMessage
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import orjson

from backend.errors import Invalid, TelltaleError, Unavailable

TIMEOUT_S = 15
Mail = EmailMessage | bytes
MAX_ANSWER_BYTES = 64 * 1024 * 1024
AWAY = (OSError, HTTPException)


class Refused(TelltaleError):
    """The stamp API said no; `detail` is its sentence."""

    slug = "playground-refused"
    status = Invalid.status


@dataclass(frozen=True, slots=True)
class StampApi:
    """The public stamp API at an address, with a token."""

    base_url: str
    token: str

    def stamp(self, draft: dict[str, Any]) -> dict[str, Any]:
        """Stamp a draft; the API's answer. Raises Refused, Unavailable."""
        return self._call("POST", "/api/v1/stamps", draft)

    def confirm(self, stamp_id: str, sent: dict[str, Any]) -> dict[str, Any]:
        """Tell that the mail was sent. Raises Refused, Unavailable."""
        return self._call("PUT", f"/api/v1/stamps/{stamp_id}/sent", sent)

    def show(self, stamp_id: str) -> None:
        """Say that the sender looks at this mail now, as her panel would."""
        self._call("POST", f"/api/v1/stamps/{stamp_id}/self-view", {})

    def _call(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            told = exchange(method, f"{self.base_url}{path}", self.token, body)
        except AWAY:
            raise Unavailable("problems.stamp_api_away") from None
        return _checked(*told)


def exchange(
    method: str, url: str, token: str, body: object, timeout_s: float = TIMEOUT_S
) -> tuple[int, bytes]:
    """Send JSON under a bearer token; the answer's status and body. Raises what is `AWAY`."""
    address = urlsplit(url)
    kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=timeout_s)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        connection.request(method, address.path, orjson.dumps(body), headers)
        with connection.getresponse() as response:
            return response.status, response.read(MAX_ANSWER_BYTES)
    finally:
        connection.close()


def _checked(status: int, answer: bytes) -> dict[str, Any]:
    if status == HTTPStatus.NO_CONTENT:
        return {}
    try:
        told = orjson.loads(answer)
    except orjson.JSONDecodeError:
        raise Unavailable("problems.stamp_api_odd") from None
    if status >= 300:
        fields = "; ".join(f"{each['field']} {each['message']}" for each in told.get("fields", []))
        raise Refused(f"{told.get('detail', 'It gave no reason.')} {fields}".strip())
    found: dict[str, Any] = told
    return found


def deliver(port: int, sender: str, mails: Sequence[tuple[list[str], Mail]]) -> None:
    """Hand each mail to the local mail host, for the recipients beside it; bytes go as they are.

    Raises Unavailable when it does not answer, Invalid when it refuses.
    """
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=TIMEOUT_S) as host:
            for recipients, mail in mails:
                if isinstance(mail, bytes):
                    host.sendmail(sender, recipients, mail)
                else:
                    host.send_message(mail, sender, recipients)
    except smtplib.SMTPResponseException as error:
        raise Invalid("problems.host_refused", code=str(error.smtp_code)) from None
    except smtplib.SMTPRecipientsRefused:
        raise Invalid("problems.host_recipients") from None
    except (HeaderParseError, UnicodeError, smtplib.SMTPNotSupportedError, ValueError):
        raise Invalid("problems.bad_header") from None
    except (OSError, smtplib.SMTPException):
        raise Unavailable("problems.host_away") from None
