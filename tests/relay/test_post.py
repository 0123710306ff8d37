"""One mail from its last byte to the answer: whoever has it never gets it twice."""

import smtplib
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from backend import clock, db
from backend.relay.post import CAME_BACK, DONE, MAX_HOPS, SOME, TOO_MANY_HOPS, answer_of
from backend.relay.reply import Reply
from backend.settings import Settings
from tests.relay.letters import below, letter, stamps, tokens, trace_of
from tests.waiting import free_port, wait_until
from tests.world import CAROL, LEO, SECRET

GOOD = Reply(250, ("2.0.0 queued",))
LATER = Reply(451, ("4.7.1 greylisted",))
NEVER = Reply(550, ("5.7.1 spam",))


@pytest.mark.parametrize(
    ("why", "answers", "has_earlier", "told"),
    [
        ("all the same", [GOOD, GOOD], False, GOOD),
        ("several copies", [GOOD, Reply(250, ("2.0.0 queued too",))], False, DONE),
        ("everybody had it", [], True, DONE),
        ("the rest took it now", [GOOD], True, DONE),
        ("some took it", [GOOD, NEVER], False, SOME),
        ("some took it before, the rest refuses", [NEVER], True, NEVER),
        ("nobody yet", [NEVER, LATER], False, LATER),
        ("nobody ever", [NEVER, NEVER], False, NEVER),
    ],
)
def test_one_answer_stands_for_all_recipients(why, answers, has_earlier, told):
    given = dict(zip("abc", answers, strict=False))

    assert answer_of(given, has_earlier=has_earlier) == told, why


def refused(send, *to: str, raw: bytes = letter()) -> tuple[int, bytes | str]:
    with pytest.raises(smtplib.SMTPDataError) as error:
        send(raw, *to)
    return error.value.smtp_code, error.value.smtp_error


@pytest.mark.parametrize("answer", ["451 4.7.1 greylisted", "552 5.2.2 over quota"])
def test_the_peer_hears_the_smarthosts_own_answer(send, smarthost, answer):
    smarthost.say("DATA", answer)

    code, text = refused(send)
    assert f"{code} {bytes(text).decode()}" == answer
    assert smarthost.taken == []
    assert [state for state, *_ in stamps()] == ["stamped"]


def test_a_refused_recipient_is_told_at_once_and_the_others_get_the_mail(send, smarthost):
    smarthost.say(f"RCPT {LEO}", "550 5.1.1 no such person")

    assert send(letter(), CAROL, LEO) == {LEO: (550, b"5.1.1 no such person")}
    assert smarthost.recipients() == [(CAROL,)]


def test_after_a_mixed_answer_a_retry_skips_who_has_it(send, smarthost, world):
    world.set_policy(relay_copies=True)
    smarthost.say(f"DATA {LEO}", "451 4.3.0 later")

    assert refused(send, CAROL, LEO)[0] == 451
    send(letter(), CAROL, LEO)

    assert smarthost.recipients() == [(CAROL,), (LEO,)]
    assert len(stamps()) == 1


def test_a_second_retry_sends_nothing_and_is_accepted(send, smarthost, world):
    send(letter(), CAROL, LEO)

    assert send(letter(), LEO, CAROL) == {}
    assert smarthost.recipients() == [(CAROL, LEO)]


def test_a_retry_whose_rest_is_refused_for_good_says_so(send, smarthost, world):
    world.set_policy(relay_copies=True)
    smarthost.say(f"DATA {LEO}", "550 5.7.1 spam", "550 5.7.1 spam")

    assert refused(send, CAROL, LEO)[0] == 451
    assert refused(send, CAROL, LEO) == (550, b"5.7.1 spam")
    assert smarthost.recipients() == [(CAROL,)]


@pytest.mark.parametrize(
    ("why", "change"),
    [
        ("a trace that a host added", lambda raw: b"Received: from x by y\r\n" + raw),
        ("another seal", lambda raw: b"ARC-Seal: i=1; t=2\r\n" + raw),
    ],
)
def test_a_retry_is_known_by_what_no_host_changes(send, smarthost, why, change):
    send(letter())
    send(change(letter()))

    assert len(smarthost.taken) == 1, why


@pytest.mark.parametrize(
    ("why", "other"),
    [
        ("another id", letter(message_id="two")),
        ("another text under the same id", letter("<p>changed</p>")),
    ],
)
def test_another_mail_to_the_same_person_is_sent(send, smarthost, why, other):
    send(letter())
    send(other)

    assert len(smarthost.taken) == 2, why


NAMELESS = letter().replace(b"Message-ID: <one@ours.test>\r\n", b"")


def test_the_next_mail_of_a_program_that_names_none_is_sent_though_its_words_are_the_same(
    send, smarthost
):
    for _ in range(2):
        send(NAMELESS)

    assert smarthost.recipients() == [(CAROL,), (CAROL,)]


def test_a_nameless_mail_that_comes_again_for_others_skips_who_has_it(send, smarthost, world):
    world.set_policy(relay_copies=True)
    smarthost.say(f"DATA {LEO}", "451 4.3.0 later")

    assert refused(send, CAROL, LEO, raw=NAMELESS)[0] == 451
    send(NAMELESS, CAROL, LEO)

    assert smarthost.recipients() == [(CAROL,), (LEO,)]


def test_what_an_unknown_sender_sent_is_not_sent_twice_either(send, smarthost):
    raw = letter().replace(b"alice@", b"stranger@")
    for _ in range(2):
        send(raw, mail_from="stranger@ours.test")

    assert len(smarthost.taken) == 1


PLAIN = letter().replace(b"text/html", b"text/plain")  # it is left alone


def test_the_trace_of_each_attempt_names_the_same_mail(send, smarthost):
    send(PLAIN, CAROL)
    send(b"Received: from x by y\r\n" + PLAIN, LEO)
    send(letter(message_id="two"))

    first, second, other = (trace_of(mail.content)["id"] for mail in smarthost.taken)
    assert first == second != other


def test_a_mail_that_goes_in_a_circle_is_refused(send, smarthost):
    raw = b"Received: from x by y\r\n" * (MAX_HOPS + 1) + letter()

    assert refused(send, raw=raw)[0] == 554
    assert smarthost.taken == []


def comes_back(content: bytes) -> bytes:
    """A mail as the smarthost gives it back to us, with its own trace."""
    return b"Received: from relay.test by smarthost.test; x\r\n" + content


@pytest.mark.parametrize(
    ("why", "raw"),
    [
        ("left alone", PLAIN),
        ("of a program that names none", PLAIN.replace(b"Message-ID: <one@ours.test>\r\n", b"")),
    ],
)
def test_a_mail_that_comes_back_is_no_retry_and_its_sender_hears_of_it(send, smarthost, why, raw):
    send(raw)

    code, text = refused(send, raw=comes_back(smarthost.taken[0].content))
    assert f"{code} {bytes(text).decode()}" == f"554 {CAME_BACK.lines[0]}", why
    assert len(smarthost.taken) == 1


def test_a_stamped_mail_that_comes_back_ends_as_well(send, smarthost):
    send(letter())
    send(comes_back(smarthost.taken[0].content))  # another text than the one that came at first

    assert refused(send, raw=comes_back(smarthost.taken[1].content))[0] == 554
    assert len(smarthost.taken) == 2


def test_a_mail_that_comes_back_for_others_goes_on_and_is_sent_again_to_nobody(send, smarthost):
    send(PLAIN)
    forwarded = comes_back(smarthost.taken[0].content)
    for _ in range(2):
        send(forwarded, LEO)

    assert smarthost.recipients() == [(CAROL,), (LEO,)]


def test_who_has_a_mail_that_comes_back_does_not_keep_it_from_others(send, smarthost):
    send(PLAIN)
    forwarded = comes_back(smarthost.taken[0].content)

    assert refused(send, CAROL, LEO, raw=forwarded)[0] == 451
    assert refused(send, CAROL, LEO, raw=forwarded)[0] == 554
    assert smarthost.recipients() == [(CAROL,), (LEO,)]


@pytest.mark.parametrize(
    ("why", "raw", "footer"),
    [
        ("a host changes it each time", PLAIN, b"scanned\r\n"),
        ("its head cannot be read", b"no field\r\n" + PLAIN, b""),
    ],
)
def test_a_circle_of_mail_that_is_left_alone_ends_by_our_own_traces(
    send, smarthost, why, raw, footer
):
    send(raw)
    for _ in range(MAX_HOPS):
        send(smarthost.taken[-1].content + footer)

    code, text = refused(send, raw=smarthost.taken[-1].content + footer)
    assert f"{code} {bytes(text).decode()}" == f"554 {TOO_MANY_HOPS.lines[0]}", why
    assert len(smarthost.taken) == MAX_HOPS + 1


@contextmanager
def in_place_of(store: db.Store, settings: Settings) -> Iterator[None]:
    """Another database than the installation's, while the block runs."""
    other = db.open_store(settings)
    try:
        yield
    finally:
        other.close_all()
        db.database.initialize(store)


@pytest.fixture
def without_tables(tmp_path):
    """Settings of a database without our tables."""
    return Settings(data_dir=tmp_path, secret=SECRET)


@pytest.fixture
def broken(without_tables, store):
    """A database without our tables, in the place of the installation's."""
    with in_place_of(store, without_tables):
        yield


def test_where_the_database_fails_the_mail_goes_on_as_it_came(send, smarthost, broken):
    assert send(letter()) == {}

    assert below(smarthost.taken[0].content) == letter()


@pytest.fixture
def away(store):
    """A database server that is not there."""
    url = f"postgresql://x@127.0.0.1:{free_port()}/x"
    with in_place_of(store, Settings(database_url=url, secret=SECRET)):
        yield


def test_while_the_database_is_away_mail_goes_on_without_waiting_for_it_each_time(
    send, smarthost, away
):
    start = time.monotonic()
    for number in range(20):
        send(letter(message_id=f"n{number}"))

    assert len(smarthost.taken) == 20
    assert time.monotonic() - start < 20


def test_what_could_not_be_written_is_remembered(send, smarthost, broken):
    send(letter())
    send(letter())

    assert len(smarthost.taken) == 1


def test_a_mail_that_came_in_while_the_database_failed_is_stamped_when_it_is_back(
    send, smarthost, store, without_tables
):
    smarthost.say("DATA", "451 4.7.1 greylisted")
    with in_place_of(store, without_tables):
        assert refused(send)[0] == 451
    assert stamps() == []
    wait_until(lambda: is_stamped(send, smarthost), what="the look at the database after AWAY_S")

    send(letter())

    assert tokens(smarthost.taken[-1].content)


def is_stamped(send, smarthost) -> bool:
    """Whether a mail that is sent now is stamped on its way."""
    send(letter(message_id=clock.new_id()))
    return bool(tokens(smarthost.taken[-1].content))
