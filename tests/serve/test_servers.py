"""The two granian servers say in one line what keeps them from starting."""

import os
import subprocess
import sys

import pytest

from tests.processes import ROOT
from tests.waiting import free_port

FAULTS = (
    ("a short secret", {"SECRET": "short"}, "SECRET: must be at least 32 random characters"),
    ("one port for both", {"PORT": "9000", "EDGE_PORT": "9000"}, "EDGE_PORT must differ"),
    ("production without a secret", {"ENV": "production", "SECRET": ""}, "SECRET: not set"),
    ("a debugger", {"ENV": "production", "FLASK_DEBUG": "1"}, "FLASK_DEBUG: must not be set"),
)


@pytest.mark.parametrize("server", ["app", "edge"])
@pytest.mark.parametrize(("why", "variables", "line"), FAULTS, ids=[row[0] for row in FAULTS])
def test_bad_settings_are_one_line_and_a_restart_is_not_tried(
    tmp_path, server, why, variables, line
):
    env = os.environ | {"DATA_DIR": str(tmp_path), "SECRET": "s" * 20 + "t" * 20} | variables

    done = subprocess.run(
        [sys.executable, "-m", "backend.serve.servers", server],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == os.EX_CONFIG, why
    assert line in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("why", "name", "variables", "line"),
    [
        ("no database of countries", "", {"COUNTRY_DB": "/nowhere.mmdb"}, "COUNTRY_DB: /nowhere"),
        ("none of networks", "", {"ASN_DB": "/dev/null"}, "ASN_DB: /dev/null is no database"),
        ("a list that is none", "networks/own.txt", {}, "own.txt"),
    ],
)
def test_a_file_the_edge_cannot_use_is_one_line(tmp_path, why, name, variables, line):
    if name:
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("10.0.0.1/8\n")

    done = run("edge", {"DATA_DIR": str(tmp_path)} | variables)

    assert done.returncode == os.EX_CONFIG, why
    assert line in done.stderr
    assert len(done.stderr.splitlines()) == 1


def run(server, variables):
    """One of the two servers to its end."""
    port = free_port(1)
    ports = {"PORT": str(port), "EDGE_PORT": str(port + 1)}
    return subprocess.run(
        [sys.executable, "-m", "backend.serve.servers", server],
        cwd=ROOT,
        env=os.environ | {"SECRET": "s" * 20 + "t" * 20} | ports | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )
