"""Address lines as people and programs write them, and as attackers do."""

import pytest

from backend.mail.address_list import MAX_ADDRESSES, Mailbox, read_addresses


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", []),
        ("ann@a.test", [("", "ann@a.test")]),
        ("Ann Lee <Ann@A.test>", [("Ann Lee", "ann@a.test")]),
        ('"Lee, Ann" <ann@a.test>', [("Lee, Ann", "ann@a.test")]),
        ('"Ann \\"A\\" Lee" <ann@a.test>', [('Ann "A" Lee', "ann@a.test")]),
        ("ann@a.test (Ann Lee)", [("Ann Lee", "ann@a.test")]),
        ("<ann@a.test>; <bob@b.test>", [("", "ann@a.test"), ("", "bob@b.test")]),
        ("team: Ann <ann@a.test>, bob@b.test;", [("Ann", "ann@a.test"), ("", "bob@b.test")]),
        ("undisclosed-recipients:;", []),
        ('"ann lee"@a.test', [("", '"ann lee"@a.test')]),
        ("ann@a.test <real@a.test>", [("ann@a.test", "real@a.test")]),
        ("ann@bücher.test", [("", "ann@xn--bcher-kva.test")]),
        ("nobody, ann@a.test, @, <>", [("", "ann@a.test")]),
        ("ann@a.test, ANN@A.TEST", [("", "ann@a.test")]),
        ('"never closed <ann@a.test>', []),
    ],
)
def test_a_line_is_read(line, expected):
    assert read_addresses(line) == tuple(Mailbox(*each) for each in expected)


def test_twenty_thousand_recipients_are_cut_not_refused():
    line = ", ".join(f'"User {number}" <u{number}@x.test>' for number in range(20_000))

    assert len(read_addresses(line)) == MAX_ADDRESSES


@pytest.mark.parametrize(
    "piece", ["(", '"', "<", "\\", "a:", '"\\', "(\\", "a@b,", "<a", "\0", ")"]
)
def test_hostile_lines_end_soon(piece):
    read_addresses(piece * (1_000_000 // len(piece)))
