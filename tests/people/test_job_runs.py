"""Imports run behind the request: each row counted once, whatever happens to the worker."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event, Thread

import pytest

from backend import clock, db
from backend.models.imports import ImportState, PeopleImport
from backend.models.people import Person
from backend.people import job_runs, jobs
from backend.people.values import Actor
from backend.words.sentence import loaded
from tests.waiting import wait_until

HEADER = "external_id,source,name,email\n"


def people(first, end):
    return "".join(f"c{n},crm,Person {n},p{n}@x.test\n" for n in range(first, end))


@pytest.fixture
def folder(tmp_path):
    return jobs.folder_of(tmp_path)


@pytest.fixture
def begin(world, folder):
    """Upload and start an import; its id."""

    def begun(text):
        actor = Actor(world.alice.org_id, world.alice.id)
        job = jobs.upload(actor, folder, "people.csv", io.BytesIO(text.encode()))
        jobs.start(job)
        return job.id

    return begun


@pytest.fixture
def work(folder):
    """Run what is due, as the worker does: in a thread with a connection of its own."""

    def run(stop=None):
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(job_runs.run_next, folder, stop or Event()).result()

    return run


def counts(import_id):
    job = PeopleImport.get_by_id(import_id)
    return job.state, job.done_rows, job.added, job.unchanged, job.failed


def test_an_import_runs_to_its_end_and_its_file_goes(begin, work, folder):
    import_id = begin(HEADER + people(0, 2_500))

    assert work()
    assert not work()
    job = PeopleImport.get_by_id(import_id)
    assert counts(import_id) == ("done", 2500, 2500, 0, 0)
    assert job.done_bytes == job.size_bytes
    assert (job.started_at, job.finished_at) >= (job.created_at, job.created_at)
    assert list(folder.iterdir()) == []


def test_failed_rows_are_kept_with_their_cells_and_reasons(begin, work):
    import_id = begin(HEADER + "1,crm,Ann,nobody\n2,crm,\0,\n" + people(0, 1) + 'x,"crm\n')

    work()

    assert counts(import_id) == ("done", 4, 1, 0, 3)
    kept = list(jobs.failed_rows(PeopleImport.get_by_id(import_id)))
    faults = [(row.row, each.column, each.reason.key) for row in kept for each in row.faults]
    assert faults == [
        (2, "email", "fields.address"),
        (3, "name", "fields.nul"),
        (5, "", "fields.record_quote"),
    ]
    assert [row.cells for row in kept] == [
        ("1", "crm", "Ann", "nobody"),
        ("2", "crm", "\N{REPLACEMENT CHARACTER}", ""),
        (),
    ]


def test_a_row_that_failed_before_faults_were_kept_one_by_one_is_shown_as_it_was(begin, work):
    import_id = begin(HEADER + "1,crm,Ann,nobody\n")
    work()
    db.execute("UPDATE people_import_fault SET reason = 'email: is none'")

    (row,) = jobs.failed_rows(PeopleImport.get_by_id(import_id))

    assert [(fault.column, fault.reason.told("de")) for fault in row.faults] == [
        ("", "email: is none")
    ]


class StopsAfter(Event):
    """Set as soon as it has been asked so many times."""

    def __init__(self, asked):
        super().__init__()
        self.left = asked

    def is_set(self):
        self.left -= 1
        return self.left < 0


def test_a_worker_that_stops_hands_the_import_on(begin, work):
    import_id = begin(HEADER + people(0, 3_000) + "1,crm,Ann,nobody\n")

    work(StopsAfter(1))

    assert counts(import_id) == ("due", 2000, 2000, 0, 0)
    work()
    assert counts(import_id) == ("done", 3001, 3000, 0, 1)
    assert Person.select().where(Person.source == "crm").count() == 3000


def test_a_worker_that_was_killed_leaves_it_interrupted_until_somebody_starts_it(
    world, begin, work, time_machine
):
    import_id = begin(HEADER + people(0, 1_500) + "1,crm,Ann,nobody\n")
    work(StopsAfter(0))  # as if it had died behind the first batch ...
    PeopleImport.update(
        state="running", lease="another", lease_until=clock.wall() + job_runs.LEASE
    ).execute()
    assert not work()
    time_machine.move_to(clock.wall() + job_runs.LEASE + timedelta(seconds=1))
    assert jobs.one(world.alice.org_id, import_id).state_at(clock.wall()) == "interrupted"

    assert not work()
    assert counts(import_id) == ("interrupted", 1000, 1000, 0, 0)
    jobs.start(PeopleImport.get_by_id(import_id))
    work()

    assert counts(import_id) == ("done", 1501, 1500, 0, 1)


def test_a_runner_who_was_taken_for_dead_stores_nothing_more(begin, folder):
    import_id = begin(HEADER + people(0, 2_000))
    job = job_runs.claim()
    PeopleImport.update(lease="another").execute()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(job_runs.run, job, folder, Event()).result()

    assert counts(import_id) == ("running", 0, 0, 0, 0)
    assert Person.select().where(Person.source == "crm").count() == 0
    assert jobs.file_of(folder, import_id).exists()


def test_of_several_workers_one_gets_an_import(begin):
    import_id = begin(HEADER)

    def claimed(_number):
        with db.connection():
            return job_runs.claim()

    with ThreadPoolExecutor(4) as pool:
        found = [job for job in pool.map(claimed, range(4)) if job]

    assert [job.id for job in found] == [import_id]


def test_the_import_that_waits_longest_comes_first(begin, work):
    first, second = begin(HEADER + people(0, 1)), begin(HEADER + people(0, 2))

    work()

    assert (counts(first)[0], counts(second)[0]) == ("done", "due")


@pytest.mark.parametrize(
    ("why", "spoil", "reason"),
    [
        ("its file is gone", lambda path: path.unlink(), "upload it again"),
        ("its file is another one", lambda path: path.write_text("x\n"), "column"),
    ],
)
def test_what_cannot_be_read_any_more_is_refused(begin, work, folder, why, spoil, reason):
    import_id = begin(HEADER + people(0, 1))
    spoil(jobs.file_of(folder, import_id))

    work()

    job = PeopleImport.get_by_id(import_id)
    assert (job.state, job.finished_at is None) == (ImportState.REFUSED, False), why
    assert reason in loaded(job.reason).told()


def test_it_looks_again_and_again_until_it_is_stopped(begin, folder):
    stop = Event()
    runner = Thread(target=job_runs.run_all, args=(folder, stop))
    runner.start()
    try:
        import_id = begin(HEADER + people(0, 3))
        wait_until(lambda: counts(import_id)[0] == "done", what="the import")
    finally:
        stop.set()
        runner.join(60)

    assert not runner.is_alive()
