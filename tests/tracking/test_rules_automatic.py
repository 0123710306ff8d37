from datetime import timedelta

import pytest

from backend.tracking.classify import Sending, Tuning
from backend.tracking.facts import Kind
from tests.tracking.made import (
    APPLE_MPP,
    CHROME,
    GMAIL_PROXY,
    OUTLOOK,
    PREFETCH,
    SENDING,
    SENT_AT,
    after,
    clicked,
    network,
    opened,
    other,
    ruled,
)

HOUR = 3600
LISTED_HOST = Tuning(hosting_asns=frozenset({16509}))

# why, hit, rule, verdict, counted, confidence
TABLE = [
    ("2 the compose window", opened(-60), "before_send", "self", False, 0.9),
    ("2 a click in the draft", clicked(-60), "before_send", "self", False, 0.9),
    ("3 the sender's cookie", clicked(HOUR, is_self_cookie=True), "own_view", "self", False, 0.9),
    ("3 the marker", other(Kind.MARKER, HOUR), "own_view", "self", False, 0.9),
    ("4 prefetch", opened(HOUR, is_prefetch=True), "prefetch_header", "prefetch", False, 0.9),
    (
        "5 MPP from the relay",
        opened(HOUR, APPLE_MPP, network=network("apple-relay")),
        "apple_mpp",
        "apple_mpp",
        False,
        0.9,
    ),
    ("6 MPP, list missing", opened(HOUR, APPLE_MPP), "apple_mpp", "apple_mpp", False, 0.8),
    (
        "7 prefetch from Google's list",
        opened(HOUR, PREFETCH, network=network("google")),
        "gmail_prefetch",
        "prefetch",
        False,
        0.9,
    ),
    (
        "7 prefetch from Google's number",
        opened(HOUR, PREFETCH, network=network(asn=15169)),
        "gmail_prefetch",
        "prefetch",
        False,
        0.9,
    ),
    (
        "7 Outlook.com's proxy",
        opened(HOUR, PREFETCH, network=network("microsoft-exchange")),
        "gmail_prefetch",
        "image_proxy",
        True,
        0.5,
    ),
    ("7 elsewhere", opened(HOUR, PREFETCH), "gmail_prefetch", "suspected", False, 0.8),
    ("8 Gmail", opened(HOUR, GMAIL_PROXY), "gmail_image_proxy", "image_proxy", True, 0.8),
    ("8 Gmail in haste", opened(4, GMAIL_PROXY), "gmail_image_proxy", "image_proxy", True, 0.5),
    ("9 Yahoo", opened(HOUR, "YahooMailProxy; x"), "image_proxy", "image_proxy", True, 0.8),
    (
        "10 a preview",
        clicked(HOUR, "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"),
        "named_machine",
        "unfurler",
        False,
        0.9,
    ),
    (
        "10 a scanner by name",
        opened(HOUR, "Barracuda Sentinel (EE)"),
        "named_machine",
        "scanner",
        False,
        0.9,
    ),
    ("10 a program", opened(HOUR, "curl/8.5.0"), "named_machine", "scanner", False, 0.9),
    ("10 a crawler's click", clicked(HOUR, "x-bot/1"), "named_machine", "scanner", False, 0.9),
    ("10 Office probes", clicked(HOUR, OUTLOOK), "named_machine", "scanner", False, 0.9),
    ("10 proxies click not", clicked(HOUR, GMAIL_PROXY), "named_machine", "scanner", False, 0.9),
    (
        "11 EOP, also hours later",
        opened(HOUR, network=network("microsoft-eop")),
        "certain_scanner_network",
        "scanner",
        False,
        0.9,
    ),
    (
        "11 Google's crawlers click",
        clicked(HOUR, network=network("google-crawlers")),
        "certain_scanner_network",
        "scanner",
        False,
        0.9,
    ),
    (
        "12 Proofpoint in time",
        opened(899, network=network(asn=26211)),
        "probable_scanner_network",
        "scanner",
        False,
        0.8,
    ),
    (
        "13 Safe Links in time",
        clicked(899, network=network("microsoft-detonation")),
        "detonation_network",
        "scanner",
        False,
        0.8,
    ),
    (
        "13 a person there later",
        clicked(901, network=network("microsoft-detonation")),
        "detonation_network",
        "human",
        True,
        0.5,
    ),
]


@pytest.mark.req("R20", "R21", "R22", "R23")
@pytest.mark.parametrize(
    ("hit", "rule", "verdict", "is_counted", "confidence"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_a_row_of_the_table(hit, rule, verdict, is_counted, confidence):
    [ruling] = ruled(hit)

    assert (ruling.rule, ruling.verdict) == (rule, verdict)
    assert (ruling.is_counted, ruling.confidence) == (is_counted, confidence)


ORDER = [
    (
        "before the send wins over Apple's preload",
        opened(-60, APPLE_MPP, network=network("apple-relay")),
        "before_send",
    ),
    (
        "the cookie wins over a filtering network",
        clicked(HOUR, is_self_cookie=True, network=network("microsoft-eop")),
        "own_view",
    ),
    (
        "a prefetch header wins over Apple's name",
        opened(HOUR, APPLE_MPP, is_prefetch=True),
        "prefetch_header",
    ),
    (
        "Apple's name wins over a security company's network",
        opened(60, APPLE_MPP, network=network(asn=26211)),
        "apple_mpp",
    ),
    (
        "Gmail's proxy wins over haste",
        opened(1, GMAIL_PROXY),
        "gmail_image_proxy",
    ),
    (
        "a name wins over a network",
        clicked(60, "curl/8.5.0", network=network("microsoft-eop")),
        "named_machine",
    ),
    (
        "a certain network wins over a probable one",
        clicked(60, network=network("barracuda-egd", asn=26211)),
        "certain_scanner_network",
    ),
    (
        "a probable network wins over haste",
        clicked(1, network=network(asn=26211)),
        "probable_scanner_network",
    ),
    (
        "an unsubscribe stands even before the send",
        other(Kind.UNSUBSCRIBE, -60),
        "unsubscribe_request",
    ),
]


@pytest.mark.parametrize(("hit", "rule"), [row[1:] for row in ORDER], ids=[row[0] for row in ORDER])
def test_where_two_rows_match_the_upper_one_decides(hit, rule):
    [ruling] = ruled(hit)

    assert ruling.rule == rule


@pytest.mark.req("R22")
def test_a_crawlers_list_judges_no_open():
    [ruling] = ruled(opened(HOUR, network=network("google-crawlers")))

    assert ruling.rule == "browser_open"


def test_a_list_that_is_no_longer_known_says_nothing():
    [ruling] = ruled(opened(HOUR, network=network("gone")))

    assert ruling.rule == "browser_open"


@pytest.mark.req("R22")
@pytest.mark.parametrize(("seconds", "is_counted"), [(30, False), (HOUR, True)])
def test_a_listed_data_centre_is_a_scanner_only_near_the_send(seconds, is_counted):
    [ruling] = ruled(clicked(seconds, network=network(asn=16509)), tuning=LISTED_HOST)

    assert (ruling.rule, ruling.is_counted) == ("detonation_network", is_counted)


def test_a_person_behind_isolation_counts_after_the_window():
    [ruling] = ruled(clicked(901, network=network(asn=26211)))

    assert ruling.rule == "browser_click"


@pytest.mark.req("R29")
@pytest.mark.parametrize("agent", [CHROME, APPLE_MPP, "curl/8.5.0", ""])
def test_without_a_confirmed_send_every_hit_waits(agent):
    [ruling] = ruled(opened(0, agent), sending=Sending(None))

    assert (ruling.verdict, ruling.group, ruling.is_counted) == ("unknown", "pending", False)
    assert ruling.reasons == ("send_not_confirmed",)


@pytest.mark.req("R29")
def test_a_send_time_that_comes_late_judges_the_hit_anew():
    hit = opened(-600)
    earlier = Sending(SENT_AT - timedelta(hours=1))

    verdicts = [ruled(hit, sending=one)[0].verdict for one in (Sending(None), SENDING, earlier)]

    assert verdicts == ["unknown", "self", "human"]


@pytest.mark.parametrize(("seconds", "verdict"), [(-2.0, "suspected"), (-2.001, "self")])
def test_clocks_may_differ_by_two_seconds(seconds, verdict):
    [ruling] = ruled(opened(seconds))

    assert ruling.verdict == verdict


def test_a_hidden_link_unmasks_what_its_source_did_around_it():
    sending = Sending(SENT_AT, link_count=4, honeypot="trap")
    hits = [
        opened(20, reader_key=b"machine"),
        clicked(45, link="trap", reader_key=b"machine"),
        clicked(105, link="far", reader_key=b"machine"),
        clicked(106, link="later", reader_key=b"machine"),
        clicked(70, link="other", reader_key=b"reader"),
    ]

    rules = [ruling.rule for ruling in ruled(*hits, sending=sending)]

    assert rules == ["honeypot", "honeypot", "honeypot", "browser_click", "browser_click"]


def test_a_hidden_link_unmasks_its_own_click_though_nothing_else_came():
    [ruling] = ruled(clicked(45, link="trap"), sending=Sending(SENT_AT, honeypot="trap"))

    assert ruling.rule == "honeypot"


def test_a_hit_at_the_very_moment_of_the_send_is_not_before_it():
    [ruling] = ruled(opened(0, GMAIL_PROXY))

    assert ruling.rule == "gmail_image_proxy"
    assert after(0) == SENT_AT
