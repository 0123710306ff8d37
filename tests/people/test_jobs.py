import io
from datetime import timedelta

import pytest

from backend import clock
from backend.errors import Conflict, Invalid, NotFound
from backend.models.imports import ImportState, PeopleImport
from backend.people import jobs
from backend.people.columns import Meaning
from backend.people.values import Actor
from tests.people import books

TEXT = "name,email\nAnn,ann@x.test\n"
CARD = "BEGIN:VCARD\nFN:Ann\nEMAIL:ann@x.test\nEND:VCARD\n"


@pytest.fixture
def folder(tmp_path):
    return jobs.folder_of(tmp_path)


@pytest.fixture
def upload(world, folder):
    def uploaded(data=TEXT, name="people.csv"):
        raw = data if isinstance(data, bytes) else data.encode()
        actor = Actor(world.alice.org_id, world.alice.id)
        return jobs.upload(actor, folder, name, io.BytesIO(raw))

    return uploaded


@pytest.mark.parametrize(
    ("data", "kind"),
    [(TEXT, "csv"), (CARD, "vcard"), (books.workbook([["name", "email"]]), "xlsx")],
    ids=["csv", "vcard", "xlsx"],
)
def test_a_file_is_kept_with_its_header(upload, folder, data, kind):
    job = upload(data)

    assert (job.kind, job.state, job.done_rows) == (kind, ImportState.UPLOADED, 0)
    assert {"name", "email"} <= set(job.header)
    assert jobs.file_of(folder, job.id).stat().st_size == job.size_bytes > 0
    assert [path.name for path in folder.iterdir()] == [job.id]


@pytest.mark.parametrize("data", ["", b"PK\x03\x04", b"\xff\xfe"], ids=["empty", "zip", "utf16"])
def test_a_file_that_cannot_be_read_is_not_kept(upload, folder, data):
    with pytest.raises(Invalid):
        upload(data)

    assert list(folder.iterdir()) == []
    assert PeopleImport.select().count() == 0


def test_a_files_name_is_shortened_and_never_a_path_of_ours(upload, folder):
    job = upload(name="../../" + "x" * 300 + "\0.csv")

    assert len(job.file_name) == jobs.MAX_FILE_NAME
    assert [path.name for path in folder.iterdir()] == [job.id]


def test_a_foreign_import_looks_like_an_unknown_one(world, upload):
    job = upload()

    for org_id, import_id in (
        (world.users["mallory"].org_id, job.id),
        (world.alice.org_id, clock.new_id()),
    ):
        with pytest.raises(NotFound):
            jobs.one(org_id, import_id)


def test_columns_may_be_read_differently_until_it_begins(upload):
    job = upload("a,b\nAnn,ann@x.test\n")
    with pytest.raises(Invalid):
        jobs.start(job)

    jobs.choose(job, [Meaning.NAME, Meaning.ADDRESSES])
    job = PeopleImport.get_by_id(job.id)
    jobs.start(job)

    assert job.mapping == ["name", "addresses"]
    with pytest.raises(Conflict):
        jobs.choose(PeopleImport.get_by_id(job.id), [Meaning.NAME, Meaning.ADDRESSES])


def test_what_is_started_is_due_and_stays_so(upload):
    job = upload()

    for _ in range(2):
        jobs.start(PeopleImport.get_by_id(job.id))

    assert PeopleImport.get_by_id(job.id).state == ImportState.DUE


@pytest.mark.parametrize("state", [ImportState.DONE, ImportState.REFUSED])
def test_what_is_over_does_not_begin_again(upload, state):
    job = upload()
    job.state = state

    with pytest.raises(Conflict):
        jobs.start(job)


def test_an_upload_can_be_dropped_but_not_while_it_runs(upload, folder):
    first, second = upload(), upload()
    second.state, second.lease_until = ImportState.RUNNING, clock.now() + timedelta(minutes=1)
    second.save()

    jobs.drop(first, folder)
    with pytest.raises(Conflict):
        jobs.drop(second, folder)

    assert [path.name for path in folder.iterdir()] == [second.id]


def test_the_list_holds_what_was_started(world, upload):
    upload()
    started = upload()
    jobs.start(started)

    assert [job.id for job in jobs.latest(world.alice.org_id)] == [started.id]
    assert jobs.latest(world.users["mallory"].org_id) == []


def test_what_is_long_over_goes_with_its_file(upload, folder, time_machine):
    upload()
    due = upload()
    jobs.start(due)
    done = upload()
    PeopleImport.update(state="done").where(PeopleImport.id == done.id).execute()
    start = clock.now()
    time_machine.move_to(start + timedelta(days=2))

    assert jobs.tidy(folder) == 1
    time_machine.move_to(start + timedelta(days=32))
    assert jobs.tidy(folder) == 1
    assert [path.name for path in folder.iterdir()] == [due.id]
    assert jobs.tidy(folder) == 0
