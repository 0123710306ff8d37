"""A Microsoft address book: folder by folder, what moved and what went, lost places, refusals."""

import pytest

from backend.providers.contacts import Entry
from backend.providers.graph import Graph
from backend.providers.graph_contacts import PAGE, GraphContacts
from backend.providers.mail import NeedsAdmin, PlaceLost, TryLater
from tests.fakes import graph_contacts, graph_payloads, graph_server
from tests.fakes.graph_world import Fault
from tests.providers.rounds import told
from tests.world import CAROL


@pytest.fixture
def server():
    with graph_server.running() as running:
        running.box("alice@ours.test", "token")
        running.books["alice@ours.test"] = graph_contacts.GraphContacts()
        yield running


@pytest.fixture
def book(server):
    return server.books["alice@ours.test"]


@pytest.fixture
def contacts(server):
    graph = Graph.opened(server.url, lambda _anew: "token")
    yield GraphContacts(graph)
    graph.close()


def names(entries):
    return sorted(each.name for each in entries)


@pytest.mark.req("R42")
def test_contacts_of_every_folder_are_told_with_what_is_kept_of_them(contacts, book):
    carol = book.put("Carol Miller", CAROL, "carol@home.test", companyName="Northwind")
    dana = book.put("Dana", "dana@x.test", folder=book.add_folder("Partners"))

    entries, *_ = told(contacts)

    assert entries == [
        Entry(carol, "Carol Miller", (CAROL, "carol@home.test"), "Northwind"),
        Entry(dana, "Dana", ("dana@x.test",), ""),
    ]


def test_only_what_changed_is_told_in_the_next_round(contacts, book):
    first, second = book.put("Carol", CAROL), book.put("Dana", "dana@x.test")
    *_, place = told(contacts)
    book.change(first, displayName="Carol Miller")
    book.remove(second)
    book.put("Nora", "nora@x.test", folder=book.add_folder("New"))

    entries, gone, _, later = told(contacts, place)

    assert names(entries) == ["Carol Miller", "Nora"]
    assert gone == [second]
    assert told(contacts, later)[:2] == ([], [])


def test_a_contact_that_was_moved_is_not_gone(contacts, book):
    folder, carol = book.add_folder("Partners"), book.put("Carol", CAROL)
    *_, place = told(contacts)
    book.move(carol, folder)

    entries, gone, *_ = told(contacts, place)

    assert ({each.provider_id for each in entries}, gone) == ({carol}, [])


def test_of_a_part_the_whole_is_looked_up(contacts, book):
    carol = book.put("Carol", CAROL, companyName="Northwind")
    *_, place = told(contacts)
    book.tells_parts = True
    book.change(carol, displayName="Carol Miller")

    entries, *_ = told(contacts, place)

    assert entries == [Entry(carol, "Carol Miller", (CAROL,), "Northwind")]


def test_a_round_of_many_pages_tells_everything_once(contacts, book):
    for number in range(PAGE + 20):
        book.put(str(number), f"n{number}@x.test")

    entries, *_, place = told(contacts)

    assert sorted(int(each.name) for each in entries) == list(range(PAGE + 20))
    assert told(contacts, place)[0] == []


def test_a_folder_that_is_gone_is_a_lost_place(contacts, book):
    folder = book.add_folder("Partners")
    book.put("Dana", "dana@x.test", folder=folder)
    *_, place = told(contacts)
    book.remove_folder(folder)

    with pytest.raises(PlaceLost):
        told(contacts, place)


@pytest.mark.parametrize("why", ["Microsoft has forgotten it", "it is none"])
def test_a_lost_place_is_told_as_such(contacts, book, why):
    *_, place = told(contacts)
    book.rounds.clear()

    with pytest.raises(PlaceLost):
        told(contacts, place if "forgotten" in why else "nonsense")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("contacts", 429, graph_payloads.THROTTLED, "17"), TryLater),
        (Fault("contactFolders", 503, graph_payloads.error("ServiceUnavailable", "")), TryLater),
        (Fault("contacts", 403, graph_payloads.DENIED), NeedsAdmin),
    ],
)
def test_a_refusal_says_whose_turn_it_is(server, contacts, fault, expected):
    server.faults.append(fault)

    with pytest.raises(expected):
        told(contacts)


def test_a_refusal_of_one_that_is_looked_up_loses_none(server, contacts, book):
    carol = book.put("Carol", CAROL)
    *_, place = told(contacts)
    book.remove(carol)
    server.faults.append(Fault(f"contacts/{carol[:8]}", 429, graph_payloads.THROTTLED))

    with pytest.raises(TryLater):
        told(contacts, place)
    assert told(contacts, place)[1] == [carol]


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("addresses of another shape", {"emailAddresses": 7}),
        ("an address of another shape", {"emailAddresses": ["carol"]}),
    ],
)
def test_an_entry_that_cannot_be_read_hides_no_other(contacts, book, why, changes):
    bad = book.put("Bad", **changes)
    book.put("Good", "good@x.test")

    entries, _, unreadable, _ = told(contacts)

    assert (names(entries), unreadable) == (["Good"], [bad]), why
