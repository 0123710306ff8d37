"""Starting an installation: the tables, the demo, the banner, and the data that stays."""

import re
import socket

import pytest

from backend.providers.vault import add_key
from tests.waiting import LOOPBACK


def test_migrate_brings_an_empty_folder_up_and_then_has_nothing_to_do(fresh):
    first, second = fresh.told("migrate"), fresh.told("migrate")

    assert first.startswith("Ran 0001_core, ")
    assert second == "The database is up to date."


def test_migrate_runs_once_when_called_twice_at_once(fresh):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(lambda _: fresh.told("migrate"), range(2)))

    assert told[0].startswith("Ran 0001_core")
    assert told[1] == "The database is up to date."


@pytest.mark.req("R84")
def test_serve_tells_where_it_is_and_keeps_its_data(fresh):
    with fresh.serving("--demo"):
        first = banner(fresh)
        assert "Set up" not in first
        cookie = signed_in(fresh, first["Sign in"])
        rep = fresh.ask("GET", "/api/v1/me", headers={"Cookie": cookie}).json
        # Any command in the same folder speaks to the same data.
        token = fresh.token("rep@demo.telltale.test")
        asked = fresh.ask("GET", "/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    with fresh.serving("--demo"):
        second = banner(fresh)
        again = fresh.ask("GET", "/api/v1/me", headers={"Cookie": cookie}).json

    assert first["Telltale"] == f"http://127.0.0.1:{fresh.port}"
    assert first["Edge"] == f"http://127.0.0.1:{fresh.port + 1}"
    assert str(fresh.data_dir / "telltale.db") in first["Data"]
    assert rep["email"] == asked.json["email"] == "rep@demo.telltale.test"
    assert again["id"] == rep["id"]
    assert first["Sign in"] != second["Sign in"]
    assert fresh.err == ""


def banner(site):
    """The lines of the last banner by their first words."""
    return dict(re.split(r"  +", line, maxsplit=1) for line in site.out.splitlines())


def signed_in(site, told):
    """The cookie that the link of the banner gives."""
    path = told.split()[0].partition(str(site.port))[2]
    return site.ask("GET", path).headers["set-cookie"].partition(";")[0]


def test_a_production_start_prints_no_way_in(fresh):
    fresh.variables = {"ENV": "production", "PUBLIC_URL": "https://telltale.example.test"}
    add_key(fresh.data_dir / "vault.keys")
    with fresh.serving("--only", "app", "--demo"):
        assert "Sign in" not in fresh.out
        assert fresh.ask("GET", "/playground").status == 404


def test_an_installation_without_an_admin_prints_the_code_of_its_setup(fresh):
    with fresh.serving("--only", "app"):
        told = banner(fresh)["Set up"]
        assert fresh.ask("GET", "/setup").status == 200

    assert told.startswith(f"http://127.0.0.1:{fresh.port}/setup")
    assert len(told.split()[-1].replace("-", "")) == 28


def test_a_production_start_without_keys_for_its_secrets_is_one_line(fresh):
    fresh.variables = {"ENV": "production"}
    done = fresh.run("serve")

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("VAULT_KEYS: not set")


def test_a_production_start_with_a_provider_of_ones_own_is_one_line(fresh):
    fresh.variables = {"ENV": "production", "GRAPH_URL": "https://graph.example.test"}
    add_key(fresh.data_dir / "vault.keys")
    done = fresh.run("serve")

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("GRAPH_URL: must be https and a host of Google or Microsoft")


def test_a_taken_port_is_one_line(fresh):
    with socket.socket() as taken:
        taken.bind((LOOPBACK, fresh.port))
        taken.listen()
        done = fresh.run("serve", "--only", "app")

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"PORT: 127.0.0.1:{fresh.port} cannot be used")


def test_the_mail_host_of_a_playground_that_is_off_does_not_start(fresh):
    done = fresh.run("playground-mail")

    assert done.returncode == 1
    assert done.stderr.startswith("PLAYGROUND: switched off")
