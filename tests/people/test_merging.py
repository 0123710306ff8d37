"""Two records of one person become one, and two again exactly as they were."""

from datetime import timedelta

import pytest

from backend import clock, db
from backend.access import members
from backend.errors import Conflict, Invalid, NotFound
from backend.models.org import AuditLog
from backend.models.people import ConsentRecord, Person
from backend.people import finding, merging
from backend.people.adding import add
from backend.people.batches import merge as merge_rows
from backend.people.changing import change
from backend.people.columns import Entry
from backend.people.merging import merge, merges_of, undo
from backend.people.reading import stored_by_id
from backend.people.values import Actor, Facts
from backend.tracking.facts import Kind
from backend.tracking.refusals import STOP
from tests.capture.letters import mailbox_of
from tests.capture.meetings import take_meeting
from tests.world import hit, record

ANN = {
    "name": "Ann Lee",
    "addresses": ("ann@acme.test",),
    "company": "Acme",
    "custom": {"size": 1, "fax": "7"},
}
ANNE = {
    "name": "Anne Lee",
    "addresses": ("anne@home.test", "ann@acme.test"),
    "company": "Acme Inc",
    "country": "DE",
    "custom": {"size": 2, "shoe": "38"},
}


@pytest.fixture
def actor(world):
    return Actor(world.alice.org_id, world.alice.id)


@pytest.fixture
def two(actor):
    """Ann who is kept, and Anne who is merged into her."""
    return add(actor, ANN, "crm", "1"), add(actor, ANNE, "crm", "2")


# What a row has besides times of change, and who wrote it.
def everything():
    return {
        table: sorted(db.rows(f"SELECT {columns} FROM {table}"), key=str)
        for table, columns in (
            (
                "person",
                "id, kind, name, sort_name, company, owner_id, account_id, source, external_id,"
                " do_not_track, consent, country, custom, created_at, merged_into_id",
            ),
            ("person_address", "person_id, address, is_primary"),
            ("person_word", "word, person_id"),
            ("participant", "id, person_id"),
            ("engagement", "id, person_id"),
        )
    }


def test_the_kept_person_has_everything_the_other_had_more(actor, two):
    merge(actor, *two)

    found = finding.one(actor.org_id, two[0])
    assert (found.name, found.company, found.country) == ("Ann Lee", "Acme", "DE")
    assert found.addresses == ("ann@acme.test", "anne@home.test")
    assert found.custom == {"size": 1, "fax": "7", "shoe": "38"}
    assert (found.source, found.external_id) == ("crm", "1")


def test_the_other_is_found_no_more_but_leads_to_the_kept_one(actor, two):
    merge(actor, *two)

    listed = [each.id for each in finding.page(actor.org_id, finding.Query(q="lee")).items]
    by_address = [each.id for each in finding.at_address(actor.org_id, "anne@home.test")]
    assert listed == by_address == [two[0]]
    assert finding.one(actor.org_id, two[1]).id == two[0]
    assert len(finding.page(actor.org_id, finding.Query()).items) == 4
    with pytest.raises(Conflict):
        change(actor, two[1], {"name": "X"})


@pytest.mark.parametrize(
    ("why", "kept", "merged", "do_not_track", "consent"),
    [
        ("nobody said anything", {}, {}, False, "unknown"),
        ("the other is not to be tracked", {}, {"do_not_track": True}, True, "unknown"),
        ("the kept one is not", {"do_not_track": True}, {}, True, "unknown"),
        ("the other denied", {"consent": "granted"}, {"consent": "denied"}, False, "denied"),
        ("the other agreed", {}, {"consent": "granted"}, False, "granted"),
        ("the kept one agreed", {"consent": "granted"}, {}, False, "granted"),
    ],
)
def test_a_refusal_of_either_holds_for_both(why, kept, merged, do_not_track, consent):
    together = merging.put_together(Facts(**kept), Facts(**merged))

    assert (together.do_not_track, together.consent) == (do_not_track, consent), why


@pytest.mark.req("R74")
def test_a_merge_that_refuses_is_proved_and_holds_for_mail_already_sent(world, actor):
    ann, dana = add(actor, ANN), world.people["dana"].id
    stamped = world.send("ann@acme.test")

    merge_id = merge(actor, ann, dana)
    record(hit(world.open_token(stamped)))

    assert world.engagements(stamped) == []
    (proof,) = ConsentRecord.select().where(ConsentRecord.person_id == ann)
    assert (proof.state, proof.how) == ("do_not_track", merging.MERGED)
    undo(actor, merge_id)
    record(hit(world.open_token(stamped), after=600))
    assert len(world.engagements(stamped)) == 1


def test_mail_and_engagements_go_along_and_come_back(world, actor, two):
    shared = world.send("ann@acme.test", "anne@home.test", per_recipient=True)
    alone = world.send("anne@home.test", subject="Alone")
    record(
        hit(world.open_token(shared, "anne@home.test")),
        hit(world.open_token(alone), after=120),
        hit(world.click_token(alone), Kind.CLICK, after=180),
    )
    before = everything()
    version = db.one('SELECT feed_version FROM "user" WHERE id = %s', [world.alice.id])

    merge_id = merge(actor, *two)

    assert {row["person_id"] for row in world.engagements(alone)} == {two[0]}
    assert {row["person_id"] for row in world.engagements(shared)} == {two[0]}
    assert db.one('SELECT feed_version FROM "user" WHERE id = %s', [world.alice.id]) != version
    undo(actor, merge_id)
    assert everything() == before


@pytest.mark.parametrize(("kepts", "owner"), [("alice", "bob"), (None, None)])
def test_who_comes_back_is_with_the_heir_of_her_owner(world, actor, two, kepts, owner):
    alice, bob, ada = (world.users[name] for name in ("alice", "bob", "ada"))
    change(actor, two[0], {"owner_id": kepts and alice.id})
    change(actor, two[1], {"owner_id": alice.id})
    merge_id = merge(actor, *two)
    members.transfer(members.Admin(ada.org_id, ada.id, ada.email), alice, bob)

    undo(actor, merge_id)

    ann, anne = (stored_by_id(actor.org_id, person_id) for person_id in two)
    assert (ann.facts.owner_id, anne.facts.owner_id) == (owner and bob.id, bob.id)


def test_meetings_go_along_and_come_back(world, actor, two):
    mailbox = mailbox_of(world.alice)
    take_meeting(mailbox, -2, people=("anne@home.test",))
    change(actor, two[1], {"addresses": ("anne@new.test",)})  # what was stays with her

    merge_id = merge(actor, *two)

    assert _met() == [two[0]]
    take_meeting(mailbox, -1, "Later", people=("anne@new.test",))
    assert _met() == [two[0]] * 2
    undo(actor, merge_id)
    assert _met() == [two[1]] * 2


def _met():
    return [who for (who,) in db.rows("SELECT person_id FROM attendee WHERE part <> 'organizer'")]


def test_undoing_puts_everything_back_as_it_was(world, actor, two):
    change(actor, two[0], {"consent": "granted"})
    change(actor, two[1], {"do_not_track": True, "consent": "denied", "owner_id": world.alice.id})
    before = everything()
    proofs = {row.id: row.person_id for row in ConsentRecord.select()}

    assert undo(actor, merge(actor, *two)) == two[1]

    assert everything() == before
    assert {row.id: row.person_id for row in ConsentRecord.select() if row.id in proofs} == proofs
    assert db.one("SELECT count(*) FROM person_merge_row") == (0,)


def test_what_happened_in_between_stays_where_it_belongs(world, actor, two):
    merge_id = merge(actor, *two)
    change(
        actor,
        two[0],
        {
            "name": "Ann Smith",
            "country": "FR",
            "addresses": ("new@acme.test", "anne@home.test", "ann@acme.test"),
            "custom": {"size": 3, "shoe": "38", "hat": "M"},
        },
    )
    stamped = world.send("anne@home.test")
    record(hit(world.open_token(stamped)))

    undo(actor, merge_id)

    ann, anne = (finding.one(actor.org_id, person_id) for person_id in two)
    assert (ann.name, ann.company, ann.country) == ("Ann Smith", "Acme", "FR")
    assert ann.addresses == ("new@acme.test", "ann@acme.test")
    assert ann.custom == {"size": 3, "hat": "M"}
    assert anne.addresses == ANNE["addresses"]
    assert {row["person_id"] for row in world.engagements(stamped)} == {two[1]}


@pytest.mark.req("R74")
def test_a_refusal_made_in_between_holds_for_both(actor, two):
    merge_id = merge(actor, *two)
    change(actor, two[0], {"do_not_track": True, "consent": "denied"})

    undo(actor, merge_id)

    standings = [
        (found.do_not_track, found.consent)
        for found in (finding.one(actor.org_id, person_id) for person_id in two)
    ]
    assert standings == [(True, "denied"), (True, "denied")]


def test_a_readers_own_refusal_in_between_holds_for_both(world, actor, two):
    merge_id = merge(actor, *two)
    stamped = world.send("anne@home.test")
    sql = "SELECT unsubscribe_token FROM stamp_copy WHERE stamp_id = %s"
    ((token,),) = db.rows(sql, [stamped.id])
    record(hit(token, Kind.UNSUBSCRIBE, headers={"action": STOP}))

    undo(actor, merge_id)

    assert [finding.one(actor.org_id, each).consent for each in two] == ["denied", "denied"]


def test_a_later_file_goes_to_the_kept_person_and_overwrites_nothing(actor, two):
    merge(actor, *two)
    row = Entry(2, "crm", "2", {"name": "Anne", "company": "Z", "addresses": ("z@acme.test",)})

    first, second = merge_rows(actor, [row]), merge_rows(actor, [row])

    found = finding.one(actor.org_id, two[0])
    assert (first.updated, second.unchanged) == (1, 1)
    assert (found.name, found.company) == ("Ann Lee", "Acme")
    assert found.addresses == ("ann@acme.test", "anne@home.test", "z@acme.test")
    assert Person.select().count() == 5


@pytest.mark.req("R74")
def test_a_later_file_may_still_refuse_for_the_merged_one(actor, two):
    merge(actor, *two)

    merge_rows(actor, [Entry(2, "crm", "2", {"do_not_track": True, "consent": "denied"})])

    found = finding.one(actor.org_id, two[0])
    assert (found.do_not_track, found.consent) == (True, "denied")


def test_the_key_of_a_merged_person_is_taken(actor, two):
    merge(actor, *two)

    with pytest.raises(Conflict):
        add(actor, {"name": "New"}, "crm", "2")


def test_merges_are_undone_in_reverse_order(world, actor, two):
    carol = world.people["carol"].id
    first, second = merge(actor, *two), merge(actor, two[0], carol)
    before = finding.one(actor.org_id, two[0])

    with pytest.raises(Conflict, match="latest"):
        undo(actor, first)
    third = merge(actor, world.people["leo"].id, two[0])
    assert finding.one(actor.org_id, two[1]).id == world.people["leo"].id
    with pytest.raises(Conflict, match="latest"):
        undo(actor, second)

    undo(actor, third)
    assert finding.one(actor.org_id, two[0]).addresses == before.addresses
    undo(actor, second)
    undo(actor, first)
    with pytest.raises(Conflict, match="already"):
        undo(actor, first)
    assert len(finding.page(actor.org_id, finding.Query()).items) == 5


def test_the_history_tells_who_merged_whom_and_what_was_undone(actor, two):
    undo(actor, merge(actor, *two))
    merge(actor, *two)

    latest, earlier = merges_of(actor.org_id, two[0])

    assert (latest.undone_at, latest.merged.name, latest.actor) == (None, "Anne Lee", actor.name)
    assert earlier.undone_at is not None
    assert merges_of(actor.org_id, two[1]) == []
    actions = [line.action for line in AuditLog.select().order_by(AuditLog.occurred_at)]
    assert [each for each in actions if "merge" in each] == [
        "person.merge",
        "person.merge_undone",
        "person.merge",
    ]


def test_what_cannot_be_merged_is_refused(world, actor, two):
    mallory = Actor(world.users["mallory"].org_id, world.users["mallory"].id)
    merge_id = merge(actor, *two)

    for who, error, pair in (
        (actor, Invalid, (two[0], two[0])),
        (actor, NotFound, (two[0], clock.new_id())),
        (mallory, NotFound, (two[0], world.people["carol"].id)),
        (actor, Conflict, (world.people["carol"].id, two[1])),
    ):
        with pytest.raises(error):
            merge(who, *pair)
    for who, known in ((mallory, merge_id), (actor, clock.new_id())):
        with pytest.raises(NotFound):
            undo(who, known)


@pytest.mark.parametrize(
    ("why", "more"),
    [
        ("addresses", {"addresses": tuple(f"a{n}@x.test" for n in range(50))}),
        ("custom fields", {"custom": {str(n): "x" * 3_000 for n in range(5)}}),
    ],
)
def test_too_much_for_one_person_stays_two(actor, two, why, more):
    other = add(actor, {"name": "Other", **more, "country": "DE"})
    change(actor, two[0], {"custom": {"x": "y" * 3_000}})
    before = everything()

    with pytest.raises(Invalid):
        merge(actor, two[0], other)

    assert everything() == before, why


def test_times_of_a_merge_are_those_of_the_clock(actor, two, time_machine):
    at = clock.now() + timedelta(days=1)
    time_machine.move_to(at, tick=False)

    merge(actor, *two)

    assert merges_of(actor.org_id, two[0])[0].merged_at == at
