"""What a scope lets through, on both engines."""

from datetime import timedelta

import pytest

from backend import db
from backend.tracking.facts import Kind
from backend.tracking.scope import Scope
from tests.world import World, hit, record


def key(reader: str) -> bytes:
    return reader.encode().ljust(16, b"\xff")


@pytest.mark.parametrize(
    ("why", "names", "expected"),
    [
        ("nothing named: no open", lambda _: Scope(), ["c"]),
        ("a reader", lambda _: Scope(readers={key("\x00a"), key("z")}), ["a", "c"]),
        ("a copy", lambda made: Scope(copies={made["copy_id"]}), ["a", "b", "c"]),
        ("a mail", lambda made: Scope(mails={made["stamp_id"]}), ["a", "b", "c"]),
    ],
)
def test_the_opens_that_are_named_and_whatever_is_no_open(
    world: World, why: str, names, expected: list[str]
) -> None:
    stamped = world.send()
    opens = {name: hit(world.open_token(stamped), reader_key=key(f"\x00{name}")) for name in "ab"}
    click = hit(world.click_token(stamped), Kind.CLICK, after=99)
    record(*opens.values(), click)
    ids = {each.id: name for name, each in {**opens, "c": click}.items()}
    copy_id, stamp_id = db.one("SELECT copy_id, stamp_id FROM hit") or ("", "")
    where, given = names({"copy_id": copy_id, "stamp_id": stamp_id}).condition()

    found = db.rows(
        f"SELECT id FROM hit WHERE received_at > %s{where}",
        [click.received_at - timedelta(1), *given],
    )

    assert sorted(ids[hit_id] for (hit_id,) in found) == expected, why


def test_a_scope_grows_by_what_is_new() -> None:
    scope = Scope(readers={b"a"})

    scope.readers |= {b"a"}
    before = scope.size
    scope.copies |= {"one"}

    assert (before, scope.size) == (1, 2)
