"""Microsoft's library for the Outlook window: what is fetched is what the lock file names."""

import base64
import hashlib
import io
import tarfile

import pytest

from playground import office_js
from playground.office_js import NotFetched, fetch
from tests.fakes import answers
from tests.waiting import LOOPBACK, free_port

FILES = {
    "package/dist/office.js": b"office",
    "package/dist/de-de/strings.js": b"words",
    "package/dist/office.debug.js": b"for debuggers",
    "package/dist/../../../out.js": b"climbs",
    "package/README.md": b"not for browsers",
}


def packed():
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w:gz") as archive:
        for name, content in FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("package/dist/link.js")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return into.getvalue()


def integrity_of(content):
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def test_the_files_of_browsers_are_unpacked_and_nothing_else(tmp_path):
    content = packed()
    with answers.serving() as server:
        server.body = content
        fetch(server.url, "1.2.3", integrity_of(content), tmp_path / "office-js")

    found = {str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*") if each.is_file()}
    assert found == {"office-js/office.js", "office-js/de-de/strings.js"}
    assert server.asked[0][0] == "/@microsoft/office-js/-/office-js-1.2.3.tgz"


def test_other_bytes_than_the_lock_files_are_not_kept(tmp_path):
    with answers.serving() as server:
        server.body = packed()
        with pytest.raises(NotFetched, match="package-lock"):
            fetch(server.url, "1.2.3", integrity_of(b"others"), tmp_path / "office-js")

    assert list(tmp_path.iterdir()) == []


def test_without_the_network_the_reason_is_told(tmp_path):
    with pytest.raises(NotFetched, match="does not give it"):
        fetch(f"http://{LOOPBACK}:{free_port()}", "1.2.3", "sha512-x", tmp_path / "office-js")


def test_the_lock_file_names_version_and_hash():
    version, integrity = office_js.locked()

    assert version.count(".") == 2
    assert integrity.startswith("sha512-")
    assert (office_js.library() / "office.js").exists()
