"""How what was found is told: whom it is about, and its one state."""

import pytest

from backend.insights import telling
from backend.insights.feed import label
from backend.mail.body_kind import Unstampable
from backend.tracking.policy import Reason
from backend.tracking.signatures import Agent, read_agent
from backend.tracking.signatures import label as device_label
from backend.tracking.verdicts import Verdict
from backend.words import CATALOGUES
from tests.world import CHROME, GMAIL_PROXY

WORDS = CATALOGUES["en"]

MAIL: dict[str, object] = {
    "state": "sent",
    "sent_at": "2026-03-02T10:00:00Z",
    "replied_at": None,
    "is_bounced": False,
    "click_count": 0,
    "is_opened": False,
    "opens_total": 0,
    "open_confidence": None,
    "recipients": [],
}


def recipient(state, reason="", label=""):
    return {"state": state, "reason": reason, "label": label}


def item(*, label="clicked", text="", person=None, recipients=()):
    return {
        "label": label,
        "link": {"text": text} if text else None,
        "person": person and {"name": person},
        "recipients": [{"name": name, "address": "a@b.test"} for name in recipients],
    }


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("kind", ["open", "click", "unsubscribe"])
@pytest.mark.parametrize("counted", [True, False])
def test_every_label_of_the_feed_has_its_words(kind, verdict, counted):
    key = label(kind, verdict, counted=counted, confidence=0.5, reasons=[])

    assert f"states.{key}" in WORDS


def test_every_verdict_and_every_reason_for_leaving_a_mail_has_its_words():
    assert {f"verdicts.{each}" for each in Verdict} <= set(WORDS)
    assert {f"reasons.{each}" for each in (*Reason, *Unstampable)} <= set(WORDS)


@pytest.mark.parametrize(
    ("why", "found", "shown"),
    [
        ("a link with its text", item(text="Our prices"), "Clicked “Our prices”"),
        ("a picture as link", item(text="  "), "Clicked"),
        ("braces in a text are text", item(text="{0}"), "Clicked “{0}”"),
        ("a text without end", item(text="a" * 500), f"Clicked “{'a' * 79}…”"),
        ("a text that turns ours around", item(text="\u202eab\u2067"), "Clicked “ab”"),
        ("an open has no link", item(label="likely_opened"), "Likely opened"),
    ],
)
def test_the_label_names_the_link(why, found, shown):
    assert telling.label_of(found) == shown, why


@pytest.mark.req("R25")
@pytest.mark.parametrize(
    ("why", "found", "shown"),
    [
        ("known by an own copy", item(person="Carol", recipients=["Carol", "Leo"]), "Carol"),
        ("one copy for three", item(recipients=["A", "B", "C"]), "One of 3 recipients"),
        ("one without a person", item(recipients=["Carol"]), "Carol"),
        ("one without a name", item(recipients=[""]), "a@b.test"),
        ("nobody is on it", item(), "Somebody"),
    ],
)
def test_nobody_is_named_for_a_shared_picture(why, found, shown):
    assert telling.who_of(found) == shown, why


@pytest.mark.parametrize(
    ("why", "changes", "state"),
    [
        ("nothing came", {}, "no_signal"),
        ("not measured at all", {"state": "untracked"}, "sent_untracked"),
        ("stopped wins", {"state": "stopped", "click_count": 2}, "tracking_stopped"),
        ("nobody confirmed", {"sent_at": None, "is_opened": True}, "send_not_confirmed"),
        ("a click says more", {"is_opened": True, "click_count": 1}, "clicked"),
        (
            "a sure open",
            {"is_opened": True, "opens_total": 1, "open_confidence": 0.8},
            "likely_opened",
        ),
        (
            "an unsure open",
            {"is_opened": True, "opens_total": 1, "open_confidence": 0.5},
            "possibly_opened",
        ),
        ("only a click told of it", {"is_opened": True}, "opened_inferred"),
        ("a reply says most", {"click_count": 1, "replied_at": "x"}, "replied"),
        ("bounced", {"is_bounced": True, "is_opened": True}, "bounced_for_good"),
        (
            "nobody can be measured",
            {"recipients": [recipient("not_measurable", "do_not_track")]},
            "not_measurable",
        ),
        (
            "a shared picture says something of the mail",
            {"recipients": [recipient("not_measurable", "shared_pixel")] * 2},
            "no_signal",
        ),
    ],
)
def test_a_mail_has_one_state(why, changes, state):
    assert telling.state_of_mail(MAIL | changes) == state, why


ENTRY = {
    "direction": "sent",
    "state": "sent",
    "sent_at": "2026-03-02T10:00:00Z",
    "recipients": [recipient("opened", label="likely_opened")],
    "engagements": [],
}


def engagement(kind, *, counted=True):
    return {"kind": kind, "counted": counted}


@pytest.mark.parametrize(
    ("why", "changes", "state"),
    [
        ("what is known of her", {}, "likely_opened"),
        ("she is not on it herself", {"recipients": []}, "no_signal"),
        ("it came from her", {"direction": "received", "state": "untracked"}, "received"),
        ("not measured", {"state": "untracked"}, "sent_untracked"),
        ("stopped", {"state": "stopped"}, "tracking_stopped"),
        ("nobody knows that it was sent", {"sent_at": None}, "send_not_confirmed"),
        ("she clicked", {"engagements": [engagement("open"), engagement("click")]}, "clicked"),
        (
            "a machine clicked",
            {"engagements": [engagement("click", counted=False)]},
            "likely_opened",
        ),
        ("she answered", {"engagements": [engagement("reply"), engagement("click")]}, "replied"),
        (
            "it never reached her",
            {"recipients": [recipient("", label="bounced_for_good")]},
            "bounced_for_good",
        ),
        ("another answered", {"replied_at": "2026-03-03", "click_count": 1}, "likely_opened"),
    ],
)
def test_a_mail_on_a_timeline_has_one_state(why, changes, state):
    assert telling.state_of_entry(ENTRY | changes) == state, why
    assert f"states.{state}" in WORDS


def test_another_language_says_the_same():
    shared = item(text="Preise", recipients=["A", "B"])

    assert telling.label_of(shared, "de") == "„Preise“ geklickt"
    assert telling.who_of(shared, "de") == "Eine von 2 Personen"


@pytest.mark.req("R19")
@pytest.mark.parametrize(
    ("why", "agent", "shown"),
    [
        ("a proxy", read_agent(GMAIL_PROXY), "Gmail (Gerät verborgen)"),
        ("a program on a computer", read_agent(CHROME), "Computer · Chrome"),
        ("a program on a phone", Agent(client="Gmail", device="phone"), "Telefon · Gmail"),
        ("a phone alone", Agent(device="phone"), "Auf einem Mobilgerät angesehen"),
        ("a tablet alone", Agent(device="tablet"), "Tablet"),
        ("nothing", read_agent(""), "Unbekanntes Gerät"),
    ],
)
def test_a_device_is_told_in_the_readers_language(why, agent, shown):
    found = {"kind": "open", "client_label": device_label(agent)}

    assert telling.device_of(found, "de") == shown
    assert telling.device_of(found) == found["client_label"]


@pytest.mark.parametrize(
    ("kind", "said", "shown"),
    [("bounce", "5.1.1", "Code 5.1.1"), ("bounce", "", ""), ("reply", "", "")],
)
def test_what_came_as_mail_has_no_device(kind, said, shown):
    assert telling.device_of({"kind": kind, "client_label": said}) == shown
