import pytest

from backend.models.org import AuditLog
from backend.models.people import ConsentRecord
from backend.people.proof import FILE, record, refused_by_hand
from backend.people.values import Actor, Facts

OPEN = Facts(name="Carol", addresses=("carol@northwind.test",))


@pytest.mark.req("R75")
def test_each_change_of_consent_leaves_a_record_and_an_audit_line(world):
    carol = world.people["carol"]
    actor = Actor(world.alice.org_id, world.alice.id, "phone call", "v2")
    denied = Facts(name="Carol", addresses=OPEN.addresses, consent="denied", do_not_track=True)

    record(actor, [(carol.id, OPEN, denied), (carol.id, denied, denied)])

    proofs = list(ConsentRecord.select())
    assert {row.state for row in proofs} == {"denied", "do_not_track"}
    assert {(row.how, row.actor, row.text_version) for row in proofs} == {
        ("phone call", world.alice.id, "v2")
    }
    assert [row.object_id for row in AuditLog.select()] == [carol.id, carol.id]


@pytest.mark.parametrize(
    ("why", "by", "is_by_hand"),
    [
        ("nobody knows who refused", [], True),
        ("a file did", [FILE], False),
        ("a colleague did, after the file", [FILE, "api"], True),
        ("the file said so again, after it was lifted by hand", ["api", FILE], False),
    ],
)
def test_the_latest_refusal_says_whether_a_file_may_lift_it(world, why, by, is_by_hand):
    carol, org_id = world.people["carol"], world.alice.org_id
    denied = Facts(name="Carol", addresses=OPEN.addresses, consent="denied")
    for how in by:
        record(Actor(org_id, "x", how), [(carol.id, OPEN, denied)])

    assert refused_by_hand(org_id, [(carol.id, denied)]) == ({carol.id} if is_by_hand else set())


def test_a_refusal_by_address_counts_for_all_who_have_it(world):
    carol, org_id = world.people["carol"], world.alice.org_id
    denied = Facts(name="Carol", addresses=OPEN.addresses, consent="denied")
    record(Actor(org_id, "x", FILE), [(carol.id, OPEN, denied)])
    ConsentRecord.create(
        org_id=org_id, address=OPEN.primary, state="denied", how="page", actor="recipient"
    )

    assert refused_by_hand(org_id, [(carol.id, denied), ("other", OPEN)]) == {carol.id}
