"""A Microsoft mailbox as sync sees it, against a Graph with its documented oddities."""

from datetime import UTC, datetime, timedelta

import pytest

from backend import clock
from backend.mail.parsed import parse
from backend.providers.graph import Graph
from backend.providers.graph_mailbox import GraphMailbox
from backend.providers.mail import NeedsAdmin, NeedsReauth, PlaceLost, TryLater, Unreadable
from tests.fakes import graph_payloads, graph_server
from tests.fakes.graph_world import Fault
from tests.waiting import LOOPBACK, free_port

ALICE = "alice@ours.test"
ADDIN = "11111111-2222-4333-8444-555555555555"
SINCE = datetime(2018, 1, 1, tzinfo=UTC)


@pytest.fixture
def server():
    with graph_server.running() as running:
        yield running


@pytest.fixture
def box(server):
    return server.box(ALICE, "token")


@pytest.fixture
def open_mailbox(server, box):
    opened = []

    def open_one(token="token", **more):
        graph = Graph.opened(server.url, lambda _anew: token, **more)
        opened.append(GraphMailbox(graph, ALICE, ADDIN))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def mailbox(open_mailbox):
    return open_mailbox()


def changes(mailbox, place):
    """Every page of a round: what came, what went, the new place, and how many pages."""
    came, went, page, pages = [], [], None, 0
    while True:
        found = mailbox.changes(place, page)
        came += found.came
        went += found.went
        page, pages = found.next_page, pages + 1
        if page is None:
            return came, went, found.place, pages


def listed(mailbox, since=SINCE):
    ids, page = [], None
    while True:
        found = mailbox.listing(since, page)
        ids += found.ids
        page = found.next_page
        if page is None:
            return ids


def one(mailbox, message_id):
    return dict(mailbox.fetch([message_id]))[message_id]


def test_it_says_whose_it_is_with_all_its_addresses(server, open_mailbox):
    server.box(ALICE, "token", aliases=("Alice.Adams@ours.test",))

    found = open_mailbox().identity()

    assert (found.address, found.aliases) == (ALICE, ("alice.adams@ours.test",))


def test_what_comes_after_a_place_is_told_and_what_was_there_is_not(box, mailbox):
    box.put(at=datetime(2026, 1, 1, tzinfo=UTC))
    place = mailbox.baseline()
    new = [box.put(), box.put("sentitems")]

    came, went, later, _ = changes(mailbox, place)

    assert sorted(came) == sorted(new)
    assert went == []
    assert changes(mailbox, later)[0] == []


def test_an_idle_mailbox_costs_one_call(server, mailbox):
    place = mailbox.baseline()
    server.calls.clear()

    changes(mailbox, place)

    assert server.calls == ["POST /v1.0/$batch"]


def test_many_folders_are_asked_by_twenties(server, box, mailbox):
    for number in range(45):
        box.add_folder(f"Folder {number}")
    place = mailbox.baseline()
    new = box.put(box.add_folder("Late"))
    server.calls.clear()

    came, *_ = changes(mailbox, place)

    assert came == [new]
    assert len(server.calls) == 3


@pytest.mark.parametrize("folder", ["drafts", "junkemail", "deleteditems", "outbox", "syncissues"])
def test_some_folders_are_left_alone(box, mailbox, folder):
    below = box.add_folder("Below", folder)
    place = mailbox.baseline()
    box.put(folder, isDraft=folder == "drafts")
    box.put(below)

    assert changes(mailbox, place)[0] == []
    assert listed(mailbox) == []


def test_a_folder_that_is_deleted_or_comes_back_is_left_or_followed(box, mailbox):
    folder = box.add_folder("Deals")
    place = mailbox.baseline()
    box.move_folder(folder, "deleteditems")
    _, _, place, _ = changes(mailbox, place)
    box.put(folder)
    unseen, _, place, _ = changes(mailbox, place)
    box.move_folder(folder, "inbox")

    seen, *_ = changes(mailbox, place)

    assert (len(unseen), len(seen)) == (0, 1)


def test_a_folder_that_is_gone_is_no_fault(box, mailbox):
    folder = box.add_folder("Deals")
    place = mailbox.baseline()
    box.remove_folder(folder)
    kept = box.put()

    came, _, place, _ = changes(mailbox, place)
    again, *_ = changes(mailbox, place)

    assert (came, again) == ([kept], [])


def test_a_move_is_told_as_a_removal_and_the_mail_is_still_there(box, mailbox):
    folder = box.add_folder("Deals")
    place = mailbox.baseline()
    message_id = box.put()
    _, _, place, _ = changes(mailbox, place)
    box.move(message_id, folder)

    came, went, *_ = changes(mailbox, place)

    assert went == [message_id]
    assert message_id in came
    assert one(mailbox, message_id) is not None


def test_a_mail_that_went_away_and_came_back_unseen_is_looked_up(box, mailbox):
    folder = box.add_folder("Deals")
    place = mailbox.baseline()
    message_id = box.put()
    box.move(message_id, folder)
    box.move(message_id, "inbox")

    came, went, *_ = changes(mailbox, place)

    assert message_id in went
    assert message_id in came
    assert one(mailbox, message_id) is not None


def test_empty_pages_in_between_end_nothing(box, mailbox):
    place = mailbox.baseline()
    new = box.put()
    box.empty_pages = 3

    came, _, _, pages = changes(mailbox, place)

    assert came == [new]
    assert pages > 1


def test_a_part_of_a_message_is_only_its_id(box, mailbox):
    message_id = box.put(subject="Whole")
    place = mailbox.baseline()
    box.read(message_id)

    came, *_ = changes(mailbox, place)

    assert came == [message_id]
    assert parse(one(mailbox, message_id).raw).subject == "Whole"


@pytest.mark.parametrize(
    ("status", "body"), [(410, graph_payloads.EXPIRED), (400, graph_payloads.SYNC_STATE_NOT_FOUND)]
)
def test_a_place_that_is_lost_is_said_so(server, mailbox, status, body):
    place = mailbox.baseline()
    server.faults.append(Fault("messages/delta", status, body))

    with pytest.raises(PlaceLost):
        changes(mailbox, place)


def test_tokens_that_nobody_knows_any_more_are_lost_places(box, mailbox):
    place = mailbox.baseline()
    box.lose_places()

    with pytest.raises(PlaceLost):
        changes(mailbox, place)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"more": 1, "strange": 2}'])
def test_a_place_that_is_none_is_lost(mailbox, text):
    with pytest.raises(PlaceLost):
        mailbox.changes(text, None)


def test_who_is_throttled_in_a_batch_waits_and_the_others_are_not_lost(server, box, open_mailbox):
    mailbox = open_mailbox()
    place = mailbox.baseline()
    new = box.put("sentitems")
    inbox = box.folder("inbox")
    server.faults.append(Fault(f"'{inbox}'", 429, graph_payloads.THROTTLED, "17"))

    first = mailbox.changes(place, None)
    with pytest.raises(TryLater) as busy:
        mailbox.changes(place, first.next_page)

    assert first.came == (new,)
    assert busy.value.after_s == 17
    late = box.put()
    found = open_mailbox().changes(place, first.next_page)
    assert (found.came, found.next_page) == ((late,), None)


def test_a_listing_is_newest_first_and_paged_to_its_end(box, mailbox):
    now = clock.now()
    ids = [box.put(at=now - timedelta(minutes=number)) for number in range(700)]
    box.put("drafts", isDraft=True)

    first = mailbox.listing(SINCE, None)

    assert (first.expected, len(first.ids)) == (701, 500 - 1)
    assert listed(mailbox) == ids


def test_a_listing_begins_where_it_is_told(box, mailbox):
    box.put(at=datetime(2026, 1, 1, tzinfo=UTC))
    new = box.put()

    assert listed(mailbox, datetime(2026, 6, 1, tzinfo=UTC)) == [new]


def test_a_mail_comes_with_its_people_headers_and_text(box, mailbox):
    def who(name, address):
        return {"emailAddress": {"name": name, "address": address}}

    message_id = box.put(
        at=datetime(2026, 11, 19, 16, 2, tzinfo=UTC),
        subject="Größe, “quoted”",
        internetMessageId="<1@northwind.test>",
        body={"contentType": "html", "content": "<p>Zażółć</p>"},
        toRecipients=[who('A "b" \\ c, d', ALICE), who("Bob", "bob@ours.test")],
        ccRecipients=[who("", "cc@x.test")],
        bccRecipients=[who("Hidden", "bcc@x.test")],
        internetMessageHeaders=[
            {"name": "Received", "value": "from mx"},
            {"name": "In-Reply-To", "value": "<0@ours.test>"},
            {"name": "Subject", "value": "Another one"},
            {"name": "Content-Type", "value": "multipart/mixed; boundary=x"},
            {"name": "X-Bad\r\nInjected", "value": "y"},
            {"name": "Auto-Submitted", "value": "auto-replied\r\nBcc: evil@x.test"},
        ],
        **{"from": who("Carol", "carol@northwind.test")},
    )

    found = one(mailbox, message_id)
    mail = parse(found.raw)

    assert (mail.subject, mail.message_id) == ("Größe, “quoted”", "<1@northwind.test>")
    assert mail.sender.address == "carol@northwind.test"
    assert [each.address for each in (*mail.to, *mail.cc, *mail.bcc)] == [
        ALICE, "bob@ours.test", "cc@x.test", "bcc@x.test",
    ]  # fmt: skip
    assert mail.to[0].name == 'A "b" \\ c, d'
    assert mail.in_reply_to == ("<0@ours.test>",)
    assert mail.html.strip() == "<p>Zażółć</p>"
    assert mail.header("auto-submitted").startswith("auto-replied")
    assert not mail.has_header("injected")
    assert found.received_at == mail.sent_at == datetime(2026, 11, 19, 16, 2, tzinfo=UTC)
    assert (found.is_sent, found.is_draft, found.is_spam, found.is_trash) == (False,) * 4
    assert found.thread_id == "AAQkADOUpag6yWs="


@pytest.mark.parametrize(
    ("folder", "mark"),
    [("sentitems", "is_sent"), ("junkemail", "is_spam"), ("deleteditems", "is_trash"),
     ("drafts", "is_draft"), ("outbox", "is_draft")],
)  # fmt: skip
def test_where_it_lies_is_told(box, mailbox, folder, mark):
    found = one(mailbox, box.put(box.add_folder("Below", folder)))

    told = {name: getattr(found, name) for name in ("is_sent", "is_spam", "is_trash", "is_draft")}
    assert [name for name, value in told.items() if value] == [mark]


def test_what_its_owner_sent_and_filed_is_sent_and_what_she_got_from_herself_is_not(box, mailbox):
    own = {"from": {"emailAddress": {"name": "Alice", "address": "Alice@ours.test"}}}
    deals = box.add_folder("Deals")
    came = [{"name": "Received", "value": "from mx"}]
    filed, to_herself = box.put(deals, **own), box.put(deals, internetMessageHeaders=came, **own)

    found = dict(mailbox.fetch([filed, to_herself]))

    assert (found[filed].is_sent, found[to_herself].is_sent) == (True, False)


def test_the_mark_of_our_add_in_and_its_header_are_read(box, mailbox):
    prop = f"String {{00020329-0000-0000-C000-000000000046}} Name cecp-{ADDIN}"
    header = "String {00020386-0000-0000-C000-000000000046} Name x-telltale-stamp"
    marked = box.put("sentitems", _properties={prop: '{"telltale-stamp": "s1"}', header: "s2"})
    headed = box.put("sentitems", _properties={prop: "no json", header: "s2"})
    plain = box.put("sentitems")

    found = dict(mailbox.fetch([marked, headed, plain]))

    assert [found[each].mark for each in (marked, headed, plain)] == ["s1", "s2", ""]


@pytest.mark.parametrize(("told", "word"), [("2", "Private"), ("0", "")])
def test_how_confidential_a_sent_mail_is_is_told_by_a_property(box, mailbox, told, word):
    message_id = box.put("sentitems", _properties={"Integer 0x36": told})

    assert parse(one(mailbox, message_id).raw).header("sensitivity") == word


def test_only_of_a_report_the_bytes_are_fetched(server, box, mailbox):
    kind = {"name": "Content-Type", "value": "multipart/report; report-type=delivery-status"}
    report = box.put(internetMessageHeaders=[kind])
    box.raws[report] = b"Subject: Undeliverable\r\n\r\nwhole\r\n"
    plain = [box.put() for _ in range(39)]
    server.calls.clear()

    found = dict(mailbox.fetch([report, *plain]))

    assert found[report].raw == box.raws[report]
    fetched = [call for call in server.calls if call.endswith("$value")]
    assert (len(fetched), len(server.calls), len(found)) == (1, 2 + 1 + 1, 40)


def test_a_mail_that_is_gone_or_broken_stops_no_other(box, mailbox):
    good, broken = box.put(), box.put(receivedDateTime="never")

    found = dict(mailbox.fetch([good, "nowhere", broken]))

    assert found["nowhere"] is None
    assert isinstance(found[broken], Unreadable)
    assert found[good].provider_id == good


def test_a_busy_item_raises_behind_those_that_were_had(server, box, mailbox):
    ids = [box.put() for _ in range(3)]
    mailbox.baseline()
    server.faults.append(Fault(ids[1].rstrip("="), 429, graph_payloads.THROTTLED, "9"))
    had = []

    with pytest.raises(TryLater) as busy:
        had.extend(message_id for message_id, _ in mailbox.fetch(ids))

    assert had == [ids[0], ids[2]]
    assert busy.value.after_s == 9


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (429, graph_payloads.THROTTLED, TryLater),
        (503, graph_payloads.error("serviceNotAvailable", "canary words"), TryLater),
        (403, graph_payloads.DENIED, NeedsAdmin),
        (404, graph_payloads.error("MailboxNotEnabledForRESTAPI", "canary words"), NeedsAdmin),
        (401, graph_payloads.UNAUTHENTICATED, NeedsReauth),
    ],
)
@pytest.mark.parametrize("call", ["identity", "baseline", "listing"])
def test_a_refusal_says_whose_turn_it_is(server, mailbox, call, status, body, expected):
    where = {"identity": "/me", "baseline": "mailFolders", "listing": "messages"}[call]
    server.faults.extend([Fault(where, status, body)] * 2)

    with pytest.raises(expected) as refused:
        listed(mailbox) if call == "listing" else getattr(mailbox, call)()

    assert body["error"]["message"] not in str(refused.value)


def test_a_token_that_ended_is_asked_anew_once(server, box):
    asked = []

    def token(anew):
        asked.append(anew)
        return "token" if anew else "ended"

    mailbox = GraphMailbox(Graph.opened(server.url, token), ALICE, ADDIN)

    assert mailbox.identity().address == ALICE
    assert asked == [False, True]
    mailbox.close()


def test_an_app_opens_a_mailbox_by_its_address(server, box, open_mailbox):
    server.tokens["app"] = "*"
    mailbox = open_mailbox("app", who=f"users/{ALICE}")
    place = mailbox.baseline()
    new = box.put()

    assert changes(mailbox, place)[0] == [new]
    assert one(mailbox, new).provider_id == new


def test_an_app_that_an_admin_keeps_out_needs_the_admin(server, open_mailbox):
    server.tokens["app"] = "*"

    with pytest.raises(NeedsAdmin):
        open_mailbox("app", who="users/boss@ours.test").baseline()


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.test/v1.0/me",
        "http://127.0.0.1:9/v1.0@evil.test/",
        None,
    ],
)
def test_a_link_that_leads_elsewhere_is_not_followed(mailbox, link):
    graph = Graph.opened("http://127.0.0.1:9", lambda _anew: "token")

    with pytest.raises(TryLater):
        graph.below(link)
    graph.close()


def test_a_provider_that_is_not_there_is_tried_later():
    graph = Graph.opened(f"http://{LOOPBACK}:{free_port()}", lambda _anew: "token")

    with pytest.raises(TryLater):
        graph.get("/me")
    graph.close()
