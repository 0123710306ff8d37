"""What cannot be taken is refused with a sentence, never by a fault of ours, without a trace."""

import base64

import orjson
import pytest

from backend import clock
from tests.web.problems import is_problem
from tests.world import CAROL

STAMPS, PEOPLE = "/api/v1/stamps", "/api/v1/people"
HUGE_ID = str(2**63)


JSON = "application/json"
DRAFT = {
    "recipients": [{"address": CAROL}],
    "subject": "Offer",
    "html": "<p>Hi</p>",
    "opens": True,
    "links": True,
}
MANY = [{"address": f"p{number}@x.test"} for number in range(501)]
# Sent is the mail that went out; what we must not touch comes back as it was.
HARMLESS = (
    ("a script address", '<a href="javascript:alert(1)">x</a>'),
    ("a data address", '<a href="data:text/html,<b>">x</a>'),
    ("a user in the address", '<a href="https://user:pw@bank.test/">x</a>'),
    ("a broken address", '<a href="https://[::1">x</a>'),
    ("no host", '<a href="https:///x">x</a>'),
    ("tags left open", "<p><b><a href='mailto:a@b.test'>x"),
    ("only brackets", "<" * 2_000),
    ("an attribute left open", '<a href="https://x.test/>x</a>'),
    ("a comment left open", "<p>x<!-- "),
    ("a NUL", "<p>a\0b</p>"),
    ("control characters", "<p>\x01\x02\x7f</p>"),
    ("emoji", "<p>\U0001f600</p>"),
)


@pytest.mark.parametrize(("why", "html"), HARMLESS, ids=[row[0] for row in HARMLESS])
def test_strange_html_is_taken_and_left_as_it_is(client, as_alice, why, html):
    answer = client.post(STAMPS, headers=as_alice, json=DRAFT | {"html": html})

    assert answer.status_code == 201, answer.data
    told = answer.json
    before, pixel, after = told["html"].partition(told["pixel_url"])
    assert pixel, why
    assert before[: before.rfind("<img")] + after[after.find(">") + 1 :] == html
    assert told["links"] == []


@pytest.mark.parametrize(
    ("why", "text", "url"),
    [
        ("a NUL in a link's text", "a\0b", "https://x.test/"),
        ("a NUL in an address", "x", "https://x.test/\0"),
        ("a NUL written as a reference", "a&#0;b", "https://x.test/?a=&#0;"),
        ("a surrogate written as a reference", "&#xD800;", "https://x.test/?a=&#xDFFF;"),
        ("a text of 100,000 letters", "x" * 100_000, "https://x.test/"),
        ("an address of 100,000 letters", "x", "https://x.test/" + "y" * 100_000),
        ("another direction", "\u202egnp.exe", "https://x.test/\u202e"),
    ],
)
def test_links_with_strange_characters_are_never_a_fault(client, as_alice, why, text, url):
    html = f'<p><a href="{url}">{text}</a></p>'

    made = client.post(STAMPS, headers=as_alice, json=DRAFT | {"html": html})
    shown = client.get(f"{STAMPS}/{made.json.get('id')}", headers=as_alice)

    assert (made.status_code, shown.status_code) == (201, 200), made.data


def test_two_fields_of_one_name_mean_the_last(client, as_alice):
    body = b'{"subject": "first", "subject": "last", "recipients": []}'

    made = client.post(STAMPS, headers=as_alice, data=body, content_type=JSON).json

    assert client.get(f"{STAMPS}/{made['id']}", headers=as_alice).json["subject"] == "last"


def test_two_parameters_of_one_name_mean_the_first(client, as_alice, world):
    for _ in range(3):
        world.stamp()

    shown = client.get(f"{STAMPS}?limit=1&limit=3", headers=as_alice).json

    assert len(shown["items"]) == 1


def cursor(micros):
    raw = micros.to_bytes(8, "big", signed=True) + bytes(16)
    return base64.urlsafe_b64encode(raw).decode()


FEED = "/api/v1/feed"
QUERIES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("a limit below one", FEED, {"limit": "0"}),
    ("a limit below nought", STAMPS, {"limit": "-1"}),
    ("a limit too high", FEED, {"limit": "201"}),
    ("a limit of 2^63", FEED, {"limit": HUGE_ID}),
    ("a limit in words", STAMPS, {"limit": "ten"}),
    ("a limit with a point", STAMPS, {"limit": "1.5"}),
    ("a limit of thousands of digits", FEED, {"limit": "9" * 5_000}),
    ("a parameter nobody knows", FEED, {"admin": "1"}),
    ("a cursor of their own", FEED, {"before": "yesterday"}),
    ("an empty cursor", FEED, {"after": ""}),
    ("a cursor in other letters", STAMPS, {"before": "ÄÖÜ"}),
    ("a long cursor", FEED, {"before": "A" * 101}),
    ("a cursor beyond time", FEED, {"before": cursor(2**63 - 1)}),
    ("a cursor before time", FEED, {"after": cursor(-(2**63))}),
    ("a cursor beyond time in the sent list", STAMPS, {"before": cursor(2**63 - 1)}),
    ("a NUL in a cursor", FEED, {"before": "\0"}),
    ("an id of 2^63", FEED, {"person": HUGE_ID}),
    ("an id in capitals", FEED, {"stamp": "0190F3A8-0000-7000-8000-000000000000"}),
    ("an id with a line break", FEED, {"stamp": "0190f3a8-0000-7000-8000-000000000000\n"}),
    ("an id with SQL", STAMPS, {"person": "' OR 1=1 --"}),
    ("a kind of their own", FEED, {"kind": "telepathy"}),
    ("a state of their own", STAMPS, {"state": "lost"}),
    ("a flag in no words", FEED, {"include_automatic": "perhaps"}),
    ("a NUL in a search", STAMPS, {"q": "a\0"}),
    ("a long search", STAMPS, {"q": "x" * 201}),
    ("a long search for people", PEOPLE, {"q": "x" * 201}),
    ("a NUL in a search for people", PEOPLE, {"q": "\0"}),
    ("no address to look up", f"{PEOPLE}/lookup", {}),
    ("a NUL in the address to look up", f"{PEOPLE}/lookup", {"address": "a\0@b.test"}),
)


@pytest.mark.parametrize(("why", "path", "query"), QUERIES, ids=[row[0] for row in QUERIES])
def test_a_question_that_cannot_be_is_refused(client, as_alice, why, path, query):
    answer = client.get(path, headers=as_alice, query_string=query)

    assert is_problem(answer, 422), answer.data


def test_any_cursor_between_the_times_is_taken(client, as_alice):
    for micros in (0, -1, 253_402_300_799_999_999, -62_135_596_800_000_000):
        answer = client.get(FEED, headers=as_alice, query_string={"before": cursor(micros)})

        assert answer.status_code == 200, micros


@pytest.mark.parametrize(
    "query", ["q=%ff%fe", "q=%ed%a0%80", "q=%25%5f!", "q=%27%22%3b--", "q=\u202e%0a%1b[2J"]
)
def test_a_search_for_strange_characters_finds_nothing(client, as_alice, world, query):
    world.stamp()

    answers = [
        client.get(f"{path}?{query}", headers=as_alice, buffered=True) for path in (STAMPS, PEOPLE)
    ]

    assert [(a.status_code, a.json["items"]) for a in answers] == [(200, [])] * 2


@pytest.mark.parametrize("days", ["-1", "36501", "all", HUGE_ID, "9" * 5_000])
def test_a_history_of_days_that_cannot_be_is_refused(client, as_alice, world, days):
    path = f"{STAMPS}/{world.stamp().id}/history"

    assert is_problem(client.get(path, headers=as_alice, query_string={"days": days}), 422)


IDS = (
    ("2^63", HUGE_ID),
    ("a minus", "-1"),
    ("capitals", "0190F3A8-0000-7000-8000-000000000000"),
    ("a line break", "0190f3a8-0000-7000-8000-000000000000%0a"),
    ("a NUL", "%00"),
    ("bytes that are not UTF-8", "%ff%fe"),
    ("half a surrogate pair", "%ed%a0%80"),
    ("SQL", "'%20OR%201=1--"),
    ("the way up", ".."),
    ("the way up, hidden", "%2e%2e%2fme"),
    ("10,000 letters", "x" * 10_000),
)


@pytest.mark.parametrize(("why", "text"), IDS, ids=[row[0] for row in IDS])
@pytest.mark.parametrize("place", [STAMPS, PEOPLE])
def test_an_id_that_is_none_leads_nowhere(client, as_alice, place, why, text):
    assert is_problem(client.get(f"{place}/{text}", headers=as_alice), 404)


def test_a_confirmation_that_cannot_be_changes_nothing(client, as_alice, world):
    stamped = world.stamp()
    path = f"{STAMPS}/{stamped.id}/sent"

    for body in (
        {"sent_at": "1990-01-01T00:00:00Z"},
        {"internet_message_id": "<a\0b>"},
        {"internet_message_id": "x" * 999},
        {"recipients": MANY},
        {"state": "sent"},
    ):
        assert is_problem(client.put(path, headers=as_alice, json=body), 422), body

    shown = client.get(f"{STAMPS}/{stamped.id}", headers=as_alice).json
    assert (shown["state"], shown["sent_at"], len(shown["recipients"])) == ("stamped", None, 1)


def test_an_unknown_mail_is_not_found(client, as_alice):
    body = orjson.dumps({}).decode()
    path = f"{STAMPS}/{clock.new_id()}"

    answers = [
        client.get(path, headers=as_alice),
        client.get(f"{path}/history", headers=as_alice),
        client.delete(path, headers=as_alice),
        client.post(f"{path}/self-view", headers=as_alice),
        client.put(f"{path}/sent", headers=as_alice, data=body, content_type=JSON),
    ]

    assert all(is_problem(answer, 404) for answer in answers)
