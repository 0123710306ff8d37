"""Installations whose commands are run as an operator runs them."""

import subprocess
import sys

import pytest

from tests.installation import Installation


@pytest.fixture
def fresh(tmp_path):
    """An installation that nobody has touched yet."""
    return Installation(tmp_path)


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A migrated installation with one user, shared by a module."""
    made = Installation(tmp_path_factory.mktemp("here"))
    made.told("migrate")
    made.told("add-user", "ann@ours.test", "--name", "Ann")
    return made


@pytest.fixture
def run_python(here):
    """Runs a program with the settings of the shared installation."""

    def run(program):
        subprocess.run(
            [sys.executable, "-c", program], cwd=here.folder, env=here.environment(), check=True
        )

    return run
