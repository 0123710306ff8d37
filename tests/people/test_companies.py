import pytest

from backend import clock, db
from backend.errors import Invalid, NotFound
from backend.people import companies, finding
from backend.people.adding import add
from backend.people.values import Actor


@pytest.fixture
def actor(world):
    made = Actor(world.alice.org_id, world.alice.id)
    for address, company in (
        ("a@zebra.test", "Zebra"),
        ("b@zebra.test", ""),
        ("c@acme.test", "Ácme"),
        ("d@beta.test", "beta Group"),
        ("e@gmail.com", "Nobody's"),
    ):
        add(made, {"addresses": (address,), "company": company})
    return made


def names(page):
    return [(each.name, each.people) for each in page.items]


def test_accounts_are_listed_by_name_with_their_people(actor):
    assert names(companies.page(actor.org_id)) == [("Ácme", 1), ("beta Group", 1), ("Zebra", 2)]


def test_they_come_in_pages(actor):
    first = companies.page(actor.org_id, limit=2)
    second = companies.page(actor.org_id, limit=2, before=first.next)

    assert names(first) + names(second) == names(companies.page(actor.org_id))
    assert second.next is None
    with pytest.raises(Invalid):
        companies.page(actor.org_id, before="x")


@pytest.mark.parametrize(
    ("q", "found"), [("ACM", ["Ácme"]), ("beta.t", ["beta Group"]), ("group", []), ("%", [])]
)
def test_they_are_found_by_the_beginning_of_name_or_domain(actor, q, found):
    assert [each.name for each in companies.page(actor.org_id, q).items] == found


def test_one_account_shows_its_people(world, actor):
    (zebra,) = companies.page(actor.org_id, "zebra").items

    assert companies.one(actor.org_id, zebra.id) == zebra
    people = finding.page(actor.org_id, finding.Query(account=zebra.id)).items
    assert [each.addresses[0] for each in people] == ["a@zebra.test", "b@zebra.test"]
    for org_id, account_id in (
        (world.users["mallory"].org_id, zebra.id),
        (actor.org_id, clock.new_id()),
    ):
        with pytest.raises(NotFound):
            companies.one(org_id, account_id)


def test_the_list_walks_an_index(actor):
    if db.is_postgres():
        return
    plan = db.rows(
        "EXPLAIN QUERY PLAN SELECT id FROM account WHERE org_id = %s"
        " ORDER BY sort_name, id LIMIT 51",
        [actor.org_id],
    )

    assert "account_sort_name" in str(plan)
    assert "TEMP B-TREE" not in str(plan)
