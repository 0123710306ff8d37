"""Drafts of the playground's Gmail: bounded, each account's own."""

import os

import pytest

from backend.errors import NotFound, TooLarge
from playground.gmail_drafts import MAX_DRAFTS, Drafts
from playground.inboxes import MAX_MAIL_BYTES


def test_the_oldest_make_room(tmp_path):
    drafts = Drafts(tmp_path)

    ids = [drafts.add(b"x") for _ in range(MAX_DRAFTS + 1)]

    assert set(drafts.ids()) == set(ids[1:])


def test_of_those_written_in_one_tick_the_newer_id_is_first(tmp_path):
    drafts = Drafts(tmp_path)
    ids = [drafts.add(b"x") for _ in range(MAX_DRAFTS)]
    for path in drafts.folder.iterdir():
        os.utime(path, ns=(1, 1))

    assert list(drafts.ids()) == sorted(ids, reverse=True)


@pytest.mark.parametrize("draft_id", ["", "r1", "../r", f"r{32 * '0'}", f"R{32 * '0'}"])
def test_there_is_no_draft_of_another_name(tmp_path, draft_id):
    with pytest.raises(NotFound):
        Drafts(tmp_path).open(draft_id)
    with pytest.raises(NotFound):
        Drafts(tmp_path).replace(draft_id, b"x")


def test_one_that_is_too_large_is_refused(tmp_path):
    with pytest.raises(TooLarge) as refused:
        Drafts(tmp_path).add(b"x" * (MAX_MAIL_BYTES + 1))

    assert "Entwurf" in refused.value.told("de")
