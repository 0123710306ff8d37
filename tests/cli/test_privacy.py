"""held from the command line."""

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


def test_what_cannot_be_asked_is_one_line(here):
    here.told("add-user", "own@ours.test")

    for address, said in (("nobody", "no e-mail address"), ("own@ours.test", "a user, a mailbox")):
        done = here.run("held", address)
        assert (done.returncode, done.stdout) == (1, "")
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1
