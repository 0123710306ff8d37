"""The secrets that are kept: put in, taken out, dropped, and re-sealed under a new key."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from backend import clock, db
from backend.models.secrets import Secret
from backend.providers.vault import Place, Vault

BATCH = 200


@dataclass(frozen=True, slots=True)
class Owner:
    """The thing a secret belongs to: a table's name and a row's id."""

    org_id: str
    table: str
    row: str


class Safe:
    """Secrets by owner and name; what is in the database opens only in its own row."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def put(self, owner: Owner, name: str, text: str) -> None:
        """Keep a secret; one of the same name is replaced."""
        envelope = self._vault.seal(text, Place(owner.table, owner.row, name))
        db.execute(
            "INSERT INTO secret (id, org_id, owner_type, owner_id, name, envelope, updated_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (owner_type, owner_id, name)"
            " DO UPDATE SET envelope = excluded.envelope, updated_at = excluded.updated_at",
            [clock.new_id(), owner.org_id, owner.table, owner.row, name, envelope, clock.wall()],
        )

    def replace(self, owner: Owner, name: str, before: str, text: str) -> bool:
        """Keep a secret in the place of the one that was read before.

        False, and nothing is kept, if that was dropped or replaced meanwhile. Raises Unopened.
        """
        with db.transaction():
            found = Secret.select().where(*_one(owner, name))
            row = (found.for_update() if db.is_postgres() else found).first()
            place = Place(owner.table, owner.row, name)
            if row is None or self._vault.open(row.envelope, place) != before:
                return False
            self.put(owner, name, text)
            return True

    def get(self, owner: Owner, name: str) -> str | None:
        """The secret, or None if there is none. Raises Unopened."""
        row = Secret.get_or_none(*_one(owner, name))
        place = Place(owner.table, owner.row, name)
        return self._vault.open(row.envelope, place) if row else None

    def has(self, owner: Owner, name: str) -> bool:
        """Whether there is one, without opening it."""
        return bool(Secret.select().where(*_one(owner, name)).exists())

    def drop(self, owner: Owner) -> int:
        """Delete every secret of that thing; how many there were."""
        return db.execute(
            "DELETE FROM secret WHERE org_id = %s AND owner_type = %s AND owner_id = %s",
            [owner.org_id, owner.table, owner.row],
        )


def outdated(vault: Vault) -> int:
    """How many secrets are not under the current key."""
    row = db.one("SELECT count(*) FROM secret WHERE envelope NOT LIKE %s", [_current(vault)])
    return int(row[0]) if row else 0


def reseal(vault: Vault, tell: Callable[[int], None]) -> int:
    """Seal all under the current key, a batch at a time; how many were. Raises Unopened.

    It can be stopped anywhere and run again; one that was replaced meanwhile is left as it is.
    """
    done = 0
    for batch in _batches(vault):
        for row in batch:
            place = Place(row.owner_type, row.owner_id, row.name)
            fresh = vault.seal(vault.open(row.envelope, place), place)
            done += db.execute(
                "UPDATE secret SET envelope = %s WHERE id = %s AND envelope = %s",
                [fresh, row.id, row.envelope],
            )
        tell(done)
    return done


def _batches(vault: Vault) -> Iterator[list[Secret]]:
    while batch := list(
        Secret.select()
        .where(~(Secret.envelope ** _current(vault)))
        .order_by(Secret.id)
        .limit(BATCH)
    ):
        yield batch


def _one(owner: Owner, name: str) -> tuple[Any, ...]:
    return (
        Secret.org_id == owner.org_id,
        Secret.owner_type == owner.table,
        Secret.owner_id == owner.row,
        Secret.name == name,
    )


def _current(vault: Vault) -> str:
    return f"v1.{vault.ring.current}.%"
