import io

import pytest

from backend.models.people import Person
from backend.web.people.files import MAX_UPLOAD_BYTES
from tests.people import books
from tests.world import bearer

PEOPLE = "/api/v1/people"
IMPORT, EXPORT = f"{PEOPLE}/import", f"{PEOPLE}/export"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CARD = "BEGIN:VCARD\nFN:Ann\nEMAIL:ann@acme.test\nEND:VCARD\n"


def send(client, headers, data, content_type="text/csv"):
    body = data.encode() if isinstance(data, str) else data
    return client.post(IMPORT, headers=headers, data=body, content_type=content_type)


def test_a_file_is_imported_and_again_changes_nothing(client, as_alice):
    text = "name;e-mail;company\nAnn;ann@acme.test;Acme\nBob;nobody;\n"

    first, second = (send(client, as_alice, text).json for _ in range(2))

    assert (first["rows"], first["added"], first["failed"]) == (2, 1, 1)
    assert first["errors"] == [
        {"row": 3, "column": "e-mail", "reason": "must be an e-mail address"}
    ]
    assert (second["added"], second["unchanged"], second["failed"]) == (0, 1, 1)


def test_a_file_comes_as_part_of_a_form_too(client, as_alice):
    file = (io.BytesIO(b"email\nann@acme.test\n"), "people.csv")

    answer = client.post(IMPORT, headers=as_alice, data={"file": file})

    assert answer.json["added"] == 1


def test_an_upload_that_breaks_off_brings_no_half_a_row(client, as_alice):
    answer = client.post(
        IMPORT,
        headers=as_alice,
        data=b"email\nann@acme.test\nbob@acme.co",
        content_type="text/csv",
        # Says that the server ends the stream, as granian does.
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": "60"},
    )

    assert answer.status_code == 400
    half = client.get(f"{PEOPLE}/lookup?address=bob@acme.co", headers=as_alice)
    assert half.json["items"] == []


def test_a_file_larger_than_other_bodies_is_streamed(client, as_alice):
    filler = "x" * 1000
    text = "email,text\n" + "".join(f"p{n}@x.test,{filler}\n" for n in range(5_000))

    answer = send(client, as_alice, text)

    assert len(text) > client.application.config["MAX_CONTENT_LENGTH"]
    assert (answer.status_code, answer.json["added"]) == (200, 5_000)


@pytest.mark.parametrize(
    ("why", "data", "content_type", "status"),
    [
        ("nothing", b"", "text/csv", 422),
        ("no header", b"\n\n", "text/csv", 422),
        ("a header without a key", b"name\nAnn\n", "text/csv", 422),
        ("two columns of one name", b"email,email\n", "text/csv", 422),
        ("UTF-16", "email\na@x.test".encode("utf-16"), "text/csv", 422),
        ("a workbook", b"PK\x03\x04\x00\x00\xff", "text/csv", 422),
        ("one line of 10 MB", b"x" * 10_000_000, "text/csv", 422),
        ("another charset", b"email\n", "text/csv; charset=latin-1", 415),
        ("JSON", b"[]", "application/json", 415),
        ("plain text", b"email\na@x.test\n", "text/plain", 415),
        ("no type", b"email\na@x.test\n", "", 415),
        ("a form without a file", b"", "multipart/form-data; boundary=x", 422),
        ("a form without a boundary", b"x", "multipart/form-data", 422),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(client, as_alice, why, data, content_type, status):
    answer = send(client, as_alice, data, content_type)

    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), why
    assert client.get(PEOPLE, headers=as_alice, query_string={"q": "x.test"}).json["items"] == []


def test_more_than_the_limit_is_refused_before_it_is_read(client, as_alice):
    answer = client.post(
        IMPORT,
        headers=as_alice,
        data=b"email\nann@acme.test\n",
        content_type="text/csv",
        environ_overrides={"CONTENT_LENGTH": str(MAX_UPLOAD_BYTES + 1)},
    )

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (CARD, "text/vcard"),
        (CARD, "text/x-vcard; charset=utf-8"),
        (books.workbook([["name", "email"], ["Ann", "ann@acme.test"]]), XLSX),
    ],
    ids=["vcard", "vcard with its charset", "xlsx"],
)
def test_cards_and_workbooks_are_imported_too(client, as_alice, data, content_type):
    first, second = (send(client, as_alice, data, content_type).json for _ in range(2))

    assert (first["added"], second["unchanged"], first["errors"]) == (1, 1, [])
    assert Person.get(Person.name == "Ann").external_id == "ann@acme.test"


def test_the_kind_of_a_forms_file_is_seen_by_its_bytes(client, as_alice):
    book = books.workbook([["email"], ["book@x.test"]])

    for data in (CARD.encode(), book, b"email\ncsv@x.test\n"):
        answer = client.post(IMPORT, headers=as_alice, data={"file": (io.BytesIO(data), "people")})
        assert answer.json["added"] == 1


@pytest.mark.parametrize(
    ("query", "content_type", "name"),
    [("", "text/csv; charset=utf-8", "csv"), ("?format=vcard", "text/vcard; charset=utf-8", "vcf")],
)
def test_people_are_exported_as_a_download(client, as_alice, query, content_type, name):
    answer = client.get(EXPORT + query, headers=as_alice)

    assert (answer.status_code, answer.content_type) == (200, content_type)
    assert answer.headers["Content-Disposition"].endswith(f'-people.{name}"')
    assert {"Carol", "Dana", "Leo"} <= set(
        answer.text.replace(":", ",").replace("\r\n", ",").split(",")
    )


def test_an_export_is_of_what_is_filtered_and_of_ones_own_organisation(world, client, as_alice):
    leads = client.get(f"{EXPORT}?kind=lead", headers=as_alice).text
    theirs = client.get(EXPORT, headers=bearer(world.users["mallory"])).text

    assert ("Leo" in leads, "Carol" in leads, "Leo" in theirs) == (True, False, False)


@pytest.mark.parametrize("query", ["?format=pdf", "?limit=0", "?kind=friend", "?owner=nobody"])
def test_an_export_of_nonsense_is_refused(client, as_alice, query):
    answer = client.get(EXPORT + query, headers=as_alice)

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
