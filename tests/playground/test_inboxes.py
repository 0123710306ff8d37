"""Local inboxes: bounded, and blind to what addresses and ids would like to reach."""

import pytest

from backend.errors import NotFound, TooLarge
from playground import inboxes as inboxes_module
from playground.inboxes import MAX_INBOXES, MAX_MAIL_BYTES, MAX_MAILS, Inboxes, received_at


@pytest.fixture
def inboxes(tmp_path):
    return Inboxes(tmp_path / "playground")


def test_a_mail_is_found_in_its_inbox_newest_first(inboxes):
    first = inboxes.put("carol@north.test", b"one")
    second = inboxes.put("Carol@North.test ", b"two")

    assert inboxes.mails("carol@north.test") == [second, first]
    assert inboxes.open(first) == b"one"
    assert inboxes.address_of(second) == "carol@north.test"
    assert received_at(first) <= received_at(second)


def test_the_inbox_with_the_newest_mail_comes_first(inboxes):
    for address in ("a@x.test", "b@x.test", "a@x.test"):
        inboxes.put(address, b"mail")

    assert [(each.address, each.count) for each in inboxes.all()] == [
        ("a@x.test", 2),
        ("b@x.test", 1),
    ]


@pytest.mark.parametrize(
    "address", ["../../etc/passwd@x.test", "a/b@x.test", "a\0b@x.test", "ü" * 300 + "@x.test"]
)
def test_an_address_never_names_a_file(inboxes, tmp_path, address):
    mail_id = inboxes.put(address, b"mail")

    assert inboxes.open(mail_id) == b"mail"
    assert [path.name for path in tmp_path.iterdir()] == ["playground"]


@pytest.mark.parametrize(
    "mail_id",
    ["", "x", "../../secret.key", "0" * 32 + "-../../../secret.key", "0" * 32 + "-" + "0" * 36],
)
def test_an_id_that_is_not_ours_finds_nothing(inboxes, mail_id):
    with pytest.raises(NotFound):
        inboxes.open(mail_id)
    with pytest.raises(NotFound):
        inboxes.address_of(mail_id)


def test_an_unknown_address_has_no_mail(inboxes):
    assert inboxes.mails("nobody@x.test") == []
    assert inboxes.all() == []


def test_the_oldest_mail_makes_room(inboxes):
    ids = [inboxes.put("a@x.test", b"mail") for _ in range(MAX_MAILS + 2)]

    assert inboxes.mails("a@x.test") == ids[:1:-1]


def test_a_mail_that_is_too_large_is_refused(inboxes):
    with pytest.raises(TooLarge):
        inboxes.put("a@x.test", b"x" * (MAX_MAIL_BYTES + 1))

    assert inboxes.all() == []


def test_there_are_only_so_many_inboxes(inboxes):
    for number in range(MAX_INBOXES):
        inboxes.put(f"a{number}@x.test", b"mail")

    with pytest.raises(TooLarge):
        inboxes.put("one-more@x.test", b"mail")
    inboxes.put("a0@x.test", b"mail")


def test_all_inboxes_together_are_bounded_until_somebody_empties_them(inboxes, tmp_path):
    half = inboxes_module.MAX_TOTAL_BYTES // 2
    first = inboxes.put("a@x.test", b"mail")
    for number in range(2):  # as sparse files, which take no room on the disk
        path = tmp_path / "playground" / first[:32] / f"{number}.eml"
        with path.open("wb") as file:
            file.truncate(half)
    fresh = Inboxes(tmp_path / "playground")

    with pytest.raises(TooLarge):
        fresh.put("a@x.test", b"mail")
    path.unlink()
    fresh.put("a@x.test", b"mail")
