"""The way to the smarthost: one session for a peer's mails, answers for every recipient."""

import asyncio
import smtplib
from contextlib import closing
from dataclasses import replace

import pytest

from backend.relay.courier import AWAY, TOO_LARGE, Courier, Sending
from backend.relay.reply import Reply
from backend.relay.smarthost import Smarthost
from backend.relay.trace import Arrival
from tests.relay import hosting
from tests.relay.letters import letter, trace_of
from tests.waiting import LOOPBACK, free_port
from tests.world import CAROL, LEO

ALICE = Sending("alice@ours.test", Arrival("peer.test", "ESMTP", "relay.test"))
HEAD = b"Received: from peer.test\r\n"


@pytest.fixture(scope="module")
def database_url():
    return ""  # nothing here depends on the engine


def smarthost_of(settings, **changes) -> Smarthost:
    return Smarthost.of(settings.model_copy(update=changes))


def test_two_mails_of_a_peer_share_a_session_with_the_smarthost(smarthost, relay):
    with smtplib.SMTP(LOOPBACK, relay.relay_port) as client:
        for name in ("one", "two"):
            client.sendmail("alice@ours.test", [CAROL], letter(message_id=name))

    assert len(smarthost.taken) == 2
    assert smarthost.sessions == 1


def test_a_session_that_the_smarthost_has_ended_is_opened_again(smarthost, relay):
    with smtplib.SMTP(LOOPBACK, relay.relay_port) as client:
        client.sendmail("alice@ours.test", [CAROL], letter())
        smarthost.say("MAIL", "421 4.4.2 idle too long")
        client.sendmail("alice@ours.test", [CAROL], letter(message_id="two"))

    assert len(smarthost.taken) == 2


def test_a_session_that_ends_while_the_peer_is_sending_is_opened_again(smarthost, relay):
    smarthost.say("WELCOME", "421 4.4.2 idle too long")

    with smtplib.SMTP(LOOPBACK, relay.relay_port) as client:
        client.sendmail("alice@ours.test", [CAROL], letter())

    assert smarthost.recipients() == [(CAROL,)]
    assert smarthost.sessions == 2


def test_nothing_of_a_mail_that_was_given_up_is_left_in_the_next(smarthost, relay):
    with smtplib.SMTP(LOOPBACK, relay.relay_port) as client:
        client.ehlo()
        client.mail("alice@ours.test")
        client.rcpt(LEO)
        client.rset()
        client.sendmail("alice@ours.test", [CAROL], letter())

    assert smarthost.recipients() == [(CAROL,)]


def test_a_smarthost_that_is_away_makes_the_peer_wait(settings):
    async def ask():
        away = smarthost_of(settings, relay_smarthost=f"smtp+plain://{LOOPBACK}:{free_port()}")
        return await Courier(away).add(ALICE, CAROL)

    assert asyncio.run(ask()) == AWAY


@pytest.mark.parametrize(
    ("why", "said", "told"),
    [
        ("it does not want us", b"535 5.7.8 no\r\n", "answered 535"),
        ("it is busy", b"421 4.3.2 busy\r\n", "answered 421"),
        ("it leaves", b"", "ended the session"),
    ],
)
def test_an_operator_is_told_what_is_wrong_with_the_smarthost(settings, caplog, why, said, told):
    async def ask():
        async with await asyncio.start_server(saying(said, []), LOOPBACK, 0) as listening:
            return await Courier(smarthost_at(settings, listening)).add(ALICE, CAROL)

    assert asyncio.run(ask()) == AWAY
    assert [line.getMessage() for line in caplog.records] == [f"relay: the smarthost {told}"], why
    assert CAROL not in caplog.text


def test_a_smarthost_that_is_away_is_not_waited_for_with_each_recipient_of_a_mail(settings):
    sessions = []

    async def ask():
        async with await asyncio.start_server(saying(b"", sessions), LOOPBACK, 0) as listening:
            courier = Courier(smarthost_at(settings, listening))
            for _ in range(2):
                assert [await courier.add(ALICE, who) for who in (CAROL, LEO)] == [AWAY, AWAY]
                await courier.reset()  # for the next mail it is asked anew

    asyncio.run(ask())
    assert len(sessions) == 2


def smarthost_at(settings, listening: asyncio.Server) -> Smarthost:
    port = listening.sockets[0].getsockname()[1]
    return smarthost_of(settings, relay_smarthost=f"smtp+plain://{LOOPBACK}:{port}")


def saying(said: bytes, sessions: list[str]):
    """A host that greets everybody with these words and closes."""

    async def answer(_reader, writer):
        sessions.append("one")
        with closing(writer):
            writer.write(said)
            await writer.drain()

    return answer


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_smarthost_that_hangs_makes_the_peer_wait(onward, smarthost, verb):
    smarthost.before = lambda said: asyncio.sleep(30) if said == verb else None

    async def ask():
        impatient = replace(smarthost_of(onward), timeout_s=0.2)
        return await Courier(impatient).deliver(ALICE, [CAROL], HEAD, letter())

    assert asyncio.run(ask()) == {CAROL: AWAY}


def test_addresses_beyond_ascii_go_on_as_they_came(smarthost, relay):
    with smtplib.SMTP(LOOPBACK, relay.relay_port) as client:
        client.ehlo()
        options = ["SMTPUTF8", "BODY=8BITMIME"]
        client.sendmail("alice@ours.test", ["jürgen@bücher.test"], letter(), options)

    (mail,) = smarthost.taken
    assert mail.recipients == ("jürgen@bücher.test",)
    assert set(mail.options) == {"SMTPUTF8", "BODY=8BITMIME", size_with_trace(mail, letter())}


def size_with_trace(mail: hosting.Received, sent: bytes) -> str:
    """What the smarthost is told of a mail's size: what the peer said, and our line."""
    return f"SIZE={len(sent) + trace_of(mail.content).end()}"


def test_how_large_a_mail_is_goes_on_as_the_peer_says_it(smarthost, relay):
    with smtplib.SMTP(LOOPBACK, relay.relay_port) as client:
        client.sendmail("alice@ours.test", [CAROL], letter())
        client.ehlo()
        client.esmtp_features.pop("size")  # a client that does not say it
        client.sendmail("alice@ours.test", [CAROL], letter(message_id="two"))

    said, unsaid = smarthost.taken
    assert said.options == (size_with_trace(said, letter()),)
    assert unsaid.options == ()


@pytest.mark.parametrize(
    ("why", "said", "told"),
    [
        ("refused for good", b"552 5.3.4 too large\r\n", Reply(552, ("5.3.4 too large",))),
        ("not now", b"421 4.3.2 busy\r\n", AWAY),
        ("a lie", b"250 2.0.0 taken\r\n", AWAY),
        ("nothing", b"", AWAY),
    ],
)
def test_a_smarthost_that_leaves_in_the_middle_of_a_mail_is_heard(settings, why, said, told):
    async def answer(reader, writer):
        with closing(writer):
            for line in (b"220 x\r\n", *[b"250 x\r\n"] * 3, b"354 x\r\n"):
                writer.write(line)
                await writer.drain()
                await reader.readline()
            writer.write(said)
            await writer.drain()

    async def ask():
        async with await asyncio.start_server(answer, LOOPBACK, 0) as listening:
            courier = Courier(smarthost_at(settings, listening))
            return await courier.deliver(ALICE, [CAROL], HEAD, letter("x" * 20_000_000))

    assert asyncio.run(ask()) == {CAROL: told}, why


@pytest.fixture
def small():
    """A smarthost that takes mails of up to 1,000 bytes."""
    with hosting.smarthost(most_bytes=1_000) as host:
        yield host


@pytest.fixture
def through(settings, small, world):
    """A relay in front of it."""
    onward = settings.model_copy(
        update={"relay_smarthost": f"smtp+plain://{LOOPBACK}:{small.port}"}
    )
    with hosting.relay(onward) as running:
        yield running


def test_what_is_too_large_for_the_smarthost_is_refused_before_it_is_sent(small, through):
    with smtplib.SMTP(LOOPBACK, through.relay_port) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            client.sendmail("alice@ours.test", [CAROL], letter("x" * 1_000))
        client.sendmail("alice@ours.test", [CAROL], letter(""))

    # 552 after RCPT would say that there are too many recipients, and the peer would try on.
    assert refused.value.recipients[CAROL][0] == 554
    assert small.recipients() == [(CAROL,)]


def test_what_turns_out_too_large_for_the_smarthost_is_not_sent_to_it(small, through):
    said = []
    small.before = said.append
    with smtplib.SMTP(LOOPBACK, through.relay_port) as client:
        client.ehlo()
        client.esmtp_features.pop("size")
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("alice@ours.test", [CAROL], letter("x" * 1_000))
        client.sendmail("alice@ours.test", [CAROL], letter(""))

    assert (refused.value.smtp_code, refused.value.smtp_error) == (552, TOO_LARGE.lines[0].encode())
    assert said == ["MAIL", "RCPT", "MAIL", "RCPT", "WELCOME", "DATA"]


def test_a_mail_that_is_too_large_by_our_trace_alone_is_not_sent(small, through):
    said = []
    small.before = said.append
    plain = letter("").replace(b"text/html", b"text/plain")  # left alone, so no byte is added else
    with smtplib.SMTP(LOOPBACK, through.relay_port) as client:
        client.ehlo()
        client.esmtp_features.pop("size")
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("alice@ours.test", [CAROL], plain.ljust(998, b"x") + b"\r\n")

    assert refused.value.smtp_code == 552
    assert said == ["MAIL", "RCPT"]
