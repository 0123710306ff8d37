"""A file of people from the upload to the list, through a whole running installation."""

import orjson

from tests.installation import Installation
from tests.waiting import wait_until

IMPORTS = "/api/v1/people/imports"
ROWS = 3_000
BOUNDARY = "a-boundary"


def form(text):
    """A form with the file in it, and its headers."""
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="people.csv"'
        "\r\nContent-Type: text/csv\r\n\r\n"
    )
    body = f"{head}{text}\r\n--{BOUNDARY}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def test_the_worker_runs_an_import_that_the_web_only_marks_as_due(tmp_path):
    site = Installation(tmp_path)
    text = "external_id,source,name,email\n" + "".join(
        f"{n},crm,Person {n},p{n}@x.test\n" for n in range(ROWS)
    )
    with site.serving("--demo"):
        token = {"Authorization": f"Bearer {site.token('rep@demo.telltale.test')}"}
        body, headers = form(text + "bad,crm,Nobody,nowhere\n")
        made = site.ask("POST", IMPORTS, body, token | headers).json
        path = f"{IMPORTS}/{made['id']}"
        before = site.ask("GET", f"{path}/preview", headers=token).json
        started = site.ask("POST", f"{path}/start", headers=token).json

        done = wait_until(lambda: finished(site, path, token), 60, "the import")
        failed = site.ask("GET", f"{path}/failed", headers=token).body.decode()
        found = site.ask("GET", "/api/v1/people?q=p2999", headers=token).json

    assert (before["new"], before["failed"]) == (ROWS, 1)
    assert started["state"] in {"due", "running", "done"}
    assert (done["state"], done["added"], done["failed"]) == ("done", ROWS, 1)
    assert "must be an e-mail address" in failed
    assert [person["name"] for person in found["items"]] == ["Person 2999"]
    assert list((site.data_dir / "imports").iterdir()) == []


def finished(site, path, token):
    job = orjson.loads(site.ask("GET", path, headers=token).body)
    return job if job["state"] not in {"due", "running"} else None
