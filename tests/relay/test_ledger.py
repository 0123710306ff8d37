"""Who has which mail is known for as long as a peer may ask, and says nothing of anybody."""

from datetime import timedelta

import pytest
import time_machine

from backend import clock, db
from backend.mail.mime_headers import read_headers
from backend.relay import ledger as ledgers
from backend.relay.ledger import LIFE, Ledger, forget_old
from tests.relay.letters import letter
from tests.world import CAROL, LEO, SECRET


@pytest.fixture
def ledger(world):
    return Ledger(SECRET)


def key_of(ledger: Ledger, raw: bytes) -> str:
    return ledger.mail_key("alice@ours.test", read_headers(raw, 0, len(raw)), raw)


def test_what_is_written_is_known_in_any_case_and_by_another_process(ledger):
    key = key_of(ledger, letter())

    ledger.write(key, [CAROL], None)
    ledger.write(key, [CAROL], None)

    assert Ledger(SECRET).accepted(key, [CAROL.upper(), LEO]) == {CAROL.upper()}


def test_an_acceptance_holds_no_address_and_no_id(ledger):
    ledger.write(key_of(ledger, letter()), [CAROL], None)

    ((key,),) = db.rows("SELECT key FROM relay_acceptance")

    assert len(key) == 64
    assert not set(key) - set("0123456789abcdef")


def test_after_a_week_it_is_forgotten(ledger):
    key = key_of(ledger, letter())
    ledger.write(key, [CAROL], None)

    with time_machine.travel(clock.now() + LIFE + timedelta(minutes=1)):
        assert ledger.accepted(key, [CAROL]) == set()
        assert forget_old() == 1


def test_only_so_much_is_remembered(ledger):
    key = key_of(ledger, letter())

    ledger.remember(key, [CAROL, *(f"a{n}@b.test" for n in range(ledgers.MAX_REMEMBERED))])

    assert ledger.remembered(key, [CAROL, "a9@b.test"]) == {"a9@b.test"}
