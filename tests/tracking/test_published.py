import ipaddress

import orjson
import pytest

from backend.errors import Invalid
from backend.tracking.lists import shipped_infos
from backend.tracking.published import (
    SOURCES,
    cidr_lines,
    parse_apple,
    parse_google,
    parse_google_crawlers,
    parse_microsoft_eop,
    parse_microsoft_exchange,
)

APPLE = b"""172.224.224.0/27,GB,GB-EN,London,
172.224.224.32/27,GB,GB-EN,Leeds,
172.224.224.64/27,DE,DE-HE,"Frankfurt, Main",
2a02:26f7:c8c0::/44,DE,DE-HE,Frankfurt,

104.28.86.0/26,NL,,,
"""
MICROSOFT = orjson.dumps(
    [
        {
            "id": 1,
            "serviceArea": "Exchange",
            "urls": ["outlook.office365.com"],
            "ips": ["40.96.0.0/13", "2603:1006::/40"],
        },
        {
            "id": 9,
            "serviceArea": "Exchange",
            "urls": ["*.protection.outlook.com"],
            "ips": ["40.92.0.0/15", "2a01:111:f400::/48"],
        },
        {
            "id": 10,
            "serviceArea": "Exchange",
            "urls": ["*.mail.protection.outlook.com"],
            "ips": ["40.92.0.0/15", "104.47.0.0/17"],
        },
        {"id": 11, "serviceArea": "Skype", "ips": ["13.107.64.0/18"]},
        {"id": 31, "serviceArea": "Exchange", "urls": ["*.sharepoint.com"]},
    ]
)


def google(*cidrs: str) -> bytes:
    prefixes = [{f"ipv{ipaddress.ip_network(one).version}Prefix": one} for one in cidrs]
    return orjson.dumps({"creationTime": "2026-11-22T00:00:00", "prefixes": prefixes})


def test_apples_ranges_keep_their_country_and_grow_together():
    assert cidr_lines(parse_apple([APPLE])) == [
        "104.28.86.0/26 NL",
        "172.224.224.0/26 GB",
        "172.224.224.64/27 DE",
        "2a02:26f7:c8c0::/44 DE",
    ]


def test_a_byte_order_mark_and_windows_lines_are_taken():
    document = b"\xef\xbb\xbf" + APPLE.replace(b"\n", b"\r\n")

    assert parse_apple([document]) == parse_apple([APPLE])


def test_googles_own_machines_are_those_that_are_not_customers():
    parsed = parse_google([google("34.0.0.0/10", "8.8.8.0/24"), google("34.0.0.0/11")])

    assert cidr_lines(parsed) == ["8.8.8.0/24", "34.32.0.0/11"]


def test_googles_crawler_lists_are_put_together():
    parsed = parse_google_crawlers(
        [google("66.249.87.0/27"), google("34.64.6.0/27", "2001:db8::/32")]
    )

    assert cidr_lines(parsed) == ["34.64.6.0/27", "66.249.87.0/27", "2001:db8::/32"]


def test_microsofts_filtering_tier_is_told_from_the_rest_of_exchange():
    assert cidr_lines(parse_microsoft_eop([MICROSOFT])) == [
        "40.92.0.0/15",
        "104.47.0.0/17",
        "2a01:111:f400::/48",
    ]
    assert cidr_lines(parse_microsoft_exchange([MICROSOFT])) == ["40.96.0.0/13", "2603:1006::/40"]


EMPTY = b'{"prefixes": []}'

# why, parser, documents
HOSTILE = [
    ("a web page", parse_apple, [b"<!doctype html><title>Moved</title>"]),
    ("a row without country", parse_apple, [b"172.224.224.0/27\n"]),
    ("a country in words", parse_apple, [b"172.224.224.0/27,Germany\n"]),
    ("a formula as country", parse_apple, [b"172.224.224.0/27,=A\n"]),
    ("an open quote", parse_apple, [b'172.224.224.0/27,"DE\n']),
    ("host bits", parse_apple, [b"172.224.224.1/27,DE\n"]),
    ("all of the internet", parse_apple, [b"0.0.0.0/0,DE\n"]),
    ("half of IPv6", parse_apple, [b"8000::/1,DE\n"]),
    ("latin-1", parse_apple, ["172.224.224.0/27,DE,Köln".encode("latin-1")]),
    ("a huge field", parse_apple, [b"172.224.224.0/27,DE," + b"x" * 200_000]),
    ("not JSON", parse_google_crawlers, [b"{", EMPTY]),
    ("a list", parse_google_crawlers, [b"[]", EMPTY]),
    ("prefixes of numbers", parse_google_crawlers, [b'{"prefixes": [1]}', EMPTY]),
    ("no prefix in it", parse_google_crawlers, [b'{"prefixes": [{"x": "1.0.0.0/8"}]}', EMPTY]),
    ("a number as prefix", parse_google_crawlers, [b'{"prefixes": [{"ipv4Prefix": 1}]}', EMPTY]),
    ("prefixes that are no list", parse_google_crawlers, [b'{"prefixes": 7}', EMPTY]),
    ("no prefixes at all", parse_google_crawlers, [b"{}", EMPTY]),
    ("deep nesting", parse_google_crawlers, [b"[" * 100_000, EMPTY]),
    ("an object", parse_microsoft_eop, [b"{}"]),
    ("ips in a string", parse_microsoft_eop, [MICROSOFT.replace(b'["40.92.0.0/15",', b'["x",')]),
    (
        "urls that are numbers",
        parse_microsoft_eop,
        [b'[{"serviceArea": "Exchange", "urls": [1], "ips": []}]'],
    ),
    (
        "ips that are no list",
        parse_microsoft_exchange,
        [b'[{"serviceArea": "Exchange", "urls": ["a"], "ips": "40.0.0.0/8"}]'],
    ),
]


@pytest.mark.parametrize(
    ("parse", "documents"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE]
)
def test_what_is_not_in_the_form_is_refused_as_a_whole(parse, documents):
    with pytest.raises(Invalid):
        parse(documents)


def test_every_source_is_https_and_belongs_to_a_shipped_list():
    assert set(SOURCES) <= set(shipped_infos())
    for source in SOURCES.values():
        assert all(url.startswith("https://") for url in source.urls)
        assert 0 < source.least < source.most


def test_the_machines_id_at_microsoft_is_a_guid_that_stays():
    [url] = SOURCES["microsoft-eop"].urls

    assert len(url.partition("clientrequestid=")[2]) == 36
    assert SOURCES["microsoft-exchange"].urls == (url,)
