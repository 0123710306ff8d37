"""A module run as the child of a process that it does not outlive."""

import os
import subprocess
import sys

from tests.processes import ROOT


def start(*arguments):
    command = [sys.executable, "-m", "backend.serve.child", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_a_child_whose_parent_has_already_gone_does_not_begin():
    done = start("1", "this")

    assert done.returncode == -9
    assert done.stdout == ""


def test_a_child_runs_its_module_with_its_arguments_and_says_nothing_itself():
    done = start(str(os.getpid()), "backend", "--help")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: ")
