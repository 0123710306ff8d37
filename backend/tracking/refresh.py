"""Bringing the published network lists up to date, from the web or from files.

    fetch -> parse strictly -> check the size -> replace the file in one step

A list that cannot be fetched or believed leaves the old one in force and says why. Only https;
a list that shrinks by more than half is refused unless forced: a half answer must not blind us.
"""

import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from http.client import HTTPMessage
from pathlib import Path
from typing import IO

from backend.errors import Invalid, TelltaleError, TooLarge, Unavailable
from backend.tracking.lists import (
    SHIPPED,
    NetworkList,
    read_list,
    shipped_infos,
    write_list,
)
from backend.tracking.published import SOURCES, Source, cidr_lines

MAX_BYTES = 20 * 1024 * 1024  # Apple's list, the largest, has about 13 MB (2026-08)
TIMEOUT_S = 60

Fetch = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What came of one list: how many ranges it has, had before, and how many of them are new.

    `problem` is "" or the sentence that says why the old list stays.
    """

    name: str
    ranges: int
    old: int
    new: int
    problem: str = ""


def refresh(
    into: Path,
    fetch: Fetch,
    names: Iterable[str] = tuple(SOURCES),
    *,
    on: date,
    is_forced: bool = False,
) -> list[Refreshed]:
    """Fetch these lists and put them into the folder; one that fails does not stop the others.

    `on` is written into the files as the day of retrieval. Raises: Invalid for an unknown name.
    """
    return [_refreshed(into, _source(name), fetch, on, is_forced) for name in names]


def refresh_from_files(
    into: Path, name: str, files: Sequence[Path], *, on: date, is_forced: bool = False
) -> Refreshed:
    """The same for one list whose documents were downloaded elsewhere.

    `files` stand in the order of the source's `urls`. Raises: Invalid for an unknown name or
    another number of files.
    """
    source = _source(name)
    if len(files) != len(source.urls):
        raise Invalid(f"{name} is made of {len(source.urls)} documents: {', '.join(source.urls)}.")
    by_url = dict(zip(source.urls, files, strict=True))
    return _refreshed(into, source, lambda url: read_file(by_url[url]), on, is_forced)


def https_fetch(url: str) -> bytes:
    """The document at an https address, redirects to https included.

    Raises: Invalid for another scheme, TooLarge past 20 MB, Unavailable when it cannot be had.
    """
    _must_be_https(url)
    opener = urllib.request.build_opener(_HttpsOnly)
    try:
        with opener.open(url, timeout=TIMEOUT_S) as answer:
            return _limited(answer.read(MAX_BYTES + 1), url)
    except (urllib.error.URLError, OSError) as problem:
        raise Unavailable(f"{url} cannot be fetched: {problem}.") from problem


def read_file(path: Path) -> bytes:
    """The document in a file. Raises: TooLarge past 20 MB, Unavailable when it cannot be read."""
    try:
        with path.open("rb") as document:
            return _limited(document.read(MAX_BYTES + 1), str(path))
    except OSError as problem:
        raise Unavailable(f"{path} cannot be read: {problem.strerror}.") from problem


def _source(name: str) -> Source:
    if name not in SOURCES:
        raise Invalid(f"There is no list called {name}. Known are {', '.join(SOURCES)}.")
    return SOURCES[name]


def _refreshed(into: Path, source: Source, fetch: Fetch, on: date, is_forced: bool) -> Refreshed:
    old = _in_force(into, source.name)
    count = old.range_count if old else 0
    try:
        lines = cidr_lines(source.parse([_limited(fetch(url), url) for url in source.urls]))
        _must_be_believable(source, len(lines), count, is_forced)
    except TelltaleError as problem:
        return Refreshed(source.name, count, count, 0, problem.detail)
    _replace(into, source, lines, on)
    return Refreshed(source.name, len(lines), count, _new_ones(old, lines))


def _in_force(into: Path, name: str) -> NetworkList | None:
    for folder in (into, SHIPPED):
        try:
            return read_list(folder / f"{name}.txt")
        except (OSError, Invalid):  # not there, or damaged: to be replaced all the more
            continue
    return None


def _must_be_believable(source: Source, count: int, old: int, is_forced: bool) -> None:
    if not source.least <= count <= source.most:
        expected = f"{source.least} to {source.most} are expected"
        raise Invalid(f"{source.name} would have {count} ranges; {expected}.")
    if count * 2 < old and not is_forced:
        raise Invalid(
            f"{source.name} would shrink from {old} to {count} ranges. "
            "Look at the source, then force it if that is right."
        )


def _replace(into: Path, source: Source, lines: list[str], on: date) -> None:
    """Write beside the old file and rename: a reader sees the old list or the new one, whole."""
    info = replace(shipped_infos()[source.name], sources=source.urls, retrieved=on.isoformat())
    into.mkdir(parents=True, exist_ok=True)
    path = into / f"{source.name}.txt"
    beside = into / f".{source.name}.{os.getpid()}.tmp"
    try:
        with beside.open("w", encoding="utf-8") as out:
            out.write(write_list(info, source.words, lines))
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _new_ones(old: NetworkList | None, lines: list[str]) -> int:
    return len(set(lines) - set(cidr_lines(old.spans) if old else ()))


def _limited(document: bytes, name: str) -> bytes:
    if len(document) > MAX_BYTES:
        raise TooLarge(f"{name} has more than {MAX_BYTES // 1024 // 1024} MB.")
    return document


def _must_be_https(url: str) -> None:
    if not url.startswith("https://"):
        raise Invalid(f"{url} is not an https address.")


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never down to http: the list would be anybody's."""

    def redirect_request(  # noqa: PLR0913 (the library's signature)
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """The next request. Raises: Invalid when it would leave https."""
        _must_be_https(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)
