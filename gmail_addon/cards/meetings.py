"""A meeting as a row of a person's timeline."""

from collections.abc import Iterator, Mapping
from typing import Any

from backend.insights import telling
from backend.web import times
from gmail_addon.asking import Ask
from gmail_addon.cards import rows
from gmail_addon.widgets import DecoratedText, bold, joined, label, plain

MOST_ATTENDEES = 5


def row(ask: Ask, meeting: Mapping[str, Any], *, is_coming: bool = False) -> DecoratedText:
    """What it is, whether it took place, when, and who was asked and said what."""
    untitled = ask.t("meeting.private" if meeting["is_private"] else "meeting.untitled")
    title = telling.shorten(meeting["subject"] or untitled, rows.SHORT)
    kind = ask.t("meeting.series" if meeting["is_series"] else "meeting.meeting")
    told = "meeting.cancelled" if meeting["is_cancelled"] else "meeting.coming" if is_coming else ""
    at = times.parse(meeting["starts_at"])
    when = times.exact(at, ask.here) if is_coming else times.dated(at, ask.here)
    return DecoratedText(
        text=joined(bold(ask.t(told) if told else kind), plain(title), by=" · "),
        top_label=label(" · ".join((kind, when) if told else (when,))),
        bottom_label=label(" · ".join(_attendees(ask, meeting))),
        wrap_text=True,
    )


def _attendees(ask: Ask, meeting: Mapping[str, Any]) -> Iterator[str]:
    for who in meeting["attendees"][:MOST_ATTENDEES]:
        part = "organizer" if who["part"] == "organizer" else f"answer_{who['answer']}"
        answer = ask.t(f"meeting.{part}")
        yield ask.t("meeting.who", name=who["name"] or who["address"], answer=answer)
    more = meeting["attendees_total"] - MOST_ATTENDEES
    if more > 0:
        yield ask.t("meeting.more", n=more)
