"""Letters go to the configured SMTP server as they are, and a dead one is said within seconds."""

import pytest

from backend import clock
from backend.access import letters
from backend.access.letters import Letter
from backend.errors import Unavailable
from backend.settings import Settings
from tests.fakes import letter_box
from tests.waiting import LOOPBACK, free_port
from tests.world import SECRET


@pytest.fixture
def box():
    with letter_box.running() as running:
        yield running


def settings_of(folder, url):
    return Settings(data_dir=folder, secret=SECRET, mail_url=url, mail_from="telltale@ours.test")


def test_a_letter_arrives_whole(box, tmp_path):
    settings = settings_of(tmp_path, box.url)
    assert letters.can_send(settings)

    letters.send(
        settings, Letter("ann@ours.test", "Grüße", "A link:\n\nhttps://x.test/welcome/abc")
    )

    (envelope,) = box.taken
    assert envelope.rcpt_tos == ["ann@ours.test"]
    assert b"Auto-Submitted: auto-generated" in envelope.content
    assert b"https://x.test/welcome/abc" in envelope.content


def test_a_subject_cannot_bring_headers_of_its_own(box, tmp_path):
    with pytest.raises(ValueError, match="linefeed"):
        letters.send(settings_of(tmp_path, box.url), Letter("a@ours.test", "x\nBcc: b@x.test", ""))
    assert box.taken == []


def test_a_dead_server_is_said_soon(tmp_path):
    settings = settings_of(tmp_path, f"smtp://{LOOPBACK}:{free_port()}")
    started = clock.monotonic()

    with pytest.raises(Unavailable):
        letters.send(settings, Letter("ann@ours.test", "x", "y"))
    assert clock.monotonic() - started < 5


def test_without_a_server_nothing_can_be_sent(tmp_path):
    assert not letters.can_send(Settings(data_dir=tmp_path, secret=SECRET))
