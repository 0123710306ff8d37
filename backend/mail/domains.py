"""Whether a domain is one of several, or below one of them."""

from collections.abc import Collection


def is_under(domain: str, domains: Collection[str]) -> bool:
    """Whether it is one of these domains or a subdomain of one; all are lower-case."""
    if not domains:
        return False
    labels = domain.rstrip(".").split(".")
    return any(".".join(labels[start:]) in domains for start in range(len(labels)))
