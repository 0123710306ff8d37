"""What is never captured, each rule with a name: the first that applies decides.

Pure: what an organisation leaves out is given as `Limits`. Bounces and out-of-office notices are
kept although machines write them, because they are about mail of ours.
"""

from collections.abc import Collection
from dataclasses import dataclass

from backend.mail.addresses import domain_of
from backend.mail.auto_reply import Kind
from backend.mail.parsed import Parsed

CONFIDENTIAL = frozenset({"private", "personal", "company-confidential"})  # RFC 4021, Sensitivity


@dataclass(frozen=True, slots=True)
class Limits:
    """What an organisation, or one of its users, leaves out; domains include their subdomains."""

    internal_domains: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    keeps_automated: bool = False


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
        ("confidential", mail.header("sensitivity").strip().lower() in CONFIDENTIAL),
        ("excluded", any(_is_excluded(address, limits) for address in everyone)),
        ("internal", all(_is_inside(address, own, limits) for address in everyone)),
        ("automated", kind is Kind.AUTOMATED and not limits.keeps_automated),
    )
    return next((name for name, applies in rules if applies), "")


def rule_against_people(everyone: Collection[str], own: Collection[str], limits: Limits) -> str:
    """The same of a meeting, which has people and nothing that a mail has."""
    rules = (
        ("nobody", not everyone),
        ("excluded", any(_is_excluded(address, limits) for address in everyone)),
        ("internal", all(_is_inside(address, own, limits) for address in everyone)),
    )
    return next((name for name, applies in rules if applies), "")


def people_of(mail: Parsed) -> frozenset[str]:
    """Every address on the mail."""
    sender = [mail.sender] if mail.sender else []
    return frozenset(each.address for each in (*sender, *mail.to, *mail.cc, *mail.bcc))


def _is_excluded(address: str, limits: Limits) -> bool:
    return address in limits.addresses or _is_under(domain_of(address), limits.domains)


def _is_inside(address: str, own: Collection[str], limits: Limits) -> bool:
    return address in own or _is_under(domain_of(address), limits.internal_domains)


def _is_under(domain: str, domains: Collection[str]) -> bool:
    labels = domain.split(".")
    return any(".".join(labels[start:]) in domains for start in range(len(labels)))
