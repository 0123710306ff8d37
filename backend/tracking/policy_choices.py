"""What an organisation may choose, with the defaults of a new one; the rules are in `policy`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Self

from backend.mail.web_address import ascii_host


class Preset(StrEnum):
    """How much an organisation measures."""

    STRICT = "strict"
    INFORM = "inform"
    AGGREGATE = "aggregate"
    OFF = "off"


class Sharing(StrEnum):
    """Who else sees a new mail with what happened to it, as `visibility` says it in the tables."""

    PRIVATE = "private"
    TEAM = "team"
    EVERYONE = "org"


@dataclass(frozen=True, slots=True)
class Policy:
    """An organisation's choices, with the defaults of a new one.

    `open_count_cap` is where the shown open count stops (0 = never); source: Salesforce's
    guidelines for Inbox tracking name 101. `gathering_cycle_s` see docs/decisions/0006.
    `notice` is where recipients are told: "" (not stated yet), "block" (stamping adds a line with
    the /u/ link) or "signature" (confirmed to stand in the signatures).
    `wraps_beside_pictures` has Outlook's handler write mail with pictures in its text anew, which
    can lose them in some of its clients (docs/outlook.md), for the sake of the links.
    `left_...` are never measured, and of `asked_...` only who agreed, whatever the preset is.
    `mobile_signature` lets Outlook on a phone put `signature_template` (HTML with the slots {name}
    and {address}) with the pixel in place of the rep's own signature: no phone tells of a send.
    `retention_days` is how long captured mail and its hits are kept (None = for ever;
    requirement R47), `sharing` what new mails and mailboxes begin with.
    `tracking_url` is the organisation's own tracking address ("" = the installation's), and
    `old_tracking_hosts` are those it had before, whose tokens and links go on.
    `keeps_automated`, `keeps_confidential` and `keeps_sensitive` have mail captured that is left
    out else (backend.capture.leaving_out).
    `looks_through_tags` has ann+news@ taken for ann@ at every domain (backend.capture.matching).
    `relay_copies` has the relay give each recipient a copy of her own; `relay_keeps_dkim` has it
    leave mail whose DKIM signature a change would break.
    `has_erased` is no choice: somebody was erased, so that digests have to be looked for.
    """

    preset: str = Preset.INFORM
    notice: str = ""
    open_count_cap: int = 101
    gathering_cycle_s: int = 60
    wrap_signature: bool = True
    wraps_beside_pictures: bool = False
    left_link_domains: tuple[str, ...] = ()
    left_domains: tuple[str, ...] = ()
    left_addresses: tuple[str, ...] = ()
    left_kinds: tuple[str, ...] = ()
    internal_domains: tuple[str, ...] = ()
    left_countries: tuple[str, ...] = ()
    asked_domains: tuple[str, ...] = ()
    asked_countries: tuple[str, ...] = ()
    asked_kinds: tuple[str, ...] = ()
    hosting_asns: tuple[int, ...] = ()
    mobile_signature: bool = False
    signature_template: str = ""
    tracking_url: str = ""
    old_tracking_hosts: tuple[str, ...] = ()
    retention_days: int | None = 730
    sharing: str = Sharing.TEAM
    keeps_automated: bool = False
    keeps_confidential: bool = False
    keeps_sensitive: bool = False
    looks_through_tags: bool = False
    relay_copies: bool = False
    relay_keeps_dkim: bool = False
    has_erased: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """The policy an organisation has stored; what it has not set is the default."""
        known = {field.name for field in fields(cls)}
        chosen: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in stored.items()
            if name in known
        }
        if "gathering_cycle_s" in chosen:  # a cycle of no length would divide by zero in the drain
            chosen["gathering_cycle_s"] = max(1, int(chosen["gathering_cycle_s"]))
        # As addresses and countries are kept, however the administrator wrote them.
        for name in ("left_domains", "internal_domains", "asked_domains"):
            domains = (domain.strip().lstrip("@*.") for domain in chosen.get(name, ()))
            chosen[name] = tuple(filter(None, map(ascii_host, domains)))
        for name in ("left_countries", "asked_countries"):
            chosen[name] = tuple(map(str.upper, chosen.get(name, ())))
        return cls(**chosen)

    @property
    def tells_addresses_apart(self) -> bool:
        """Whether two addresses of which nothing is known can be judged differently."""
        domains = self.left_domains or self.internal_domains or self.asked_domains
        return bool(domains or self.left_addresses)
