import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.people.csv_rows import MAX_LINE
from backend.people.vcards import HEADER, Cards


def read(text):
    data = text if isinstance(text, bytes) else text.encode()
    return list(Cards(io.BytesIO(data)).rows())


def cells(text):
    (row,) = read(text)
    assert not row.fault
    return {name: cell for name, cell in zip(HEADER, row.cells, strict=True) if cell}


def card(*lines):
    return "\r\n".join(["BEGIN:VCARD", *lines, "END:VCARD"]) + "\r\n"


def test_a_card_of_version_3():
    text = card(
        "VERSION:3.0",
        "FN:Ann",
        "  Lee",
        "N:Lee;Ann;;;",
        "EMAIL;TYPE=INTERNET:second@x.test",
        "item1.EMAIL;TYPE=INTERNET;TYPE=PREF:ann@x.test",
        r"ORG:Acme\; Inc;Sales",
        "TEL;TYPE=CELL:+1 2",
        "TITLE:Head",
        "ADR;TYPE=WORK:;;Street 1;Berlin;;10115;de",
        "UID:7",
    )

    assert cells(text) == {
        "external_id": "7",
        "source": "vcard",
        "name": "Ann Lee",
        "email": "ann@x.test; second@x.test",
        "company": "Acme; Inc",
        "country": "DE",
        "phone": "+1 2",
        "title": "Head",
    }


def test_a_card_of_version_4():
    text = card(
        "VERSION:4.0",
        "KIND:individual",
        "FN:Zoë",
        "EMAIL;PREF=2:b@x.test",
        "EMAIL;PREF=1:mailto:a@x.test",
        "TEL;VALUE=uri:tel:+49-30",
        "UID:urn:uuid:0192",
        "ADR:;;;;;;Germany",
    )

    assert cells(text) == {
        "external_id": "0192",
        "source": "vcard",
        "name": "Zoë",
        "email": "a@x.test; b@x.test",
        "phone": "+49-30",
    }


def test_a_card_of_version_2_1_with_soft_breaks():
    text = (
        b"BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=\n"
        b"=F6rg\nEMAIL;PREF;INTERNET:j@x.test\nPHOTO;ENCODING=BASE64:AAAA\n BBBB\n\nEND:VCARD\n"
    )

    assert cells(text) == {"name": "Jörg Müller", "email": "j@x.test"}


def test_several_cards_come_one_after_the_other_and_a_bad_one_takes_none_along():
    good = card("FN:A", "EMAIL:a@x.test")
    text = (
        good
        + "lost words\r\nmore of them\r\n"
        + card("FN:B", "KIND:group")
        + "BEGIN:VCARD\r\nFN:never ended\r\n"
        + good
        + "END:VCARD\r\n"
        + card(f"FN:{'x' * MAX_LINE}y")
        + good
        + "BEGIN:VCARD\r\nFN:cut off"
    )

    rows = read(text)

    assert [row.number for row in rows] == list(range(2, 11))
    assert [row.fault.told().partition(" ")[0] if row.fault else "ok" for row in rows] == [
        "ok",
        "is",
        "is",
        "does",
        "ok",
        "is",
        "has",
        "ok",
        "does",
    ]


def test_a_picture_of_any_size_is_passed_over():
    picture = ["PHOTO;ENCODING=b:AAAA", *[" " + "A" * 74] * 20_000, "X-BIG:" + "B" * 300_000]

    assert cells(card("FN:A", *picture, "EMAIL:a@x.test")) == {"name": "A", "email": "a@x.test"}


def test_nothing_is_no_card():
    assert read("") == read("\r\n \r\n") == []


@given(st.text(alphabet='BEGINVCARD:\r\n;="\\ FNEMAIL@x.', max_size=400), st.binary(max_size=200))
def test_whatever_stands_there_is_read_to_its_end(text, data):
    rows = read(text.encode() + b"\n" + data)

    assert [row.number for row in rows] == list(range(2, len(rows) + 2))
    assert all(row.fault or len(row.cells) == len(HEADER) for row in rows)


def test_a_hostile_file_takes_no_longer_than_its_length():
    lines = '";' * 30_000 + ":x\r\n" + "EMAIL" + ';X="' * 10_000 + ":\r\n" + "=\r\n" * 50_000
    text = card("FN;ENCODING=QUOTED-PRINTABLE:a=", lines, "N:" + "\\;" * 30_000)
    start = time.thread_time()  # work, however busy the machine

    read(text * 3)

    assert time.thread_time() - start < 5


@pytest.mark.parametrize("uid", ["urn:telltale:my%3Acrm:7:8", "urn:telltale::7"])
def test_a_card_of_ours_knows_its_source(uid):
    found = cells(card("FN:A", f"UID:{uid}", "X-TELLTALE-DO-NOT-TRACK:yes"))

    assert (found.get("source"), found["external_id"], found["do_not_track"]) in {
        ("my:crm", "7:8", "yes"),
        (None, "7", "yes"),
    }
