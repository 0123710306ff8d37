"""A Google address book: rounds, removals, lost places, refusals, each as Google documents it."""

import pytest
from google.oauth2.credentials import Credentials

from backend.providers.contacts import Entry
from backend.providers.google_contacts import PAGE, SCOPE_MISSING, GoogleContacts
from backend.providers.mail import NeedsAdmin, NeedsReauth, PlaceLost, TryLater, Unreadable
from tests.fakes import myworld, people_api
from tests.providers.rounds import told
from tests.world import CAROL


@pytest.fixture
def api():
    with people_api.running() as running:
        running.books["token"] = people_api.Book()
        yield running


@pytest.fixture
def book(api):
    return api.books["token"]


@pytest.fixture
def contacts(api):
    opened = GoogleContacts(Credentials("token"), api.url)
    yield opened
    opened.close()


@pytest.mark.req("R42")
def test_an_entry_is_told_by_its_main_name_addresses_and_company(contacts, book):
    resource = book.put("Carol Miller", CAROL, "carol@home.test", company="Northwind")

    entries, *_ = told(contacts)

    assert entries == [Entry(resource, "Carol Miller", (CAROL, "carol@home.test"), "Northwind")]


def test_nothing_is_asked_for_but_what_is_kept(contacts, api):
    told(contacts)

    (asked,) = api.calls
    assert asked["personFields"] == "names,emailAddresses,organizations,metadata"
    assert asked["sources"] == "READ_SOURCE_TYPE_CONTACT"


def test_only_what_changed_is_told_in_the_next_round(contacts, book):
    first, second = book.put("Carol", CAROL), book.put("Dana", "dana@x.test")
    *_, place = told(contacts)
    book.change(first, "Carol Miller", CAROL)
    book.remove(second)

    entries, gone, _, later = told(contacts, place)

    assert [each.name for each in entries] == ["Carol Miller"]
    assert gone == [second]
    assert told(contacts, later)[:2] == ([], [])


def test_an_entry_whose_id_changed_names_the_one_it_had(contacts, book):
    resource = book.put("Carol", CAROL)
    *_, place = told(contacts)
    new = book.rename(resource)

    entries, *_ = told(contacts, place)

    assert [(each.provider_id, each.former) for each in entries] == [(new, (resource,))]


def test_a_round_of_many_pages_tells_everything_once(contacts, book):
    for number in range(PAGE + 20):
        book.put(str(number), f"n{number}@x.test")

    entries, *_, place = told(contacts)

    assert sorted(int(each.name) for each in entries) == list(range(PAGE + 20))
    assert told(contacts, place)[0] == []


@pytest.mark.parametrize("why", ["its seven days are over", "Google does not know it"])
def test_a_lost_place_is_told_as_such(contacts, api, why):
    *_, place = told(contacts)
    if "over" in why:
        api.expire()
    else:
        place = "nonsense"

    with pytest.raises(PlaceLost):
        told(contacts, place)


REFUSALS = [
    ("too many full rounds", people_api.refusal(429, "RESOURCE_EXHAUSTED", "rateLimitExceeded"),
     TryLater, "rateLimitExceeded"),
    ("an outage", people_api.refusal(503, "UNAVAILABLE", "backendError"), TryLater, "backendError"),
    ("no JSON", (200, "cut"), TryLater, "cut"),
    ("no grant", people_api.refusal(401, "UNAUTHENTICATED", "authError"), NeedsReauth, "refresh"),
    ("the API is off",
     (403, {"error": {"code": 403, "status": "PERMISSION_DENIED", "details": [
         {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED"}]}}),
     NeedsAdmin, "SERVICE_DISABLED"),
    ("a bad request without a place", people_api.refusal(400, "INVALID_ARGUMENT", "badRequest"),
     Unreadable, "badRequest"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "answer", "expected", "code"), REFUSALS)
def test_a_refusal_says_whose_turn_it_is(contacts, api, why, answer, expected, code):
    api.faults.append(answer)

    with pytest.raises(expected) as refused:
        told(contacts)

    assert refused.value.code == code, why


def test_a_book_that_was_not_consented_to_stops_no_mailbox(contacts, api):
    api.has_scope = False

    with pytest.raises(NeedsAdmin, match=SCOPE_MISSING):
        told(contacts)


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("addresses of another shape", {"emailAddresses": "carol"}),
        ("a name of another shape", {"names": [None]}),
        ("metadata of another shape", {"organizations": [{"metadata": 7}]}),
    ],
)
def test_an_entry_that_cannot_be_read_hides_no_other(contacts, book, why, changes):
    bad = book.put("Bad", "bad@x.test", **changes)
    book.put("Good", "good@x.test")

    entries, _, unreadable, _ = told(contacts)

    assert ([each.name for each in entries], unreadable) == (["Good"], [bad]), why


def test_contacts_of_a_google_that_others_wrote_are_told(tmp_path):
    people = [{"name": "Carol", "email": CAROL, "organization": "Northwind"}]
    with myworld.running(tmp_path) as host:
        there = host.world([], seed={"contacts": people})
        opened = GoogleContacts(Credentials(there.token("alice")), host.people)

        page = opened.contacts("", None)

        opened.close()
    assert [(each.name, each.addresses, each.company) for each in page.entries] == [
        ("Carol", (CAROL,), "Northwind")
    ]
    assert (page.place, page.next_page) == ("", None)  # it counts no changes
