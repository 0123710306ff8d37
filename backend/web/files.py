"""The static files of the pages, and the words for their scripts, at addresses that never change.

All of them lie under one path that carries the hash of them all, so a browser keeps each for a
year and asks anew when any has changed; modules import each other by relative addresses. They are
held in memory, and nothing here asks the database.
"""

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import cast

import orjson
from flask import Blueprint, Flask, Response, current_app, request

from backend.errors import NotFound
from backend.web.permissions import ANYONE, allow
from backend.words import ON_SCREEN

FOLDER = Path(__file__).resolve().parent.parent.parent / "console" / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}
VENDOR = "vendor"  # others' scripts in a folder of that name go out byte by byte, licence beside
# Comments and indents are for who works on a script; without them a page's are a quarter lighter.
# Only comments that have whole lines to themselves: what is within a line of code is never looked
# at, and no text of ours spans lines (tests/web/test_files.py).
_COMMENTS = re.compile(
    rb"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL
)
_INDENTS = re.compile(rb"^\s+", re.MULTILINE)
FOR_A_YEAR = "public, max-age=31536000, immutable"

pages = Blueprint("files", __name__)


@dataclass(frozen=True, slots=True)
class File:
    """A file's bytes, plain and packed."""

    plain: bytes
    packed: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Tree:
    """Every static file of a folder by its name, and the hash of them all."""

    version: str
    files: Mapping[str, File]

    def address(self, name: str) -> str:
        """Where a file is; raises KeyError for one that there is not."""
        if name not in self.files:
            raise KeyError(name)
        return f"/console/static/{self.version}/{name}"


def read_tree(folder: Path = FOLDER) -> Tree:
    """The files as they lie on disk now; the console's with `words/<language>.json` for scripts."""
    found = {
        path.relative_to(folder).as_posix(): _for_browsers(path)
        for path in sorted(folder.rglob("*"))
        if path.suffix in TYPES
    }
    for language, texts in ON_SCREEN.items() if folder == FOLDER else ():
        found[f"words/{language}.json"] = orjson.dumps(texts)
    digest = sha256()
    for name, content in found.items():
        digest.update(f"{name} {len(content)} ".encode() + content)
    return Tree(digest.hexdigest()[:12], {name: _file(name, found[name]) for name in found})


def equip(app: Flask) -> None:
    """Serve the files, and give templates `static(name)`: the address of one."""
    tree = read_tree()
    app.extensions["files"] = tree
    app.jinja_env.globals["static"] = tree.address
    app.register_blueprint(pages)


@pages.get("/console/static/<version>/<path:name>")
@allow(ANYONE)
def show(version: str, name: str) -> Response:
    """One file; at the address of an older tree today's, which is not to be kept."""
    tree = cast("Tree", current_app.extensions["files"])
    return answer(tree, name, FOR_A_YEAR if version == tree.version else "no-cache")


def answer(tree: Tree, name: str, cache_control: str) -> Response:
    """That file of a tree, packed for who takes it. Raises NotFound."""
    file = tree.files.get(name)
    if file is None:
        raise NotFound("problems.no_file")
    is_packed = request.accept_encodings["gzip"] > 0
    response = Response(file.packed if is_packed else file.plain, content_type=file.content_type)
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = cache_control
    return response


def _for_browsers(path: Path) -> bytes:
    """The file's bytes, our own scripts and styles without comments and indents."""
    content = path.read_bytes()
    is_ours = path.suffix in {".css", ".js"} and path.parent.name != VENDOR
    return _INDENTS.sub(b"", _COMMENTS.sub(b"", content)) if is_ours else content


def _file(name: str, content: bytes) -> File:
    return File(content, gzip.compress(content, mtime=0), TYPES[Path(name).suffix])
