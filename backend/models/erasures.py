"""Erased addresses, known by a digest alone."""

import hashlib


def digest_of(org_id: str, address: str) -> str:
    """What stands for a normalised address where it must not be written itself.

    The organisation's random id is its salt: the same address is another one elsewhere.
    """
    return hashlib.sha256(f"{org_id} {address}".encode()).hexdigest()
