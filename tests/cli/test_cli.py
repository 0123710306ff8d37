"""What every command does when it cannot: one clear line, exit code 1, no trace of Python."""

import subprocess
import sys

import pytest

from tests.processes import ROOT

FAULTS = (
    ("a port in words", {"PORT": "eighty"}, "PORT: "),
    ("a data folder that is a file", {"DATA_DIR": "/dev/null"}, "DATA_DIR: /dev/null is no folder"),
    ("none that can be made", {"DATA_DIR": "/proc/telltale", "SECRET": ""}, "DATA_DIR: /proc/tell"),
    ("half an address", {"DATABASE_URL": "postgresql://u:canary@[x"}, "DATABASE_URL: cannot be"),
    (
        "a database nobody serves",
        {"DATABASE_URL": "postgresql://x@127.0.0.1:1/x"},
        "The database does not answer (no connection to be had in time: connection failed: ",
    ),
)


@pytest.mark.parametrize(("why", "variables", "said"), FAULTS, ids=[row[0] for row in FAULTS])
def test_a_bad_setting_stops_the_start_with_one_line(fresh, why, variables, said):
    fresh.variables = variables

    done = fresh.run("migrate")

    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(said)
    assert "canary" not in line


def test_a_file_that_is_no_database_is_one_line_that_names_it(fresh):
    fresh.data_dir.mkdir()
    (fresh.data_dir / "telltale.db").write_text("no database")

    done = fresh.run("migrate")

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("The database does not answer (file is not a database): ")
    assert f"see that {fresh.data_dir / 'telltale.db'} is its file" in line


@pytest.mark.parametrize(("command", "name"), [("drain", "links.db"), ("worker", "queue.db")])
def test_a_torn_file_beside_the_database_is_one_line_too(fresh, command, name):
    fresh.told("migrate")
    (fresh.data_dir / name).write_text("no database")

    done = fresh.run(command)

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("One of hits.db, links.db and queue.db in ")


def test_every_bad_setting_has_its_line(fresh):
    fresh.variables = {"PORT": "x", "TRUSTED_HOPS": "-1", "REDIS_URL": "x"}

    lines = fresh.run("serve").stderr.splitlines()

    assert [line.partition(":")[0] for line in lines] == ["PORT", "REDIS_URL", "TRUSTED_HOPS"]


def test_help_leaves_nothing_behind(fresh):
    assert "import-people" in fresh.told("--help")
    assert list(fresh.folder.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], ["dance"], ["serve", "--only", "half"]])
def test_an_unknown_command_says_how_it_is_used(fresh, arguments):
    done = fresh.run(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: python -m backend")


@pytest.mark.parametrize(
    "arguments",
    [
        ["issue-token", "ann@ours.test"],
        ["import-people", "people.csv"],
    ],
)
def test_a_database_without_tables_says_what_to_run(fresh, arguments):
    done = fresh.run(*arguments)

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.endswith("run `python -m backend migrate` first.")


def test_a_command_loads_no_server_it_does_not_run():
    code = (
        "import sys, backend.cli\n"
        "names = {'backend.relay.server', 'backend.capture.running', 'redis'}\n"
        "print(sorted(names & sys.modules.keys()))"
    )

    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )

    assert (told.stdout.strip(), told.stderr) == ("[]", "")
