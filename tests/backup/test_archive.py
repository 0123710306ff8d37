"""The file of a backup: whole or not there, for its owner alone, and checked before it is used."""

import fcntl
import os
import stat

import pytest

from backend.backup import archive
from backend.backup.archive import Archive
from backend.backup.manifest import Manifest, Part
from backend.errors import Conflict, Invalid
from backend.providers.vault import Ring, Vault

LINES = [b"a\t1\nb\t2\n", b"c\t3\n"]


@pytest.fixture
def vault():
    ring = Ring({"k1": bytes(range(32)), "k0": bytes(range(1, 33))})
    return Vault(lambda: ring)


def manifest():
    return Manifest("2026-11-27T12:00:00+00:00", "sqlite", ["0001_core"], "5ec2e7", [], "", 0, {})


def write(path, vault, told=lambda _rows: None, parts=None):
    with archive.created(path, vault, told) as out:
        for name, blocks in (parts or {"hits": [], "table/person": LINES}).items():
            out.add(name, ("name", "number"), blocks)
        out.finish(manifest())


def read(path, vault, told=lambda _done, _total: None):
    return Archive(path, vault, told)


def test_parts_and_manifest_come_back_as_they_went_in(tmp_path, vault):
    rows, walked = [], []
    write(tmp_path / "b", vault, rows.append)

    found = read(tmp_path / "b", vault, lambda *told: walked.append(told))
    said = found.check()
    parts = {name: list(blocks) for name, blocks in found.parts()}
    found.close()

    assert parts == {"table/person": LINES}
    assert (said.rows, said.parts["hits"].rows, said.migrations) == (3, 0, ["0001_core"])
    assert said.parts["table/person"].columns == ["name", "number"]
    assert rows == [2, 3]
    size = (tmp_path / "b").stat().st_size
    assert walked[-1] == (size, size)


def test_a_part_may_be_passed_over(tmp_path, vault):
    write(tmp_path / "b", vault, parts={"table/a": LINES, "table/b": LINES[:1]})
    found = read(tmp_path / "b", vault)

    assert [name for name, _ in found.parts()] == ["table/a", "table/b"]
    found.close()


def test_it_is_for_its_owner_alone_and_never_written_over(tmp_path, vault):
    path = tmp_path / "b"
    (tmp_path / "b.part").touch(mode=0o644)  # what a killed one left
    write(path, vault)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(Conflict, match="is there already"):
        write(path, vault)


def test_what_came_there_meanwhile_is_not_written_over(tmp_path, vault):
    path = tmp_path / "b"

    def coming():
        path.write_text("somebody's")
        yield LINES[0]

    with pytest.raises(Conflict, match="is there already"):
        write(path, vault, parts={"table/person": coming()})

    assert path.read_text() == "somebody's"
    assert list(tmp_path.iterdir()) == [path]


def test_one_that_failed_leaves_nothing(tmp_path, vault):
    def failing():
        yield os.urandom(1_000_000)
        raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"):
        write(tmp_path / "b", vault, parts={"table/person": failing()})

    assert list(tmp_path.iterdir()) == []


def test_two_do_not_write_one_file(tmp_path, vault):
    with (tmp_path / "b.part").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)

        with pytest.raises(Conflict, match="Another backup"):
            write(tmp_path / "b", vault)

    assert (tmp_path / "b.part").exists()


def test_an_older_key_of_the_ring_opens_it_and_no_other_does(tmp_path, vault):
    write(tmp_path / "b", vault)
    keys = vault.ring.keys

    read(tmp_path / "b", Vault(lambda: Ring({"k2": bytes(range(2, 34)), **keys}))).close()
    with pytest.raises(Invalid, match="vault key k1, which is not among"):
        read(tmp_path / "b", Vault(lambda: Ring({"k0": keys["k0"]})))


NONE = (
    ("empty", b"", "is no backup"),
    ("something else", b"SQLite format 3\0" * 200, "is no backup"),
    ("a later form", b"telltale-backup 2 x y\n", "update Telltale"),
    ("half a first line", b"telltale-backup 1 x\n", "does not open"),
    ("no envelope", b"telltale-backup 1 x y\n", "does not open"),
    ("no text", b"telltale-backup 1 \xff \xff\n", "does not open"),
    ("another envelope", b"telltale-backup 1 x v1.k1.AAAA\n", "does not open"),
)


@pytest.mark.parametrize(("why", "data", "said"), NONE, ids=[row[0] for row in NONE])
def test_what_is_no_backup_is_told(tmp_path, vault, why, data, said):
    (tmp_path / "b").write_bytes(data)

    with pytest.raises(Invalid, match=said):
        read(tmp_path / "b", vault)


@pytest.mark.parametrize(
    ("why", "change", "said"),
    [
        ("fewer rows", lambda parts: setattr(parts["table/person"], "rows", 2), "is not what"),
        ("another digest", lambda parts: setattr(parts["table/person"], "sha256", ""), "is not"),
        ("a part that is missing", lambda parts: parts.update(x=Part([], 1)), "part x is"),
        ("a part too many", lambda parts: parts.pop("table/person"), "does not know"),
    ],
)
def test_parts_must_be_what_the_manifest_says(tmp_path, vault, why, change, said):
    with archive.created(tmp_path / "b", vault, lambda _rows: None) as out:
        out.add("table/person", ("name", "number"), LINES)
        change(out._parts)
        out.finish(manifest())
    found = read(tmp_path / "b", vault)

    with pytest.raises(Invalid, match=said):
        found.check()
    found.close()
