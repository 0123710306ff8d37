"""A message of Graph's as the mail it was: its headers, people and text, without attachments.

Graph tells a mail's parts far cheaper than its whole bytes, which have the attachments in them;
only reports (bounces, receipts) need those, for what they say stands in parts that it does not
tell. People, subject and id come from Graph's own fields, all else from the headers it received.
"""

import re
from base64 import encodebytes
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any

Parts = Mapping[str, Any]

# What Graph's fields say better, and what describes bytes that are not these.
_TOLD = frozenset(
    {"from", "to", "cc", "bcc", "subject", "date", "message-id", "mime-version", "sender"}
)
_NAME = re.compile(r"[!-9;-~]{1,200}")
_BREAKS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
_SYSTEM = re.compile(r"mailer|postmaster|daemon|microsoftexchange", re.IGNORECASE)
MAX_HEADERS = 1_000
MAX_PEOPLE = 20_000
# [MS-OXCMSG] 2.2.1.13, PidTagSensitivity.
_SENSITIVITY = {"1": "Personal", "2": "Private", "3": "Company-Confidential"}


def is_report(message: Parts) -> bool:
    """Whether it may be a bounce or a receipt, which only its bytes tell."""
    headers = {name.lower(): value for name, value in _headers(message)}
    kind = headers.get("content-type", "").lower()
    sender = _address(message.get("from"))
    return (
        kind.startswith("multipart/report")
        or headers.get("return-path", "").strip() == "<>"
        or bool(_SYSTEM.search(sender.partition("@")[0]))
    )


def is_received(message: Parts) -> bool:
    """Whether it came over the wire: what was sent from here has no trace of a server."""
    return any(name.lower() == "received" for name, _ in _headers(message))


def mime_of(message: Parts, sensitivity: str = "") -> bytes:
    """The mail's bytes as far as Graph has told them; never raises for what Graph may tell."""
    lines = [
        f"{name}: {value}"
        for name, value in _headers(message)
        if name.lower() not in _TOLD and not name.lower().startswith("content-")
    ]
    lines += _people(message)
    for name, key in (("Subject", "subject"), ("Message-ID", "internetMessageId")):
        if message.get(key):
            lines.append(f"{name}: {_clean(message[key])}")
    at = _moment(message.get("sentDateTime"))
    if at:
        lines.append(f"Date: {format_datetime(at)}")
    if sensitivity in _SENSITIVITY and not any(
        name.lower() == "sensitivity" for name, _ in _headers(message)
    ):
        lines.append(f"Sensitivity: {_SENSITIVITY[sensitivity]}")
    body = message.get("body") or {}
    kind = "plain" if body.get("contentType") == "text" else "html"
    lines += [
        "MIME-Version: 1.0",
        f"Content-Type: text/{kind}; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        "",
        "",
    ]
    text = str(body.get("content") or "").encode("utf-8", "replace")
    return "\r\n".join(lines).encode("utf-8", "replace") + encodebytes(text)


def _people(message: Parts) -> list[str]:
    sender = message.get("from") or message.get("sender")
    lines = (
        ("From", [sender] if sender else []),
        ("To", message.get("toRecipients") or []),
        ("Cc", message.get("ccRecipients") or []),
        ("Bcc", message.get("bccRecipients") or []),
    )
    return [
        f"{name}: {', '.join(map(_person, everyone[:MAX_PEOPLE]))}"
        for name, everyone in lines
        if everyone
    ]


def _person(told: Parts) -> str:
    who = told.get("emailAddress") or {}
    name = _clean(who.get("name") or "").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}" <{_address(told)}>'


def _address(told: Parts | None) -> str:
    who = (told or {}).get("emailAddress") or {}
    return _clean(who.get("address") or "").strip(" <>")


def _headers(message: Parts) -> Iterator[tuple[str, str]]:
    told: Iterable[Parts] = (message.get("internetMessageHeaders") or [])[:MAX_HEADERS]
    for each in told:
        name = str(each.get("name") or "")
        if _NAME.fullmatch(name):
            yield name, _clean(each.get("value") or "")


def _clean(text: object) -> str:
    return _BREAKS.sub(" ", str(text))


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
