import pytest

from backend.errors import Invalid
from backend.tracking.lists import (
    SHIPPED,
    Certainty,
    ListInfo,
    Role,
    Scope,
    read_list,
    read_lists,
    shipped_infos,
    write_list,
)

INFO = ListInfo(
    id="own",
    role=Role.SCANNER,
    certainty=Certainty.PROBABLE,
    scope=Scope.CLICKS,
    sources=("https://a.example/x", "https://b.example/y"),
    retrieved="2026-11-22",
)


@pytest.mark.parametrize("name", sorted(shipped_infos()))
def test_a_shipped_list_says_where_it_is_from(name):
    info = shipped_infos()[name]

    assert info.sources
    assert all(source.startswith("https://") for source in info.sources)
    assert info.retrieved == "never" or info.retrieved.startswith("2026-")


def test_the_filters_are_certain_and_the_detonation_network_is_not():
    infos = shipped_infos()

    assert infos["microsoft-eop"].certainty is Certainty.CERTAIN
    assert infos["barracuda-egd"].certainty is Certainty.CERTAIN
    assert infos["microsoft-detonation"].role is Role.DETONATION
    assert infos["google-crawlers"].scope is Scope.CLICKS


def test_what_is_written_is_read_back(tmp_path):
    path = tmp_path / "own.txt"
    path.write_text(write_list(INFO, "Two lines\nof words.", ["192.0.2.0/24", "2001:db8::/32 DE"]))

    one = read_list(path)

    assert one.info == INFO
    assert one.range_count == 2
    assert one.spans[6][0][2] == "DE"


# why, text, what the message names
BROKEN = [
    ("no head", "192.0.2.0/24\n", "own.txt"),
    ("an unknown role", "# role: friend\n# certainty: certain\n# scope: all\n", "friend"),
    ("host bits", "# role: relay\n# certainty: certain\n# scope: all\n192.0.2.1/24\n", "line 4"),
    ("words", "# role: relay\n# certainty: certain\n# scope: all\n\nhello\n", "line 5"),
]


@pytest.mark.parametrize(
    ("text", "named"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_a_broken_list_is_refused_by_name(tmp_path, text, named):
    path = tmp_path / "own.txt"
    path.write_text(text)

    with pytest.raises(Invalid, match=named):
        read_list(path)


def test_folders_that_are_missing_are_empty(tmp_path):
    assert set(read_lists(SHIPPED, tmp_path / "none", None)) == set(shipped_infos())
