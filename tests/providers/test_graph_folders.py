"""The place of a Microsoft mailbox: which folders are followed, and from where on."""

import pytest

from backend.providers.graph_folders import TREE, Folders
from backend.providers.mail import PlaceLost


@pytest.fixture
def folders():
    return Folders(
        tree={"in": "root", "deals": "in", "bin": "root", "old": "bin", "s": "root"},
        known={"deleteditems": "bin", "sentitems": "s"},
        links={TREE: "/tree"},
    )


def test_it_comes_back_from_its_text(folders):
    folders.more = ["in"]

    assert Folders.of(folders.text) == folders


def test_a_text_that_is_none_is_a_lost_place():
    with pytest.raises(PlaceLost):
        Folders.of("nothing")


def test_what_is_below_a_folder_that_is_left_alone_is_left_alone(folders):
    new = folders.follow("/folders/{}/delta")

    assert sorted(new) == ["deals", "in", "s"]
    assert folders.links["deals"] == "/folders/deals/delta"
    assert folders.place_of("old") == "deleteditems"


def test_a_folder_that_moved_away_is_not_asked_any_more(folders):
    folders.follow("/{}")
    folders.begin_round()
    folders.note([{"id": "deals", "parentFolderId": "bin"}])

    folders.follow("/{}")

    assert "deals" not in folders.links
    assert "deals" not in folders.more


@pytest.mark.parametrize(
    ("why", "told", "parent"),
    [
        ("moved", {"id": "deals", "parentFolderId": "s"}, "s"),
        ("renamed, and only that is told", {"id": "deals", "displayName": "D"}, "in"),
        ("told as removed, which may be a move", {"id": "deals", "@removed": {}}, "in"),
    ],
)
def test_a_folder_is_where_it_was_last_told_to_be(folders, why, told, parent):
    folders.note([told])

    assert folders.tree["deals"] == parent


def test_a_new_folder_of_which_only_a_part_is_told_is_followed(folders):
    folders.note([{"id": "new"}])

    assert "new" in folders.follow("/{}")


def test_folders_in_a_circle_end(folders):
    folders.tree |= {"a": "b", "b": "a"}

    assert folders.is_followed("a")


def test_an_id_cannot_break_out_of_its_link(folders):
    folders.note([{"id": "a/../../users?x=", "parentFolderId": "root"}])

    folders.follow("/folders/{}/delta")

    assert folders.links["a/../../users?x="] == "/folders/a%2F..%2F..%2Fusers%3Fx%3D/delta"
