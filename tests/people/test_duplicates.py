import pytest

from backend.people import duplicates
from backend.people.adding import add
from backend.people.finding import one
from backend.people.merging import merge
from backend.people.values import Actor

ANN = {"name": "Ann Lee", "company": "Acme", "addresses": ("ann@acme.test",)}


@pytest.fixture
def actor(world):
    return Actor(world.alice.org_id, world.alice.id)


def found(actor, person_id):
    return [
        (each.person.name, each.because)
        for each in duplicates.of(actor.org_id, one(actor.org_id, person_id))
    ]


@pytest.mark.parametrize(
    ("why", "other", "because"),
    [
        ("an address in common", {"name": "A", "addresses": ("ann@acme.test",)}, "address"),
        ("a further address", {"name": "A", "addresses": ("a@x.test", "ann@acme.test")}, "address"),
        ("name and company", {"name": "ANN  Lée", "company": "acme"}, None),
        ("name and company, folded", {"name": "ANN Lée", "company": "ácme"}, "name_and_company"),
        (
            "name and account",
            {"name": "Ann Lee", "addresses": ("a@acme.test",)},
            "name_and_company",
        ),
        ("both", {**ANN}, "address"),
        ("the name alone", {"name": "Ann Lee", "company": "Beta"}, None),
        ("the name of two without a company", {"name": "Ann Lee"}, None),
        ("the company alone", {"name": "Bob", "company": "Acme"}, None),
    ],
)
def test_who_may_be_the_same(actor, why, other, because):
    ann = add(actor, ANN)
    add(actor, other)

    assert [reason for _, reason in found(actor, ann)] == ([because] if because else []), why


def test_another_organisations_people_are_nobodys_duplicates(world, actor):
    mallory = Actor(world.users["mallory"].org_id, world.users["mallory"].id)
    ann = add(actor, ANN)
    add(mallory, ANN)

    assert found(actor, ann) == []


def test_who_was_merged_is_suggested_no_more(actor):
    ann, other = add(actor, ANN), add(actor, ANN)
    merge(actor, ann, other)

    assert found(actor, ann) == []


def test_who_has_an_address_already_is_told(actor):
    add(actor, ANN)

    at = duplicates.at(actor.org_id, ["ann@acme.test", "new@acme.test"])

    assert [each.name for each in at] == ["Ann Lee"]


def test_there_are_never_more_than_fit_a_page(actor):
    ids = [add(actor, ANN) for _ in range(duplicates.MAX_SHOWN + 5)]

    assert duplicates.MAX_SHOWN - 1 <= len(found(actor, ids[0])) <= duplicates.MAX_SHOWN
