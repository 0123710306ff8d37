"""held and erase from the command line."""

import json
import stat


def test_what_is_held_is_counted_and_copied_for_its_owner_alone(here):
    here.told("add-user", "priv@ours.test")
    file = here.folder / "two.csv"
    file.write_text("name,email\nPat,pat@there.test\n")
    here.told("import-people", str(file))
    copy = here.folder / "copy.json"

    done = here.run("held", "Pat@There.test", "--copy", str(copy))

    assert done.returncode == 0, done.stderr
    assert "1  people\n" in done.stdout
    assert "0  hits\n" in done.stdout
    assert "pat@there.test" not in done.stdout.lower()
    assert [each["name"] for each in json.loads(copy.read_text())["people"]] == ["Pat"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    again = here.run("held", "pat@there.test", "--copy", str(copy))
    assert (again.returncode, again.stderr) == (1, f"{copy}: File exists.\n")


def test_what_cannot_be_asked_is_one_line(here):
    here.told("add-user", "own@ours.test")

    for address, said in (("nobody", "no e-mail address"), ("own@ours.test", "a user, a mailbox")):
        done = here.run("held", address)
        assert (done.returncode, done.stdout) == (1, "")
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_somebody_is_erased_once_that_is_said(here):
    file = here.folder / "gone.csv"
    file.write_text("name,email\nGus,gus@there.test\n")
    here.told("import-people", str(file))

    asked = here.run("erase", "gus@there.test")
    done = here.run("erase", "gus@there.test", "--yes")
    again = here.run("import-people", str(file))

    assert (asked.returncode, asked.stdout.split(" rows")[0]) == (1, "2")
    assert done.returncode == 0, done.stderr
    assert "1  people\n" in done.stdout
    assert "0  people\n" in here.told("held", "gus@there.test")
    assert "1 rows: 0 added" in again.stdout
    assert "erased on request" in again.stderr
