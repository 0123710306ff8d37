from concurrent.futures import ThreadPoolExecutor

import pytest

from backend import db
from backend.errors import Conflict, Invalid
from backend.people.adding import add
from backend.people.finding import one
from backend.people.values import Actor


@pytest.mark.parametrize(
    ("why", "source", "external_id", "kept"),
    [
        ("by hand", "", "", ("manual", None)),
        ("an external id alone is the caller's", "", "7", ("api", "7")),
        ("both as given", "crm", "7", ("crm", "7")),
        ("a source alone", "crm", "", ("crm", None)),
    ],
)
def test_everybody_has_a_source_and_an_external_id(world, why, source, external_id, kept):
    actor = Actor(world.alice.org_id, world.alice.id)

    person_id = add(actor, {"name": "Ann"}, source, external_id)

    found = one(actor.org_id, person_id)
    assert (found.source, found.external_id) == (kept[0], kept[1] or person_id), why


def test_the_same_key_twice_is_a_conflict_in_one_organisation_only(world):
    ours, theirs = (Actor(world.users[name].org_id, name) for name in ("alice", "mallory"))
    add(ours, {"name": "Ann"}, "crm", "7")
    add(theirs, {"name": "Ann"}, "crm", "7")

    with pytest.raises(Conflict):
        add(ours, {"name": "Ben"}, "crm", "7")


def test_of_many_at_once_with_one_key_one_is_added(world):
    actor = Actor(world.alice.org_id, world.alice.id)

    def try_to_add(_):
        try:
            with db.connection():
                return add(actor, {"name": "Ann"}, "crm", "7")
        except Conflict:
            return None

    with ThreadPoolExecutor(8) as pool:
        made = [found for found in pool.map(try_to_add, range(24)) if found]

    assert len(made) == 1


def test_nobody_is_added_without_name_and_address(world):
    with pytest.raises(Invalid, match="needs a name"):
        add(Actor(world.alice.org_id, "x"), {"name": " "})
