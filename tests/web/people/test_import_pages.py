"""An import in a browser: a faulty file, its preview, its run, its failed rows, corrected."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest
from playwright.sync_api import expect

from backend import clock, db
from backend.models.people import Person
from backend.people import job_runs, jobs
from backend.web.people.files import MAX_UPLOAD_BYTES
from tests.holding import hold
from tests.people import books
from tests.web.people.test_pages import HOSTILE

IMPORT = "/console/people/import"
FAULTY = "Who,Mail,Shoe size\nAnn,ann@acme.test,38\nBob,nobody,39\n=Cid,cid@acme.test,\n"


@pytest.fixture(scope="module")
def database_url():
    return ""


@pytest.fixture
def worker(world):
    """A worker that runs until the test ends."""
    stop = Event()
    thread = Thread(target=job_runs.run_all, args=(jobs.folder_of(world.settings.data_dir), stop))
    thread.start()
    yield
    stop.set()
    thread.join(60)


def upload(page, site, text, name="people.csv"):
    data = text if isinstance(text, bytes) else text.encode()
    page.goto(f"{site}{IMPORT}")
    page.get_by_label("File").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": data}
    )
    page.get_by_role("button", name="Show what it would do").click()


def test_a_faulty_file_is_mapped_imported_corrected_and_imported_again(
    site, rep, worker, eyes, console_errors
):
    upload(rep, site, FAULTY)
    expect(rep.get_by_role("alert")).to_contain_text("email or an external_id")
    assert eyes.faults(rep, "import-unusable") == []
    rep.get_by_label("What Who becomes").select_option("Name")
    rep.get_by_label("What Mail becomes").select_option("E-mail addresses")
    rep.get_by_role("button", name="Check again").click()

    expect(rep.get_by_text("All 3 rows were checked; nothing is stored yet.")).to_be_visible()
    expect(rep.get_by_text("Mail: must be an e-mail address")).to_be_visible()
    assert Person.select().count() == 3
    assert eyes.faults(rep, "import-preview") == []
    rep.get_by_role("button", name="Import now").click()

    expect(rep.get_by_role("heading", name="Done")).to_be_visible()
    expect(rep.locator("[data-count=added]")).to_have_text("2")
    expect(rep.locator("[data-count=failed]")).to_have_text("1")
    assert eyes.faults(rep, "import-done") == []
    assert {row.name for row in Person.select()} >= {"Ann", "=Cid"}
    with rep.expect_download() as download:
        rep.get_by_role("link", name="Download the failed rows").click()
    failed = download.value.path().read_text()
    corrected = failed.replace("nobody", "bob@acme.test").replace("Who,Mail", "Name,Email")
    upload(rep, site, corrected)
    rep.get_by_role("button", name="Import now").click()
    expect(rep.get_by_role("heading", name="Done")).to_be_visible()
    assert Person.get(Person.name == "Bob").external_id == "bob@acme.test"
    console_errors.clear()


def test_a_running_import_shows_how_far_it_is_and_one_that_lost_its_worker_says_so(
    site, rep, world, eyes, console_errors
):
    upload(rep, site, "email\n" + "".join(f"p{n}@x.test\n" for n in range(1_500)))
    rep.get_by_role("button", name="Import now").click()
    expect(rep.get_by_role("heading", name="Waiting for its turn")).to_be_visible()
    with ThreadPoolExecutor(1) as pool:
        folder = jobs.folder_of(world.settings.data_dir)
        pool.submit(job_runs.run_next, folder, SetAfter(0)).result()
    expect(rep.locator("[data-count=rows]")).to_have_text("1,000")
    assert eyes.faults(rep, "import-running") == []
    rep.context.set_offline(True)
    expect(rep.get_by_role("status")).to_contain_text("No connection.")
    assert eyes.faults(rep, "import-offline") == []
    rep.context.set_offline(False)
    expect(rep.get_by_role("status")).to_be_empty()
    console_errors.clear()
    lose_worker()

    expect(rep.get_by_role("heading", name="Interrupted")).to_be_visible()
    rep.get_by_role("button", name="Go on").click()
    expect(rep.get_by_role("heading", name="Waiting for its turn")).to_be_visible()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(job_runs.run_next, folder, Event()).result()
    expect(rep.get_by_role("heading", name="Done")).to_be_visible()
    expect(rep.locator("[data-count=added]")).to_have_text("1,500")


def lose_worker():
    db.execute(
        "UPDATE people_import SET state = 'running', lease = 'x', lease_until = %s",
        [clock.wall() - job_runs.LEASE],
    )


def test_who_leaves_a_running_import_is_not_called_back_by_its_end(site, rep):
    upload(rep, site, "email\nann@x.test\n")
    rep.get_by_role("button", name="Import now").click()
    expect(rep.get_by_role("heading", name="Waiting for its turn")).to_be_visible()
    with rep.expect_response(re.compile("/api/v1/people/imports/")):
        pass  # its script is there, and asks
    held = hold(rep, f"{site}/console/feed")
    with rep.expect_request(f"{site}/console/feed"):
        rep.get_by_role("link", name="Feed").click(no_wait_after=True)

    lose_worker()
    for _ in range(3):  # the second tells of it for sure, the third comes when it has been seen
        with rep.expect_response(re.compile("/api/v1/people/imports/")):
            pass
    held.let_go()

    expect(rep).to_have_url(f"{site}/console/feed")


class SetAfter(Event):
    """Set as soon as it has been asked so many times."""

    def __init__(self, asked):
        super().__init__()
        self.left = asked

    def is_set(self):
        self.left -= 1
        return self.left < 0


def test_a_file_that_is_none_is_refused_beside_its_field(site, rep, eyes, console_errors):
    rep.goto(f"{site}{IMPORT}")
    rep.get_by_role("button", name="Show what it would do").click()
    expect(rep.get_by_role("alert")).to_contain_text("Choose a file first.")
    upload(rep, site, b"PK\x03\x04", "broken.xlsx")
    expect(rep.get_by_role("alert")).to_contain_text("CSV UTF-8")
    assert eyes.faults(rep, "import-refused") == []
    console_errors.clear()


def test_a_workbook_and_an_upload_that_is_dropped(site, rep):
    upload(rep, site, books.workbook([["Name", "Email"], ["Ann", "a@x.test"]]), "people.xlsx")
    expect(rep.get_by_text("The 1 row was checked")).to_be_visible()
    rep.get_by_role("button", name="Do not import").click()

    expect(rep.get_by_role("heading", name="Import people")).to_be_visible()
    assert Person.select().count() == 3


@pytest.mark.parametrize(
    ("why", "rows", "said"),
    [
        ("a header alone", "name,email\n", "There is no row below the header"),
        ("no row is any good", "name,email\nAnn,\n", "None of the rows can be taken"),
        ("no header", "Ann,ann@x.test\n", "Choose below what each column means"),
    ],
)
def test_a_file_without_anything_to_take_says_so(client, as_alice, why, rows, said):
    file = (io.BytesIO(rows.encode()), "people.csv")
    made = client.post(IMPORT, headers=as_alice, data={"file": file})

    page = client.get(made.location, headers=as_alice).text

    assert re.search(rf'role="alert">[^<]*{said}', page), why
    assert ("Import now" in page) == (why == "no header")


CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann Acme\r\nEMAIL:ann@x.test\r\nEND:VCARD\r\n"
FILES = {
    "people.csv": b"name,email\nAnn Acme,ann@x.test\n",
    "people.vcf": CARD.encode(),
    "people.xlsx": books.workbook([["name", "email"], ["Ann Acme", "ann@x.test"]]),
}


@pytest.mark.parametrize("name", FILES)
def test_each_kind_of_file_is_looked_at_and_imported(client, as_alice, world, name):
    file = (io.BytesIO(FILES[name]), name)
    made = client.post(IMPORT, headers=as_alice, data={"file": file})
    before = client.get(made.location, headers=as_alice).text
    client.post(made.location, headers=as_alice, data={"step": "start"})
    with ThreadPoolExecutor(1) as pool:
        folder = jobs.folder_of(world.settings.data_dir)
        pool.submit(job_runs.run_next, folder, Event()).result()

    assert "The 1 row was checked" in before
    assert '<h2 id="state">Done</h2>' in client.get(made.location, headers=as_alice).text
    assert Person.select().where(Person.name == "Ann Acme").count() == 1


def test_more_than_the_usual_is_taken_from_a_form_with_its_csrf_token(site, rep):
    filler = "x" * 1_000
    upload(rep, site, "email,text\n" + "".join(f"p{n}@x.test,{filler}\n" for n in range(5_000)))

    expect(rep.get_by_text("All 5,000 rows were checked")).to_be_visible()


def test_a_file_larger_than_the_limit_is_a_page_that_says_so(client, as_alice):
    answer = client.post(
        IMPORT,
        headers=as_alice,
        data=b"x",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(MAX_UPLOAD_BYTES + 1)},
    )

    assert (answer.status_code, answer.mimetype) == (413, "text/html")
    assert "larger than 200 MB" in answer.text


def test_what_a_file_holds_is_text_everywhere(client, as_alice):
    text = f'email,"{HOSTILE.replace(chr(34), chr(34) * 2)}"\n"{HOSTILE.replace(chr(34), "")}",x\n'
    file = (io.BytesIO(text.encode()), "<img src=x onerror=alert(1)>.csv")
    made = client.post(IMPORT, headers=as_alice, data={"file": file})
    assert made.status_code == 303, made.text
    shown = client.get(made.location, headers=as_alice)

    assert shown.status_code == 200
    assert "alert(1)" in shown.text
    assert "<script>alert" not in shown.text
    assert "<img src=x" not in shown.text


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"meaning": ["name"]}, 422),
        ({"meaning": ["shoe", "name"]}, 422),
        ({"meaning": ["name", "name"]}, 422),
        ({"step": "start"}, 303),
        ({}, 303),
    ],
)
def test_columns_that_cannot_be_are_shown_again(client, as_alice, data, status):
    file = (io.BytesIO(b"name,email\nAnn,a@x.test\n"), "people.csv")
    made = client.post(IMPORT, headers=as_alice, data={"file": file})

    answer = client.post(made.location, headers=as_alice, data=data)

    assert (answer.status_code, answer.mimetype) == (status, "text/html")
