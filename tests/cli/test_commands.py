"""What commands share: a database that is ready, and a bar that only a terminal sees."""

import io
from contextlib import redirect_stderr

import pytest

from backend import db
from backend.cli.commands import opened, progress, short
from backend.errors import Invalid, SettingsError
from backend.settings import Settings
from tests.world import SECRET


def test_a_text_that_fits_is_taken_without_the_space_around_it():
    assert short(" Zoë ", 3, "--name") == "Zoë"
    assert short("", 3, "--name") == ""


@pytest.mark.parametrize("text", ["Zoës", "a\nb", "a\0", "\x1b[1m"])
def test_one_that_does_not_is_refused_by_its_arguments_name(text):
    with pytest.raises(Invalid, match=r"^--name: must be"):
        short(text, 3 if len(text) > 3 else 9, "--name")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("done", "total", "shown"),
    [
        (0, 10, "\r[" + "-" * 30 + "] 0 of 10 mails"),
        (5, 10, "\r[" + "#" * 15 + "-" * 15 + "] 5 of 10 mails"),
        (1_000, 1_000, "\r[" + "#" * 30 + "] 1,000 of 1,000 mails\n"),
        (12, 10, "\r[" + "#" * 30 + "] 12 of 10 mails\n"),
        (1_234, 0, "\r1,234 mails"),
    ],
)
def test_a_terminal_sees_how_far_it_is(done, total, shown):
    with redirect_stderr(Terminal()) as terminal:
        progress(done, total, "mails")

    assert terminal.getvalue() == shown


def test_a_file_sees_nothing(capsys):
    progress(5, 10, "mails")

    assert capsys.readouterr().err == ""


def test_a_database_that_is_ready_is_opened(world, settings, store):
    with opened(settings):
        assert db.one("SELECT count(*) FROM organization") == (2,)
    db.database.obj.close_all()
    db.database.initialize(store)


def test_one_that_is_not_says_what_to_run(tmp_path):
    before = db.database.obj
    settings = Settings(data_dir=tmp_path, secret=SECRET)

    with pytest.raises(SettingsError, match=r"misses 0001_core, .*`python -m backend migrate`"):
        opened(settings).__enter__()
    db.database.obj.close_all()
    if before is not None:
        db.database.initialize(before)
