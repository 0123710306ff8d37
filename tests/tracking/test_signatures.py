import time
import tomllib

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.tracking.signatures import (
    AGENTS_FILE,
    MAX_CHARS,
    Agent,
    Meaning,
    label,
    meanings,
    read_agent,
    signatures,
)
from tests.tracking.labelled import cases
from tests.tracking.made import (
    APPLE_MPP,
    BARE_WEBKIT,
    CHROME,
    GMAIL_PROXY,
    OUTLOOK,
    PREFETCH,
    THUNDERBIRD,
)

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148"
)
IPAD = IPHONE.replace("iPhone; CPU iPhone OS", "iPad; CPU OS")
IPHONE_SAFARI = IPHONE.replace("Mobile", "Version/17.5 Mobile") + " Safari/604.1"
MAC_SAFARI = BARE_WEBKIT + " Version/17.5 Safari/605.1.15"
WEB_VIEW = (
    "Mozilla/5.0 (Linux; Android 14; SM-S911B Build/UP1A.231005.007; wv) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Version/4.0 Chrome/128.0.6613.127 Mobile Safari/537.36"
)
TEAMS = CHROME + " Edg/128.0.0.0 Teams/26106.1100.3600.1"
OUTLOOK_IOS = "Outlook-iOS/711.3061168.prod.iphone"
SAMSUNG = "com.samsung.android.email.provider"

# why, user agent, X-Requested-With, client, device, os, verified, label
READ = [
    ("Outlook on Windows", OUTLOOK, "", "Outlook for Windows", "desktop", "Windows", True, None),
    (
        "no year",
        "Mozilla/4.0 (ms-office; MSOffice 16)",
        "",
        "Outlook for Windows",
        "desktop",
        "Windows",
        True,
        None,
    ),
    ("Outlook iOS", OUTLOOK_IOS, "", "Outlook iOS", "phone", "iOS", True, "Phone · Outlook iOS"),
    ("Outlook iPad", IPAD + " Outlook-iOS/2.0", "", "Outlook iOS", "tablet", "iOS", True, None),
    (
        "unbracketed, no device",
        "Outlook-iOS/2.0",
        "",
        "Outlook iOS",
        "",
        "iOS",
        True,
        "Outlook iOS",
    ),
    ("Thunderbird", THUNDERBIRD, "", "Thunderbird", "desktop", "Linux", True, None),
    (
        "percent-encoded",
        "Yahoo%20Mail/4 CFNetwork/1 Darwin/1",
        "",
        "Yahoo Mail",
        "",
        "",
        True,
        None,
    ),
    (
        "Samsung Email",
        WEB_VIEW,
        SAMSUNG,
        "Samsung Email",
        "phone",
        "Android",
        True,
        "Phone · Samsung Email",
    ),
    ("Chrome", CHROME, "", "Chrome", "desktop", "Windows", True, "Desktop · Chrome"),
    ("iPhone Safari", IPHONE_SAFARI, "", "Safari", "phone", "iOS", True, "Phone · Safari"),
    ("Mac or iPad", MAC_SAFARI, "", "Safari", "", "macOS", True, "Safari"),
    ("Teams' window", TEAMS, "", "Microsoft Teams", "desktop", "Windows", True, None),
    ("Gmail's proxy", GMAIL_PROXY, "", "Gmail", "", "", False, "Gmail (device hidden)"),
    (
        "Yahoo's proxy",
        "YahooMailProxy; x",
        "",
        "Yahoo Mail",
        "",
        "",
        False,
        "Yahoo Mail (device hidden)",
    ),
    ("MPP", APPLE_MPP, "", "Apple Mail", "", "", False, "Apple Mail (device hidden)"),
    ("some app on a phone", IPHONE, "", "", "phone", "iOS", False, "Viewed from Mobile"),
    ("some app on a tablet", IPAD, "", "", "tablet", "iOS", False, "Tablet"),
    ("a web view", WEB_VIEW, "", "", "phone", "Android", False, "Viewed from Mobile"),
    ("bare WebKit", BARE_WEBKIT, "", "", "", "", False, "Unknown device"),
    ("prefetch", PREFETCH, "", "", "", "", False, "Unknown device"),
    ("nothing", "", "", "", "", "", False, "Unknown device"),
    ("unknown", "SomethingWeNeverKnewExisted", "", "", "", "", False, "Unknown device"),
]


@pytest.mark.req("R19", "R21", "R27")
@pytest.mark.parametrize(
    ("user_agent", "app", "client", "device", "system", "is_verified", "words"),
    [row[1:] for row in READ],
    ids=[row[0] for row in READ],
)
def test_an_agent_is_read_as_far_as_it_is_known(
    user_agent, app, client, device, system, is_verified, words
):
    agent = read_agent(user_agent, app)

    assert (agent.client, agent.device, agent.os) == (client, device, system)
    assert agent.is_verified is is_verified
    assert words in {None, label(agent)}


@pytest.mark.req("R19")
def test_the_seeds_label_is_said_only_for_a_proven_phone():
    agents = [hit.facts.agent for case in cases() for hit in case.hits]
    mobile = [agent for agent in agents if label(agent) == "Viewed from Mobile"]

    assert mobile
    assert {agent.device for agent in mobile} == {"phone"}


@pytest.mark.parametrize(
    ("country", "is_approximate", "words"),
    [
        (None, False, "Desktop · Chrome"),
        ("DE", False, "Desktop · Chrome · DE"),
        ("DE", True, "Desktop · Chrome · about DE"),
    ],
)
def test_a_country_is_said_when_it_is_given(country, is_approximate, words):
    assert label(read_agent(CHROME), country, is_approximate=is_approximate) == words


# why, user agent, what it means
MEANT = [
    ("nothing", "", {Meaning.EMPTY}),
    ("MPP", APPLE_MPP, {Meaning.APPLE_MPP_UA}),
    ("not MPP", APPLE_MPP + " ", {Meaning.APPLE_MPP_UA}),
    ("a longer Mozilla/5.0", "Mozilla/5.0 x", set()),
    ("prefetch", PREFETCH, {Meaning.GMAIL_PREFETCH_UA, Meaning.EXTINCT}),
    (
        "an honest old Edge",
        PREFETCH.removesuffix(" Mozilla/5.0"),
        {Meaning.EXTINCT, Meaning.BROWSER},
    ),
    ("Chrome 60", CHROME.replace("128.", "60."), {Meaning.BROWSER}),
    ("Chrome 100", CHROME.replace("128.", "100."), {Meaning.BROWSER}),
    (
        "Firefox 10",
        "Mozilla/5.0 (X11; Linux i686; rv:10.0) Gecko/20100101 Firefox/10.0",
        {Meaning.BROWSER},
    ),
    ("CUBOT", CHROME.replace("Windows NT 10.0", "Linux; Android 10; CUBOT X30"), {Meaning.BROWSER}),
    ("headless", CHROME.replace("Chrome/", "HeadlessChrome/"), {Meaning.HTTP_LIBRARY}),
    ("a url", CHROME + " Uptimia/1.0 (https://www.uptimia.com)", {Meaning.CRAWLER}),
]


@pytest.mark.parametrize(
    ("user_agent", "meant"), [row[1:] for row in MEANT], ids=[row[0] for row in MEANT]
)
def test_a_user_agent_means(user_agent, meant):
    assert meanings(read_agent(user_agent).traits) == meant


@pytest.mark.parametrize(
    ("package", "meaning"),
    [
        (SAMSUNG, Meaning.MAIL_CLIENT),
        ("org.telegram.messenger", Meaning.IN_APP_BROWSER),
        ("XMLHttpRequest", None),
        ("*", None),
        ("", None),
    ],
)
def test_only_android_packages_are_believed_to_be_apps(package, meaning):
    plain = read_agent("SomethingWeNeverKnewExisted")
    agent = read_agent("SomethingWeNeverKnewExisted", package)

    assert meanings(agent.traits) - meanings(plain.traits) == ({meaning} if meaning else set())


@pytest.mark.req("R22")
def test_every_labelled_agent_survives_the_loss_of_its_text():
    for case in cases():
        for hit in case.hits:
            row = orjson.loads(orjson.dumps(hit.facts.agent.to_row()))

            assert Agent.from_row(row) == hit.facts.agent


@pytest.mark.parametrize("row", [{}, {"traits": None}, {"client": None, "traits": "text"}])
def test_an_old_row_that_lacks_something_is_unknown(row):
    assert Agent.from_row(row) == Agent()


def test_an_id_that_is_gone_means_nothing():
    assert meanings(frozenset({"gone"})) == frozenset()


def test_every_signature_has_a_source_and_one_way_to_match():
    entries = tomllib.loads(AGENTS_FILE.read_text("utf-8"))["agent"]
    ways = {"exact", "pattern", "families", "package"}

    assert len({entry["id"] for entry in entries}) == len(entries) == len(signatures())
    for entry in entries:
        assert len(ways & set(entry)) == 1, entry["id"]
        assert entry["source"], entry["id"]
        assert entry["date"], entry["id"]


@given(st.text(max_size=700), st.text(max_size=40))
@settings(max_examples=200)
def test_no_text_raises(user_agent, package):
    read_agent(user_agent, package)


def test_only_the_first_characters_are_looked_at():
    assert read_agent("A" * MAX_CHARS + " curl/8.0") == read_agent("A" * 10_000)


HOSTILE = [
    "Android" * 80,
    "Android)" * 60 + "Chrome/",
    "Mozilla/5.0 (Macintosh; " + "a " * 250,
    "bot" * 170,
    "MSIE " * 100,
    "(KHTML, like Gecko)" * 27,
    "ukrnet" * 85,
    "Macintosh" * 20 + "Version/" * 40,
    "Microsoft Office " * 30,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_no_text_is_much_slower_than_a_plain_one(text):
    def cost(user_agent: str) -> float:
        started = time.process_time()
        for _ in range(20):
            read_agent.__wrapped__(user_agent)
        return time.process_time() - started

    plain = min(cost(CHROME) for _ in range(3))

    assert min(cost(text) for _ in range(3)) < 60 * max(plain, 0.001)
