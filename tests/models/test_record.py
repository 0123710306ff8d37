"""Digests and hashes of the record: other content, another salt or place is another one."""

from dataclasses import replace

from backend import clock
from backend.models import record
from backend.models.record import Entry, State

STATE = State("m", '{"kind":"person"}', '["subject"]')
ENTRY = Entry("o", 1, "m", "captured", clock.EPOCH, "{}", "salt", "digest", "")


def test_a_digest_depends_on_everything():
    others = [
        record.digest_of(STATE, "other"),
        record.digest_of(replace(STATE, facts="{}"), "salt"),
        record.digest_of(replace(STATE, content="[]"), "salt"),
        record.digest_of(replace(STATE, facts=STATE.facts + "[", content="x"), "salt"),
    ]

    assert len({record.digest_of(STATE, "salt"), *others}) == 5


def test_a_hash_depends_on_place_and_all_but_what_a_purge_takes():
    before = record.START
    known = record.hash_of(before, ENTRY)
    changes = (
        {"number": 2}, {"org_id": "p"}, {"message_id": "n"}, {"what": "changed"},
        {"occurred_at": clock.from_micros(1)}, {"digest": "other"},
    )  # fmt: skip

    others = {record.hash_of(before, replace(ENTRY, **change)) for change in changes}

    assert len({known, record.hash_of("1" * 64, ENTRY), *others}) == 8
    assert record.hash_of(before, replace(ENTRY, facts=None, salt=None)) == known
