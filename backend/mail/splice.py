"""Replaces places of a text, leaving every other character as it is."""

from collections.abc import Iterable
from typing import NamedTuple


class Edit(NamedTuple):
    """`text` instead of what stands from `start` to `end`; an insertion if the two are equal."""

    start: int
    end: int
    text: str


def removal(text: str, start: int, end: int) -> Edit:
    """Take a place out of an HTML text so that what it parted does not join into markup.

    "<" and "b>" around a removed tag would become a tag, "-" and "->" the end of a comment: then a
    space stays between them, which changes neither.
    """
    before, after = text[start - 1 : start], text[end : end + 1]
    joins_to_tag = before == "<" and (after.isalpha() or after in set("/!?"))
    joins_to_comment_end = before in {"-", "!"} and after in set("->!")
    return Edit(start, end, " " if after and (joins_to_tag or joins_to_comment_end) else "")


def merged(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places in order, those that touch or overlap made one."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def spliced(text: str, edits: Iterable[Edit]) -> str:
    """`text` with all edits made; of two that overlap the one that begins first is made.

    An insertion within a place that goes is made behind it.
    """
    parts = []
    at = 0
    for edit in sorted(edits):
        if edit.start < at and edit.start < edit.end:
            continue
        start = max(at, edit.start)
        parts += [text[at:start], edit.text]
        at = max(at, edit.end)
    parts.append(text[at:])
    return "".join(parts)
