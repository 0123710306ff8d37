"""An invitation as Google sends it, and its meeting as the product's own reader takes it."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.mail.auto_reply import Kind, kind_of
from backend.mail.parsed import parse
from backend.providers.calendar import Answer, MeetingKind, Part
from backend.providers.google_entries import read
from backend.words import Language
from playground import invitations
from playground.answers import Original
from playground.gmail_mail import Writer
from playground.invitations import FOLD, Meeting
from tests.capture.letters import letter
from tests.world import CAROL, NOON

ALICE = "alice@ours.test"


def original(subject="Offer", name="Carol"):
    mail = letter(sender=f"Alice <{ALICE}>", to=CAROL, subject=subject, message_id="<sent@x.test>")
    return Original.of(mail.as_bytes(), Writer(CAROL, name))


def calendar_of(raw):
    """What the mail's text/calendar part says, unfolded, and what is attached."""
    parts = list(message_from_bytes(raw).walk())
    (shown,) = [each for each in parts if each.get_content_type() == "text/calendar"]
    (file,) = [each for each in parts if each.get_content_type() == "application/ics"]
    assert shown.get_param("method") == "REQUEST"
    text = shown.get_payload(decode=True).decode()
    return text.replace("\r\n ", ""), file.get_payload(decode=True).decode()


def test_the_meeting_is_tomorrow_at_the_next_full_hour(time_machine):
    time_machine.move_to(datetime(2026, 12, 31, 23, 10, tzinfo=UTC))

    meeting = invitations.plan(original(), "en")

    assert meeting.starts_at == datetime(2027, 1, 2, 0, 0, tzinfo=UTC)
    assert meeting.ends_at - meeting.starts_at == timedelta(hours=1)
    assert meeting.summary == "About: Offer"


def test_its_entry_is_read_as_a_meeting_of_the_two():
    meeting = invitations.plan(original(), "en")

    (found,) = read([invitations.entry(meeting)])

    assert (found.kind, found.uid, found.subject) == (
        MeetingKind.SINGLE,
        meeting.uid,
        "About: Offer",
    )
    assert (found.starts_at, found.ends_at) == (meeting.starts_at, meeting.ends_at)
    assert abs(found.changed_at - meeting.made_at) < timedelta(milliseconds=1)
    told = {(each.address, each.part, each.answer) for each in found.attendees}
    assert told == {
        (CAROL, Part.ORGANIZER, Answer.NONE),
        (CAROL, Part.ORGANIZER, Answer.ACCEPTED),
        (ALICE, Part.REQUIRED, Answer.NONE),
    }


@pytest.mark.parametrize("language", Language)
def test_the_mail_is_a_programs_and_asks_the_guest(language):
    meeting = invitations.plan(original(), language)

    raw = invitations.letter(original(), meeting, language)

    mail = parse(raw)
    assert kind_of(mail) is Kind.AUTOMATED
    assert (mail.sender.address, [each.address for each in mail.to]) == (CAROL, [ALICE])
    assert mail.header("sender").endswith("<calendar-notification@google.com>")
    assert (mail.in_reply_to, mail.references) == ((), ())
    assert meeting.summary in mail.subject
    assert meeting.summary in mail.text
    shown, attached = calendar_of(raw)
    assert shown == attached.replace("\r\n ", "")
    lines = shown.split("\r\n")
    assert "METHOD:REQUEST" in lines
    assert f"UID:{meeting.uid}" in lines
    assert f"DTSTART:{meeting.starts_at:%Y%m%dT%H%M%SZ}" in lines
    assert f'ORGANIZER;CN="Carol":mailto:{CAROL}' in lines
    assert re.search(rf'PARTSTAT=NEEDS-ACTION;CN="Alice":mailto:{ALICE}\r\n', shown)


def test_a_mail_without_a_subject_is_about_something():
    assert invitations.plan(original(subject=""), "en").summary == "About: (no subject)"


ODD = st.one_of(st.text(max_size=100), st.sampled_from(['a";b:c,d\\', "x\r\nEND:VEVENT"]))


@given(subject=ODD, name=ODD)
def test_whatever_the_subject_and_the_name_are_the_calendar_has_its_lines_alone(subject, name):
    heads = f"From: {ALICE}\nSubject: {subject}\n\n".encode("utf-8", "surrogatepass")
    mail = Original.of(heads, Writer(CAROL, name))
    meeting = invitations.plan(mail, "en")

    text, _ = calendar_of(invitations.letter(mail, meeting, "en"))

    lines = text.removesuffix("\r\n").split("\r\n")
    assert len(lines) == 21
    assert all(re.match(r"[A-Z-]+[;:]", line) for line in lines)
    (summary,) = [line for line in lines if line.startswith("SUMMARY:")]
    said = re.sub(r"\\([\\;,])", r"\1", summary.removeprefix("SUMMARY:"))
    assert said == meeting.summary
    assert not re.search(r"(?<!\\)(?:\\\\)*[,;]", summary)
    organizer = next(line for line in lines if line.startswith("ORGANIZER"))
    assert re.fullmatch(r'ORGANIZER;CN="[^"]*":mailto:\S+', organizer)


@example("ä" * 100)
@example("🐝" * 100)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=300))
def test_a_long_line_is_folded_between_characters(line):
    pieces = invitations.folded(line).split("\r\n")

    assert all(len(each.encode()) <= FOLD for each in pieces)
    assert "".join([pieces[0], *(each.removeprefix(" ") for each in pieces[1:])]) == line


def test_an_address_is_written_as_an_address_of_the_web():
    guest = Writer("a?b%c@ours.test", "A")
    meeting = Meeting("0" * 32, "About", Writer(CAROL, "Carol"), guest, NOON, NOON)

    assert "mailto:a%3Fb%25c@ours.test\r\n" in invitations.icalendar(meeting)
