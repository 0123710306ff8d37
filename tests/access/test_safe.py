"""The safe: what is kept opens for its owner only, and moves to a new key while it is used."""

import threading

import pytest

from backend import clock, db
from backend.access.safe import Owner, outdated, reseal
from backend.models.secrets import Secret
from backend.providers.vault import Unopened, add_key, key_file, key_of


def owner(world, row=None):
    return Owner(world.alice.org_id, "mailbox", row or clock.new_id())


def test_a_secret_comes_back_and_a_second_one_replaces_it(world, safe):
    mine = owner(world)

    safe.put(mine, "tokens", "first")
    safe.put(mine, "tokens", "second")

    assert safe.get(mine, "tokens") == "second"
    assert (safe.has(mine, "tokens"), safe.has(mine, "other")) == (True, False)
    assert Secret.select().count() == 1


def test_a_secret_is_replaced_only_if_it_is_still_the_one_that_was_read(world, safe):
    mine = owner(world)
    safe.put(mine, "tokens", "first")

    assert safe.replace(mine, "tokens", "first", "second")
    assert not safe.replace(mine, "tokens", "first", "third")
    assert safe.get(mine, "tokens") == "second"
    safe.drop(mine)
    assert not safe.replace(mine, "tokens", "second", "third")
    assert not safe.has(mine, "tokens")


def test_nothing_in_the_database_shows_it(world, safe):
    safe.put(owner(world), "tokens", "canary-in-the-mine")

    assert "canary" not in str(db.rows("SELECT * FROM secret"))


def test_another_organisation_or_name_gets_nothing(world, safe):
    mine = owner(world)
    safe.put(mine, "tokens", "mine")

    theirs = Owner(world.users["mallory"].org_id, mine.table, mine.row)
    assert safe.get(theirs, "tokens") is None
    assert safe.get(mine, "client_secret") is None


def test_an_envelope_pasted_into_another_row_does_not_open(world, safe):
    mine, other = owner(world), owner(world)
    safe.put(mine, "tokens", "mine")
    safe.put(other, "tokens", "other")

    db.execute(
        "UPDATE secret SET envelope = (SELECT envelope FROM secret WHERE owner_id = %s)"
        " WHERE owner_id = %s",
        [mine.row, other.row],
    )

    with pytest.raises(Unopened):
        safe.get(other, "tokens")


def test_dropping_leaves_nothing(world, safe):
    mine = owner(world)
    safe.put(mine, "tokens", "a")
    safe.put(mine, "refresh", "b")

    assert safe.drop(mine) == 2
    assert safe.get(mine, "tokens") is None


def test_a_rotation_that_was_stopped_goes_on_where_it_was(world, safe, vault):
    owners = [owner(world) for _ in range(230)]
    for number, each in enumerate(owners):
        safe.put(each, "tokens", str(number))
    add_key(key_file(world.settings))

    def stop(_done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reseal(vault, stop)

    assert outdated(vault) == 30
    told = []
    assert reseal(vault, told.append) == 30
    assert told == [30]
    assert outdated(vault) == 0
    assert [safe.get(each, "tokens") for each in owners] == [str(n) for n in range(230)]


def test_secrets_are_read_and_written_while_they_move_to_a_new_key(world, safe, vault):
    owners = [owner(world) for _ in range(60)]
    for each in owners:
        safe.put(each, "tokens", each.row)
    faults, stop = [], threading.Event()

    def use():
        with db.connection():
            while not stop.is_set():
                for each in owners[:10]:
                    safe.put(each, "tokens", each.row)
                    if safe.get(each, "tokens") != each.row:
                        faults.append(each)

    user = threading.Thread(target=use)
    user.start()
    new = add_key(key_file(world.settings))
    reseal(vault, lambda _done: None)
    stop.set()
    user.join()
    reseal(vault, lambda _done: None)

    assert faults == []
    assert {key_of(row.envelope) for row in Secret.select()} == {new}
