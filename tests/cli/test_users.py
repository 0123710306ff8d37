"""Users and their ways in, from the command line."""

import os
import sqlite3
import subprocess
import sys

import pytest

from backend.models.access import Scope


def test_a_token_is_the_last_word_and_works(here):
    for scope in Scope:
        told = here.told("issue-token", "ann@ours.test", "--scope", scope)

        assert told.split()[-1].startswith(f"tt_{scope}_")
        assert len(told.splitlines()) == 1


def test_a_token_is_kept_as_its_hash_with_its_label(here):
    token = here.told("issue-token", "ann@ours.test", "--label", "my program").split()[-1]

    with sqlite3.connect(here.data_dir / "telltale.db") as database:
        rows = database.execute("SELECT * FROM api_token WHERE label = 'my program'").fetchall()
    database.close()

    assert len(rows) == 1
    assert token not in str(rows)


def test_an_address_is_written_in_any_way(here):
    assert here.told("issue-token", " <Ann@OURS.test>").split()[-1].startswith("tt_api_")


def test_a_link_leads_to_the_address_of_the_app(here):
    told = here.told("signin-link", "ann@ours.test")

    assert told.startswith(f"http://127.0.0.1:{here.port}/signin/")


def test_users_belong_to_the_one_organisation(here):
    assert here.told("add-user", "bo@ours.test", "--role", "manager") == (
        "Added bo@ours.test as manager of My organisation."
    )


REFUSED = (
    ("a user there is", ["add-user", "ANN@ours.test"], "There is a user with that address already"),
    ("no address", ["add-user", "ann"], 'EMAIL: has no “@”.'),
    ("an address with a break", ["add-user", "a\n@b.test"], "EMAIL: has control"),
    ("nobody", ["issue-token", "nobody@ours.test"], "There is no user with that address"),
    ("nobody's link", ["signin-link", "nobody@ours.test"], "There is no user with that address"),
    ("no address for a token", ["issue-token", "x"], 'EMAIL: has no “@”.'),
    ("a name without end", ["add-user", "cy@x.test", "--name", "x" * 201],
     "--name: must be at most 200 characters."),
    ("a name of two lines", ["add-user", "cy@x.test", "--name", "Cy\nDo"],
     "--name: must be one line"),
    ("a label without end", ["issue-token", "ann@ours.test", "--label", "x" * 101],
     "--label: must be at most 100 characters."),
    ("another organisation", ["add-user", "cy@x.test", "--organization", "Theirs"],
     "Name one organisation with --organization."),
)  # fmt: skip


@pytest.mark.parametrize(("why", "arguments", "said"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_is_said_in_one_line(here, why, arguments, said):
    done = here.run(*arguments)

    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(said)


@pytest.mark.parametrize(
    "arguments",
    [["add-user", "x@y.test", "--role", "king"], ["issue-token", "x", "--scope", "all"]],
)
def test_a_role_or_scope_that_is_none_is_a_matter_of_usage(here, arguments):
    assert here.run(*arguments).returncode == 2


def test_an_argument_that_is_no_text_is_refused(here):
    done = subprocess.run(
        [sys.executable.encode(), b"-m", b"backend", b"add-user", b"d@y.test", b"--name", b"\xff"],
        cwd=here.folder,
        env=os.environ | here.environment(),
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stderr) == (1, "An argument is not UTF-8 text.\n")
