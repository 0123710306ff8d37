"""The company of an address: one account per registrable domain, none for public mail hosts."""

from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources

from publicsuffixlist import PublicSuffixList

from backend import clock, db
from backend.mail.addresses import domain_of
from backend.people.words import sort_name


def accounts_of(org_id: str, companies: Mapping[str, str]) -> dict[str, str]:
    """The account id of each address, found or made; `companies` gives address -> company.

    A new account is named after the company, or after its domain while that is not known. An
    address whose domain says nothing (gmail.com, a bare suffix) is not in the answer.
    """
    names: dict[str, str] = {}
    domains = {address: business_domain(address) for address in companies}
    for address, company in companies.items():
        domain = domains[address]
        if domain:
            names[domain] = names.get(domain) or company
    ids = _ids(org_id, names)
    missing = {domain: name for domain, name in names.items() if domain not in ids}
    if missing:
        _make(org_id, missing)
        ids = _ids(org_id, names)
    return {address: ids[domain] for address, domain in domains.items() if domain}


def business_domain(address: str) -> str:
    """The registrable domain of an address, or "" when it tells no company."""
    return _registrable(domain_of(address)) if address else ""


@lru_cache(maxsize=10_000)
def _registrable(domain: str) -> str:
    found = _suffixes().privatesuffix(domain) or ""
    return "" if found in _public_hosts() else found


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@cache
def _public_hosts() -> frozenset[str]:
    text = (resources.files("backend.people") / "data" / "public_mail_hosts.tsv").read_text()
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return frozenset(domain for line in lines for domain in line.split("\t")[1].split())


def _ids(org_id: str, domains: Mapping[str, str]) -> dict[str, str]:
    return dict(
        db.rows(
            f"SELECT domain, id FROM account WHERE org_id = %s AND domain {db.among('text')}",
            [org_id, db.many(domains)],
        )
    )


def _make(org_id: str, names: Mapping[str, str]) -> None:
    db.execute_many(
        "INSERT INTO account (id, org_id, name, sort_name, domain) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (org_id, domain) DO NOTHING",
        [
            (clock.new_id(), org_id, name or domain, sort_name(name or domain), domain)
            for domain, name in names.items()
        ],
    )
