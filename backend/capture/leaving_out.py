"""What is never captured, each rule with a name: the first that applies decides.

Pure: what an organisation leaves out is given as `Limits`. Bounces and out-of-office notices are
kept although machines write them, because they are about mail of ours.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from backend.mail.addresses import domain_of
from backend.mail.auto_reply import Kind
from backend.mail.domains import is_under
from backend.mail.parsed import Parsed
from backend.mail.sensitive import kind_of_number
from backend.models.erasures import RULE as FORGOTTEN
from backend.models.erasures import Erased

SENSITIVITIES = frozenset({"private", "personal", "company-confidential"})  # RFC 4021, Sensitivity
MAX_READ = 200_000  # characters of a text that are looked through: as much as is kept
# Microsoft Purview writes its labels into this header: "MSIP_Label_<id>_Name=Confidential; ...".
# Source: learn.microsoft.com, "Sensitivity label metadata in emails" (2024). The names are an
# organisation's own; these are Microsoft's defaults and what they are called in German.
LABELS = "msip_labels"
_SECRET_LABEL = re.compile(
    r"_Name=[^;]*(?:confidential|restricted|secret|vertraulich|geheim)", re.IGNORECASE
)
# Encrypted mail: S/MIME (RFC 8551), OpenPGP (RFC 3156), Microsoft's rights management.
_SEALED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"})
_RIGHTS = "rpmsg.message"


@dataclass(frozen=True, slots=True)
class Limits:
    """What an organisation, or one of its users, leaves out; domains include their subdomains."""

    internal_domains: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    keeps_automated: bool = False
    keeps_confidential: bool = False
    keeps_sensitive: bool = False
    keeps_since: datetime | None = None  # meetings that ended earlier are too old
    erased: Erased = field(default_factory=Erased)  # whoever asked to be forgotten


@dataclass(frozen=True, slots=True)
class Marks:
    """Where the provider has put the mail."""

    is_draft: bool = False
    is_spam: bool = False
    is_trash: bool = False


def rule_against(
    mail: Parsed, kind: Kind, marks: Marks, own: Collection[str], limits: Limits
) -> str:
    """The name of the rule by which the mail is left out; "" if it is captured.

    `own` are the addresses of the mailbox itself.
    """
    everyone = people_of(mail)
    rules = (
        ("draft", marks.is_draft),
        ("spam", marks.is_spam),
        ("trash", marks.is_trash),
        ("nobody", not everyone),
        ("confidential", is_confidential(mail) and not limits.keeps_confidential),
        (FORGOTTEN, any(map(limits.erased.has, everyone))),
        ("excluded", any(is_excluded(address, limits) for address in everyone)),
        ("internal", all(is_inside(address, own, limits) for address in everyone)),
        ("automated", kind is Kind.AUTOMATED and not limits.keeps_automated),
    )
    found = next((name for name, applies in rules if applies), "")
    return found or ("" if limits.keeps_sensitive else _sensitive(mail))


def rule_against_people(everyone: Collection[str], own: Collection[str], limits: Limits) -> str:
    """The same of a meeting, which has people and nothing that a mail has."""
    rules = (
        ("nobody", not everyone),
        (FORGOTTEN, any(map(limits.erased.has, everyone))),
        ("excluded", any(is_excluded(address, limits) for address in everyone)),
        ("internal", all(is_inside(address, own, limits) for address in everyone)),
    )
    return next((name for name, applies in rules if applies), "")


def is_confidential(mail: Parsed) -> bool:
    """Whether its sender marked it private or confidential, or sealed it."""
    return (
        mail.header("sensitivity").strip().lower() in SENSITIVITIES
        or bool(_SECRET_LABEL.search(mail.header(LABELS)))
        or mail.header("content-class").strip().lower() == _RIGHTS
        or (
            mail.content_type() in _SEALED
            and "signed-data" not in mail.header("content-type").lower()
        )
    )


def is_excluded(address: str, limits: Limits) -> bool:
    """Whether the address, or a domain that it is in, is excluded."""
    return address in limits.addresses or is_under(domain_of(address), limits.domains)


def is_inside(address: str, own: Collection[str], limits: Limits) -> bool:
    """Whether it is the mailbox's own, or in a domain of the organisation's."""
    return address in own or is_under(domain_of(address), limits.internal_domains)


def _sensitive(mail: Parsed) -> str:
    """The rule for mail that holds a number which must not lie here."""
    kind = kind_of_number(f"{mail.subject}\n{mail.plain()[:MAX_READ]}")
    return f"{kind}_number" if kind else ""


def people_of(mail: Parsed) -> frozenset[str]:
    """Every address on the mail."""
    sender = [mail.sender] if mail.sender else []
    return frozenset(each.address for each in (*sender, *mail.to, *mail.cc, *mail.bcc))
