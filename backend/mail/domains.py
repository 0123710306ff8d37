"""Whether a domain is one of several, or below one of them."""

from collections.abc import Collection


def is_under(domain: str, domains: Collection[str]) -> bool:
    """Whether it is one of these domains or a subdomain of one; all are lower-case."""
    above = domain.rstrip(".") if domains else ""
    while above and above not in domains:
        above = above.partition(".")[2]
    return bool(above)
