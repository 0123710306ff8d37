"""The relay's commands, as an operator runs them."""

from pathlib import Path

import pytest


def test_programs_are_registered_listed_and_removed(here):
    added = here.told("add-sender", "Alerts@ours.test", "--owner", "ann@ours.test", "--no-links")
    listed = here.told("senders", "ann@ours.test")
    again = here.run("add-sender", "alerts@ours.test", "--owner", "ann@ours.test")
    here.told("remove-sender", "alerts@ours.test", "--owner", "ann@ours.test")
    missing = here.run("remove-sender", "alerts@ours.test", "--owner", "ann@ours.test")

    assert added == "Mail of alerts@ours.test is measured from now on."
    assert listed == "alerts@ours.test  opens, per recipient"
    assert (again.returncode, again.stderr) == (1, "There is such a sender already.\n")
    assert (missing.returncode, missing.stderr) == (1, "There is no such sender.\n")


@pytest.mark.parametrize("command", ["add-sender", "remove-sender"])
def test_an_address_that_is_none_is_named_as_the_help_names_it(here, command):
    done = here.run(command, "shop", "--owner", "ann@ours.test")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ADDRESS: has no ")


def test_a_name_without_end_is_refused(here):
    done = here.run("add-sender", "shop@ours.test", "--owner", "ann@ours.test", "--name", "x" * 201)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "--name: must be at most 200 characters.\n"


def test_a_peers_password_is_told_once(here):
    here.variables["RELAY_USERS"] = "users"
    told = here.told("relay-user", "crm")
    del here.variables["RELAY_USERS"]

    password = told.splitlines()[0].split()[-1]
    kept = (Path(here.folder) / "users").read_text()
    assert len(password) == 43
    assert kept.startswith("crm:")
    assert password not in kept


def test_without_a_file_there_is_nobody_to_add(here):
    assert here.run("relay-user", "crm").stderr.startswith("RELAY_USERS: set it")


def test_the_relay_does_not_start_without_a_smarthost(here):
    done = here.run("relay")

    assert (done.returncode, done.stderr.partition(":")[0]) == (1, "RELAY_SMARTHOST")
