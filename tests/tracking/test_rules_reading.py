import pytest

from tests.tracking.made import (
    APPLE_MPP,
    BARE_WEBKIT,
    CHROME,
    CHROME_ON_MAC,
    OUTLOOK,
    THUNDERBIRD,
    clicked,
    network,
    opened,
    ruled,
)

HOUR = 3600
WEB_VIEW = (
    "Mozilla/5.0 (Linux; Android 14; SM-S911B Build/UP1A.231005.007; wv) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Version/4.0 Chrome/128.0.6613.127 Mobile Safari/537.36"
)
SAMSUNG = "com.samsung.android.email.provider"
OLD_CHROME = CHROME.replace("128.0.0.0", "59.0.3071.115")
FIREFOX_2 = "Mozilla/5.0 (Windows; U; Windows NT 5.1; rv:1.8.1) Gecko/20061010 Firefox/2.0"
MSIE_ON_A_MAC = "Mozilla/4.0 (compatible; MSIE 5.17; Mac_PowerPC)"
MAILBIRD = CHROME.replace("128.0.0.0", "51.0.2704.103") + " Mailbird/2.4.30.0/"

# why, hit, rule, verdict, counted, confidence
TABLE = [
    ("16 click in haste", clicked(2.9), "haste", "suspected", False, 0.8),
    ("16 open in haste", opened(1.9, OUTLOOK), "haste", "suspected", False, 0.8),
    ("18 no agent", opened(HOUR, ""), "implausible_agent", "suspected", False, 0.5),
    ("18 Chrome 59", clicked(HOUR, OLD_CHROME), "implausible_agent", "suspected", False, 0.5),
    ("18 Firefox 2", opened(HOUR, FIREFOX_2), "implausible_agent", "suspected", False, 0.5),
    ("18 MSIE + Mac", opened(HOUR, MSIE_ON_A_MAC), "implausible_agent", "suspected", False, 0.5),
    ("18 Apple clicks", clicked(HOUR, APPLE_MPP), "implausible_agent", "suspected", False, 0.5),
    ("18 crawler opens", opened(HOUR, "x-bot/1"), "implausible_agent", "suspected", False, 0.5),
    ("19 a mail client", opened(HOUR, THUNDERBIRD), "mail_client_open", "human", True, 0.9),
    ("19 Outlook on a picture", opened(HOUR, OUTLOOK), "mail_client_open", "human", True, 0.9),
    ("19 an old engine inside", opened(HOUR, MAILBIRD), "mail_client_open", "human", True, 0.9),
    (
        "19 an app by its header",
        opened(HOUR, WEB_VIEW, requested_with=SAMSUNG),
        "mail_client_open",
        "human",
        True,
        0.9,
    ),
    ("20 webmail", opened(HOUR), "browser_open", "human", True, 0.8),
    ("20 a web view", opened(HOUR, WEB_VIEW), "browser_open", "human", True, 0.8),
    (
        "20 Private Relay",
        opened(HOUR, network=network("apple-relay")),
        "browser_open",
        "human",
        True,
        0.8,
    ),
    ("21 bare, early", opened(59, BARE_WEBKIT), "bare_webkit_open", "suspected", False, 0.5),
    ("21 bare, later", opened(1440, BARE_WEBKIT), "bare_webkit_open", "human", True, 0.8),
    ("22 a click", clicked(HOUR), "browser_click", "human", True, 0.9),
    (
        "22 a click through the relay",
        clicked(HOUR, network=network("apple-relay")),
        "browser_click",
        "human",
        True,
        0.9,
    ),
    ("23 unknown open", opened(HOUR, "Nobody/1.0"), "anything_else", "unknown", True, 0.5),
    ("23 unknown click", clicked(HOUR, "Nobody/1.0"), "anything_else", "unknown", True, 0.5),
]


@pytest.mark.req("R19", "R22")
@pytest.mark.parametrize(
    ("hit", "rule", "verdict", "is_counted", "confidence"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_a_row_of_the_table(hit, rule, verdict, is_counted, confidence):
    [ruling] = ruled(hit)

    assert (ruling.rule, ruling.verdict) == (rule, verdict)
    assert (ruling.is_counted, ruling.confidence) == (is_counted, confidence)


def test_haste_wins_over_a_missing_agent():
    [ruling] = ruled(clicked(1, ""))

    assert ruling.rule == "haste"


RELAYED = network("apple-relay", country="BR")
HERE, THERE = network(asn=28573, country="BR"), network(asn=263327, country="BR")

# why, second click, rule
CHECKS = [
    ("another system and network", clicked(HOUR + 12, network=THERE), "time_of_click"),
    ("the same network", clicked(HOUR + 12, network=HERE), "browser_click"),
    ("the same system", clicked(HOUR + 12, CHROME_ON_MAC, network=THERE), "browser_click"),
    ("half a minute later", clicked(HOUR + 30.1, network=THERE), "browser_click"),
    ("another link", clicked(HOUR + 12, link="other", network=THERE), "browser_click"),
    ("a relay beside a known network", clicked(HOUR + 12, network=RELAYED), "time_of_click"),
]


@pytest.mark.req("R22")
@pytest.mark.parametrize(("second", "rule"), [row[1:] for row in CHECKS])
def test_a_gateway_checks_the_link_that_a_person_clicked(second, rule):
    person = clicked(HOUR, CHROME_ON_MAC, network=HERE, reader_key=b"person")

    first, other = ruled(person, second)

    assert (first.rule, other.rule) == ("browser_click", rule)


@pytest.mark.parametrize(("is_one_recipient", "is_counted"), [(True, False), (False, True)])
def test_without_network_data_only_a_copy_of_one_recipient_makes_it_suspect(
    is_one_recipient, is_counted
):
    person = clicked(HOUR, CHROME_ON_MAC, is_one_recipient=is_one_recipient)
    again = clicked(HOUR + 12, is_one_recipient=is_one_recipient)

    first, second = ruled(person, again)

    assert first.is_counted
    assert second.is_counted is is_counted


def test_the_check_needs_a_persons_click_before_it():
    scanner = clicked(HOUR, CHROME_ON_MAC, network=network("microsoft-eop"))

    _, second = ruled(scanner, clicked(HOUR + 12, network=THERE))

    assert second.rule == "browser_click"


def test_a_second_check_is_held_against_the_person_not_against_the_first_check():
    person = clicked(HOUR, CHROME_ON_MAC, network=HERE)
    checks = [clicked(HOUR + 12, network=THERE), clicked(HOUR + 20, network=THERE)]

    rules = [one.rule for one in ruled(person, *checks)]

    assert rules == ["browser_click", "time_of_click", "time_of_click"]
