import pytest

from backend.errors import Invalid, NotFound
from backend.models.people import Person
from backend.people import finding
from backend.people.adding import add
from backend.people.values import Actor

PEOPLE = (
    ("Zoë Miller", ("zoe@acme.test",), "Acme"),
    ("anna Müller", ("anna@acme.test", "am@home.test"), "Acme"),
    ("Anna Smith", ("smith@other.test",), "Other & Sons"),
    ("Bob", (), ""),
    ("Bob", ("bob@other.test",), ""),
)


EVERYBODY = ["anna Müller", "Anna Smith", "Bob", "Bob", "Zoë Miller"]


@pytest.fixture
def org_id(world):
    Person.delete().execute()
    actor = Actor(world.alice.org_id, world.alice.id)
    for name, addresses, company in PEOPLE:
        add(actor, {"name": name, "addresses": addresses, "company": company})
    add(Actor(world.users["mallory"].org_id, "x"), {"name": "Anna Foreign"})
    return actor.org_id


def names(org_id, few=finding.FEW, **query):
    return [person.name for person in finding.page(org_id, finding.Query(**query), few).items]


def test_people_come_in_the_order_of_their_names(org_id):
    assert names(org_id) == EVERYBODY


@pytest.mark.parametrize(
    ("why", "q", "found"),
    [
        ("the beginning of a first name", "ann", ["anna Müller", "Anna Smith"]),
        ("the beginning of a last name", "mul", ["anna Müller"]),
        ("without accents", "ZOE", ["Zoë Miller"]),
        ("with accents", "zoë", ["Zoë Miller"]),
        ("a word of the company", "sons", ["Anna Smith"]),
        ("a domain", "acme.test", ["anna Müller", "Zoë Miller"]),
        ("an address that is not the primary one", "am@home", ["anna Müller"]),
        ("all words must match", "anna other", ["Anna Smith"]),
        ("in any order", "acme miller", ["Zoë Miller"]),
        ("the middle of a word is not looked for", "iller", []),
        ("wildcards are no wildcards", "%", []),
        (
            "nothing asked, everybody told",
            "  ",
            [*["anna Müller", "Anna Smith", "Bob"], "Bob", "Zoë Miller"],
        ),
    ],
)
@pytest.mark.parametrize("few", [0, 20_000])  # 0: as if too many people had the word
def test_people_are_found_by_the_beginnings_of_words(org_id, why, q, found, few):
    assert names(org_id, few, q=q) == found, why


@pytest.mark.parametrize("few", [0, 20_000])
@pytest.mark.parametrize("q", ["", "b", "acme"])
def test_pages_follow_each_other_without_gap_or_repeat(org_id, few, q):
    whole = [person.id for person in finding.page(org_id, finding.Query(q=q)).items]

    seen, before = [], None
    while True:
        page = finding.page(org_id, finding.Query(q=q, before=before, limit=1), few)
        seen += [person.id for person in page.items]
        if page.next is None:
            break
        before = page.next

    assert seen == whole


def test_leads_are_told_from_contacts(world):
    assert names(world.alice.org_id, kind="lead") == ["Leo"]


# A list of one letter in a name's place, then an id.
A_LIST = "W1siYSJdLCIwMTIzNDU2Ny04OWFiLTdkZWYtODEyMy00NTY3ODlhYmNkZWYiXQ"


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "e30", "bnVsbA", "WzEsMl0", "WyJhIiwiYiJd", "\u2028", "W10", "A" * 1000, A_LIST],
)
def test_a_cursor_that_is_not_ours_is_refused(org_id, cursor):
    with pytest.raises(Invalid, match="not a cursor"):
        finding.page(org_id, finding.Query(before=cursor))


def test_everybody_at_an_address_is_found_primary_first(world):
    actor = Actor(world.alice.org_id, "x")
    add(actor, {"name": "Second", "addresses": ("own@x.test", "carol@northwind.test")})

    found = finding.at_address(actor.org_id, "carol@northwind.test")

    assert [person.name for person in found] == ["Carol", "Second"]
    assert finding.at_address(world.users["mallory"].org_id, "carol@northwind.test") == []


def test_a_foreign_person_cannot_be_seen(world):
    with pytest.raises(NotFound):
        finding.one(world.users["mallory"].org_id, world.people["carol"].id)
