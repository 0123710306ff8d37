"""The parts that tests stand on are real, fresh, and gone afterwards."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import playwright
import psycopg
import pytest
import redis

from tests import keeper, programs, scratch
from tests.browser import PLAYWRIGHTS_OFF
from tests.guard import OutsideWorldError
from tests.processes import ROOT
from tests.waiting import free_port, is_answering, wait_until


def test_the_products_role_owns_its_database_and_is_no_superuser(postgres_url):
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE note (text text)")
        rows = connection.execute(
            "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchall()

    assert rows == [(False,)]


def test_a_new_database_is_empty(postgres, postgres_url):
    with postgres.database() as other, psycopg.connect(other) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()

    assert other != postgres_url
    assert tables == []


def test_a_postgres_of_ones_own_comes_back_after_a_crash(own_postgres):
    with own_postgres.database() as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE note AS SELECT 1 AS n")
        before = own_postgres.server.pid()

        own_postgres.restart()

        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT n FROM note").fetchall() == [(1,)]
        assert own_postgres.server.pid() != before


def test_backends_of_a_database_can_be_found(postgres, postgres_url):
    with psycopg.connect(postgres_url) as connection:
        name = connection.info.dbname

        assert postgres.backends(name) == [connection.info.backend_pid]


def test_valkey_keeps_what_it_answered_over_a_kill(valkey):
    with redis.Redis.from_url(valkey.url) as client:
        client.set("note", "kept")

        valkey.kill()
        valkey.start()

        assert client.get("note") == b"kept"


USES_VALKEY_UNTIL_KILLED = """
    import sys
    from tests import keeper
    hold = keeper.join("valkey", sys.argv[1])
    print(hold.ready["port"], flush=True)
    sys.stdin.read()
"""


def test_a_server_ends_also_when_the_test_process_is_killed():
    script = textwrap.dedent(USES_VALKEY_UNTIL_KILLED)
    user = subprocess.Popen(
        [sys.executable, "-c", script, f"kill-{os.getpid()}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert user.stdout
    port = int(user.stdout.readline())
    was_answering = is_answering(port)

    user.send_signal(signal.SIGKILL)
    user.communicate()

    assert was_answering
    wait_until(lambda: not is_answering(port), 30, "the end of a killed test's Valkey")


def test_two_users_share_one_server_until_the_last_leaves():
    first = keeper.join("valkey", f"pair-{os.getpid()}")
    second = keeper.join("valkey", f"pair-{os.getpid()}")

    first.release()

    assert first.ready == second.ready
    assert is_answering(second.ready["port"])
    second.end()
    assert not is_answering(second.ready["port"])


def test_a_server_that_cannot_start_says_why():
    folder = keeper.folder_of("postgres", f"bad-{os.getpid()}")
    folder.mkdir()
    (folder / "pg").write_text("a file where the cluster should be")

    with pytest.raises(RuntimeError, match=r"postgres did not start: FileExistsError"):
        keeper.join("postgres", f"bad-{os.getpid()}")

    wait_until(lambda: not folder.exists(), 30, "the end of a server that never started")


def test_chromium_runs_scripts_and_shows_a_page(page):
    page.set_content("<h1></h1><script>document.querySelector('h1').textContent = 6 * 7</script>")

    assert page.inner_text("h1") == "42"


def test_what_playwright_switches_off_in_chromium_stays_off():
    driver = Path(playwright.__file__).parent / "driver/package/lib/server/electron/loader.js"
    listed = driver.read_text().partition("disabledFeatures")[2].partition("].filter")[0]

    assert tuple(re.findall(r'^ +"(\w+)",?$', listed, re.MULTILINE)) == PLAYWRIGHTS_OFF


def test_what_a_page_complains_of_is_collected(page, console_errors):
    page.set_content("<script>console.error('broken'); undefinedName()</script>")

    assert any("broken" in text for text in console_errors)
    assert any("undefinedName" in text for text in console_errors)
    console_errors.clear()


def test_each_page_has_a_fresh_profile(page, context):
    assert context.cookies() == []


def test_chromium_reaches_this_machine_only(page, console_errors):
    with pytest.raises(Exception, match=r"ERR_NAME_NOT_RESOLVED|ERR_INTERNET|ERR_ADDRESS"):
        page.goto("http://www.example.com/")
    console_errors.clear()


@pytest.mark.parametrize(
    ("why", "address"),
    [
        ("a public address", ("192.0.2.1", 80)),
        ("a private address is no test host either", ("10.0.0.1", 80)),
    ],
)
def test_the_outside_world_is_refused(why, address):
    with socket.socket() as client, pytest.raises(OutsideWorldError):
        client.connect(address)


def test_looking_up_a_name_is_refused():
    with pytest.raises(OutsideWorldError):
        socket.getaddrinfo("www.example.com", 443)


def test_free_ports_come_in_a_row():
    port = free_port(following=1)

    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", port))
        second.bind(("127.0.0.1", port + 1))


def test_no_port_is_given_twice_nor_one_that_a_connection_may_get():
    ports = [free_port(following=7) for _ in range(50)]

    assert len({port // 8 for port in ports}) == 50
    assert max(ports) + 7 < 32_768


def test_waiting_ends_with_a_sentence():
    with pytest.raises(TimeoutError, match=r"spring did not come true in 0.05 s; last: 0"):
        wait_until(lambda: 0, 0.05, "spring")


def test_a_missing_program_says_what_to_do(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")

    with pytest.raises(LookupError, match="apt-get install chromium"):
        programs.path_of("chromium")


FOLDER = (
    "from tests import scratch; scratch.install(); import tempfile; print(tempfile.gettempdir())"
)


def test_temporary_files_lie_in_memory_unless_somebody_names_a_folder(tmp_path):
    unnamed = {name: value for name, value in os.environ.items() if name != "TMPDIR"}
    has_room = scratch.MEMORY.is_dir() and (
        shutil.disk_usage(scratch.MEMORY).free >= scratch.ROOM_BYTES
    )

    assert (folder_with(unnamed) == str(scratch.MEMORY)) is has_room
    assert folder_with(unnamed | {"TMPDIR": str(tmp_path)}) == str(tmp_path)


def folder_with(environment):
    """Where a process of these variables makes its temporary files."""
    done = subprocess.run(
        [sys.executable, "-c", FOLDER], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    return done.stdout.decode().strip()
