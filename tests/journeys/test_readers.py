"""Every reader of the playground, through the real edge, the drain and the Feed.

A real installation as `make run` starts it: the readers are data, the verdicts the product's own.
"""

import shutil
import tomllib
from dataclasses import dataclass

import orjson
import pytest

from playground.readers import DATA
from tests.installation import Installation
from tests.waiting import free_port, wait_until

CAROL, DANA = "carol@northwind.test", "dana@harbour.test"
REP = "rep@demo.telltale.test"
BODY = "".join(f'<p><a href="https://example.com/{n}">Link {n}</a></p>' for n in range(3))


@dataclass
class Stage:
    """The running installation, and the calls that the page's scripts make."""

    installation: Installation
    token: str

    def call(self, path, body=None, method=None):
        answer = self.installation.ask(
            method or ("GET" if body is None else "POST"),
            path,
            None if body is None else orjson.dumps(body),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        assert answer.status < 300, answer.body
        return answer.json

    def send(self, subject):
        return self.call(
            "/playground/send", {"to": f"{CAROL}, {DANA}", "subject": subject, "body": BODY}
        )

    def mail_of(self, address, subject):
        boxes = self.call("/playground/state")["mailboxes"]
        mails = next(box["mails"] for box in boxes if box["address"] == address)
        return next(mail["id"] for mail in mails if mail["subject"] == subject)

    def play(self, mail, reader, deed="open"):
        return self.call("/playground/play", {"mail": mail, "reader": reader, "deed": deed})

    def engagements(self, stamp_id, count):
        """The mail's engagements in the order of time, once there are so many."""
        path = f"/api/v1/feed?include_automatic=true&stamp={stamp_id}"

        def found():
            items = self.call(path)["items"]
            return items if len(items) >= count else []

        return (wait_until(found, 30, f"{count} engagements") if count else found())[::-1]

    def foreseen(self, reader, deed="open"):
        """A mail of its own, at which that reader does that deed; what the Feed says."""
        sent = self.send(f"{reader} {deed}")
        mail = self.mail_of(CAROL, f"{reader} {deed}")
        played = self.play(mail, reader, deed)
        return played, self.engagements(sent["id"], len(expected(reader, deed)))


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    ports = {"PLAYGROUND": "true", "SMTP_PORT": str(free_port())}
    made = Installation(tmp_path_factory.mktemp("stage"), ports)
    with made.serving("--demo"):
        yield Stage(made, made.token(REP))


# reader, deed: what the product must take each of its hits for, in the order of time:
# (kind, verdict, counted, the first reason).
EXPECTED = {
    ("outlook_windows", "open"): [("open", "human", True, "mail_client")],
    ("outlook_windows", "click"): [("click", "human", True, "browser_click")],
    ("gmail_web", "open"): [("open", "image_proxy", True, "gmail_proxy")],
    ("gmail_web", "click"): [("click", "human", True, "browser_click")],
    ("apple_mail", "open"): [("open", "apple_mpp", False, "apple_mpp_agent")],
    ("apple_mail", "click"): [("click", "human", True, "browser_click")],
    ("samsung_phone", "open"): [("open", "human", True, "mail_app")],
    ("samsung_phone", "click"): [("click", "human", True, "browser_click")],
    ("scanner", "open"): [
        ("click", "scanner", False, "certain_scanner_network"),
        ("click", "scanner", False, "certain_scanner_network"),
        ("click", "scanner", False, "certain_scanner_network"),
        ("open", "scanner", False, "certain_scanner_network"),
    ],
    ("forwarded", "open"): [
        ("open", "human", True, "mail_client"),
        ("open", "human", True, "mail_client"),
    ],
    ("images_blocked", "open"): [],
    ("images_blocked", "click"): [("click", "human", True, "browser_click")],
    ("gmail_prefetch", "open"): [("open", "prefetch", False, "gmail_prefetch_agent")],
    ("safe_links", "open"): [
        ("open", "scanner", False, "near_burst"),
        ("click", "scanner", False, "detonation_network"),
        ("click", "scanner", False, "detonation_network"),
        ("click", "scanner", False, "detonation_network"),
    ],
    ("slack_preview", "open"): [("click", "unfurler", False, "unfurler_agent")],
}


def expected(reader, deed):
    return EXPECTED[reader, deed]


def test_every_reader_is_in_the_table():
    entries = tomllib.loads(DATA.read_text())["reader"]
    deeds = {(each["id"], step["deed"]) for each in entries for step in each.get("step", ())}

    assert deeds - {("own_sent", "open")} <= EXPECTED.keys()


@pytest.mark.req("R19", "R20", "R21", "R22", "R24", "R33")
@pytest.mark.parametrize(("reader", "deed"), EXPECTED)
def test_a_reader_is_taken_for_what_it_is(stage, reader, deed):
    _, found = stage.foreseen(reader, deed)

    seen = [(one["kind"], one["verdict"], one["counted"], one["reasons"][0]) for one in found]
    assert seen == expected(reader, deed)
    assert all(one["person"]["name"] == "Carol Castillo" for one in found)


@pytest.mark.req("R26")
def test_a_forward_shows_its_hint_and_nobody_new(stage):
    sent = stage.send("to be forwarded")
    stage.play(stage.mail_of(CAROL, "to be forwarded"), "forwarded")

    first, second = stage.engagements(sent["id"], 2)

    assert "maybe_forwarded" not in first["hints"]
    assert second["hints"][0] == "maybe_forwarded"
    assert second["person"]["name"] == "Carol Castillo"
    assert second["client"] == "Thunderbird"


@pytest.mark.req("R23")
def test_the_senders_own_look_is_hers(stage):
    sent = stage.send("own")
    stage.play(stage.mail_of(REP, "own"), "own_sent")

    (own,) = stage.engagements(sent["id"], 1)

    assert (own["label"], own["verdict"], own["counted"]) == ("you_opened", "self", False)
    assert stage.call("/api/v1/feed?stamp=" + sent["id"])["items"] == []


@pytest.mark.req("R74")
def test_who_is_not_to_be_tracked_gets_a_mail_with_nothing_to_fetch(stage):
    stage.send("for dana")

    played = stage.play(stage.mail_of(DANA, "for dana"), "outlook_windows")

    assert (played["fetched"], played["is_bare"]) == ([], True)


@pytest.mark.req("R18")
def test_an_hour_later_the_same_reader_opens_it_again(stage):
    sent = stage.send("again")
    mail = stage.mail_of(CAROL, "again")
    stage.play(mail, "outlook_windows")
    before = stage.call("/playground/state")["clock"]

    after = stage.call("/playground/clock", {"by_s": 3600})
    stage.play(mail, "outlook_windows")

    first, second = stage.engagements(sent["id"], 2)
    assert after["ahead_s"] - before["ahead_s"] == 3600
    assert second["occurred_at"] > first["occurred_at"]
    assert (first["repeats"], second["repeats"]) == (0, 0)
    assert after["is_movable"]


def test_a_moved_clock_is_told_at_the_next_start(stage, tmp_path):
    moved = Installation(tmp_path, {"PLAYGROUND": "true", "SMTP_PORT": str(free_port())})
    moved.data_dir.mkdir()
    shutil.copy(stage.installation.data_dir / "clock", moved.data_dir / "clock")

    with moved.serving("--demo"):
        assert "Clock " in moved.out
