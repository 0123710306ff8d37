"""Who is behind an address, as a card: the contact or lead, in numbers and in time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from backend.insights import telling
from backend.insights.timeline import Timeline
from backend.people.details import Found
from backend.web import times
from gmail_addon.asking import Ask
from gmail_addon.cards import meetings, rows
from gmail_addon.widgets import (
    Button,
    ButtonList,
    Card,
    DecoratedText,
    Divider,
    FixedFooter,
    Header,
    OnClick,
    OpenLink,
    Section,
    TextInput,
    Widget,
    bold,
    joined,
    label,
    plain,
)

MOST_PEOPLE = 3
MOST_HAPPENINGS = 3  # of one mail; the rest is behind it
MOST_ROWS = 24  # of one person's timeline: three of them stay within a card's hundred widgets


@dataclass(frozen=True, slots=True)
class Known:
    """A person with the month's figures (`insights.metrics`) and the newest of her timeline."""

    person: Found
    figures: Mapping[str, Any]
    timeline: Timeline


def card(ask: Ask, address: str, people: Sequence[Known], more: int = 0) -> Card:
    """The people at that address, of whom `more` are not shown; nobody: how to add one."""
    sections = [section for each in people for section in _person(ask, each)]
    if not people:
        sections = [_add(ask, address)]
    elif more:
        sections.append(Section((rows.note(ask.t("more_people", n=more)),)))
    title = people[0].person.name if people else ask.t("not_known_yet")
    return Card(
        header=Header(label(title), label(address)),
        sections=tuple(sections),
        name="person",
        fixed_footer=FixedFooter(ask.page("open_telltale", "/console/feed")),
    )


def adding(ask: Ask, address: str, name: str) -> Card:
    """The form by which a contact or lead is added."""
    fields: tuple[Widget, ...] = (
        rows.note(address),
        TextInput("name", ask.t("name"), value=name),
        TextInput("company", ask.t("company")),
        ButtonList(
            (
                ask.button("add_contact", "add_person", address=address, kind="contact"),
                ask.button("add_lead", "add_person", address=address, kind="lead"),
            )
        ),
    )
    return Card(Header(ask.t("add_person"), label(address)), (Section(fields),), name="adding")


def _add(ask: Ask, address: str) -> Section:
    button: Button = ask.button("add_person", "adding", address=address)
    return Section((rows.note(ask.t("nobody_at_address")), ButtonList((button,))))


def _person(ask: Ask, known: Known) -> Iterator[Section]:
    yield Section((_identity(ask, known.person), Divider(), _figures(ask, known)))
    entries = tuple(islice(_timeline(ask, known.timeline), MOST_ROWS))
    yield Section(entries or (rows.note(ask.t("no_mail_yet")),), header=bold(ask.t("timeline")))


def _identity(ask: Ask, person: Found) -> DecoratedText:
    company = person.company or (person.account.name if person.account else "")
    owner = ask.t("looked_after_by", name=person.owner.name) if person.owner else ""
    refusal = ask.t("reasons.do_not_track") if person.do_not_track else ""
    return DecoratedText(
        text=joined(bold(person.name), plain(company), by=" · "),
        top_label=ask.t(f"kind_{person.kind}"),
        bottom_label=label(" · ".join(filter(None, (owner, refusal)))),
        start_icon=rows.icon(ask, "person"),
        wrap_text=True,
    )


def _figures(ask: Ask, known: Known) -> DecoratedText:
    """The month in numbers; what is not captured is left out, since it is not known."""
    month = known.figures["last_30_days"]
    counts = (
        ask.t("month_sent", n=month["sent"]),
        ask.t("month_opened", n=month["opened"], all=month["measurable"]),
        ask.t("month_clicked", n=month["clicked"]),
        *(
            ask.t(f"month_{name}", n=month[name])
            for name in ("received", "meetings")
            if month[name] is not None
        ),
    )
    waiting = sum(each["type"] == "mail" and not each["sent_at"] for each in known.timeline.items)
    facts = (
        *(
            ask.t(f"last_{name}", when=times.dated(known.figures[f"last_{name}_at"], ask.here))
            for name in ("sent", "received")
            if known.figures[f"last_{name}_at"]
        ),
        ask.t("waiting_count", n=waiting) if waiting else "",
    )
    return DecoratedText(
        text=plain(" · ".join(counts)),
        top_label=ask.t("last_30_days"),
        bottom_label=label(" · ".join(filter(None, facts))),
        wrap_text=True,
    )


def _timeline(ask: Ask, timeline: Timeline) -> Iterator[DecoratedText]:
    for meeting in timeline.coming:
        yield meetings.row(ask, meeting, is_coming=True)
    if timeline.hidden:
        yield rows.note(ask.t("hidden_mails", n=timeline.hidden))
    for entry in timeline.items:
        if entry["type"] == "meeting":
            yield meetings.row(ask, entry)
            continue
        yield _mail(ask, entry)
        for item in entry["engagements"][:MOST_HAPPENINGS]:
            yield rows.happening(ask, item)


def _mail(ask: Ask, entry: Mapping[str, Any]) -> DecoratedText:
    """A mail of the timeline: what became of it, when, and in whose mailbox."""
    state = telling.state_of_entry(entry)
    at = entry["sent_at"] or entry["created_at"]
    user = entry["sender"]["name"] or entry["sender"]["email"]
    key = "received_by" if state == "received" else "sent_by"
    reason = entry["reason"] if state != "received" else ""
    captured = OpenLink(ask.addon.address(f"/console/messages/{entry['id']}"))
    opened = OnClick(open_link=captured)
    if entry["type"] == "mail":
        opened = ask.press("mail", stamp=entry["id"])
    return DecoratedText(
        text=joined(
            bold(ask.t(f"states.{state}")),
            plain(telling.shorten(entry["subject"] or ask.t("common.no_subject"), rows.SHORT)),
            by=" · ",
        ),
        top_label=label(ask.t(key, name=user, when=times.dated(times.parse(at), ask.here))),
        bottom_label=label(ask.t(f"reasons.{reason}") if reason else ""),
        wrap_text=True,
        on_click=opened,
    )
