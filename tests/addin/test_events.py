"""The send handler: mail always leaves, once, unharmed, whatever fails around it."""

import json
from typing import Any

import pytest

from backend.insights import sent
from backend.insights.viewer import Viewer
from backend.models.preferences import remember_choice
from tests.addin.outlook import (
    LINKED,
    PIXEL,
    SESSION,
    SETTINGS,
    STAMP_ID,
    WRAPPED,
    answer,
    ask,
    mail,
    run,
    run_all,
    server,
)
from tests.mail import samples

WITHIN_MS = 4000  # the watchdog's 3.9 s, and what the handler itself computes after it
HOTEL = {"text": "<html><body>Welcome to our WLAN, please sign in</body></html>"}


def facts(**changes):
    return {
        "isText": False,
        "opens": True,
        "links": True,
        "isQueued": True,
        "html": LINKED,
        "client": "web",
        "force": False,
    } | changes


INLINE = {"html": LINKED + '<img src="cid:1">'}
NEW = {"html": LINKED + '<img src="blob:x">', "client": "new_windows"}
CLOUD = {"html": LINKED + '<div id="OwaReferenceAttachments">'}
SAFE = "https://nam01.safelinks.protection.outlook.com/?url=https%3A%2F%2Ft.example.com%2Fc%2F"
REWRITTEN = {"html": f'{LINKED}<a href="{SAFE}x" originalsrc="https://t.example.com/c/x">A</a>'}
PLANS = (
    ("links to wrap", {}, "set", ""),
    ("no links, the pixel queued", {"html": "<p>x</p>"}, "append", "no_links"),
    ("no links, nothing queued", {"html": "<p>x</p>", "isQueued": False}, "set", ""),
    ("links off, the pixel queued", {"links": False}, "append", "no_links"),
    ("only mailto", {"html": '<a href="mailto:a@b.test">x</a>'}, "append", "no_links"),
    ("plain text", {"isText": True}, "none", "text_only"),
    ("both off", {"opens": False, "links": False}, "none", "switched_off"),
    ("a picture in the text", {"html": LINKED + '<img src="cid:1">'}, "append", "images_kept"),
    ("a pasted one", {"html": f"{LINKED}<img src='data:x'>"}, "append", "images_kept"),
    ("one of the new Outlook", NEW, "append", "images_kept"),
    ("one on a Mac", INLINE | {"client": "mac"}, "append", "images_kept"),
    ("one in classic Outlook", INLINE | {"client": "classic_windows"}, "set", ""),
    ("one, but forced", INLINE | {"force": True}, "set", ""),
    ("one, and nothing queued", INLINE | {"isQueued": False}, "none", "images_kept"),
    ("a file in the cloud", CLOUD, "append", "images_kept"),
    (
        "a picture that Outlook shows from elsewhere",
        {"html": LINKED + '<img src="https://x.test/a" originalsrc="cid:1">'},
        "append",
        "images_kept",
    ),
    ("a link that Safe Links has rewritten", REWRITTEN, "set", ""),
    ("a picture from the web", {"html": LINKED + '<img src="https://x.test/a.png">'}, "set", ""),
    ("too long to write", {"html": LINKED + "x" * 990_000}, "append", "too_long"),
)


@pytest.mark.req("R3")
def test_the_plan_for_a_mail():
    given = [[facts(**changes)] for _, changes, _, _ in PLANS]

    for found, (why, _, kind, reason) in zip(ask("planStamp", *given), PLANS, strict=True):
        assert found["value"] == {"kind": kind, "reason": reason}, why


def test_our_own_stamps_of_every_sample_pass_the_check(world):
    host = SETTINGS["tracking"]
    world.host = world.host.__class__.of(world.settings.model_copy(update={"tracking_url": host}))
    world.set_policy(notice="block")
    pairs = []
    for name in samples.NAMES:
        html = samples.mail(name)
        stamped = world.stamp(html=html, compose_id=name)
        if stamped.html is not None:
            pairs.append([html, {"html": stamped.html}, SETTINGS])
            pairs.append([stamped.html, {"html": world.stamp(html=stamped.html).html}, SETTINGS])

    found = ask("checkedHtml", *pairs)

    assert [each.get("error") for each in found] == [None] * len(pairs)
    assert len(pairs) > 40


MOVED = SETTINGS | {"hosts": ["old.example.com:8443", "t.example.com"]}
OLD = "https://old.example.com:8443"


def test_an_answer_that_quotes_a_mail_of_an_old_host_is_stamped_too(world):
    world.set_policy(tracking_url=OLD)
    quoted = world.stamp(html=LINKED, compose_id="quoted").html
    world.set_policy(tracking_url=SETTINGS["tracking"], old_tracking_hosts=["old.example.com:8443"])
    given = f"{LINKED}<blockquote>{quoted}</blockquote>"
    stamped = world.stamp(html=given, compose_id="answer").html
    assert f"{OLD}/o/" in given
    assert f"{OLD}/o/" not in stamped

    moved, unaware = ask(
        "checkedHtml",
        [given, {"html": stamped}, MOVED],
        [given, {"html": stamped}, SETTINGS],
    )

    assert moved == {"value": stamped}
    assert unaware == {"error": "text_changed"}


PROXIED = "https://ci3.googleusercontent.com/meips/ADKq_Nx-y=s0-d-e1-ft#"


@pytest.mark.req("R26")
def test_an_answer_that_quotes_what_gmail_and_safe_links_made_of_our_mail_is_stamped(world):
    world.set_policy(tracking_url=SETTINGS["tracking"])
    sent = world.stamp(html=LINKED, compose_id="quoted")
    click = sent.links[0].tracked_url
    safe = SAFE + click.rpartition("/")[2]
    quoted = sent.html.replace(sent.pixel_url, PROXIED + sent.pixel_url)
    quoted = quoted.replace(f'href="{click}"', f'href="{safe}&amp;data=05" originalsrc="{click}"')
    given = f'{LINKED}<blockquote type="cite">{quoted}</blockquote>'
    assert PROXIED in given

    stamped = world.stamp(html=given, compose_id="answer").html
    (plan,) = ask("planStamp", [facts(html=given)])
    (checked,) = ask("checkedHtml", [given, {"html": stamped}, SETTINGS])

    assert plan["value"]["kind"] == "set"
    assert checked == {"value": stamped}
    assert PROXIED not in stamped, "the old picture would be loaded with the new one"
    assert stamped.count("/o/") == 1
    assert f'href="{safe}&amp;data=05"' in stamped, "what a gateway wrapped stays as it is"


def test_a_quoted_picture_of_a_stranger_cannot_hold_up_the_check():
    """Looked through anew from each `/o/` of it, these would take minutes: ask() waits for one."""
    hostile = f'<img src="https://t.example.com/{"o/" * 300_000}" alt="<">'

    (found,) = ask("checkedHtml", [LINKED + hostile, {"html": WRAPPED + hostile}, SETTINGS])

    assert found == {"value": WRAPPED + hostile}


@pytest.mark.parametrize(
    ("why", "source"),
    [
        ("a picture of ours, but by Gmail's proxy", f"{PROXIED}https://t.example.com/o/x.gif"),
        (
            "somebody else's, with our address behind it",
            "https://x.test/a#https://t.example.com/o/x",
        ),
    ],
)
def test_the_server_may_add_a_picture_at_our_own_host_alone(why, source):
    (found,) = ask("checkedHtml", [LINKED, {"html": f'{WRAPPED}<img src="{source}">'}, SETTINGS])

    assert found == {"error": "text_changed"}, why


def test_somebody_elses_picture_behind_our_address_is_not_taken_out():
    theirs = '<img src="https://x.test/a#https://t.example.com/o/x.gif">'
    (found,) = ask("checkedHtml", [LINKED + theirs, {"html": WRAPPED}, SETTINGS])

    assert found == {"error": "text_changed"}


@pytest.mark.parametrize(
    ("why", "host"),
    [
        ("an old host is no place for a new link", OLD),
        ("a host that ends like an old one", "https://evil.test/old.example.com:8443"),
        ("a host that begins like an old one", "https://old.example.com:8443.evil.test"),
    ],
)
def test_a_new_link_leads_to_todays_host_alone(why, host):
    html = WRAPPED.replace("https://t.example.com", host)
    (found,) = ask("checkedHtml", [LINKED, {"html": html}, MOVED])

    assert found == {"error": "foreign_host"}, why


def test_a_quoted_link_of_another_host_stays_as_it_is():
    given = LINKED.replace("https://example.com/a", "https://old.example.com:8443.evil.test/c/a")
    html = LINKED.replace("https://example.com/a", "https://other.test/a")
    (found,) = ask("checkedHtml", [given, {"html": html}, MOVED])

    assert found == {"error": "foreign_host"}


@pytest.mark.parametrize(
    ("why", "html", "error"),
    [
        ("another text", WRAPPED.replace("Hello", "Hallo") + PIXEL, "text_changed"),
        ("a text more", WRAPPED + "<p>Buy now</p>", "text_changed"),
        ("a picture of somebody else's", WRAPPED + PIXEL.replace("t.ex", "t.ev"), "text_changed"),
        ("a script", WRAPPED + "<script>x</script>", "text_changed"),
        ("a link to somebody else", WRAPPED.replace("t.example", "t.evil"), "foreign_host"),
        (
            "a host that begins like ours",
            WRAPPED.replace(".com/c", ".com.evil.test/c"),
            "foreign_host",
        ),
        ("a link more", WRAPPED + '<a href="https://t.example.com/c/x">', "text_changed"),
        ("nothing", None, "bad_answer"),
        ("a number", 7, "bad_answer"),
        ("too much", WRAPPED + PIXEL * 12_000, "bad_answer"),
    ],
)
def test_an_answer_that_changes_anything_else_is_not_written(why, html, error):
    (found,) = ask("checkedHtml", [LINKED, {"html": html}, SETTINGS])
    told = run("onMessageSend", server=server(answer(html=html), answer()))

    assert found == {"error": error}, why
    assert told["mail"]["body"] == LINKED
    assert told["mail"]["headers"] == {}


def test_a_mail_is_stamped_when_it_is_sent():
    told = run("onMessageSend")

    (ran,) = told["runs"]
    assert ran["completed"] == [{"allowEvent": True}]
    assert told["mail"]["body"] == WRAPPED + PIXEL
    assert told["mail"]["headers"] == {"x-telltale-stamp": STAMP_ID}
    assert told["mail"]["properties"] == {"telltale-stamp": STAMP_ID}
    post, put = told["calls"]
    body = json.loads(post["body"])
    assert body["html"] == LINKED
    assert (body["from"], body["subject"]) == ("alice@ours.test", "Offer")
    assert body["recipients"] == [
        {"role": "to", "address": "carol@northwind.test", "name": "Carol"}
    ]
    confirmed = json.loads(put["body"])["run"]
    assert put["path"] == f"/stamps/{STAMP_ID}/sent"
    assert (confirmed["client"], confirmed["outcome"]) == ("classic_windows", "stamped")
    assert told["most"] == 1
    assert {each["host"] for each in told["calls"]} == {SETTINGS["base"]}, "the body is ours alone"


def test_the_clock_runs_before_anything_is_asked_and_stops_the_handler_within_four_seconds():
    log = run("onMessageSend")["log"]

    assert log[0][0] == "timer"
    assert log[0][1] <= 4000


def test_the_pixel_is_queued_when_a_mail_is_begun():
    told = run("onMessageCompose", mail=mail(session=None))

    assert told["mail"]["queued"] == (
        '<img src="https://t.example.com/o/xyz.png" width="1" height="1" alt="">'
    )
    assert told["mail"]["notes"] == ["on"]
    assert told["mail"]["body"] == LINKED
    session = json.loads(told["mail"]["session"]["telltale"])
    assert (session["opens"], session["links"], session["queued"]) == (True, True, True)
    assert session["composeId"].startswith("outlook-")


@pytest.mark.parametrize(
    ("why", "is_old", "faults", "notes"),
    [
        ("the pixel is queued", True, {}, ["on"]),
        ("it cannot be, and there is no event at send", True, {"append": "fail"}, []),
        ("it cannot be, but the event will put it in", False, {"append": "fail"}, ["on"]),
    ],
)
def test_the_mail_says_that_tracking_is_on_only_where_it_is(why, is_old, faults, notes):
    draft = mail(session=None, isOld=is_old)

    assert run("onMessageCompose", mail=draft, faults=faults)["mail"]["notes"] == notes, why


def test_a_refused_recipient_takes_the_pixel_out_again():
    refused = answer(reason="do_not_track", state="untracked", pixel_url=None, html=None)
    told = run(
        "onMessageCompose",
        "onMessageRecipientsChanged",
        mail=mail(session=None),
        server=server(answer(), refused),
    )

    assert told["mail"]["queued"] is None
    assert told["mail"]["notes"] == ["on", "not"]


def test_the_button_switches_both_off_and_on_again():
    off = answer(reason="switched_off", pixel_url=None, switches={"opens": False, "links": False})
    told = run(
        "onMessageCompose", "switchTracking", "switchTracking",
        mail=mail(session=None), server=server(answer(), off, answer()),
    )  # fmt: skip

    bodies = [json.loads(each["body"]) for each in told["calls"] if each["path"] == "/stamps"]
    assert [(each.get("opens"), each.get("links")) for each in bodies] == [
        (None, None), (False, False), (True, True),
    ]  # fmt: skip
    assert [each["remember"] for each in bodies] == [False, True, True]
    assert told["mail"]["notes"] == ["on", "off", "on"]
    assert "xyz.png" in told["mail"]["queued"]


def test_five_sends_in_a_row_stamp_once():
    told = run(*["onMessageSend"] * 5)

    assert [each["completed"] for each in told["runs"]] == [[{"allowEvent": True}]] * 5
    assert told["mail"]["body"] == WRAPPED + PIXEL
    assert [row for row in told["log"] if row[0] == "setBody"] == [["setBody", WRAPPED + PIXEL]]
    bodies = [json.loads(each["body"]) for each in told["calls"] if each["path"] == "/stamps"]
    assert {each["compose_id"] for each in bodies} == {"outlook-1"}


def test_a_mail_that_comes_back_with_other_content_is_another_mail():
    moved = {"status": 409, "body": {"title": "Conflict"}}
    told = run("onMessageSend", server=server(moved, answer()))

    ids = [json.loads(each["body"])["compose_id"] for each in told["calls"][:2]]
    assert ids[0] != ids[1]
    assert told["mail"]["body"] == WRAPPED + PIXEL


OFFICE = (
    *("getSession", "setSession", "getType", "getBody", "to", "cc", "from", "subject", "setBody"),
    *("headers", "loadProperties", "saveProperties", "composeType", "notify"),
)
FAULTS: list[Any] = [
    (f"Office: {name} {kind}", {"faults": {name: kind}})
    for name in OFFICE
    for kind in ("fail", "hang", "throw", "poison")
]
SERVERS: list[Any] = [
    (f"the server: {why}", {"server": server(first)})
    for why, first in (
        ("hangs", "hang"),
        ("cannot be reached", "network"),
        ("is at fault", {"status": 500, "body": {}}),
        ("is away", {"status": 503, "body": {}}),
        ("knows the token no more", {"status": 401, "body": {}}),
        ("is a hotel's", HOTEL),
        ("says nothing", {"text": ""}),
        ("says null", {"text": "null"}),
        ("cannot be heard", "poison"),
        ("says a list", {"text": "[]"}),
        ("is late", {"delay": 6000} | answer()),
        ("leads elsewhere", answer(html=WRAPPED.replace("t.example.com", "evil.test"))),
    )
]
OWA = {"hostName": "OutlookWebApp"}
SPACES = " " * 400_000
WORLDS: list[Any] = [
    ("not connected", {"mail": mail(settings=None)}),
    ("settings of another shape", {"mail": mail(settings={"base": 7})}),
    ("a session that is no JSON", {"mail": mail() | {"session": {"telltale": "{"}}}),
    ("no switches known and no answer", {"mail": mail(session=None), "server": {}}),
    ("plain text", {"mail": mail(type="text")}),
    ("an Outlook nobody knows", {"mail": mail(hostName="Outlook", platform="x")}),
    ("no diagnostics, no platform", {"mail": mail(isBare=True)}),
    ("the mail is closed by then", {"faults": {"completed": "throw"}}),
    ("half a tag a hundred thousand times", {"mail": mail(LINKED + "<img " * 100_000, **OWA)}),
    ("an endless gap", {"mail": mail(f"{LINKED} src={SPACES}x href={SPACES}", **OWA)}),
    ("everything hangs", {"faults": dict.fromkeys(OFFICE, "hang"), "server": server("hang")}),
    ("everything throws", {"faults": dict.fromkeys(OFFICE, "throw"), "server": server("network")}),
    ("everything is late", {"faults": dict.fromkeys(OFFICE, "late"), "server": server("hang")}),
    ("confirming fails", {"server": server(**{"PUT_/stamps/ID/sent": ["hang"]})}),
]
CASES = FAULTS + SERVERS + WORLDS


@pytest.fixture(scope="module")
def outcomes():
    """Every case run once, in one go: starting Node takes longer than all of them."""
    runs = run_all([{"events": ["onMessageSend"]} | case for _, case in CASES])
    return dict(zip((why for why, _ in CASES), runs, strict=True))


@pytest.mark.req("R3")
@pytest.mark.parametrize("why", [why for why, _ in CASES])
def test_the_mail_leaves_once_in_time_and_unharmed(outcomes, why):
    told = outcomes[why]

    (ran,) = told["runs"]
    assert ran["completed"] == [{"allowEvent": True}]
    assert ran["ms"] <= WITHIN_MS
    assert told["mail"]["body"] in {told["before"], WRAPPED + PIXEL}
    assert told["most"] <= 1
    if told["mail"]["body"] == told["before"] and not told["mail"]["queued"]:
        assert told["mail"]["headers"] == {}, "marked as stamped, but it was not"


OTHERS = (
    ("onMessageCompose", {}),
    ("onMessageRecipientsChanged", {}),
    ("onMessageFromChanged", {}),
    ("switchTracking", {}),
    ("onNewMessageCompose", {}),
    ("onNewMessageCompose", {"isOld": True}),
    ("onNewMessageCompose", {"hostName": "OutlookIOS"}),
    ("onNewMessageCompose", {"isBare": True}),
)
SIGNED = {"GET /addin/signature": [{"body": {"html": "<p>Alice</p>"}}]}


def test_every_other_event_ends_once_too_and_touches_no_body():
    parts = [
        (f"Office: {name} {kind}", {"faults": {name: kind}})
        for name in ("append", "signature", "completed")
        for kind in ("fail", "hang", "throw", "poison")
    ]
    cases = [
        (f"{event} {changes}: {why}", event, mail(session=None, **changes), case)
        for event, changes in OTHERS
        for why, case in [("nothing", {}), *FAULTS, *parts, *SERVERS]
    ]
    told = run_all(
        [
            {"events": [event], "mail": draft, "faults": case.get("faults", {})}
            | {"server": case.get("server", server()) | SIGNED}
            for _, event, draft, case in cases
        ]
    )

    for found, (why, *_) in zip(told, cases, strict=True):
        (ran,) = found["runs"]
        assert ran["completed"] == [{"allowEvent": True}], why
        assert ran["ms"] <= WITHIN_MS, why
        assert found["mail"]["body"] == LINKED, why


def test_what_comes_late_changes_nothing_any_more():
    late = {"delay": 4500} | answer()
    told = run("onMessageSend", server=server(late), linger=2500)

    assert told["mail"]["body"] == LINKED
    assert told["runs"][0]["completed"] == [{"allowEvent": True}]


def test_nothing_is_begun_in_the_last_second_that_changes_the_mail():
    slow = {"delay": 300} | answer()
    told = run("onMessageSend", faults={"composeType": "hang", "to": "hang"}, server=server(slow))

    (ran,) = told["runs"]
    assert ran["completed"] == [{"allowEvent": True}]
    assert told["mail"]["body"] == LINKED
    assert [row for row in told["log"] if row[0] == "setBody"] == [], "a write takes its time too"
    assert told["mail"]["headers"] == {}


def test_a_body_that_cannot_be_written_leaves_it_to_the_queued_pixel():
    told = run(
        "onMessageSend",
        mail=mail(session=SESSION | {"queued": True}),
        faults={"setBody": "fail"},
    )

    bodies = [json.loads(each["body"]) for each in told["calls"]]
    assert "html" not in bodies[1]
    assert bodies[2]["run"]["outcome"] == "appended"
    assert told["mail"]["headers"] == {"x-telltale-stamp": STAMP_ID}


def test_a_body_that_cannot_be_written_is_told_as_untracked():
    told = run("onMessageSend", faults={"setBody": "fail"})

    bodies = [json.loads(each["body"]) for each in told["calls"]]
    assert bodies[1]["untracked"] == "not_written"
    assert bodies[2]["run"]["outcome"] == "untracked"


@pytest.mark.parametrize(
    ("why", "kind", "host", "mode"),
    [
        ("a new mail", "newMail", "OutlookWebApp", 0),
        ("an answer in the browser", "reply", "OutlookWebApp", 1),
        ("a forward in the new Outlook", "forward", "newOutlookWindows", 1),
        ("an answer in classic Outlook", "reply", "Outlook", 0),
    ],
)
def test_an_answers_quoted_mails_are_left_alone_where_outlook_can(why, kind, host, mode):
    told = run("onMessageSend", mail=mail(kind=kind, hostName=host))

    assert told["mail"]["body"] == WRAPPED + PIXEL, why
    assert told["mail"]["modes"] == [["get", mode], ["set", mode]], "never mixed"
    assert json.loads(told["calls"][1]["body"])["run"]["client"] == {
        "OutlookWebApp": "web", "newOutlookWindows": "new_windows", "Outlook": "classic_windows",
    }[host]  # fmt: skip


def test_a_phone_puts_nothing_in_while_the_signature_is_off():
    off = server(**{"GET_/addin/signature": [{"body": {"html": None}}]})
    told = run("onNewMessageCompose", mail=mail(hostName="OutlookIOS", session=None), server=off)

    assert told["mail"]["signature"] is None
    assert [each["path"] for each in told["calls"]] == ["/addin/signature", "/addin/runs"]


def test_a_phone_signs_with_the_organisations_signature_where_an_admin_wants_it():
    signed = server(**{"GET_/addin/signature": [{"body": {"html": "<p>Alice</p>"}}]})
    told = run(
        "onNewMessageCompose", mail=mail(hostName="OutlookAndroid", session=None), server=signed
    )

    assert told["mail"]["signature"] == (
        '<p>Alice</p><img src="https://t.example.com/o/xyz.png" width="1" height="1" alt="">'
    )


def test_elsewhere_one_of_the_two_events_of_a_new_mail_does_it():
    new = run("onNewMessageCompose", "onMessageCompose", mail=mail(session=None))
    old = run("onNewMessageCompose", mail=mail(session=None, isOld=True))

    assert len([each for each in new["calls"] if each["path"] == "/stamps"]) == 1
    assert len([each for each in old["calls"] if each["path"] == "/stamps"]) == 1


def test_it_works_with_the_real_server(site, world, stamp_token):
    remember_choice(world.alice.id, opens=True, links=True)
    settings = SETTINGS | site | {"token": stamp_token}
    told = run(
        "onMessageCompose",
        "onMessageRecipientsChanged",
        "onMessageSend",
        mail=mail(session=None, settings=settings),
        server=None,
    )

    body = told["mail"]["body"]
    (row,) = sent.page(Viewer(world.alice.id, world.alice.org_id), sent.SentQuery()).items
    assert f'href="{site["tracking"]}/c/' in body
    assert body.count("/o/") == 1
    assert row["state"] == "sent"
    assert row["sent_at_source"] == "provisional"
    assert [each["completed"] for each in told["runs"]] == [[{"allowEvent": True}]] * 3
