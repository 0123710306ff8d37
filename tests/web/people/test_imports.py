"""Imports over HTTP, with the worker's part done by hand."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from backend import clock, db
from backend.people import job_runs, jobs
from backend.web.people.work_shapes import JobOut, PreviewOut
from tests.world import bearer

IMPORTS = "/api/v1/people/imports"
TEXT = "who,where,=odd\nAnn,ann@x.test,1\nBob,nobody,=2\n"


def path_of(answer):
    return f"{IMPORTS}/{answer.json['id']}"


@pytest.fixture
def upload(client, as_alice):
    def uploaded(text=TEXT):
        file = (io.BytesIO(text.encode()), "people.csv")
        return client.post(IMPORTS, headers=as_alice, data={"file": file})

    return uploaded


@pytest.fixture
def work(world, client):
    """What the worker does, on the app's database."""

    def run():
        with ThreadPoolExecutor(1) as pool:
            folder = jobs.folder_of(world.settings.data_dir)
            return pool.submit(job_runs.run_next, folder, Event()).result()

    return run


def test_a_file_is_uploaded_looked_at_mapped_started_and_watched(client, as_alice, upload, work):
    made = upload()
    path = f"{IMPORTS}/{made.json['id']}"
    first = PreviewOut.model_validate(client.get(f"{path}/preview", headers=as_alice).json)
    mapping = {"mapping": ["name", "addresses", "custom"]}
    mapped = client.put(f"{path}/mapping", headers=as_alice, json=mapping)
    second = PreviewOut.model_validate(client.get(f"{path}/preview", headers=as_alice).json)
    started = client.post(f"{path}/start", headers=as_alice)
    again = client.post(f"{path}/start", headers=as_alice)
    assert work()
    done = JobOut.model_validate(client.get(path, headers=as_alice).json)
    listed = client.get(IMPORTS, headers=as_alice).json["items"]

    assert (made.status_code, made.json["state"]) == (201, "uploaded")
    assert "email" in first.problem
    assert mapped.json["mapping"] == mapping["mapping"]
    assert (second.new, second.failed, second.faults[0].column) == (1, 1, "where")
    assert started.json["state"] == again.json["state"] == "due"
    assert (done.state, done.progress, done.added, done.failed) == ("done", 1.0, 1, 1)
    assert [each["id"] for each in listed] == [made.json["id"]]


@pytest.mark.parametrize("name", ["=Ann", "'=Ann"])  # the second from a file of ours
def test_the_failed_rows_come_as_a_file_that_can_be_corrected(client, as_alice, upload, work, name):
    path = path_of(upload(f"name,email\n{name},nobody\n"))
    client.post(f"{path}/start", headers=as_alice)
    work()

    failed = client.get(f"{path}/failed", headers=as_alice)

    (row,) = csv.DictReader(io.StringIO(failed.text))
    assert row == {
        "name": "'=Ann",
        "email": "nobody",
        "telltale_row": "2",
        "telltale_problem": "email: must be an e-mail address",
    }
    corrected = failed.text.replace("nobody", "ann@x.test")
    path = path_of(upload(corrected))
    seen = client.get(f"{path}/preview", headers=as_alice).json
    assert [column["meaning"] for column in seen["columns"]][2:] == ["skip", "skip"]
    assert (seen["new"], seen["failed"]) == (1, 0)


def test_every_failed_row_is_in_it(client, as_alice, upload, work):
    count = jobs.FAILED_LOT + 1
    path = path_of(upload("email\n" + "nobody\n" * count))
    client.post(f"{path}/start", headers=as_alice)
    work()

    rows = list(csv.DictReader(io.StringIO(client.get(f"{path}/failed", headers=as_alice).text)))

    assert [row["telltale_row"] for row in rows] == [str(n) for n in range(2, count + 2)]


def test_what_has_begun_is_no_longer_changed_or_previewed(client, as_alice, upload, work):
    path = path_of(upload("email\na@x.test\n"))
    client.post(f"{path}/start", headers=as_alice)
    work()

    answers = [
        client.get(f"{path}/preview", headers=as_alice),
        client.put(f"{path}/mapping", headers=as_alice, json={"mapping": ["addresses"]}),
        client.post(f"{path}/start", headers=as_alice),
    ]

    assert {answer.status_code for answer in answers} == {409}


def test_an_upload_can_be_dropped(client, as_alice, upload):
    path = path_of(upload())

    assert client.delete(path, headers=as_alice).status_code == 204
    assert client.get(path, headers=as_alice).status_code == 404


@pytest.mark.parametrize("data", [None, b"", b"PK\x03\x04"], ids=["none", "empty", "no workbook"])
def test_what_is_no_file_is_refused(client, as_alice, data):
    form = {"other": "x"} if data is None else {"file": (io.BytesIO(data), "x")}
    answer = client.post(IMPORTS, headers=as_alice, data=form, content_type="multipart/form-data")

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


@pytest.mark.parametrize("mapping", [[], ["name"], ["name", "addresses", "shoe"], "name"])
def test_a_mapping_that_cannot_be_is_refused(client, as_alice, upload, mapping):
    path = f"{IMPORTS}/{upload().json['id']}/mapping"

    assert client.put(path, headers=as_alice, json={"mapping": mapping}).status_code == 422


def test_another_organisations_import_looks_unknown(world, client, upload):
    path = path_of(upload())
    mallory = bearer(world.users["mallory"])

    answers = [
        client.get(path, headers=mallory),
        client.get(f"{path}/preview", headers=mallory),
        client.get(f"{path}/failed", headers=mallory),
        client.put(f"{path}/mapping", headers=mallory, json={"mapping": ["name"]}),
        client.post(f"{path}/start", headers=mallory),
        client.delete(path, headers=mallory),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert client.get(IMPORTS, headers=mallory).json["items"] == []


def test_one_that_lost_its_worker_says_so(client, as_alice, upload):
    made = upload("email\na@x.test\n").json
    db.execute(
        "UPDATE people_import SET state = 'running', lease = 'x', lease_until = %s",
        [clock.wall() - job_runs.LEASE],
    )

    shown = client.get(f"{IMPORTS}/{made['id']}", headers=as_alice).json
    again = client.post(f"{IMPORTS}/{made['id']}/start", headers=as_alice).json

    assert (shown["state"], again["state"]) == ("interrupted", "due")
