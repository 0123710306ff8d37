"""What a scope lets through, on both engines."""

from datetime import timedelta

import pytest

from backend import db
from backend.tracking.facts import Kind
from backend.tracking.scope import Scope
from tests.world import NOON, World, hit, record


def key(reader: str) -> bytes:
    return reader.encode().ljust(16, b"\xff")


@pytest.mark.parametrize(
    ("why", "names", "expected"),
    [
        ("nothing named: no open", lambda _: Scope(), ["c"]),
        ("a reader", lambda _: Scope(readers={key("\x00a"), key("z")}), ["a", "c"]),
        ("a copy", lambda made: Scope(copies={made["copy_id"]}), ["a", "b", "c"]),
        ("a mail", lambda made: Scope(mails={made["stamp_id"]}), ["a", "b", "c"]),
        ("a copy until then", lambda made: Scope(early={made["copy_id"]: made["at"]}), ["a", "c"]),
        ("near it", lambda made: Scope(near={(made["stamp_id"], *2 * [made["at"]])}), ["a", "c"]),
    ],
)
def test_the_opens_that_are_named_and_whatever_is_no_open(
    world: World, why: str, names, expected: list[str]
) -> None:
    stamped = world.send()
    opens = {
        name: hit(world.open_token(stamped), reader_key=key(f"\x00{name}"), after=after)
        for name, after in (("a", 60), ("b", 61))
    }
    click = hit(world.click_token(stamped), Kind.CLICK, after=99)
    record(*opens.values(), click)
    ids = {each.id: name for name, each in {**opens, "c": click}.items()}
    copy_id, stamp_id = db.one("SELECT copy_id, stamp_id FROM hit") or ("", "")
    where, given = names(
        {"copy_id": copy_id, "stamp_id": stamp_id, "at": opens["a"].received_at}
    ).condition()

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


def test_stretches_that_meet_are_asked_for_as_one() -> None:
    first, *_ = times = [NOON + timedelta(seconds=n) for n in range(6)]
    near = {("one", first, times[2]), ("one", times[1], times[4]), ("two", times[3], times[5])}

    where, given = Scope(near=near).condition()

    assert where.count("BETWEEN") == 2
    assert given[3:] == ["one", first, times[4], "two", times[3], times[5]]
