"""Erasures that somebody outside asked for, and erased addresses, known by a digest alone.

`GONE` stands on mails and meetings with others where an erased address stood: so it is told that
somebody was there, and that she may not be measured, but not who.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from peewee import TextField

from backend import clock, db
from backend.models.fields import IdField, JsonField, MaybeTimeField, Model, TimeField

GONE = "erased@erased.invalid"  # RFC 2606: nobody's, and never will be
RULE = "forgotten"  # by which what comes later is left out (capture.leaving_out)
REASON = "erased"  # of a Suppression


class Erasure(Model):
    """One erasure; `work` has what is still to be found by, and is None once all of it is gone.

    `reference` names the request where the address must not stand, `gone` counts what went. From
    `lifted_at` on the address may come back.
    """

    org_id = IdField()
    reference = TextField()
    actor = TextField()
    work = JsonField(null=True)
    gone = JsonField(default=dict)
    asked_at = TimeField(default=clock.now)
    finished_at = MaybeTimeField()
    lifted_at = MaybeTimeField()


@dataclass(frozen=True, slots=True)
class Erased:
    """The erased addresses of an organisation."""

    org_id: str = ""
    digests: frozenset[str] = frozenset()

    def has(self, address: str) -> bool:
        """Whether this normalised address is one of them."""
        return bool(self.digests) and (
            address == GONE or digest_of(self.org_id, address) in self.digests
        )


def digest_of(org_id: str, address: str) -> str:
    """What stands for a normalised address where it must not be written itself.

    The organisation's random id is its salt: the same address is another one elsewhere.
    """
    return hashlib.sha256(f"{org_id} {address}".encode()).hexdigest()


def erased_of(org_id: str) -> Erased:
    """All of the organisation's, for whoever looks at many addresses."""
    found = db.rows("SELECT digest FROM erased_address WHERE org_id = %s", [org_id])
    return Erased(org_id, frozenset(digest for (digest,) in found))


def erased_among(org_id: str, addresses: Iterable[str]) -> set[str]:
    """Those of these normalised addresses that were erased and may not come back."""
    digests = {digest_of(org_id, each): each for each in addresses}
    found = db.rows(
        f"SELECT digest FROM erased_address WHERE org_id = %s AND digest {db.among('text')}",
        [org_id, db.many(digests)],
    )
    return {digests[digest] for (digest,) in found} | {GONE}.intersection(digests.values())


def erasures_of(org_id: str, limit: int = 50) -> list[Erasure]:
    """The organisation's erasures, the latest first."""
    query = Erasure.select().where(Erasure.org_id == org_id)
    return list(query.order_by(Erasure.asked_at.desc(), Erasure.id.desc()).limit(limit))
