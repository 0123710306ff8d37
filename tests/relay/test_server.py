"""The relay as a process: it says how it is, and ends when it is told to."""

import signal
import smtplib
import socket
import subprocess
import sys
import urllib.request

import pytest

from backend.errors import SettingsError
from backend.relay.server import house_of, tls_of
from backend.settings import Settings
from tests.installation import START_S, Installation
from tests.relay import hosting
from tests.relay.letters import letter
from tests.waiting import LOOPBACK, free_port, is_answering, wait_until


def test_it_counts_what_it_has_done_and_ends_by_a_signal(tmp_path):
    port = free_port(1)
    health = port + 1
    here = Installation(tmp_path, {"RELAY_PORT": str(port), "RELAY_HEALTH_PORT": str(health)})
    here.told("migrate")
    with hosting.smarthost() as host, (tmp_path / "err").open("wb") as err:
        here.variables["RELAY_SMARTHOST"] = f"smtp+plain://{LOOPBACK}:{host.port}"
        process = subprocess.Popen(
            [sys.executable, "-m", "backend", "relay"],
            cwd=tmp_path,
            env=here.environment(),
            stderr=err,
        )
        try:
            wait_until(lambda: is_answering(health), START_S, "the relay")
            with smtplib.SMTP(LOOPBACK, port) as client:
                client.sendmail("a@else.test", ["b@else.test"], letter().replace(b"ours", b"else"))
            with urllib.request.urlopen(f"http://{LOOPBACK}:{health}/metrics") as answer:
                told = answer.read().decode()
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(START_S)
    assert (code, len(host.taken)) == (0, 1)
    assert 'telltale_relay_mails_total{answer="accepted"} 1.0' in told
    assert 'telltale_relay_stamped_total{outcome="unknown_sender"} 1.0' in told
    assert (tmp_path / "err").read_text() == ""


def test_a_taken_port_of_its_health_is_one_line(tmp_path):
    here = Installation(tmp_path, {"RELAY_SMARTHOST": f"smtp+plain://{LOOPBACK}:1"})
    here.told("migrate")
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        here.variables["RELAY_PORT"] = str(free_port())
        here.variables["RELAY_HEALTH_PORT"] = str(taken.getsockname()[1])
        done = here.run("relay")

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("RELAY_HEALTH_PORT: 127.0.0.1:")


def test_a_certificate_that_cannot_be_read_stops_the_start(tmp_path):
    with pytest.raises(SettingsError, match="RELAY_TLS_CERT"):
        tls_of(Settings(relay_tls_cert=tmp_path / "none"))


def test_without_a_smarthost_there_is_no_relay(tmp_path):
    with pytest.raises(SettingsError, match="RELAY_SMARTHOST"):
        house_of(Settings(data_dir=tmp_path, playground=False))


def test_the_playgrounds_mail_host_is_the_smarthost_where_none_is_named():
    settings = Settings(playground=True, port=9000)

    assert settings.relay_smarthost == f"smtp+plain://{LOOPBACK}:9025"
    assert (settings.relay_port, settings.relay_health_port) == (9026, 9027)
    assert settings.relay_ehlo == socket.gethostname()
