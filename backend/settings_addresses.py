"""What an address among the settings must be: each function gives it back or says what is wrong.

That raises ValueError with the rest of a sentence that begins with the setting's name, which never
repeats any of the value: a password may stand in it.
"""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

UNREADABLE = (
    "cannot be read as an address: the port is a number up to 65535, and : / ? # [ ] @"
    " in a name or password are written as %3A %2F %3F %23 %5B %5D %40"
)

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|\w[\w.-]*)(:[0-9]{1,5})?")
# Bare, since its domain also stands in the letters' Message-ID; RFC 5322's plain form.
_SENDER = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@\w[\w.-]*", re.ASCII)


def parts_of(value: str) -> SplitResult:
    """The address in its parts, of which each can be asked for."""
    try:
        parts = urlsplit(value)
        _ = parts.port  # only whoever asks is told that it is none
    except ValueError:
        raise ValueError(UNREADABLE) from None
    return parts


def whole_origin(value: str) -> str:
    """Scheme, host, port and path, without a slash at its end; or nothing."""
    parts = parts_of(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ValueError("must be a whole address such as https://track.example.com")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("must be scheme, host, port and path only")
    return value.rstrip("/")


def redis(value: str) -> str:
    """Where a Redis or Valkey is; or nothing."""
    if value and not value.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must start with redis://, rediss:// or unix://")
    parts_of(value)
    return value


def smtp(value: str) -> str:
    """Where a mail server is; or nothing."""
    parts = parts_of(value)
    if value and (parts.scheme not in {"smtp", "smtps"} or not parts.hostname):
        raise ValueError("must be smtp://host:587 or smtps://host, with user:password@ if any")
    return value


def hosts(value: str) -> str:
    """Hosts in small letters, each with its port if any, with commas between; or nothing."""
    found = [each for part in value.lower().split(",") if (each := part.strip())]
    if not all(_HOST.fullmatch(each) for each in found):
        raise ValueError(
            "must be hosts such as track.example.com or track.example.com:8443, with commas between"
        )
    return ",".join(found)


def sender(value: str) -> str:
    """The address our own letters come from."""
    if not _SENDER.fullmatch(value):
        raise ValueError("must be an e-mail address such as telltale@example.com, without a name")
    return value


def encrypted(value: str) -> str:
    """An address of https, or of http on this machine, without a slash at its end."""
    parts = parts_of(value)
    is_here = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
        raise ValueError("must be an https address (http on this machine only)")
    return value.rstrip("/")


def loopback(host: str, port: int) -> str:
    """Where this machine reaches a server of ours that listens there."""
    try:
        shown = f"[{host}]" if ip_address(host).version == 6 else host
    except ValueError:
        shown = host
    is_everywhere = host in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
    return f"http://{'127.0.0.1' if is_everywhere else shown}:{port}"
