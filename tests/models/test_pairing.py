"""The device flow's rows: one answer, one collection, hashes only."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine

from backend import clock, db
from backend.models import pairing
from backend.models.access import caller_of_token
from backend.models.org import ApiToken
from backend.models.pairing import OutlookClient, Pairing, Standing

MAILBOX = "sales@ours.test"
SECOND = timedelta(seconds=1)


@pytest.fixture
def started(world):
    return pairing.start(MAILBOX, OutlookClient.WEB)


def approve(started, user):
    row = pairing.waiting(started.user_code)
    return row is not None and pairing.answer(row, user, is_approved=True)


def later(delay):
    return time_machine.travel(clock.now() + delay, tick=False)


def test_a_code_is_easy_to_type_and_hard_to_guess(world, started):
    letters = started.user_code.replace("-", "")

    assert len(letters) == 8
    assert set(letters) <= set(pairing.CODE_LETTERS)
    assert len(started.device_code) >= 43


def test_only_hashes_of_the_codes_are_kept(world, started):
    row = db.one("SELECT * FROM pairing")

    text = " ".join(map(str, row))
    assert started.device_code not in text
    assert started.user_code not in text
    assert started.user_code.replace("-", "") not in text


@pytest.mark.parametrize(
    ("why", "typed"),
    [
        ("as it is shown", "{code}"),
        ("in small letters", "{small}"),
        ("without the hyphen", "{bare}"),
        ("with spaces", " {code} "),
    ],
)
def test_a_code_is_found_however_it_is_typed(world, started, why, typed):
    code = started.user_code
    text = typed.format(code=code, small=code.lower(), bare=code.replace("-", ""))

    assert pairing.waiting(text) is not None, why


def test_the_tokens_come_once(world, started):
    assert pairing.collect(started.device_code) == (Standing.PENDING, None)
    assert approve(started, world.alice)

    standing, tokens = pairing.collect(started.device_code)
    again = pairing.collect(started.device_code)

    assert standing is Standing.APPROVED
    assert caller_of_token(tokens.read).scope == "read"
    assert caller_of_token(tokens.stamp).scope == "stamp"
    assert caller_of_token(tokens.stamp).user_id == world.alice.id
    assert again == (Standing.EXPIRED, None)
    assert {row.label for row in ApiToken.select()} == {"Outlook, web"}


def test_twenty_that_ask_at_once_get_one_pair_of_tokens(world, started, store):
    approve(started, world.alice)

    def one(_):
        with db.connection():
            return pairing.collect(started.device_code)[1]

    with ThreadPoolExecutor(20) as pool:
        given = [tokens for tokens in pool.map(one, range(20)) if tokens]

    assert len(given) == 1
    assert ApiToken.select().count() == 2


def test_who_asks_too_soon_must_wait_longer_each_time(world, started):
    first = pairing.collect(started.device_code)[0]
    second = pairing.collect(started.device_code)[0]
    with later(6 * SECOND):
        third = pairing.collect(started.device_code)[0]
    with later(22 * SECOND):
        fourth = pairing.collect(started.device_code)[0]

    assert [first, second, third] == [Standing.PENDING, Standing.SLOW_DOWN, Standing.SLOW_DOWN]
    assert fourth is Standing.PENDING


def test_ten_minutes_later_it_is_over(world, started):
    with later(pairing.LIFE + SECOND):
        assert pairing.waiting(started.user_code) is None
        assert pairing.collect(started.device_code)[0] is Standing.EXPIRED


def test_a_code_approved_in_time_but_found_late_is_over(world, started):
    row = pairing.waiting(started.user_code)

    with later(pairing.LIFE + SECOND):
        assert not pairing.answer(row, world.alice, is_approved=True)


def test_a_denied_one_stays_denied(world, started):
    row = pairing.waiting(started.user_code)
    assert pairing.answer(row, world.alice, is_approved=False)

    assert not pairing.answer(row, world.users["bob"], is_approved=True)
    assert pairing.waiting(started.user_code) is None
    assert pairing.collect(started.device_code)[0] is Standing.DENIED


def test_an_unknown_secret_is_told_nothing(world):
    assert pairing.collect("x") == (Standing.EXPIRED, None)


def test_an_approved_mailbox_is_one_the_user_sends_from(world, started):
    assert MAILBOX not in pairing.addresses_of(world.alice)

    approve(started, world.alice)

    assert pairing.addresses_of(world.alice) == {"alice@ours.test", MAILBOX}
    assert pairing.addresses_of(world.users["bob"]) == {"bob@ours.test"}


def test_what_is_over_is_cleared_away_but_not_what_was_approved(world, started):
    approve(started, world.alice)
    pairing.start(MAILBOX, OutlookClient.MAC)

    with later(pairing.LIFE + SECOND):
        pairing.start(MAILBOX, OutlookClient.IOS)

    assert sorted(row.client for row in Pairing.select()) == ["ios", "web"]


@pytest.mark.parametrize(("why", "days", "holds"), [("within", 29, True), ("after", 31, False)])
def test_a_panels_token_ends_when_it_lies_unused(world, started, why, days, holds):
    approve(started, world.alice)
    tokens = pairing.collect(started.device_code)[1]

    with later(timedelta(days=days)):
        assert (caller_of_token(tokens.read) is not None) == holds, why
        assert caller_of_token(tokens.stamp) is not None, "the handler's never ends by itself"


def test_a_token_that_was_taken_back_is_over(world, started):
    approve(started, world.alice)
    tokens = pairing.collect(started.device_code)[1]

    pairing.end_token(tokens.read)
    pairing.end_token("no token of ours")

    assert caller_of_token(tokens.read) is None
    assert caller_of_token(tokens.stamp) is not None
